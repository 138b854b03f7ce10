//! Terraform's meta-arguments: what methods and paths set is one, and what Terraform rejects is rejected.

mod common;

use common::{Link, Lookup, Net, app, block, dev, refused, synthesize};
use mmcdk_core::{
    Any, Construct, Lifecycle, List, Local, Provider, RawResource, Resource, Result, Scope, Synthesis, Value,
};
use serde_json::{Value as Json, json};

/// The resource `a` of the stack, as it stands in its file.
fn written(synthesis: &Synthesis) -> Json {
    let stack = synthesis.stack("dev/network").unwrap();
    let file = stack.files().into_iter().find(|file| file.name == "a.tf.json").expect("there is a file of a");
    let file: Json = serde_json::from_slice(&file.bytes).unwrap();
    file["resource"]["cloud_net"]["a"].clone()
}

#[test]
fn what_is_set_by_path_is_merged_with_what_methods_set() {
    let lifecycle = || Lifecycle::new().create_before_destroy().ignore_changes(["ami"]);
    let timeouts = || Net::new().set_at("timeouts.create", "5m").set_at("timeouts.delete", "9m");
    for (name, net, path, value, expected) in [
        (
            "another argument of the lifecycle",
            Net::new().lifecycle(lifecycle()),
            "lifecycle.prevent_destroy",
            json!(true),
            json!({"lifecycle": {"create_before_destroy": true, "prevent_destroy": true, "ignore_changes": ["ami"]}}),
        ),
        (
            "the same argument of the lifecycle",
            Net::new().lifecycle(lifecycle()),
            "lifecycle.ignore_changes",
            json!("all"),
            json!({"lifecycle": {"create_before_destroy": true, "ignore_changes": "all"}}),
        ),
        (
            "an element of the lifecycle",
            Net::new().lifecycle(lifecycle()),
            "lifecycle.0.ignore_changes.0",
            json!("tags"),
            json!({"lifecycle": {"create_before_destroy": true, "ignore_changes": ["tags"]}}),
        ),
        (
            "a block of the lifecycle",
            Net::new().lifecycle(lifecycle()),
            "lifecycle.precondition.error_message",
            json!("no"),
            json!({"lifecycle": {
                "create_before_destroy": true, "ignore_changes": ["ami"], "precondition": {"error_message": "no"},
            }}),
        ),
        (
            "the lifecycle as a whole",
            Net::new().lifecycle(lifecycle()),
            "lifecycle",
            json!({"prevent_destroy": true}),
            json!({"lifecycle": {"create_before_destroy": true, "prevent_destroy": true, "ignore_changes": ["ami"]}}),
        ),
        (
            "a lifecycle where there was none",
            Net::new(),
            "lifecycle.prevent_destroy",
            json!(true),
            json!({"lifecycle": {"prevent_destroy": true}}),
        ),
        (
            "two paths of the lifecycle",
            Net::new().set_at("lifecycle.create_before_destroy", true),
            "lifecycle.prevent_destroy",
            json!(false),
            json!({"lifecycle": {"create_before_destroy": true, "prevent_destroy": false}}),
        ),
        (
            "a timeout beside another",
            timeouts(),
            "timeouts.create",
            json!("60m"),
            json!({"timeouts": {"create": "60m", "delete": "9m"}}),
        ),
        (
            "a provisioner",
            Net::new().set_at("connection.host", "h"),
            "provisioner.0.local-exec.command",
            json!("true"),
            json!({"connection": {"host": "h"}, "provisioner": {"local-exec": {"command": "true"}}}),
        ),
        ("a provider", Net::new(), "provider", json!("cloud.west"), json!({"provider": "cloud.west"})),
    ] {
        let expected_members = expected.as_object().unwrap();
        let check = |synthesis: Result<Synthesis>| {
            let written = written(&synthesis.unwrap_or_else(|error| panic!("{name}: {error}")));
            for (argument, value) in expected_members {
                assert_eq!(written[argument], *value, "{name}");
            }
        };
        check(synthesize(|stack| stack.add("a", net.clone().set_at(path, value.clone())).map(drop)));
        // Unless the resource's own paths, which are nearer, set the same.
        if !path.starts_with("timeouts") {
            let local = Local::new().set_on::<Net>(path, value);
            check(synthesize(|stack| stack.with(local).add("a", net).map(drop)));
        }
    }
}

#[test]
fn dependencies_by_path_are_added_to_those_of_methods() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let b = stack.add("b", Net::new())?;
        let c = stack.add("c", Net::new())?;
        let paths = Local::new().set_on::<Net>("depends_on", json!(["cloud_net.b"]));
        stack.with(paths).add("a", Net::new().depends_on(&c))?;
        stack.add("d", Net::new().depends_on(&c).set_at("depends_on", Value::<List<String>>::list([b.id()])))?;
        stack.add("e", Net::new().depends_on(&c).remove_at("depends_on"))?;
        stack.require_provider("random", "hashicorp/random", "~> 3.6")?;
        let raw = RawResource::new("random_pet").set("depends_on", json!(["cloud_net.b"])).depends_on(&c);
        let raw = raw.set("lifecycle", json!({"prevent_destroy": true}));
        stack.add("f", raw.lifecycle(Lifecycle::new().create_before_destroy())).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    for (address, dependencies) in [
        ("cloud_net.a", &["cloud_net.b", "cloud_net.c"][..]),
        ("cloud_net.d", &["cloud_net.b", "cloud_net.c"]),
        ("cloud_net.e", &[]),
        ("random_pet.f", &["cloud_net.b", "cloud_net.c"]),
    ] {
        assert_eq!(stack.at(address)?.depends_on(), dependencies, "{address}");
    }
    let lifecycle = stack.at("random_pet.f")?.lifecycle();
    assert_eq!(lifecycle, json!({"create_before_destroy": true, "prevent_destroy": true}));
    refused(
        synthesize(|stack| stack.add("a", Net::new().set_at("depends_on", json!(["cloud_net.b"]))).map(drop)),
        &["dev/network/a", "cloud_net.b, which the stack does not have"],
    );
    // What a path adds is part of the circle that it closes.
    let circle = synthesize(|stack| {
        let a = stack.add("a", Net::new().set_at("depends_on", json!(["cloud_net.b"])))?;
        stack.add("b", Net::new().depends_on(&a)).map(drop)
    });
    refused(circle, &["cloud_net.a → cloud_net.b → cloud_net.a"]);
    Ok(())
}

#[test]
fn a_provider_by_path_replaces_the_written_one() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let west = stack.provider("west", Provider::new(&common::CLOUD))?;
    stack.add("a", Net::new().provider(&west).set_at("provider", "cloud.by-hand"))?;
    let synthesis = app.synth()?;
    assert_eq!(written(&synthesis)["provider"], "cloud.by-hand");
    // Readers of JSON keep the last of two equal keys, so look at the text.
    let file = synthesis.stack("dev/network")?.files().into_iter().find(|file| file.name == "a.tf.json");
    let text = String::from_utf8(file.expect("there is a file of a").bytes).expect("it is text");
    assert_eq!(text.matches("\"provider\"").count(), 1, "{text}");
    Ok(())
}

#[test]
fn what_terraform_rejects_of_a_meta_argument_is_rejected() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let net = stack.add("net", Net::new())?;
    let data = stack.add("data", Lookup::default())?;
    let random = stack.add("state", RawResource::data("terraform_remote_state"))?;

    for (name, lifecycle) in [
        ("create_before_destroy", Lifecycle::new().create_before_destroy()),
        ("prevent_destroy", Lifecycle::new().prevent_destroy()),
        ("ignore_changes", Lifecycle::new().ignore_changes(["a"])),
        ("ignore_changes", Lifecycle::new().ignore_all_changes()),
        ("replace_triggered_by", Lifecycle::new().replace_triggered_by(&net)),
    ] {
        let parts = ["dev/network/a", "data source", name];
        refused(stack.add("a", Lookup::default().lifecycle(lifecycle.clone())), &parts);
        refused(stack.add("a", RawResource::data("terraform_remote_state").lifecycle(lifecycle)), &parts);
        refused(stack.add("a", Lookup::default().set_at(format!("lifecycle.{name}"), "x")), &parts);
        refused(
            stack.with(Local::new().set_on::<Lookup>("lifecycle", json!({name: "x"}))).add("a", Lookup::default()),
            &parts,
        );
    }
    let conditions = Lookup::default().set_at("lifecycle.postcondition.condition", Value::<String>::raw("true").any());
    stack.add("conditions", conditions)?;

    for (address, lifecycle) in [
        ("data.cloud_lookup.data", Lifecycle::new().replace_triggered_by(&data)),
        ("data.cloud_lookup.data", Lifecycle::new().replace_triggered_by_attribute(&data, "id")),
        (
            "data.terraform_remote_state.state",
            Lifecycle::new().replace_triggered_by(&net).replace_triggered_by(&random),
        ),
    ] {
        let parts = ["dev/network/b", "replace_triggered_by", address, "data source"];
        refused(stack.add("b", Net::new().lifecycle(lifecycle)), &parts);
    }
    let by_path = Net::new().set_at("lifecycle.replace_triggered_by", json!(["data.cloud_lookup.data"]));
    refused(stack.add("b", by_path), &["replace_triggered_by", "data.cloud_lookup.data"]);

    for path in ["provisioner.local-exec.command", "connection.host"] {
        let argument = path.split('.').next().unwrap();
        refused(stack.add("c", Lookup::default().set_at(path, "x")), &["dev/network/c", "data source", argument]);
    }
    refused(stack.add("d", Lookup::default().adopt("x")), &["dev/network/d", "data source", "adopted"]);
    for argument in ["${a}", "tags[", "a b", ""] {
        let lifecycle = Lifecycle::new().ignore_changes(["tags", argument]);
        refused(stack.add("e", Net::new().lifecycle(lifecycle)), &["dev/network/e", "ignore_changes", argument]);
    }
    refused(stack.add("f", Net::new().set_at("lifecycle", "x")), &["dev/network/f", "lifecycle", "not an object"]);
    refused(
        stack.add("g", Net::new().set_at("depends_on", "x")),
        &["dev/network/g", "depends_on", "list of addresses"],
    );
    refused(stack.add("g", Net::new().set_at("depends_on.0", "x")), &["dev/network/g", "depends_on", "as a whole"]);
    refused(stack.add("h", Net::new().remove_at("lifecycle")), &["dev/network/h", "\"lifecycle\""]);

    static OTHER: mmcdk_core::ProviderFacts =
        mmcdk_core::ProviderFacts { name: "other", source: "test/other", version: "~> 1.0", tagged: &[] };
    let other = stack.provider("west", Provider::new(&OTHER))?;
    refused(stack.add("i", Net::new().provider(&other)), &["dev/network/i", "cloud_net", "other.west"]);
    // A context's provider is that of the types that it fits.
    stack.with(&other).add("j", Net::new())?;
    Ok(())
}

#[test]
fn a_lifecycle_holds_what_it_refers_to() -> Result<()> {
    struct Leaking<'a>(&'a mut Option<Lifecycle>);
    impl Construct for Leaking<'_> {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            let net = scope.place(Net::new())?;
            *self.0 = Some(Lifecycle::new().replace_triggered_by(&net));
            Err(mmcdk_core::Error::new("no"))
        }
    }
    let result = synthesize(|stack| {
        let mut leaked = None;
        let _ = stack.add("core", Leaking(&mut leaked));
        stack.add("b", Link::new("x").ends(block::<String>("a", "b")).lifecycle(leaked.unwrap())).map(drop)
    });
    refused(result, &["dev/network/b", "cloud_net.core", "undone"]);
    Ok(())
}

#[test]
fn what_is_neither_a_list_of_arguments_nor_all_is_not_ignored() -> Result<()> {
    for (value, parts) in [
        (json!("ami"), ["lifecycle.ignore_changes is \"ami\"", "[\"ami\"]", "\"all\""]),
        (json!("ALL"), ["is \"ALL\"", "a list", "\"all\""]),
        (json!(true), ["is true", "a list", "\"all\""]),
        (json!({"a": "b"}), ["is {", "a list", "\"all\""]),
        (json!([1]), ["has 1", "not the name of an argument", "write it as Terraform does"]),
    ] {
        for (path, value) in [
            ("lifecycle.ignore_changes", value.clone()),
            ("lifecycle.0.ignore_changes", value.clone()),
            ("lifecycle", json!({"ignore_changes": value})),
        ] {
            let placed = synthesize(|stack| stack.add("a", Net::new().set_at(path, value)).map(drop));
            refused(placed, &[&["dev/network/a"], &parts[..]].concat());
        }
    }
    let raw = Value::<Any>::raw("local.ignored");
    let placed = synthesize(|stack| stack.add("a", Net::new().set_at("lifecycle.ignore_changes", raw)).map(drop));
    refused(placed, &["dev/network/a", "lifecycle.ignore_changes is local.ignored"]);
    for value in [json!("all"), json!(["ami"]), json!([])] {
        synthesize(|stack| stack.add("a", Net::new().set_at("lifecycle.ignore_changes", value)).map(drop))?;
    }
    Ok(())
}
