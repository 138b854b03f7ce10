//! What a stack contained at another time, and the files that a program takes in.

mod common;

use common::{Net, app, dev, refused};
use std::collections::BTreeMap;

use mmcdk_core::{App, Mode, Organisation, Recorded, Result, Texts};
use serde_json::{Value as Json, json};

fn recorded(address: &str, arguments: Json) -> Recorded {
    recorded_as(Texts::Templates, address, arguments)
}

fn recorded_as(texts: Texts, address: &str, arguments: Json) -> Recorded {
    let mode = if address.starts_with("data.") { Mode::Data } else { Mode::Managed };
    let terraform_type = address.trim_start_matches("data.").split('.').next().unwrap_or_default().to_owned();
    let arguments = arguments.as_object().expect("arguments have names").clone();
    let (address, expressions) = (address.into(), BTreeMap::new());
    Recorded { address, mode, terraform_type, arguments, texts, expressions, tags_argument: "tags" }
}

#[test]
fn a_recorded_stack_has_the_place_of_the_stack_and_other_contents() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?.add("core", Net::new())?;
    let stack = app.stacks().next().expect("there is one");
    let recorded = stack.recorded([
        recorded("cloud_bucket.old", json!({"bucket": "b", "none": null, "tags": {"Owner": "x"}})),
        Recorded {
            tags_argument: "all_tags",
            ..recorded("cloud_bucket.tagged", json!({"tags": {}, "all_tags": {"Owner": "all"}}))
        },
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
    assert_eq!(link.text("part")?, "x-${cloud_bucket.old.id}");
    assert!(link.resolve("absent").is_err());
    assert_eq!(link.argument("number")?, json!(3));
    Ok(())
}

#[test]
fn a_recorded_resource_has_the_path_of_its_label_whatever_its_keys_are() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?;
    let stack = app.stacks().next().expect("there is one");
    for (address, path) in [
        ("cloud_bucket.a", "a"),
        ("data.cloud_image.a", "a"),
        ("cloud_bucket.a[0]", "a"),
        ("cloud_bucket.a[\"10.0.0.0/16\"]", "a"),
        ("cloud_bucket.a[\"x \\\"y.z\"]", "a"),
        ("cloud_bucket.a (deposed 1a2b3c4d)", "a"),
        ("cloud_bucket.a[\"b.c\"] (deposed 1a2b3c4d)", "a"),
        ("module.m.cloud_bucket.a", "a"),
        ("module.m[\"b.c/d\"].module.n[0].cloud_bucket.a[\"e.f\"]", "a"),
    ] {
        let recorded = stack.recorded([recorded(address, json!({}))]);
        assert_eq!(recorded.stack("dev/network")?.at(address)?.path(), path, "{address}");
    }
    Ok(())
}

#[test]
fn texts_are_templates_of_a_configuration_or_values_of_a_state() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?;
    let stack = app.stacks().next().expect("there is one");
    let texts = [
        // A text, what it is as a template, and what it is as a value; each as Terraform JSON.
        ("plain", "plain", "plain"),
        ("", "", ""),
        ("$${aws:username}", "$${aws:username}", "$$${aws:username}"),
        ("a %%{b}", "a %%{b}", "a %%%{b}"),
        ("${cloud_bucket.old.id}", "${cloud_bucket.old.id}", "$${cloud_bucket.old.id}"),
        ("${x}", "${x}", "$${x}"),
        ("x-${cloud_bucket.old.id}-$${y}", "x-${cloud_bucket.old.id}-$${y}", "x-$${cloud_bucket.old.id}-$$${y}"),
        ("${jsonencode({\"a\" = 1})}", "${jsonencode({\"a\" = 1})}", "$${jsonencode({\"a\" = 1})}"),
    ];
    for (text, template, value) in texts {
        for (kind, expected) in [(Texts::Templates, template), (Texts::Values, value)] {
            let arguments = json!({"text": text, "map": {"key": [text]}});
            let old = recorded("cloud_bucket.old", json!({}));
            let recorded = stack.recorded([old, recorded_as(kind, "cloud_link.a", arguments)]);
            let stack = recorded.stack("dev/network")?;
            let link = stack.at("cloud_link.a")?;
            assert_eq!(link.text("text")?, expected, "{kind:?}");
            assert_eq!(link.text("map.key.0")?, expected, "{kind:?}");
            let refers = kind == Texts::Templates && text.contains("${cloud_bucket.old.id}");
            assert_eq!(link.resolve("text").is_ok(), refers, "{kind:?} {text}");
        }
    }
    Ok(())
}

#[test]
fn a_recorded_value_can_be_one_that_only_terraform_will_know() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?;
    let stack = app.stacks().next().expect("there is one");
    let known = json!({"whole": "earlier", "text": "${x}"});
    let expressions = [("whole", "cloud_bucket.old.id"), ("other", "unknown")];
    let expressions = expressions.map(|(name, expression)| (name.to_owned(), expression.to_owned())).into();
    let link = Recorded { expressions, ..recorded_as(Texts::Values, "cloud_link.a", known) };
    let recorded = stack.recorded([recorded("cloud_bucket.old", json!({})), link]);
    let stack = recorded.stack("dev/network")?;
    let link = stack.at("cloud_link.a")?;
    assert_eq!(link.resolve("whole")?.address(), "cloud_bucket.old");
    assert_eq!((link.text("other")?, link.text("text")?), ("${unknown}".into(), "$${x}".into()));
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
