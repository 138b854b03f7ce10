//! The dev network: `cargo run --example dev` writes synth/dev/network/*.tf.json.

mod mikamirai;

use mmcdk::prelude::*;

fn main() -> ExitCode {
    mmcdk::run(mikamirai::organisation(), dev)
}

/// Two zones, one NAT instance: cheap.
pub fn dev(app: &mut App) -> Result<()> {
    let dev = mikamirai::environment("dev", Region::UsEast1);
    let mut network = app.stack("network", (&dev, mikamirai::deployed()))?;
    network.backend(mikamirai::state().backend());

    let vpc = network
        .add("core", Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(NatStrategy::instance(InstanceType::T3Micro)))?;
    network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
    network.add("trail", Trail::new().expire_after(Days(90)))?;

    network.output("vpc_id", vpc.id())?;
    network.output("public_subnet_ids", vpc.public_subnet_ids())?;
    network.output("private_subnet_ids", vpc.private_subnet_ids())
}
