//! What a stack contained at another time, and the files that a program takes in.

mod common;

use common::{Net, app, dev, refused};
use mmcdk_core::{App, Mode, Organisation, Recorded, Result};
use serde_json::{Value as Json, json};

fn recorded(address: &str, arguments: Json) -> Recorded {
    let mode = if address.starts_with("data.") { Mode::Data } else { Mode::Managed };
    let terraform_type = address.trim_start_matches("data.").split('.').next().unwrap_or_default().to_owned();
    let arguments = arguments.as_object().expect("arguments have names").clone();
    Recorded { address: address.into(), mode, terraform_type, arguments }
}

#[test]
fn a_recorded_stack_has_the_place_of_the_stack_and_other_contents() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?.add("core", Net::new())?;
    let stack = app.stacks().next().expect("there is one");
    let recorded = stack.recorded([
        recorded("cloud_bucket.old", json!({"bucket": "b", "none": null, "tags": {"Owner": "x"}, "tags_all": null})),
        recorded("cloud_bucket.tagged", json!({"tags": {}, "tags_all": {"Owner": "all"}})),
        recorded(
            "module.m.cloud_link.a[0]",
            json!({
                "whole": "${cloud_bucket.old.id}",
                "nested": [{"of": "${cloud_bucket.old.arn}"}],
                "part": "x-${cloud_bucket.old.id}",
                "absent": "${cloud_bucket.gone.id}",
                "number": 3,
            }),
        ),
        recorded("data.cloud_image.a", json!({})),
    ]);
    let stack = recorded.stack("dev/network")?;
    assert_eq!((stack.environment(), stack.name_glob()), (Some("dev"), app.stacks().next().unwrap().name_glob()));
    let addresses: Vec<_> = stack.all().map(|found| (found.address(), found.mode())).collect();
    let expected = [
        ("cloud_bucket.old", Mode::Managed),
        ("cloud_bucket.tagged", Mode::Managed),
        ("module.m.cloud_link.a[0]", Mode::Managed),
        ("data.cloud_image.a", Mode::Data),
    ];
    assert_eq!(addresses, expected);
    let old = stack.at("cloud_bucket.old")?;
    assert_eq!((old.name(), old.text("bucket")?, old.has("none")), (None, "b".into(), false));
    assert_eq!((old.tag("Owner")?, stack.at("cloud_bucket.tagged")?.tag("Owner")?), ("x".into(), "all".into()));
    let link = stack.at("module.m.cloud_link.a[0]")?;
    assert_eq!(link.resolve("whole")?, old);
    assert_eq!(link.text("nested.0.of")?, "${cloud_bucket.old.arn}");
    assert!(link.text("part")?.contains("${") && link.resolve("absent").is_err());
    assert_eq!(link.argument("number")?, json!(3));
    Ok(())
}

#[test]
fn a_name_has_the_form_that_fits_it() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?;
    let stack = app.stacks().next().expect("there is one");
    let glob = stack.name_glob();
    let fitting = glob.replace('*', "x");
    assert_eq!(stack.name_glob_of(&fitting), Some(glob.clone()));
    assert_eq!(stack.name_glob_of(&fitting.to_lowercase()), Some(glob.to_lowercase()));
    assert_eq!(stack.name_glob_of("given"), None);
    Ok(())
}

#[test]
fn inputs_are_read_by_whoever_runs_the_program() -> Result<()> {
    let mut alone = App::new(Organisation::new("MM"));
    refused(alone.input("a.json"), &["the app cannot read the input \"a.json\"", "App::reading"]);
    refused(alone.stack("network", dev())?.input("a.json"), &["dev/network: ", "a.json"]);
    let mut app = App::new(Organisation::new("MM")).reading(|path| Ok(format!("text of {path}")));
    assert_eq!(app.input("a.json")?, "text of a.json");
    assert_eq!(app.stack("network", dev())?.input("b")?, "text of b");
    Ok(())
}
