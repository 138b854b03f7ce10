//! Between stacks and around them: imports, outputs, providers, backends, and the blocks that are written as they stand.

mod common;

use common::{Bucket, CLOUD, Link, Net, app, block, dev, home, organisation, refused, synthesize, synthesize_for};
use mmcdk_core::{
    App, Backend, Construct, Home, Lifecycle, List, Local, Map, Output, Provider, RawResource, Resource, Result,
    S3Backend, Scope, Set, Stack, Synthesis, Value,
};
use serde_json::{Value as Json, json};

/// A file of a stack, as JSON.
#[track_caller]
fn file(synthesis: &Synthesis, stack: &str, name: &str) -> Json {
    let files = synthesis.stack(stack).unwrap().files();
    let file = files.iter().find(|file| file.name == name);
    serde_json::from_slice(&file.unwrap_or_else(|| panic!("{stack} has no {name}")).bytes).unwrap()
}

/// Two stacks: the first yields a value, the second imports it and makes a link to it.
fn import(yields: impl FnOnce(&mut Stack<'_>) -> Result<Value<String>>) -> Result<Synthesis> {
    let mut app = app();
    let value = yields(&mut app.stack("network", dev())?)?;
    let mut eks = app.stack("eks", dev())?;
    let here = eks.import("value", &value)?;
    eks.add("link", Link::new(here.clone()).ends(block::<String>("a", "b")))?;
    eks.output("seen", here)?;
    app.synth()
}

#[test]
fn an_import_is_an_output_there_and_a_remote_state_here() -> Result<()> {
    let synthesis = import(|stack| Ok(stack.add("core", Net::new())?.id()))?;
    let address = "data.terraform_remote_state.dev_network";
    assert_eq!(file(&synthesis, "dev/network", "outputs.tf.json")["output"]["value"]["value"], "${cloud_net.core.id}");
    let eks = synthesis.stack("dev/eks")?;
    assert_eq!(eks.find::<Link>("link")?.text("target")?, format!("${{{address}.outputs.value}}"));
    assert_eq!(eks.imports().collect::<Vec<_>>(), ["dev/network"]);
    assert_eq!(
        file(&synthesis, "dev/eks", "imports.tf.json")["data"]["terraform_remote_state"]["dev_network"],
        json!({"backend": "local", "config": {"path": "../../dev/network/terraform.tfstate"}})
    );
    Ok(())
}

#[test]
fn whatever_has_references_is_imported_as_a_whole() -> Result<()> {
    let list = |net: &common::NetHandle| Value::<List<String>>::list([net.id(), "x".into()]);
    for (value, rendered) in [
        (import(|s| Ok(Value::text("a/") + s.add("core", Net::new())?.id()))?, "a/${cloud_net.core.id}"),
        (import(|s| Ok(Value::json(list(&s.add("core", Net::new())?))))?, "${jsonencode([cloud_net.core.id, \"x\"])}"),
        (
            import(|s| Ok(s.add("core", Net::new())?.tags_all().merge([("a", "b")]).key("k")))?,
            "${merge(cloud_net.core.tags_all, {\"a\" = \"b\"})[\"k\"]}",
        ),
        (
            import(|s| Ok(s.add("core", Net::new())?.tags_all().cast::<Set<String>>().one()))?,
            "${one(cloud_net.core.tags_all)}",
        ),
    ] {
        assert_eq!(value.stack("dev/network")?.output("value")?, rendered);
        assert_eq!(value.stack("dev/eks")?.imports().count(), 1);
    }
    let literal = import(|_| Ok("literal".into()))?;
    assert_eq!(literal.stack("dev/eks")?.find::<Link>("link")?.text("target")?, "literal");
    assert_eq!(literal.stack("dev/network")?.outputs().count(), 0);
    Ok(())
}

#[test]
fn steps_hide_no_foreign_reference() -> Result<()> {
    let mut app = app();
    let map = app.stack("network", dev())?.add("a", Net::new())?.tags_all();
    let mut eks = app.stack("eks", dev())?;
    // An equal address here does not make it right.
    eks.add("a", Net::new())?;
    for value in [
        map.clone().key("k"),
        map.clone().merge([("a", "b")]).key("k"),
        Value::<Set<String>>::one(map.clone().cast()),
        Value::<Set<String>>::one(map.clone().merge([("a", "b")]).cast()),
        Value::<List<Map<String>>>::list([map.clone()]).index(7).key("k"),
    ] {
        let link = Link::new(&value).ends(block::<String>("a", "b"));
        refused(eks.add("link", link), &["dev/eks/link", "cloud_net.a", "another stack", "stack.import("]);
    }
    Ok(())
}

#[test]
fn a_foreign_reference_is_refused_in_a_provider_too() -> Result<()> {
    let mut app = app();
    let foreign = app.stack("network", dev())?.add("a", Net::new())?.id();
    let provider = || Provider::new(&CLOUD).set::<String>("region", foreign.clone());
    refused(
        app.stack("two", Home::shared().provider(provider())).map(drop),
        &["two: ", "cloud_net.a", "another stack"],
    );
    let mut eks = app.stack("eks", dev())?;
    refused(eks.provider("other", provider()), &["dev/eks", "cloud_net.a", "another stack"]);
    let nested = Provider::new(&CLOUD).blocks("assume_role", block::<String>("arn", foreign.clone()));
    refused(eks.provider("other", nested), &["dev/eks", "cloud_net.a"]);
    eks.provider("other", Provider::new(&CLOUD).set::<String>("region", Value::raw("var.region")))?;
    refused(app.synth(), &["dev/eks: provider cloud.other", "var.region"]);
    Ok(())
}

#[test]
fn wrong_imports_say_what_would_do() -> Result<()> {
    let mut other = app();
    let alien = other.stack("network", dev())?.add("a", Net::new())?.id();
    let mut app = app();
    let mut network = app.stack("network", dev())?;
    let (a, b) = (network.add("a", Net::new())?.id(), network.add("b", Net::new())?.id());
    network.output("taken", &b)?;
    let c = app.stack("dns", dev())?.add("c", Net::new())?.id();
    let mut eks = app.stack("eks", dev())?;
    refused(eks.import("x", &alien), &["dev/eks", "cloud_net.a belongs to another app"]);
    refused(eks.import("x", &(a.clone() + &c)), &["dev/eks", "several stacks", "one by one"]);
    refused(eks.import("taken", &a), &["dev/network has another output \"taken\"", "another name"]);
    refused(eks.import("no name", &a), &["\"no name\" is no identifier"]);
    // The same value under the same name is the same output.
    assert_eq!(eks.import("taken", &b)?, eks.import("taken", &b)?);
    let own = eks.add("own", Net::new())?.id();
    assert_eq!(eks.import("x", &own)?, own);
    app.synth().map(drop)
}

#[test]
fn two_stacks_whose_states_would_have_one_label_are_refused() -> Result<()> {
    let mut app = app();
    let one = app.stack("eu-network", dev())?.add("a", Net::new())?.id();
    let two = app.stack("network", home("dev-eu"))?.add("a", Net::new())?.id();
    let mut eks = app.stack("eks", dev())?;
    eks.import("a", &one)?;
    refused(eks.import("a", &two), &["dev/eu-network and dev-eu/network", "terraform_remote_state.dev_eu_network"]);
    assert_eq!(app.synth()?.stack("dev-eu/network")?.outputs().count(), 0);
    Ok(())
}

#[test]
fn an_import_can_be_imported_again() -> Result<()> {
    let mut app = app();
    let id = app.stack("one", dev())?.add("a", Net::new())?.id();
    let seen = app.stack("two", dev())?.import("id", &id)?;
    app.stack("three", dev())?.import("id", &seen)?;
    let synthesis = app.synth()?;
    assert_eq!(synthesis.stack("dev/two")?.output("id")?, "${data.terraform_remote_state.dev_one.outputs.id}");
    assert_eq!(synthesis.stack("dev/three")?.imports().collect::<Vec<_>>(), ["dev/two"]);
    Ok(())
}

#[test]
fn many_stacks_that_import_from_each_other_take_no_time() -> Result<()> {
    let mut app = app();
    let mut ids: Vec<Value<String>> = Vec::new();
    for n in 0..60 {
        let mut stack = app.stack(&format!("s{n}"), dev())?;
        for id in ids.iter().rev().take(2) {
            stack.import("id", id)?;
        }
        ids.push(stack.add("a", Net::new())?.id());
    }
    app.synth().map(drop)
}

#[test]
fn a_long_chain_of_stacks_fills_no_stack() {
    const STACKS: usize = 2_000;
    let chain = || -> Result<()> {
        let mut app = app();
        let mut ids: Vec<Value<String>> = Vec::new();
        for n in 0..STACKS {
            ids.push(app.stack(&format!("s{n}"), dev())?.add("a", Net::new())?.id());
        }
        for (n, id) in ids.iter().skip(1).enumerate() {
            app.reopen(&format!("dev/s{n}"))?.import("id", id)?;
        }
        app.reopen(&format!("dev/s{}", STACKS - 1))?.import("id", &ids[0]).map(drop)
    };
    let thread = std::thread::Builder::new().stack_size(192 * 1024).spawn(chain).expect("there is room for a thread");
    refused(thread.join().expect("it does not panic"), &["dev/s1999 → dev/s0 → dev/s1 → ", " → dev/s1999"]);
}

#[test]
fn sensitivity_is_kept() -> Result<()> {
    let sensitive = |synthesis: &Synthesis, stack: &str, name: &str| {
        file(synthesis, stack, "outputs.tf.json")["output"][name].get("sensitive").is_some()
    };
    for (secret, yields) in [
        (false, (|net| net.id()) as fn(common::NetHandle) -> Value<String>),
        (true, |net| net.secret()),
        (true, |net| Value::text("x") + net.secret()),
        (true, |net| Value::json(Value::<Map<String>>::map([("k", net.secret())]))),
        (true, |net| Value::<List<String>>::list([net.id(), net.secret()]).index(1)),
        (true, |net| net.secret().cast::<Set<String>>().one()),
        (true, |net| net.secret().cast::<Map<String>>().merge([("a", "b")]).key("k")),
        (true, |net| Value::text("x") + Value::raw_sensitive("cloud_net.core.id") + net.id()),
    ] {
        let synthesis = import(|stack| Ok(yields(stack.add("core", Net::new())?)))?;
        assert_eq!(sensitive(&synthesis, "dev/network", "value"), secret);
        assert_eq!(sensitive(&synthesis, "dev/eks", "seen"), secret);
    }
    // An output that was called sensitive is so for its readers.
    let synthesis = import(|stack| {
        let id = stack.add("core", Net::new())?.id();
        stack.output("value", Output::new(&id).sensitive())?;
        Ok(id)
    })?;
    assert!(sensitive(&synthesis, "dev/eks", "seen"));
    Ok(())
}

#[test]
fn outputs_are_checked_and_descriptions_are_literal() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let net = stack.add("core", Net::new())?;
        stack.output("id", Output::new(net.id()).description("what ${it} is"))?;
        stack.output("list", Value::<List<String>>::list([net.id(), "${x}".into()]))?;
        stack.output("count", 3)?;
        stack.output("text", String::from("%{x}"))?;
        refused(stack.output("id", "x"), &["dev/network: output id", "taken"]);
        refused(stack.output("1", "x"), &["dev/network: output 1", "identifier"]);
        refused(stack.output("none", Value::<String>::none()), &["output none", "no value"]);
        let twice: Value<Map<String>> = Value::map([("a", "1"), ("a", "2")]);
        refused(stack.output("twice", twice), &["output twice", "\"a\" twice"]);
        Ok(())
    })?;
    assert_eq!(
        file(&synthesis, "dev/network", "outputs.tf.json")["output"],
        json!({
            "id": {"value": "${cloud_net.core.id}", "description": "what ${it} is"},
            "list": {"value": ["${cloud_net.core.id}", "$${x}"]},
            "count": {"value": 3},
            "text": {"value": "%%{x}"},
        })
    );
    refused(synthesize(|stack| stack.output("x", Value::<String>::raw("cloud_net.no.id"))), &["dev/network: output x"]);
    Ok(())
}

#[test]
fn a_provider_can_have_several_configurations() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let west = stack.provider("us-west-2", Provider::new(&CLOUD).set::<String>("region", "us-west-2"))?;
        refused(stack.provider("us-west-2", Provider::new(&CLOUD)), &["dev/network", "\"us-west-2\" is taken"]);
        refused(stack.provider("West", Provider::new(&CLOUD)), &["dev/network", "write \"west\""]);
        stack.require_provider("random", "hashicorp/random", "~> 3.6")?;
        stack.add("a", Net::new().provider(&west))?;
        let mut scope = stack.with(&west);
        scope.add("b", Net::new())?;
        // Another provider's resources are not concerned.
        scope.add("c", RawResource::new("random_pet"))?;
        scope.add("d", RawResource::new("cloud_thing")).map(drop)
    })?;
    assert_eq!(
        file(&synthesis, "dev/network", "terraform.tf.json")["provider"],
        json!({"cloud": [{"region": "us-east-1"}, {"alias": "us-west-2", "region": "us-west-2"}]})
    );
    for (name, expected) in [("a", true), ("b", true), ("c", false), ("d", true)] {
        let resources = file(&synthesis, "dev/network", &format!("{name}.tf.json"))["resource"].take();
        let found = resources.as_object().unwrap().values().next().unwrap()[name].get("provider").cloned();
        assert_eq!(found, expected.then(|| json!("cloud.us-west-2")), "{name}");
    }
    Ok(())
}

#[test]
fn a_provider_of_another_stack_is_refused() -> Result<()> {
    let mut app = app();
    let west = app.stack("network", dev())?.provider("west", Provider::new(&CLOUD))?;
    let mut eks = app.stack("eks", dev())?;
    for result in [eks.add("a", Net::new().provider(&west)), eks.with(&west).add("b", Net::new())] {
        refused(result, &["dev/eks/", "cloud.west belongs to another stack", "add the provider to this stack"]);
    }
    Ok(())
}

#[test]
fn a_name_of_a_required_provider_is_checked() {
    let require = |name: &'static str| synthesize(|stack| stack.require_provider(name, "a/b", "~> 1.0"));
    refused(require("no name"), &["dev/network", "\"no name\" is no identifier"]);
    refused(require("cloud"), &["dev/network", "\"cloud\" is already required as test/cloud ~> 1.0"]);
    assert!(require("random").is_ok());
}

#[test]
fn a_stack_says_which_versions_it_needs() -> Result<()> {
    let terraform = |organisation| -> Result<Json> {
        let synthesis = synthesize_for(organisation, |_| Ok(()))?;
        Ok(file(&synthesis, "dev/network", "terraform.tf.json")["terraform"].take())
    };
    let cloud = json!({"cloud": {"source": "test/cloud", "version": "~> 1.0"}});
    assert_eq!(terraform(organisation())?, json!({"required_version": ">= 1.10.0", "required_providers": cloud}));
    assert_eq!(terraform(organisation().required_version("~> 1.11"))?["required_version"], "~> 1.11");
    Ok(())
}

fn s3() -> S3Backend {
    S3Backend::new("mm-terraform-state", "us-east-1")
}

/// The backend block of a stack, and the text of its backend-config file.
fn backend(backend: impl Into<Backend>) -> Result<(Json, Option<(String, String)>)> {
    let synthesis = synthesize(|stack| {
        stack.backend(backend);
        Ok(())
    })?;
    let block = file(&synthesis, "dev/network", "terraform.tf.json")["terraform"]["backend"].take();
    let config = synthesis.stack("dev/network")?.files().into_iter().find(|file| file.name.ends_with(".tfbackend"));
    Ok((block, config.map(|file| (file.name, String::from_utf8(file.bytes).unwrap()))))
}

#[test]
fn the_state_is_where_the_backend_says() -> Result<()> {
    let standard = json!({
        "bucket": "mm-terraform-state", "key": "dev/network/terraform.tfstate", "region": "us-east-1",
        "encrypt": true, "use_lockfile": true,
    });
    let with = |changes: Json| {
        let mut settings = standard.clone();
        for (name, value) in changes.as_object().unwrap() {
            settings[name] = value.clone();
        }
        json!({"s3": settings})
    };
    assert_eq!(backend(Backend::Local)?, (Json::Null, None));
    for (given, changes) in [
        (s3(), json!({})),
        (s3().key("${mine}"), json!({"key": "${mine}"})),
        (s3().kms_key("alias/k").profile("p"), json!({"kms_key_id": "alias/k", "profile": "p"})),
        (s3().lock_table_and_file("lock"), json!({"dynamodb_table": "lock"})),
    ] {
        assert_eq!(backend(given)?, (with(changes), None));
    }
    assert_eq!(backend(s3().lock_table("lock"))?.0["s3"].get("use_lockfile"), None);
    Ok(())
}

#[test]
fn a_partial_backend_is_completed_by_a_file() -> Result<()> {
    let (block, config) = backend(s3().key("a\"${b}").partial())?;
    assert_eq!(block, json!({"s3": {}}));
    let (name, text) = config.unwrap();
    assert_eq!(name, "dev.s3.tfbackend");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "# Generated by mmcdk; edit the program instead.",
            "bucket       = \"mm-terraform-state\"",
            "encrypt      = true",
            "key          = \"a\\\"$${b}\"",
            "region       = \"us-east-1\"",
            "use_lockfile = true",
        ]
    );
    Ok(())
}

#[test]
fn a_state_in_s3_is_read_from_there() -> Result<()> {
    let mut app = app();
    let mut network = app.stack("network", dev())?;
    network.backend(s3().partial().lock_table("lock"));
    let id = network.add("a", Net::new())?.id();
    app.stack("eks", dev())?.import("id", &id)?;
    let config = json!({"bucket": "mm-terraform-state", "key": "dev/network/terraform.tfstate", "region": "us-east-1"});
    assert_eq!(
        file(&app.synth()?, "dev/eks", "imports.tf.json")["data"]["terraform_remote_state"]["dev_network"],
        json!({"backend": "s3", "config": config})
    );
    Ok(())
}

#[test]
fn two_stacks_with_one_state_are_an_error() -> Result<()> {
    let mut app = app();
    app.stack("one", dev())?.backend(s3().key("state"));
    app.stack("two", dev())?.backend(s3().key("state"));
    refused(app.synth(), &["dev/two", "mm-terraform-state/state is that of dev/one", "another key"]);
    Ok(())
}

#[test]
fn raw_blocks_are_written_as_they_stand() -> Result<()> {
    struct Blocks;
    impl Construct for Blocks {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.place(Net::new())?;
            scope.raw_block("locals", json!({"a": "${cloud_net.raw.id}"}))?;
            scope.raw_block("locals", json!({"b": 1}))?;
            scope.raw_block("resource", json!({"cloud_net": {"raw": {}}}))?;
            scope.raw_block("moved", json!({"from": "cloud_net.old", "to": "cloud_net.raw"}))
        }
    }
    let synthesis = synthesize(|stack| stack.add("blocks", Blocks))?;
    let written = file(&synthesis, "dev/network", "blocks.tf.json");
    assert_eq!(written["locals"], json!([{"a": "${cloud_net.raw.id}"}, {"b": 1}]));
    assert_eq!(written["moved"], json!({"from": "cloud_net.old", "to": "cloud_net.raw"}));
    // The typed resources of the file are not lost to a reader that keeps only one of equal keys.
    assert!(written["resource"][0]["cloud_net"]["blocks"].is_object());
    assert_eq!(written["resource"][1], json!({"cloud_net": {"raw": {}}}));

    refused(synthesize(|stack| stack.raw_block("locals", json!({}))), &["dev/network", "inside of a construct"]);
    Ok(())
}

#[test]
fn meta_arguments_stand_bare() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let a = stack.add("a", Net::new())?;
        let lifecycle = Lifecycle::new()
            .create_before_destroy()
            .prevent_destroy()
            .ignore_changes(["tags[\"Owner\"]"])
            .replace_triggered_by(&a)
            .replace_triggered_by_attribute(&a, "id");
        stack.add("b", Net::new().lifecycle(lifecycle).depends_on(&a))?;
        stack.add("c", Net::new().lifecycle(Lifecycle::new().ignore_all_changes())).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(
        stack.find::<Net>("b")?.lifecycle(),
        json!({
            "create_before_destroy": true,
            "prevent_destroy": true,
            "ignore_changes": ["tags[\"Owner\"]"],
            "replace_triggered_by": ["cloud_net.a", "cloud_net.a.id"],
        })
    );
    assert_eq!(stack.find::<Net>("c")?.lifecycle(), json!({"ignore_changes": "all"}));
    assert_eq!(
        file(&synthesis, "dev/network", "b.tf.json")["resource"]["cloud_net"]["b"]["depends_on"],
        json!(["cloud_net.a"])
    );
    Ok(())
}

#[test]
fn depending_on_a_construct_that_was_undone_is_an_error() {
    struct Leaking<'a>(&'a mut Option<mmcdk_core::Dependency>);
    impl Construct for Leaking<'_> {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            *self.0 = Some(scope.this());
            Err(mmcdk_core::Error::new("no"))
        }
    }
    let result = synthesize(|stack| {
        let mut leaked = None;
        let _ = stack.add("core", Leaking(&mut leaked));
        stack.add("a", Net::new().depends_on(leaked.unwrap())).map(drop)
    });
    refused(result, &["dev/network/a", "core", "undone"]);
}

#[test]
fn the_last_word_on_a_raw_argument_counts() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let raw = RawResource::new("terraform_data").set("x", 1).block("x", block::<String>("a", "b"));
        stack.add("a", raw)?;
        stack.with(Local::new().purpose("logs")).add("b", Bucket::default()).map(drop)
    })?;
    assert_eq!(synthesis.stack("dev/network")?.at("terraform_data.a")?.body(), json!({"x": {"a": "b"}}));
    Ok(())
}

#[test]
fn apps_know_nothing_of_each_other() -> Result<()> {
    let build = || -> Result<App> {
        let mut app = app();
        app.stack("network", dev())?.add("a", Bucket::default())?;
        Ok(app)
    };
    assert_eq!(build()?.synth()?.render(), build()?.synth()?.render());
    Ok(())
}

#[test]
fn stacks_cannot_read_each_other_in_a_circle() -> Result<()> {
    let mut app = app();
    let net = app.stack("network", dev())?.add("a", Net::new())?;
    let mut eks = app.stack("eks", dev())?;
    eks.import("net", &net.id())?;
    let pod = eks.add("pod", Net::new())?;
    let mut dns = app.stack("dns", dev())?;
    dns.import("pod", &pod.id())?;
    let record = dns.add("record", Net::new())?;
    refused(app.reopen("dev/networ").map(drop), &["did you mean \"dev/network\""]);
    let mut network = app.reopen("dev/network")?;
    refused(
        network.import("record", &record.id()),
        &["dev/network: ", "in a circle: dev/network → dev/dns → dev/eks → dev/network"],
    );
    // What was there before still is, and more can be added.
    network.add("b", Net::new())?;
    let synthesis = app.synth()?;
    assert_eq!(synthesis.stack("dev/network")?.resources::<Net>().len(), 2);
    assert!(synthesis.stack("dev/dns")?.outputs().next().is_none());
    Ok(())
}

/// A construct that is one raw terraform block.
struct Terraform(Json);

impl Construct for Terraform {
    type Output = ();
    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        scope.raw_block("terraform", self.0)
    }
}

#[test]
fn an_import_from_a_state_that_cannot_be_read_is_rejected() -> Result<()> {
    type Kept = fn(&mut Stack<'_>) -> Result<()>;
    const FILE: Kept = |_| Ok(());
    const S3: Kept = |stack| {
        stack.backend(s3());
        Ok(())
    };
    const GCS: Kept = |stack| stack.add("raw", Terraform(json!({"backend": {"gcs": {"bucket": "b"}}})));
    const LIST: Kept = |stack| stack.add("raw", Terraform(json!([{"experiments": []}, {"backend": {"http": {}}}])));
    const CLOUD: Kept = |stack| stack.add("raw", Terraform(json!({"cloud": {"organization": "o"}})));
    let import = |there: Kept, here: Kept| -> Result<Synthesis> {
        let mut app = app();
        let mut network = app.stack("network", dev())?;
        there(&mut network)?;
        let id = network.add("a", Net::new())?.id();
        let mut eks = app.stack("eks", dev())?;
        here(&mut eks)?;
        eks.import("id", &id)?;
        app.synth()
    };
    for (there, here) in [(FILE, FILE), (S3, S3), (S3, FILE), (S3, GCS), (S3, CLOUD)] {
        import(there, here)?;
    }
    let raw = |what| ["dev/eks: it imports from dev/network, whose state a raw", what, "give dev/network its backend"];
    for here in [FILE, S3, GCS, CLOUD] {
        refused(import(GCS, here), &raw("by a gcs backend"));
        refused(import(LIST, here), &raw("by a http backend"));
        refused(import(CLOUD, here), &raw("by a cloud block"));
    }
    for here in [S3, GCS, CLOUD] {
        refused(
            import(FILE, here),
            &["dev/eks: it imports from dev/network, whose state is a file", "give dev/network a"],
        );
    }
    // Without an import, the place of a state is nobody else's business; two places are.
    GCS(&mut app().stack("network", dev())?)?;
    let mut both = app();
    let mut network = both.stack("network", dev())?;
    S3(&mut network)?;
    CLOUD(&mut network)?;
    refused(both.synth(), &["dev/network: it has an s3 backend, and a raw terraform block has a cloud block"]);
    Ok(())
}

#[test]
fn a_state_that_an_account_has_no_access_to_is_rejected() {
    const HUB: &str = "111122223333";
    const DEV: &str = "444455556666";
    let of = |environment: &str, account: &str| home(environment).account(account);
    let guests = |guests: &[(&str, &str)]| {
        s3().guests(guests.iter().map(|(account, prefix)| ((*account).to_owned(), (*prefix).to_owned())))
    };
    let readers = |backend: S3Backend, prefix: &str| backend.readers([(DEV.to_owned(), prefix.to_owned())]);
    let import = |backend: S3Backend, hub: Home, dev: Home| -> Result<Synthesis> {
        let mut app = app();
        let mut network = app.stack("network", hub)?;
        network.backend(backend.clone());
        let id = network.add("a", Net::new())?.id();
        let mut eks = app.stack("eks", dev)?;
        eks.backend(backend.key("dev/eks"));
        eks.import("id", &id)?;
        app.synth()
    };
    let both = |backend| import(backend, of("hub", HUB), of("dev", DEV));
    for accepted in [
        // The bucket is the hub's, dev's, and of a third account.
        both(guests(&[(DEV, "dev/"), (DEV, "hub/network/")])),
        both(guests(&[(HUB, "hub/")])),
        both(guests(&[(HUB, "hub/"), (DEV, "dev/"), (DEV, "hub/")])),
        both(readers(guests(&[(DEV, "dev/")]), "hub/network/")),
        both(readers(guests(&[(HUB, "hub/"), (DEV, "dev/")]), "hub/")),
        // One account, and what is not known.
        import(guests(&[]), of("hub", HUB), of("dev", HUB)),
        import(guests(&[]), home("hub"), of("dev", DEV)),
        both(s3()),
        both(guests(&[]).profile("states")),
    ] {
        accepted.unwrap();
    }
    for (rejected, parts) in [
        (
            both(guests(&[])),
            [
                "dev/eks: its account 444455556666",
                "of hub/network",
                "allows no account except",
                "guest(\"444455556666\", \"dev/\") or guest(\"111122223333\", \"hub/\")",
            ],
        ),
        (
            both(guests(&[(DEV, "dev/")])),
            [
                "dev/eks: its account 444455556666",
                "is a guest of the bucket mm-terraform-state",
                "not for the state hub/network",
                "add reader(\"444455556666\", \"hub/network/\")",
            ],
        ),
        (
            both(guests(&[(HUB, "dev/")])),
            [
                "hub/network: its account 111122223333",
                "is a guest",
                "not for the state hub/network",
                "guest(\"111122223333\", \"hub/\")",
            ],
        ),
        (
            both(readers(guests(&[]), "")),
            [
                "dev/eks: its account 444455556666",
                "is a guest of the bucket",
                "not for the state dev/eks",
                "add guest(\"444455556666\", \"dev/\")",
            ],
        ),
        // Each has its own state alone.
        (
            (|| {
                let mut app = app();
                app.stack("network", of("hub", HUB))?.backend(guests(&[]));
                app.stack("network", of("dev", DEV))?.backend(guests(&[]));
                app.synth()
            })(),
            ["dev/network: ", "needs the state dev/network/", "needs hub/network/", "guest("],
        ),
    ] {
        refused(rejected, &parts);
    }
}

#[test]
fn an_import_from_an_environment_that_is_applied_earlier_is_valid() -> Result<()> {
    let mut app = app();
    let mut hub = app.stack("network", home("hub"))?;
    hub.backend(s3());
    let id = hub.add("gateway", Net::new())?.id();
    let mut dev = app.stack("network", dev())?;
    dev.backend(s3());
    let id = dev.import("gateway", &id)?;
    dev.add("attachment", Link::new(id).ends(block::<String>("a", "b")))?;
    let synthesis = app.synth()?;
    let dev = synthesis.stack("dev/network")?;
    let read = dev.imported_stacks().map(|stack| stack.state().expect("it is in S3").key);
    assert_eq!(read.collect::<Vec<_>>(), ["hub/network/terraform.tfstate"]);
    Ok(())
}
