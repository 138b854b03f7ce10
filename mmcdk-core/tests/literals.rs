//! Literals that probably mean something else are reported, and all others are not.

mod common;

use common::{Link, Lookup, Net, app, block, dev, refused};
use mmcdk_core::{
    Any, App, Construct, Local, Map, Output, Provider, RawResource, Resource, Result, Scope, Stack, Synthesis, Value,
};
use serde_json::json;

struct Locals(serde_json::Value);

impl Construct for Locals {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        scope.raw_block("locals", self.0)
    }
}

fn warnings(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Vec<String>> {
    let mut app: App = app();
    let mut stack = app.stack("network", dev())?;
    stack.require_provider("http", "hashicorp/http", "~> 3.4")?;
    stack.add("core", Net::new())?;
    stack.add("current", Lookup::default())?;
    describe(&mut stack)?;
    let synthesis: Synthesis = app.synth()?;
    Ok(synthesis.warnings().iter().map(ToString::to_string).collect())
}

fn warnings_for(text: &str) -> Vec<String> {
    warnings(|stack| stack.add("a", Net::new().set::<String>("x", text)).map(drop)).unwrap()
}

#[test]
fn a_literal_in_which_a_reference_was_lost_is_a_warning() {
    for (text, part) in [
        ("${cloud_net.core.arn}", "cloud_net.core"),
        ("a ${ cloud_net.gone.arn } b", "cloud_net.gone"),
        ("${~cloud_queue.q[0]}", "cloud_queue.q"),
        ("$${cloud_net.core.arn}", "cloud_net.core"),
        ("${data.cloud_lookup.current.id}", "data.cloud_lookup.current"),
        ("${data.http.example.body}", "data.http.example"),
        ("${terraform_data.x.output}", "terraform_data.x"),
        ("${var.size}", "var.size"),
        ("${local.größe}", "local.größe"),
        ("${module.vpc.id}", "module.vpc"),
        ("${path.module}/x", "path.module"),
        ("${each.key}", "each.key"),
        ("${shell_variable} ${local.x}", "local.x"),
        ("${upper(cloud_net.core.arn)}", "cloud_net.core"),
        ("${format(\"%s\", var.a)}", "var.a"),
        ("%{ if var.a }x%{ endif }", "var.a"),
        ("%{~ for n in local.names }x%{ endfor }", "local.names"),
    ] {
        let warnings = warnings_for(text);
        let [warning] = warnings.as_slice() else { panic!("{text}: {warnings:?}") };
        for part in ["dev/network/a: cloud_net.x: ", part, "is a literal", "; join the reference"] {
            assert!(warning.contains(part), "{part} is missing in: {warning}");
        }
    }
}

#[test]
fn an_address_as_mere_text_is_a_warning() {
    for (text, address) in [
        ("cloud_net.core", "cloud_net.core"),
        ("arn: cloud_net.core.arn!", "cloud_net.core"),
        ("(data.cloud_lookup.current)", "data.cloud_lookup.current"),
        ("cloud_net.nowhere cloud_net.core", "cloud_net.core"),
        ("\"cloud_net.core\"[0]", "cloud_net.core"),
    ] {
        let warnings = warnings_for(text);
        let [warning] = warnings.as_slice() else { panic!("{text}: {warnings:?}") };
        for part in ["dev/network/a: cloud_net.x: ", &format!("contains the address {address} as plain text"), "; join"]
        {
            assert!(warning.contains(part), "{part} is missing in: {warning}");
        }
    }
}

#[test]
fn text_that_terraform_normalizes_is_a_warning() {
    for text in ["cafe\u{301}", "\u{212b}", "a\u{315}\u{300}", "\u{1100}\u{1161}", "\u{f900}"] {
        let warnings = warnings_for(text);
        let [warning] = warnings.as_slice() else { panic!("{text}: {warnings:?}") };
        assert!(warning.contains("dev/network/a: cloud_net.x: ") && warning.contains("NFC"), "{warning}");
    }
}

#[test]
fn other_text_is_silent() {
    for text in [
        // Shells.
        "${x} ${HOME:-/root} ${var} ${#a[@]} ${a%%.*} $(a.b) ${local} ${1} ${x//./_}",
        "echo \"${VAR:-local.host}\" ${DATA.x} %{http_code} %{time_total}",
        // IAM, flow logs, other templates.
        "arn:aws:s3:::b/${aws:username} ${aws:PrincipalTag/team.name} ${cloud:user}",
        "${version} ${account-id} ${interface-id} ${pkt-srcaddr}",
        "{{ .Values.x }} ${{ github.sha }} ${Token[TOKEN.12]} ${data.user} ${user.name} ${stageVariables.x}",
        "${other_net.core.id} ${cloud.x} ${upper(name)} %{ if x }%{ endif } %{ for.x }",
        // What is near an address.
        "cloud_net.cor cloud_net.core-two my.cloud_net.core xcloud_net.core cloud_net.core_2 cloud_net core",
        "data.cloud_net.core xdata.cloud_lookup.current 10.1.0.0/16 example_a.com file_a.tf.json a_b.c.d",
        // What is as it should be.
        "für Größe é 한 العربية \u{600}1 👩\u{200d}💻 x\u{304} \u{feff}",
        "a < b <mmcd> <reference>",
    ] {
        assert_eq!(warnings_for(text), [""; 0], "{text}");
    }
}

#[test]
fn every_place_of_a_literal_is_looked_at() -> Result<()> {
    const TEXT: &str = "${var.a}";
    let map = || Value::<Map<String>>::map([("k", TEXT)]);
    let key = || Value::<Map<String>>::map([(TEXT, "v")]);
    let raw: fn() -> Value<Map<String>> = || Value::raw("{}");
    for (name, net) in [
        ("a list", Net::new().set::<mmcdk_core::List<String>>("x", vec![TEXT])),
        ("a map", Net::new().set::<Map<String>>("x", map())),
        ("a key", Net::new().set::<Map<String>>("x", key())),
        ("a merged map", Net::new().set::<Map<String>>("x", raw().merge(map()))),
        ("a document", Net::new().set::<String>("x", Value::json(map()))),
        ("a key of a document", Net::new().set::<String>("x", Value::json(key()))),
        ("the text of a document", Net::new().set::<String>("x", json!({"a": TEXT}).to_string())),
        ("raw JSON", Net::new().set::<Any>("x", json!([{"a": TEXT}]))),
        ("a joined text", Net::new().set::<String>("x", Value::text(TEXT) + Value::<String>::raw("1"))),
        ("an override", Net::new().set_at("x.y", TEXT)),
        ("a condition", Net::new().set_at("lifecycle.precondition", json!({"condition": TEXT}))),
        ("an id to adopt", Net::new().adopt(TEXT)),
    ] {
        let warnings = warnings(|stack| stack.add("a", net).map(drop))?;
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
    }
    let found = warnings(|stack| {
        stack.add("link", Link::new("x").ends(block::<String>("n", TEXT)))?;
        stack.add("raw", RawResource::data("http").set("url", TEXT))?;
        stack.with(Local::new().set_on::<Net>("x", TEXT)).add("b", Net::new())?;
        stack.provider("west", Provider::new(&common::CLOUD).set::<String>("x", TEXT))?;
        stack.output("value", TEXT)?;
        // Terraform takes descriptions literally.
        stack.output("described", Output::new("x").description(TEXT))?;
        stack.output("combined", Output::new("x").description("e\u{301}"))?;
        stack.add("expression", Net::new().set::<String>("x", Value::raw("\"e\u{301}\"")))?;
        stack.add("blocks", Locals(json!([{"a": {"b": ["e\u{301}"]}}])))
    })?;
    let places = [
        "dev/network/link: cloud_link.end: ",
        "dev/network/raw: http.url: ",
        "dev/network/b: cloud_net.x: ",
        "dev/network/expression: cloud_net.x: ",
        "dev/network: provider cloud.west: x: ",
        "dev/network: output value: ",
        "dev/network: output combined: its description: the text \"e\\u{301}\" is not in Unicode's form NFC",
        "dev/network/blocks: locals: ",
    ];
    assert_eq!(found.len(), places.len(), "{found:#?}");
    for (warning, place) in found.iter().zip(places) {
        assert!(warning.starts_with(place), "{place} is missing in: {warning}");
    }
    let ignored = Net::new().set_at("lifecycle.ignore_changes", json!(["cloud_net.core"]));
    assert_eq!(warnings(|stack| stack.add("a", ignored).map(drop))?, [""; 0]);
    Ok(())
}

#[test]
fn tags_that_many_share_are_looked_at_once() -> Result<()> {
    let found = warnings(|stack| {
        let mut shared = stack.with(Local::new().tag("Source", "cloud_net.core"));
        for number in 0..100 {
            shared.add(&format!("n{number}"), Net::new())?;
        }
        stack.add("own", Net::new().tags([("Source", "cloud_net.core.id"), ("\u{f900}", "x")])).map(drop)
    })?;
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with("dev/network/n0: cloud_net.tags: "), "{}", found[0]);
    assert!(found[1].contains("dev/network/own: cloud_net.tags: "), "{}", found[1]);
    Ok(())
}

#[test]
fn what_debug_makes_of_a_reference_is_an_error_in_a_literal() -> Result<()> {
    let mut app = app();
    let mut network = app.stack("network", dev())?;
    let net = network.add("core", Net::new())?;
    let texts = [
        format!("{:?}", net.id()),
        format!("a/{:?}/b", net),
        format!("{:?}", Value::text("x") + net.id()),
        format!("{:?}", net.tags_all().key("a")),
        format!("{:?}", [net.id()]),
        json!({"arn": format!("{:?}", net.id())}).to_string(),
    ];
    for (number, text) in texts.iter().enumerate() {
        assert!(!text.contains("cloud_net.core"), "{text}");
        network.add(&format!("n{number}"), Net::new().set::<String>("x", text))?;
    }
    // Also in another stack than its own.
    app.stack("eks", dev())?.add("a", Net::new().set::<String>("x", texts[0].as_str()))?;
    let error = app.synth().map(drop).unwrap_err();
    assert_eq!(error.all().count(), texts.len() + 1);
    refused(Err::<(), _>(error), &["dev/network/n0: cloud_net.x: ", "{:?}", "join the reference", "dev/eks/a: "]);
    Ok(())
}
