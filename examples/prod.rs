//! The prod network: `cargo run --example prod` writes synth/prod/network/*.tf.json.

mod mikamirai;

use mmcdk::prelude::*;

fn main() -> ExitCode {
    mmcdk::run(mikamirai::organisation(), prod)
}

/// Two zones, a NAT gateway in each: highly available.
pub fn prod(app: &mut App) -> Result<()> {
    let prod = mikamirai::environment("prod", Region::UsEast1);
    let mut network = app.stack("network", (&prod, mikamirai::deployed()))?;
    network.backend(mikamirai::state().backend());

    let vpc = network.add("core", Vpc::new("10.2.0.0/16").zones(["a", "b"]).nat(NatStrategy::GatewayPerZone))?;
    network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days90))?;
    network.add("trail", Trail::new().expire_after(Days(365)))?;

    network.output("vpc_id", vpc.id())?;
    network.output("public_subnet_ids", vpc.public_subnet_ids())?;
    network.output("private_subnet_ids", vpc.private_subnet_ids())
}
