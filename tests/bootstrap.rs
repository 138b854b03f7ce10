//! Phase 0: the state store, the identity provider, the roles and what they may do.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::{bootstrap, bootstrap_one_role, dev::dev, mikamirai, prod::prod, refused, synthesize};
use mmcdk::prelude::*;
use mmcdk::serde_json::{Value as Json, json};

/// A shared stack with one construct.
fn shared<C: Construct>(construct: C) -> Result<Synthesis> {
    synthesize(|app| app.stack("bootstrap", mikamirai::shared())?.add("it", construct).map(drop))
}

fn networks() -> Synthesis {
    synthesize(|app| {
        dev(app)?;
        prod(app)
    })
    .expect("the examples are right")
}

#[test]
fn the_state_bucket_is_closed_versioned_and_kept() -> Result<()> {
    let synthesis = synthesize(bootstrap::bootstrap)?;
    let stack = synthesis.stack("bootstrap")?;
    assert_eq!(stack.environment(), None);
    assert_eq!(stack.state(), None, "its own state begins beside it");
    let bucket = stack.named::<s3::Bucket>("mm-terraform-state")?;
    assert_eq!(bucket.lifecycle(), json!({"prevent_destroy": true}));
    assert_eq!(bucket.tag_keys().len(), 13);
    assert_eq!(
        stack.find::<s3::BucketVersioning>("state")?.argument("versioning_configuration.status")?,
        json!("Enabled")
    );
    let encryption = stack.find::<s3::BucketServerSideEncryptionConfiguration>("state")?;
    assert_eq!(
        encryption.argument("rule.apply_server_side_encryption_by_default")?,
        json!({"sse_algorithm": "AES256"})
    );
    let public = stack.find::<s3::BucketPublicAccessBlock>("state")?;
    for argument in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] {
        assert_eq!(public.argument(argument)?, json!(true), "{argument}");
    }
    let ownership = stack.find::<s3::BucketOwnershipControls>("state")?;
    assert_eq!(ownership.argument("rule.object_ownership")?, json!("BucketOwnerEnforced"));
    let rule = stack.find::<s3::BucketLifecycleConfiguration>("state")?.argument("rule")?;
    assert_eq!(rule["noncurrent_version_expiration"], json!({"noncurrent_days": 90}));
    assert_eq!(rule["expiration"], Json::Null, "states themselves never expire");
    assert_eq!(
        stack.find::<s3::BucketPolicy>("state")?.document("policy")?["Statement"],
        json!([{
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["${aws_s3_bucket.state.arn}", "${aws_s3_bucket.state.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }])
    );
    Ok(())
}

#[test]
fn the_lock_is_what_is_asked_for() -> Result<()> {
    let with = |lock: StateLock| {
        let store = StateStore::new("mm-terraform-state", Region::UsEast1).lock(lock);
        let synthesis = synthesize(|app| {
            app.stack("bootstrap", mikamirai::shared())?.add("state", store.clone())?;
            let dev = mikamirai::environment("dev", Region::UsEast1);
            app.stack("network", &dev)?.backend(store.backend());
            Ok(())
        })?;
        let state = synthesis.stack("dev/network")?.state().expect("it is in a bucket");
        let tables = synthesis.stack("bootstrap")?.resources::<dynamodb::Table>().len();
        Ok::<_, Error>((state.lock_file, state.lock_table, tables))
    };
    let table = || Some("MM-terraform-lock".to_owned());
    assert_eq!(with(StateLock::S3)?, (true, None, 0));
    assert_eq!(with(StateLock::dynamo_db("MM-terraform-lock"))?, (false, table(), 1));
    assert_eq!(with(StateLock::both("MM-terraform-lock"))?, (true, table(), 1));

    let synthesis = synthesize(bootstrap::bootstrap)?;
    let table = synthesis.stack("bootstrap")?.named::<dynamodb::Table>("MM-terraform-lock")?;
    for (argument, value) in [
        ("billing_mode", json!("PAY_PER_REQUEST")),
        ("hash_key", json!("LockID")),
        ("attribute", json!({"name": "LockID", "type": "S"})),
        ("server_side_encryption", json!({"enabled": true})),
        ("deletion_protection_enabled", json!(true)),
    ] {
        assert_eq!(table.argument(argument)?, value, "{argument}");
    }
    assert_eq!(table.lifecycle(), json!({"prevent_destroy": true}));
    Ok(())
}

#[test]
fn every_stack_is_given_its_environments_state_and_no_other() -> Result<()> {
    let networks = networks();
    for environment in ["dev", "prod"] {
        let stack = networks.stack(&format!("{environment}/network"))?;
        let files = stack.files();
        let text = |name: &str| {
            let file = files.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("there is no {name}"));
            String::from_utf8_lossy(&file.bytes).into_owned()
        };
        let terraform: Json = mmcdk::serde_json::from_str(&text("terraform.tf.json")).expect("it is JSON");
        assert_eq!(terraform["terraform"]["backend"], json!({"s3": {}}), "so init must be told the environment");
        let settings = text(&format!("{environment}.s3.tfbackend"));
        for line in [
            "bucket         = \"mm-terraform-state\"",
            &format!("key            = \"{environment}/network/terraform.tfstate\""),
            "region         = \"us-east-1\"",
            "encrypt        = true",
            "dynamodb_table = \"MM-terraform-lock\"",
        ] {
            assert!(settings.lines().any(|known| known == line), "{line} is missing in {settings}");
        }
    }
    let same_key = synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        app.stack("a", &dev)?.backend(mikamirai::state().backend().key("dev/terraform.tfstate"));
        app.stack("b", &dev)?.backend(mikamirai::state().backend().key("dev/terraform.tfstate"));
        Ok(())
    });
    refused(same_key, &["dev/b: ", "mm-terraform-state/dev/terraform.tfstate", "dev/a", "another key"]);
    Ok(())
}

#[test]
fn what_exists_is_adopted() -> Result<()> {
    let synthesis = synthesize(|app| {
        let mut stack = app.stack("bootstrap", mikamirai::shared())?;
        stack.add("state", mikamirai::state().adopt_bucket().adopt_table())?;
        stack.add("github", OidcProvider::github().adopt()).map(drop)
    })?;
    let stack = synthesis.stack("bootstrap")?;
    let adopted: Vec<_> = stack.all().filter_map(|found| Some((found.address(), found.adopted()?))).collect();
    assert_eq!(
        adopted,
        [
            ("aws_s3_bucket.state", json!("mm-terraform-state")),
            ("aws_dynamodb_table.state", json!("MM-terraform-lock")),
            (
                "aws_iam_openid_connect_provider.github",
                json!("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com")
            ),
        ]
    );
    Ok(())
}

#[test]
fn other_accounts_keep_their_states_below_their_prefix() -> Result<()> {
    let store = || StateStore::new("mm-terraform-state", Region::UsEast1);
    let synthesis = shared(store().guest("444455556666", "prod/"))?;
    let policy = synthesis.stack("bootstrap")?.find::<s3::BucketPolicy>("it")?.document("policy")?;
    let statements = policy["Statement"].as_array().expect("there are some");
    let allowed: Vec<_> =
        statements[1..].iter().map(|one| (&one["Action"], &one["Resource"], &one["Condition"])).collect();
    assert_eq!(
        json!(allowed),
        json!([
            ["s3:ListBucket", "${aws_s3_bucket.it.arn}", null],
            [["s3:GetObject", "s3:PutObject"], "${aws_s3_bucket.it.arn}/prod/*", null],
            ["s3:DeleteObject", "${aws_s3_bucket.it.arn}/prod/*.tflock", null],
        ])
    );
    assert!(statements[1..].iter().all(|one| one["Principal"] == json!({"AWS": "arn:aws:iam::444455556666:root"})));
    let synthesis = shared(store().lock(StateLock::dynamo_db("lock")).reader("444455556666", "hub/network/"))?;
    let policy = synthesis.stack("bootstrap")?.find::<s3::BucketPolicy>("it")?.document("policy")?;
    let statements = policy["Statement"].as_array().expect("there are some");
    let allowed: Vec<_> = statements[1..].iter().map(|one| (&one["Action"], &one["Resource"])).collect();
    assert_eq!(
        json!(allowed),
        json!([
            ["s3:ListBucket", "${aws_s3_bucket.it.arn}"],
            ["s3:GetObject", "${aws_s3_bucket.it.arn}/hub/network/*"],
        ])
    );
    for (store, part) in [
        (store().reader("4444", "hub/"), "\"4444\""),
        (store().reader("444455556666", "hub"), "\"hub\" is no prefix"),
        (store().guest("4444", "prod/"), "\"4444\""),
        (store().guest("444455556666", "prod"), "\"prod\" is no prefix"),
        (store().guest("444455556666", "/"), "\"/\" is no prefix"),
        (store().guest("444455556666", "*/"), "\"*/\" is no prefix"),
        (store().lock(StateLock::both("t")).guest("444455556666", "prod/"), "cannot lock its states by the table t"),
    ] {
        refused(shared(store), &["bootstrap/it: ", part]);
    }
    Ok(())
}

#[test]
fn an_account_that_the_state_store_does_not_let_in_is_rejected() -> Result<()> {
    let import = |store: StateStore| -> Result<Synthesis> {
        let mut app = App::new(Organisation::new("MM"));
        let hub = Environment::new("hub", Region::UsEast1).account("111122223333");
        let mut network = app.stack("network", &hub)?;
        network.backend(store.backend());
        let gateway = network.add("gateway", ec2::TransitGateway::new())?;
        let dev = Environment::new("dev", Region::UsEast1).account("444455556666");
        let mut attached = app.stack("network", &dev)?;
        attached.backend(store.backend());
        let gateway = attached.import("gateway", &gateway.id())?;
        attached.output("gateway", gateway)?;
        app.synth()
    };
    let store = || StateStore::new("mm-terraform-state", Region::UsEast1);
    const DEV: &str = "444455556666";
    refused(import(store()), &["dev/network: ", "the bucket mm-terraform-state allows no account", "guest("]);
    let own = store().guest(DEV, "dev/");
    refused(
        import(own.clone()),
        &["dev/network: ", "not for the state hub/network/", "add reader(\"444455556666\", \"hub/network/\")"],
    );
    import(own.clone().guest("111122223333", "hub/").reader(DEV, "hub/network/"))?;
    import(own.reader(DEV, "hub/network/")).map(drop)
}

#[test]
fn a_state_store_that_cannot_be_is_refused() {
    let store = || StateStore::new("mm-terraform-state", Region::UsEast1);
    for (store, parts) in [
        (StateStore::new("MM_state", Region::UsEast1), &["\"MM_state\"", "'M'"][..]),
        (StateStore::new("mm-terraform-state", Region::UsWest2), &["us-west-2", "us-east-1"]),
        (store().noncurrent_expire_after(Days(0)), &["0 days"]),
        (store().kms_key("1234abcd"), &["\"1234abcd\" is no ARN of a KMS key"]),
        (
            store().kms_key("arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            &["the bucket is in us-east-1", "us-west-2", "a key of the bucket's region"],
        ),
        (
            store().kms_key("arn:aws:kms:us-east-1:111122223333:alias/state").lock(StateLock::both("MM-lock")),
            &["alias/state", "is an alias", "the ARN of the key itself"],
        ),
        (store().adopt_table(), &["no table locks the states"]),
        (store().lock(StateLock::dynamo_db("x")), &["\"x\"", "at least 3"]),
    ] {
        let parts: Vec<&str> = ["bootstrap/it: "].into_iter().chain(parts.iter().copied()).collect();
        refused(shared(store), &parts);
    }
}

#[test]
fn an_account_believes_github_once() -> Result<()> {
    let synthesis = synthesize(bootstrap::bootstrap)?;
    let provider = synthesis.stack("bootstrap")?.find::<iam::OpenidConnectProvider>("github")?;
    assert_eq!(provider.text("url")?, "https://token.actions.githubusercontent.com");
    assert_eq!(provider.argument("client_id_list")?, json!(["sts.amazonaws.com"]));
    assert!(!provider.has("thumbprint_list"));

    let twice = synthesize(|app| {
        app.stack("bootstrap", mikamirai::shared())?.add("github", OidcProvider::github())?;
        let dev = mikamirai::environment("dev", Region::UsEast1);
        app.stack("more", &dev)?.add("again", OidcProvider::github()).map(drop)
    });
    refused(twice, &["dev/more/again: ", "token.actions.githubusercontent.com", "bootstrap/github"]);

    let china = synthesize(|app| {
        let mut stack = app.stack("bootstrap", mikamirai::shared())?;
        stack.add("github", OidcProvider::github())?;
        stack.add("enterprise", OidcProvider::github_enterprise_server("github.example.com"))?;
        let china = AwsProvider::new(Region::CnNorth1).account("444455556666".parse()?);
        let china = stack.provider("china", china)?;
        stack.with(&china).add("china", OidcProvider::github()).map(drop)
    })?;
    let stack = china.stack("bootstrap")?;
    let found = stack.find::<iam::OpenidConnectProvider>("china")?;
    assert_eq!(found.argument("client_id_list")?, json!(["sts.amazonaws.com.cn"]));
    let found = stack.find::<iam::OpenidConnectProvider>("enterprise")?;
    assert_eq!(found.text("url")?, "https://github.example.com/_services/token");
    refused(
        shared(OidcProvider::github_enterprise_server("https://x")),
        &["bootstrap/it: ", "\"https://x/_services/token\""],
    );
    Ok(())
}

#[test]
fn an_account_of_a_partition_has_one_provider_for_an_issuer() -> Result<()> {
    const ONE: Option<&str> = Some("111122223333");
    const OTHER: Option<&str> = Some("444455556666");
    let two = |first: (Region, Option<&str>), second: (Region, Option<&str>)| {
        synthesize(|app| {
            let mut stack = app.stack("bootstrap", mikamirai::shared())?;
            for (id, (region, account)) in [("first", first), ("second", second)] {
                let provider = AwsProvider::new(region);
                let provider = match account {
                    Some(account) => provider.account(account.parse()?),
                    None => provider,
                };
                let provider = stack.provider(id, provider)?;
                stack.with(&provider).add(id, OidcProvider::github())?;
            }
            Ok(())
        })
    };
    use Region::{CnNorth1, UsEast1, UsWest2};
    for (first, second, clash) in [
        ((UsEast1, ONE), (UsEast1, ONE), true),
        ((UsEast1, ONE), (UsWest2, ONE), true),
        ((UsEast1, ONE), (UsEast1, OTHER), false),
        ((UsEast1, ONE), (UsEast1, None), true),
        ((UsEast1, None), (UsWest2, None), true),
        ((UsEast1, None), (CnNorth1, None), false),
        ((UsEast1, ONE), (CnNorth1, None), false),
        ((UsEast1, None), (CnNorth1, OTHER), false),
    ] {
        match (two(first, second), clash) {
            (Ok(_), false) => {}
            (result, true) => {
                refused(result, &["bootstrap/second: ", "an account has one OIDC provider", "bootstrap/first"])
            }
            (Err(error), false) => panic!("{first:?} and {second:?} stand side by side: {error}"),
        }
    }
    Ok(())
}

/// The claims that the role at that path takes, with the operator that compares them.
fn subjects(synthesis: &Synthesis, path: &str) -> Result<(String, Json)> {
    let trust = synthesis.stack("bootstrap")?.find::<iam::Role>(path)?.document("assume_role_policy")?;
    let statement = &trust["Statement"][0];
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    let conditions = statement["Condition"].as_object().expect("there are some");
    assert_eq!(conditions["StringEquals"]["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    let mut found = conditions.iter().filter_map(|(operator, keys)| {
        Some((operator.clone(), keys.get("token.actions.githubusercontent.com:sub")?.clone()))
    });
    let subject = found.next().expect("there is a subject");
    assert!(found.next().is_none());
    Ok(subject)
}

#[test]
fn plans_read_for_pull_requests_and_writing_is_bound_to_an_environment() -> Result<()> {
    let synthesis = synthesize(bootstrap::bootstrap)?;
    let stack = synthesis.stack("bootstrap")?;
    for (path, name, claims) in [
        (
            "plan",
            "MM-github-plan-role",
            json!(["repo:mikamirai/infrastructure:pull_request", "repo:mikamirai/infrastructure:ref:refs/heads/main"]),
        ),
        ("apply-dev", "MM-github-dev-role", json!("repo:mikamirai/infrastructure:environment:dev")),
        ("apply-prod", "MM-github-prod-role", json!("repo:mikamirai/infrastructure:environment:prod")),
    ] {
        assert_eq!(subjects(&synthesis, path)?, ("StringEquals".into(), claims));
        let role = stack.find::<iam::Role>(path)?;
        assert_eq!(role.name(), Some(name));
        assert_eq!(role.argument("max_session_duration")?, json!(3600));
        let trust = role.document("assume_role_policy")?;
        let trusted = &trust["Statement"][0]["Principal"]["Federated"];
        assert_eq!(*trusted, json!("${aws_iam_openid_connect_provider.github.arn}"));
    }
    let synthesis = synthesize(bootstrap_one_role::bootstrap)?;
    let environments = ["plan", "dev", "prod"].map(|name| format!("repo:mikamirai/infrastructure:environment:{name}"));
    assert_eq!(subjects(&synthesis, "actions")?, ("StringEquals".into(), json!(environments)));
    assert!(synthesis.stack("bootstrap")?.named::<iam::Role>("MM-github-actions-role").is_ok());
    Ok(())
}

#[test]
fn policies_are_attached_and_small_enough() -> Result<()> {
    let synthesis = synthesize(bootstrap::bootstrap)?;
    let stack = synthesis.stack("bootstrap")?;
    let policies = stack.resources::<iam::Policy>();
    assert!(policies.len() >= 3);
    for policy in policies.iter().filter(|policy| policy.path().contains('/')) {
        assert!(policy.text("policy")?.len() <= 6_144, "{}", policy.address());
        let attachment = stack.find::<iam::RolePolicyAttachment>(policy.path())?;
        assert_eq!(attachment.resolve("policy_arn")?, *policy);
        let role = policy.path().split('/').next().expect("it is below its role");
        assert_eq!(attachment.resolve("role")?, stack.find::<iam::Role>(role)?);
    }
    Ok(())
}

/// The documents of the policies that the role at that path has.
fn policies_of(synthesis: &Synthesis, path: &str) -> Result<Vec<Json>> {
    let stack = synthesis.stack("bootstrap")?;
    let policies = stack.resources::<iam::Policy>();
    let own = policies.iter().filter(|policy| policy.path().starts_with(&format!("{path}/")));
    own.map(|policy| policy.document("policy")).collect()
}

#[test]
fn roles_may_read_the_policies_that_plans_are_compared_with() -> Result<()> {
    let bootstrap = synthesize(bootstrap::bootstrap)?;
    let roles = [("plan", vec!["plan", "dev", "prod"]), ("apply-dev", vec!["dev"]), ("apply-prod", vec!["prod"])];
    for (path, readable) in roles {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for policy in policies_of(&bootstrap, path)? {
            for statement in policy["Statement"].as_array().expect("it has statements") {
                let list = |name: &str| -> Vec<String> {
                    let one = std::slice::from_ref(&statement[name]);
                    let all = statement[name].as_array().map_or(one, Vec::as_slice);
                    all.iter().map(|text| text.as_str().expect("it is a text").to_owned()).collect()
                };
                for action in list("Action").into_iter().filter(|_| statement["Effect"] == "Allow") {
                    found.entry(action).or_default().extend(list("Resource"));
                }
            }
        }
        let arns = |form: fn(&str) -> String| readable.iter().map(|purpose| form(&mikamirai::role(purpose))).collect();
        let role_arns: BTreeSet<String> = arns(|name| format!("arn:aws:iam::{}:role/{name}", mikamirai::ACCOUNT));
        let policy_arns: BTreeSet<String> = arns(|name| format!("arn:aws:iam::{}:policy/{name}-*", mikamirai::ACCOUNT));
        for action in ["iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRole", "iam:GetRolePolicy"] {
            let own = found[action].iter().filter(|arn| arn.contains(":role/MM-github-")).cloned().collect();
            assert_eq!(role_arns, own, "{path} {action}");
        }
        for action in ["iam:GetPolicy", "iam:GetPolicyVersion"] {
            assert!(found[action].is_superset(&policy_arns), "{path} {action}: {found:?}");
        }
    }
    Ok(())
}

#[test]
fn the_forms_of_subjects_stand_side_by_side_while_a_repository_moves() -> Result<()> {
    let role =
        || OidcRole::github("mikamirai/infrastructure").subjects([Subject::tag("v*"), Subject::environment("a:b")]);
    let check = |role: OidcRole, claims: Json| {
        assert_eq!(subjects(&shared(role)?, "it")?, ("StringLike".into(), claims));
        Ok::<_, Error>(())
    };
    let legacy = ["repo:mikamirai/infrastructure:ref:refs/tags/v*", "repo:mikamirai/infrastructure:environment:a%3Ab"];
    let immutable = [
        "repo:mikamirai@12/infrastructure@34:ref:refs/tags/v*",
        "repo:mikamirai@12/infrastructure@34:environment:a%3Ab",
    ];
    check(role(), json!(legacy))?;
    check(role().immutable(12, 34), json!(immutable))?;
    check(role().migrating(12, 34), json!([legacy, immutable].concat()))
}

#[test]
fn a_role_is_as_it_is_described() -> Result<()> {
    let boundary = "arn:aws:iam::111122223333:policy/boundary";
    let claim = "token.actions.githubusercontent.com:job_workflow_ref";
    let own = PolicyDocument::new().statement(Statement::allow().actions(["ec2:DescribeVpcs"]).resources(["*"]));
    let role = OidcRole::github("mikamirai/infrastructure")
        .subjects([Subject::branch("release/*")])
        .session(Duration::from_secs(7_200))
        .boundary(boundary)
        .policy(own)
        .managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .condition(Condition::string_like(claim, "mikamirai/workflows/.github/workflows/deploy.yaml@*"))
        .description("Looks around");
    let synthesis = shared(role)?;
    let stack = synthesis.stack("bootstrap")?;
    let role = stack.find::<iam::Role>("it")?;
    assert_eq!(role.name(), Some("MM-use1-role-it"), "the convention names it");
    assert_eq!(role.text("description")?, "Looks around");
    assert_eq!(role.argument("max_session_duration")?, json!(7200));
    assert_eq!(role.text("permissions_boundary")?, boundary);
    let trust = role.document("assume_role_policy")?;
    assert_eq!(
        trust["Statement"][0]["Condition"]["StringLike"][claim],
        "mikamirai/workflows/.github/workflows/deploy.yaml@*"
    );
    let provider = &trust["Statement"][0]["Principal"]["Federated"];
    assert_eq!(*provider, json!("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"));
    let attachment = stack.find::<iam::RolePolicyAttachment>("it/managed-1")?;
    assert_eq!(attachment.text("policy_arn")?, "arn:aws:iam::aws:policy/ReadOnlyAccess");
    Ok(())
}

#[test]
fn trust_that_opens_too_much_is_refused() {
    let apply = || Permissions::apply(networks().stacks()).expect("every type is known");
    let plan = || Permissions::plan(networks().stacks()).expect("every type is known");
    let role = || OidcRole::github("mikamirai/infrastructure");
    let writes = || PolicyDocument::new().statement(Statement::allow().actions(["ec2:DeleteVpc"]).resources(["*"]));
    for (wrong, parts) in [
        (OidcRole::github("mikamirai/*").subjects([Subject::any()]), &["\"mikamirai/*\" is a pattern"][..]),
        (OidcRole::github("*").subjects([Subject::any()]), &["\"*\" is a pattern"]),
        (OidcRole::github("mika mirai/x").subjects([Subject::any()]), &["owner that GitHub does not take"]),
        (OidcRole::github("mikamirai/x y").subjects([Subject::any()]), &["name that GitHub does not take"]),
        (role(), &["no subjects", ".subjects(["]),
        (role().subjects([Subject::branch("a b")]), &["\"a b\"", "' '"]),
        (role().subjects([Subject::branch("refs/heads/main")]), &["write main"]),
        (
            role().subjects([Subject::pull_request()]).permissions(apply()),
            &["pull requests could assume", "environment"],
        ),
        (role().subjects([Subject::any()]).permissions(plan().and(apply())), &["every job, of pull requests too"]),
        (role().subjects([Subject::pull_request()]).policy(writes()), &["pull requests could assume"]),
        (
            role().subjects([Subject::pull_request()]).managed_policy("arn:aws:iam::aws:policy/AdministratorAccess"),
            &["pull requests could assume"],
        ),
        (
            role()
                .subjects([Subject::environment("dev")])
                .condition(Condition::string_equals("token.actions.githubusercontent.com:actor", "x").for_all_values()),
            &["ForAllValues:StringEquals", "lack the claim"],
        ),
        (role().subjects([Subject::environment("dev")]).session(Duration::from_secs(60)), &["3,600 to 43,200"]),
        (role().subjects([Subject::environment("dev")]).name("x".repeat(65)), &["has 65 characters", "at most 64"]),
        (
            role().subjects((0..40).map(|number| Subject::environment(format!("environment-{number}")))),
            &["the trust policy has", "IAM takes 2048"],
        ),
        (
            role()
                .subjects([Subject::environment("dev")])
                .permissions(apply())
                .policy(writes())
                .policy(writes())
                .policy(writes())
                .policy(writes())
                .policy(writes())
                .policy(writes())
                .policy(writes())
                .policy(writes()),
            &["policies, and IAM takes 10", "several roles"],
        ),
    ] {
        let parts: Vec<&str> = ["bootstrap/it: "].into_iter().chain(parts.iter().copied()).collect();
        refused(shared(wrong), &parts);
    }
    assert!(shared(role().subjects([Subject::any()]).permissions(plan())).is_ok(), "reading is for every job");
    let large = (0..200).map(|number| format!("s3:Get{number}{}", "x".repeat(30)));
    let large = PolicyDocument::new().statement(Statement::allow().actions(large).resources(["*"]));
    refused(
        shared(role().subjects([Subject::environment("dev")]).policy(large)),
        &["bootstrap/it: ", "characters, and IAM takes 6144"],
    );
    let any_branch =
        shared(role().subjects([Subject::branch("*")]).permissions(apply())).expect("it is only warned of");
    let warned = |part: &str| any_branch.warnings().iter().any(|warning| warning.to_string().contains(part));
    assert!(
        warned("whoever can push") && !warned("can give itself everything"),
        "the boundary of the organisation holds"
    );
    let unbound = PermissionTable::standard().apply(networks().stacks()).expect("every type is known");
    let unbound = shared(role().subjects([Subject::environment("dev")]).permissions(unbound)).expect("it is warned of");
    assert!(unbound.warnings().iter().any(|warning| warning.to_string().contains("can give itself everything")));
    assert!(synthesize(bootstrap::bootstrap).expect("it is right").warnings().is_empty());
}

#[test]
fn a_role_is_in_the_account_of_its_provider() {
    let result = synthesize(|app| {
        let mut stack = app.stack("bootstrap", mikamirai::shared())?;
        let github = stack.add("github", OidcProvider::github())?;
        let other = stack.provider("other", AwsProvider::new(Region::UsEast1).account("444455556666".parse()?))?;
        let role = OidcRole::github("a/b").provider(&github).subjects([Subject::environment("prod")]);
        stack.with(&other).add("role", role).map(drop)
    });
    refused(result, &["bootstrap/role: ", "different accounts"]);
}

#[test]
fn what_deploying_every_example_takes_is_known_and_fits() -> Result<()> {
    for synthesis in [
        networks(),
        synthesize(bootstrap::bootstrap)?,
        synthesize(common::any_resource::cluster)?,
        synthesize(common::custom_construct::storage)?,
    ] {
        for (permissions, what) in
            [(Permissions::plan(synthesis.stacks())?, "plan"), (Permissions::apply(synthesis.stacks())?, "apply")]
        {
            let explained = permissions.explain();
            assert!(explained.iter().all(|row| !row.reasons.is_empty() && !row.on.is_empty()), "{what}");
            for document in permissions.documents()? {
                assert!(document.size().is_some_and(|size| size <= 6_144), "{what}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_policies_of_stacks_are_shown_with_the_arns_that_they_will_have() -> Result<()> {
    use mmcdk::aws::{PolicyKind, policies};

    let networks = networks();
    let found = policies(&networks.stack("dev/network")?);
    let kinds: Vec<_> = found.iter().map(|policy| (policy.found.address(), policy.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("aws_iam_role.flow", PolicyKind::Trust),
            ("aws_iam_role_policy.flow", PolicyKind::Identity),
            ("aws_s3_bucket_policy.trail", PolicyKind::Resource),
        ]
    );
    let resources = |policy: usize, statement: usize| &found[policy].document["Statement"][statement]["Resource"];
    let group = "arn:aws:logs:us-east-1:111122223333:log-group:MM-dev-use1-logs-flow";
    assert_eq!(*resources(1, 0), json!([group, format!("{group}:*")]));
    let bucket = "arn:aws:s3:::mm-dev-use1-s3-cloudtrail";
    assert_eq!(*resources(2, 0), json!([bucket, format!("{bucket}/*")]));

    let own = PolicyDocument::new()
        .statement(Statement::allow().actions(["s3:GetObject"]).resources(["arn:aws:s3:::home/${aws:username}/*"]))
        .statement(
            Statement::allow()
                .actions(["s3:GetObject"])
                .resources([Value::text("arn:aws:s3:::") + Value::raw("1 + 1")]),
        );
    let synthesis = shared(iam::Policy::new(own))?;
    let found = policies(&synthesis.stack("bootstrap")?);
    let resource = |statement: usize| &found[0].document["Statement"][statement]["Resource"];
    assert_eq!((resource(0), resource(1)), (&json!("arn:aws:s3:::home/${aws:username}/*"), &json!("arn:aws:s3:::*")));
    Ok(())
}
