use mmcdk_core::{App, Environment, Organisation};

struct Vpc;

fn main() -> mmcdk_core::Result<()> {
    let mut app = App::new(Organisation::new("MM"));
    let mut network = app.stack("network", Environment::new("dev"))?;
    network.add("core", Vpc)?;
    Ok(())
}
