//! The lists of types that a plan must not destroy unnoticed. The generator checks them against the whole schema.

use mmcdk_aws::{FOUNDATION_TYPES, STATEFUL_TYPES};

#[track_caller]
fn has(list: &[(&str, &str)], types: &[&str]) {
    for wanted in types {
        assert!(list.binary_search_by_key(wanted, |(name, _)| name).is_ok(), "{wanted} is not listed");
    }
}

#[test]
fn the_lists_are_sorted_and_share_no_type() {
    for list in [STATEFUL_TYPES, FOUNDATION_TYPES] {
        assert!(list.is_sorted_by(|(left, _), (right, _)| left < right));
        assert!(list.iter().all(|(name, reason)| name.starts_with("aws_") && !reason.is_empty()));
    }
    let stateful = |name: &str| STATEFUL_TYPES.iter().any(|(known, _)| *known == name);
    assert!(!FOUNDATION_TYPES.iter().any(|(name, _)| stateful(name)));
}

#[test]
fn snapshots_images_clusters_and_stores_hold_data() {
    has(STATEFUL_TYPES, &["aws_ami", "aws_db_snapshot", "aws_rds_cluster_snapshot_copy", "aws_fsx_backup"]);
    has(STATEFUL_TYPES, &["aws_keyspaces_keyspace", "aws_cloudtrail_event_data_store", "aws_s3vectors_index"]);
    has(STATEFUL_TYPES, &["aws_eks_cluster", "aws_instance", "aws_prometheus_workspace", "aws_cloudformation_stack"]);
}

#[test]
fn networks_addresses_and_entry_points_hold_an_environment_together() {
    has(FOUNDATION_TYPES, &["aws_vpc", "aws_subnet", "aws_route_table", "aws_internet_gateway", "aws_nat_gateway"]);
    has(FOUNDATION_TYPES, &["aws_eip", "aws_network_interface", "aws_lb", "aws_ecs_cluster", "aws_ssm_parameter"]);
    has(
        FOUNDATION_TYPES,
        &["aws_ec2_transit_gateway", "aws_vpc_peering_connection", "aws_vpn_connection", "aws_kms_alias"],
    );
}
