//! Reads the plans of real Terraform.

mod common;

use common::plan;
use mmcdk_terraform::{Action, BackendConfig, Index, Plan, ResourceMode, StateAddress};

#[test]
fn a_plan_is_summed_up_as_terraform_does() {
    for (name, summary, empty) in [
        ("dev-create", "33 to add, 0 to change, 0 to destroy", false),
        ("dev-applied", "0 to add, 0 to change, 0 to destroy", true),
        (
            "dev-changes",
            "1 to import, 3 to add, 10 to change, 5 to destroy (2 replaced), 1 to move, 1 to forget",
            false,
        ),
        ("dev-destroy", "0 to add, 0 to change, 33 to destroy", false),
        ("empty", "0 to add, 0 to change, 0 to destroy", true),
    ] {
        let plan = plan(name);
        assert_eq!((plan.summary().to_string().as_str(), plan.is_empty()), (summary, empty), "{name}");
    }
}

#[test]
fn every_kind_of_change_is_read() {
    let plan = plan("dev-changes");
    assert_eq!(plan.terraform_version.as_deref(), Some("1.11.4"));
    assert_eq!((plan.errored, plan.applyable, plan.complete), (false, Some(true), Some(true)));
    let action = |address: &str| plan.change(address).expect("it changes").change.action.clone();
    assert_eq!(action("aws_s3_bucket.trail"), Action::Replace { create_before_destroy: false });
    assert_eq!(action("aws_eip.core_nat_instance_a"), Action::Replace { create_before_destroy: true });
    assert_eq!(action("aws_flow_log.flow"), Action::Forget);
    let addresses = |action: Action| plan.changes(&action).map(|change| change.address.as_str()).collect::<Vec<_>>();
    assert_eq!(addresses(Action::Create), ["aws_ssm_parameter.secret"]);
    assert_eq!(
        addresses(Action::Delete),
        ["aws_cloudwatch_log_group.flow", "aws_iam_role.flow", "aws_iam_role_policy.flow"]
    );
    let moved = plan.change("aws_security_group.core_gateway").unwrap();
    assert_eq!(moved.previous_address.as_deref(), Some("aws_security_group.core_nat"));
    assert!(moved.is_moved());
    let imported = plan.change("aws_cloudwatch_log_group.old").unwrap();
    assert_eq!(imported.change.importing.as_ref().unwrap().id.as_deref(), Some("/aws/MM-dev-use1-logs-old"));
    let reason = plan.change("aws_iam_role.flow").unwrap().action_reason.as_deref();
    assert_eq!(reason, Some("delete_because_no_resource_config"));
    let provider = &plan.providers["aws"];
    assert_eq!((provider.is_aws(), provider.region()), (true, Some("us-east-1")));
    assert_eq!(provider.allowed_account_ids().collect::<Vec<_>>(), ["111122223333"]);
}

#[test]
fn the_state_that_was_planned_against_is_read() {
    let eks = plan("staging-eks");
    let [remote] = eks.prior_resources.as_slice() else { panic!("{:?}", eks.prior_resources) };
    assert_eq!(remote.address, "data.terraform_remote_state.staging_network");
    assert_eq!(remote.mode, ResourceMode::Data);
    assert_eq!(remote.values.value().unwrap()["config"]["path"], "../../staging/network/terraform.tfstate");
    let targeted = plan("dev-targeted");
    assert_eq!((targeted.resource_changes.len(), targeted.prior_resources.len()), (1, 34));
}

#[test]
fn a_plan_that_stopped_says_so() {
    assert!(plan("errored").errored);
}

#[test]
fn modules_deposed_objects_and_novelties_are_read() {
    let plan = Plan::from_reader(
        &br#"{
            "format_version": "1.7",
            "novelty": {},
            "resource_changes": [{
                "address": "module.a[\"x\"].aws_eip.b[1]",
                "module_address": "module.a[\"x\"]",
                "mode": "novel",
                "type": "aws_eip",
                "name": "b",
                "index": 1,
                "deposed": "ab12cd34",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["archive"], "replace_paths": [["domain"]], "importing": {"identity": {}}},
                "action_reason": "because"
            }],
            "deferred_changes": [{"reason": "provider_config_unknown", "resource_change": {
                "address": "aws_eip.c", "change": {"actions": ["create"]}
            }}]
        }"#[..],
    )
    .unwrap();
    let change = &plan.resource_changes[0];
    assert_eq!(change.mode, ResourceMode::Other("novel".into()));
    assert_eq!(change.index, Some(Index::Count(1)));
    assert_eq!(change.deposed.as_deref(), Some("ab12cd34"));
    assert_eq!(change.change.action, Action::Other(vec!["archive".into()]));
    assert!(plan.change(&change.address).is_none(), "a deposed object is not the resource");
    assert_eq!(plan.deferred_changes[0].resource_change.address, "aws_eip.c");
    assert!(!plan.is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = Plan::read("no/such/plan.json").unwrap_err().to_string();
    assert!(error.starts_with("no/such/plan.json: the plan cannot be read"), "{error}");
}

#[test]
fn the_backend_that_terraform_initialises_is_read() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/backends/s3.json");
    let backend = BackendConfig::read(file).unwrap();
    assert_eq!(backend.kind(), "s3");
    let expected = StateAddress::s3("mm-terraform-state", "dev/network/terraform.tfstate");
    assert_eq!(backend.address(), Some(expected));
}
