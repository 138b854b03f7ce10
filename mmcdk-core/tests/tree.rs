//! The tree: ids, addresses, failing constructs, shared resources, references and dependencies.

mod common;

use common::{Bucket, Link, Lookup, Net, app, block, dev, home, refused, synthesize};
use mmcdk_core::{
    Any, App, Construct, Error, Home, Lifecycle, List, Local, RawResource, Resource, Result, Scope, Synthesis, Value,
};

struct Pair;

impl Construct for Pair {
    type Output = (common::NetHandle, common::NetHandle);

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        Ok((scope.place(Net::new())?, scope.add("second-one", Net::new())?))
    }
}

/// Places something everywhere it can, and fails.
struct Failing;

impl Construct for Failing {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        scope.add("bucket", Bucket::default())?;
        scope.add("pair", Pair)?;
        scope.once("shared", Lookup::default())?;
        scope.claim("taken");
        scope.warn(Error::new("careful"));
        scope.raw_block("locals", serde_json::json!({"a": 1}))?;
        Err(Error::new("it had to happen"))
    }
}

#[test]
fn addresses_are_the_path_in_snake_case() -> Result<()> {
    let synthesis = synthesize(|stack| stack.add("core", Pair).map(drop))?;
    let stack = synthesis.stack("dev/network")?;
    let addresses: Vec<_> = stack.all().map(|found| found.address()).collect();
    assert_eq!(addresses, ["cloud_net.core", "cloud_net.core_second_one"]);
    assert_eq!(stack.find::<Net>("core/second-one")?.address(), "cloud_net.core_second_one");
    Ok(())
}

#[test]
fn ids_are_checked() {
    for (id, part) in [
        ("a_b", "write \"a-b\""),
        ("Core", "write \"core\""),
        ("override", "override"),
        ("my-override", "override"),
        ("terraform", "every stack"),
        ("", "kebab-case"),
    ] {
        refused(synthesize(|stack| stack.add(id, Pair).map(drop)), &["dev/network: ", part]);
    }
    refused(
        synthesize(|stack| {
            stack.add("core", Pair)?;
            stack.add("core", Pair).map(drop)
        }),
        &["dev/network/core", "taken by a sibling"],
    );
    refused(app().stack("Network", dev()).map(drop), &["\"Network\"", "network"]);
    refused(app().stack("network", home("Dev")).map(drop), &["\"Dev\"", "dev"]);
}

#[test]
fn two_paths_with_one_address_are_refused() {
    struct Nest(&'static str);
    impl Construct for Nest {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.add(self.0, Net::new()).map(drop)
        }
    }
    let result = synthesize(|stack| {
        stack.add("a-b", Nest("c"))?;
        stack.add("a", Nest("b-c"))
    });
    refused(result, &["dev/network/a/b-c", "cloud_net.a_b_c", "dev/network/a-b/c"]);
}

#[test]
fn a_construct_that_fails_leaves_nothing() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    stack.add("before", Net::new())?;
    let error = stack.add("core", Failing).unwrap_err();
    assert_eq!(error.to_string(), "dev/network/core: it had to happen");
    assert_eq!(stack.claims::<&str>().count(), 0);
    // The same ids, names and shared resources are free again.
    stack.add("core", Bucket::default())?;
    stack.once("shared", Lookup::default().set::<String>("a", "b"))?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/network")?;
    let addresses: Vec<_> = stack.all().map(|found| found.address()).collect();
    assert_eq!(addresses, ["cloud_net.before", "cloud_bucket.core", "data.cloud_lookup.shared"]);
    assert!(synthesis.warnings().is_empty());
    assert!(!stack.files().iter().any(|file| String::from_utf8_lossy(&file.bytes).contains("locals")));
    Ok(())
}

#[test]
fn a_reference_into_an_undone_construct_is_found() {
    struct Leaking<'a>(&'a mut Option<Value<String>>);
    impl Construct for Leaking<'_> {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            *self.0 = Some(scope.place(Net::new())?.id());
            Err(Error::new("no"))
        }
    }
    let result = synthesize(|stack| {
        let mut leaked = None;
        let _ = stack.add("core", Leaking(&mut leaked));
        stack.add("other", Net::new())?;
        stack.add("link", Link::new(leaked.unwrap()).ends(block::<String>("a", "b"))).map(drop)
    });
    refused(result, &["dev/network/link", "cloud_net.core", "undone"]);
}

#[test]
fn shared_resources_are_placed_once() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let first = stack.once("current", Lookup::default())?;
        let second = stack.with(Local::new().purpose("x")).once("current", Lookup::default())?;
        assert_eq!(first.id(), second.id());
        refused(stack.once("current", Lookup::default().set::<bool>("x", true)), &["cloud_lookup", "other arguments"]);
        Ok(())
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.resources::<Lookup>().len(), 1);
    assert!(stack.files().iter().any(|file| file.name == "shared.tf.json"));
    Ok(())
}

#[test]
fn what_is_required_must_have_a_value() {
    let ends = || block::<String>("a", "b");
    let link = |target: Value<String>| synthesize(|stack| stack.add("a", Link::new(target).ends(ends())).map(drop));
    refused(link(Value::none()), &["dev/network/a", "cloud_link.target is required"]);
    refused(link(Value::text("x") + Value::none()), &["no value"]);
    let with = |count: usize| synthesize(|stack| stack.add("a", Link::new("x").ends(vec![ends(); count])).map(drop));
    refused(with(0), &["cloud_link.end has 0 blocks", "1 to 2"]);
    refused(with(3), &["has 3 blocks"]);
    assert!(with(2).is_ok());
    let twice = Net::new()
        .tags(vec![("a", "1"), ("b", "2")])
        .set::<mmcdk_core::Map<String>>("labels", [("a", "1"), ("a", "2")]);
    refused(synthesize(|stack| stack.add("a", twice).map(drop)), &["cloud_net.labels", "\"a\" twice"]);
}

#[test]
fn foreign_references_are_refused_wherever_they_hide() -> Result<()> {
    let mut other = app();
    let foreign = other.stack("network", dev())?.add("a", Net::new())?;
    let mut app = app();
    let neighbour = app.stack("network", dev())?.add("a", Net::new())?;
    let mut stack = app.stack("eks", dev())?;
    let mut n = 0;
    let mut check = |value: Value<String>, part: &str| {
        let list = Link::new("x").targets(vec![value.clone()]);
        let map: Value<mmcdk_core::Map<String>> = [("k", value.clone())].into();
        let json = Value::json(map.clone());
        for link in [
            Link::new(value.clone()),
            list,
            Link::new(json),
            Link::new("x").set::<mmcdk_core::Map<String>>("m", map),
            Link::new(Value::text("a") + value.clone()),
        ] {
            n += 1;
            refused(
                stack.add(&format!("l{n}"), link.ends(block::<String>("a", "b"))),
                &["dev/eks/l", "cloud_net.a", part],
            );
        }
        let nested = Link::new("x").ends(block::<String>("a", value.clone()));
        refused(stack.add("nested", nested), &["cloud_net.a", part]);
        refused(stack.add("tags", Net::new().tags([("a", value.clone())])), &["cloud_net.a", part]);
        refused(stack.output("o", value), &["dev/eks: output o", "cloud_net.a", part]);
    };
    check(foreign.id(), "another app");
    check(neighbour.id(), "import the value first");
    refused(stack.add("d", Net::new().depends_on(&neighbour)), &["another stack"]);
    let lifecycle = Lifecycle::new().replace_triggered_by(&neighbour);
    refused(stack.add("d", Net::new().lifecycle(lifecycle)), &["another stack"]);
    Ok(())
}

#[test]
fn raw_text_is_scanned_and_a_typo_gets_a_suggestion() {
    let raw = |text: &str| {
        synthesize(|stack| {
            stack.add("core", Net::new())?;
            stack.add("a", Net::new().set::<String>("x", Value::raw(text))).map(drop)
        })
    };
    assert!(raw("cloud_net.core.id").is_ok());
    refused(raw("upper(cloud_net.cor.id)"), &["dev/network/a", "cloud_net.cor,", "did you mean \"cloud_net.core\"?"]);
    refused(raw("var.size"), &["var.size"]);
    let declared = synthesize(|stack| {
        struct Variables;
        impl Construct for Variables {
            type Output = ();
            fn build(self, scope: &mut Scope<'_>) -> Result<()> {
                scope.raw_block("variable", serde_json::json!({"size": {"default": "${literal.here}"}}))?;
                scope.raw_block("locals", serde_json::json!({"b": "${var.size}"}))
            }
        }
        stack.add("variables", Variables)?;
        stack.add("a", Net::new().set::<String>("x", Value::raw("\"${var.size}-${local.b}\""))).map(drop)
    });
    assert!(declared.is_ok(), "{declared:?}");
}

#[test]
fn cycles_are_shown_as_a_path() {
    let result = synthesize(|stack| {
        stack.add("a", Net::new().set::<String>("x", Value::raw("cloud_net.c.id")))?;
        let b = stack.add("b", Net::new().set::<String>("x", Value::raw("cloud_net.a.id")))?;
        stack.add("c", Net::new().depends_on(&b)).map(drop)
    });
    refused(result, &["dev/network: ", "cloud_net.a → cloud_net.c → cloud_net.b → cloud_net.a"]);
}

#[test]
fn depending_on_a_construct_is_depending_on_all_in_it() -> Result<()> {
    let synthesis = synthesize(|stack| {
        stack.add("core", Pair)?;
        stack.add("core-two", Net::new())?;
        let core = stack.child("core")?;
        refused(stack.child("cor"), &["did you mean \"core\""]);
        let a = stack.add("a", Net::new().depends_on(&core))?;
        stack.add("b", Net::new().depends_on(&a).depends_on(core)).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<Net>("a")?.depends_on(), ["cloud_net.core", "cloud_net.core_second_one"]);
    assert_eq!(stack.find::<Net>("b")?.depends_on(), ["cloud_net.a", "cloud_net.core", "cloud_net.core_second_one"]);
    Ok(())
}

#[test]
fn raw_resources_need_their_provider() -> Result<()> {
    let raw = || RawResource::new("random_pet").set("length", 2).set("keepers", serde_json::json!({"a": "${x}"}));
    refused(synthesize(|stack| stack.add("pet", raw()).map(drop)), &["random_pet", "require_provider"]);
    refused(synthesize(|stack| stack.add("pet", RawResource::new("Random Pet")).map(drop)), &["no Terraform type"]);
    let synthesis = synthesize(|stack| {
        stack.require_provider("random", "hashicorp/random", "~> 3.6")?;
        refused(stack.require_provider("random", "hashicorp/random", "~> 4"), &["already required"]);
        let pet = stack.add("pet", raw())?;
        stack.output("pet", pet.attribute::<String>("id"))
    })?;
    let found = synthesis.stack("dev/network")?.at("random_pet.pet")?;
    assert_eq!(found.body().to_string(), r#"{"keepers":{"a":"$${x}"},"length":2}"#);
    Ok(())
}

#[test]
fn overrides_come_last() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let bucket = Bucket::default().set_at("bucket", "By-Hand").remove_at("tags.Owner").set_at("tags.X", "y");
        stack.add("a", bucket)?;
        refused(stack.add("b", Net::new().remove_at("nothing")), &["dev/network/b", "\"nothing\""]);
        Ok(())
    })?;
    let body = synthesis.stack("dev/network")?.find::<Bucket>("a")?.body();
    assert_eq!(body["bucket"], "By-Hand");
    assert_eq!(body["tags"].to_string(), r#"{"Environment":"dev","Name":"mm-dev-use1-bucket-a","X":"y"}"#);
    Ok(())
}

#[test]
fn overrides_reach_into_constructs_of_others() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let local =
            Local::new().set_on::<Net>("size", 1).set_on::<Bucket>("bucket", "mine").set_on::<Net>("tags.X", "y");
        let mut scope = stack.with(local);
        scope.add("core", Pair)?;
        scope.add("own", Net::new().set_at("size", 2))?;
        scope.add("bucket", Bucket::default())?;
        scope.add("link", Link::new("x").ends(block::<String>("a", "b")))?;
        let wrong = Local::new().set_on::<Net>("size.deep", 1);
        refused(scope.with(wrong).add("wrong", Net::new()), &["dev/network/wrong", "size.deep"]);
        stack.add("outside", Net::new()).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<Net>("core/second-one")?.argument("size")?, 1);
    assert_eq!(stack.find::<Net>("core")?.tag("X")?, "y");
    assert_eq!(stack.find::<Net>("own")?.argument("size")?, 2);
    assert_eq!(stack.find::<Bucket>("bucket")?.name(), Some("mine"));
    assert!(!stack.find::<Link>("link")?.has("size") && !stack.find::<Net>("outside")?.has("size"));
    Ok(())
}

#[test]
fn finders_name_the_nearest() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let pair = stack.add("core", Pair)?;
        stack.add("link", Link::new(pair.0.id()).ends(block::<String>("a", "b"))).map(drop)
    })?;
    refused(synthesis.stack("dev/netwrk"), &["did you mean \"dev/network\"?"]);
    let stack = synthesis.stack("dev/network")?;
    refused(stack.find::<Net>("core/second"), &["core/second-one"]);
    refused(stack.named::<Net>("MM-dev-use1-net-cor"), &["did you mean \"MM-dev-use1-net-core\"?"]);
    refused(stack.at("cloud_net.cor"), &["cloud_net.core"]);
    refused(stack.output("x"), &["there are none"]);
    let link = stack.find::<Link>("link")?;
    assert_eq!(link.resolve("target")?.path(), "core");
    assert_eq!(link.text("end.a")?, "b");
    refused(link.argument("taget"), &["did you mean \"target\"?"]);
    refused(link.resolve("taget"), &["did you mean \"target\"?"]);
    refused(link.tag("Name"), &["has no tag \"Name\"; there are none"]);
    Ok(())
}

#[test]
fn the_same_program_makes_the_same_bytes() -> Result<()> {
    let program = || {
        synthesize(|stack| {
            let pair = stack.add("core", Pair)?;
            stack.once("current", Lookup::default())?;
            let document: Value<List<Any>> = vec![pair.1.id().any(), 1.into()].into();
            stack.output("document", Value::json(document))
        })
    };
    assert_eq!(program()?.render(), program()?.render());
    Ok(())
}

#[test]
fn an_app_can_be_sent_to_another_thread() {
    fn sendable<T: Send + Sync>() {}
    sendable::<App>();
    sendable::<Synthesis>();
    sendable::<Error>();
}

#[test]
fn ids_that_cannot_name_a_file_are_rejected() -> Result<()> {
    let long = "a".repeat(120);
    let longer = "a".repeat(300);
    let shared = |id: &str| app().stack(id, Home::shared()).map(drop);
    let in_environment = |environment: &str, id: &str| app().stack(id, home(environment)).map(drop);
    let top_level = |id: &str| synthesize(|stack| stack.add(id, Net::new()).map(drop));
    for device in ["con", "aux", "nul", "prn", "com1", "lpt9"] {
        let parts = [device, "device of Windows", "choose another id"];
        refused(shared(device), &[&["stack: "], &parts[..]].concat());
        refused(in_environment("dev", device), &[&["stack: "], &parts[..]].concat());
        refused(in_environment(device, "network"), &[&["environment: "], &parts[..]].concat());
        refused(top_level(device), &[&["dev/network: "], &parts[..]].concat());
    }
    let too_long = |result: Result<()>, at: &str, length: usize| {
        let problem = format!("its ids would make the path of a file {length} characters long");
        refused(result, &[at, &problem, "choose shorter ids: 240 characters"]);
    };
    too_long(shared(&longer), &longer, 320);
    too_long(in_environment(&longer, "network"), &longer, 622);
    too_long(in_environment(&long, &long), &long, 375);
    too_long(top_level(&longer).map(drop), &format!("dev/network/{longer}: "), 320);
    in_environment("dev", &long)?;
    // Nothing is named after what stands in a construct.
    struct Inside<'a>(&'a str);
    impl Construct for Inside<'_> {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.add(self.0, Net::new()).map(drop)
        }
    }
    for id in ["con", &long] {
        synthesize(|stack| stack.add("inside", Inside(id)))?;
    }
    top_level(&long).map(drop)
}
