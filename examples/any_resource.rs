//! Any resource of the AWS provider, and values across stacks: `cargo run --example any_resource` writes
//! synth/staging/network/*.tf.json and synth/staging/eks/*.tf.json.
//!
//! Every resource type and data source is a generated type, in one module and one cargo feature for each service: this
//! example needs the feature `eks`.

mod mikamirai;

use mmcdk::prelude::*;

fn main() -> ExitCode {
    mmcdk::run(mikamirai::organisation(), cluster)
}

/// An EKS cluster in a stack of its own, in the private subnets of the network's stack.
pub fn cluster(app: &mut App) -> Result<()> {
    let staging = mikamirai::environment("staging", Region::UsEast1);
    let mut network = app.stack("network", &staging)?;
    let vpc = network.add("core", Vpc::new("10.3.0.0/16").zones(["a", "b"]).nat(NatStrategy::SingleGateway))?;

    let mut eks = app.stack("eks", &staging)?;
    // The value becomes an output of the network's stack, and here a reference to its remote state.
    let subnet_ids = eks.import("private_subnet_ids", &vpc.private_subnet_ids())?;

    let trust = PolicyDocument::new().statement(
        Statement::allow()
            .principal(Principal::service("eks.amazonaws.com"))
            .actions(["sts:AssumeRole", "sts:TagSession"]),
    );
    let role = eks.add("cluster-role", iam::Role::new(trust))?;
    let policy = eks.add(
        "cluster-policy",
        iam::RolePolicyAttachment::new("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", role.id()),
    )?;
    let cluster = eks::Cluster::new(
        role.arn(),
        eks::ClusterVpcConfigBlock::new(subnet_ids).endpoint_private_access(true).endpoint_public_access(false),
    )
    .enabled_cluster_log_types(["api", "audit", "authenticator"])
    .access_config(eks::ClusterAccessConfigBlock::new().authentication_mode("API"))
    // No reference says that the role must be able to do its work first.
    .depends_on(&policy);
    let cluster = eks.add("main", cluster)?;

    eks.output("endpoint", cluster.endpoint())?;
    eks.output("certificate_authority", cluster.certificate_authority().index(0).attribute::<String>("data"))
}
