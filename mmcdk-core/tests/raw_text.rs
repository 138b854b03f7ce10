//! Raw text: what certainly refers to something absent is an error, and all else is Terraform's to judge.

mod common;

use common::{CLOUD, Net, app, dev, refused, synthesize};
use mmcdk_core::{Any, Block, Construct, Provider, RawResource, Resource, Result, Scope, Stack, Value};
use serde_json::{Value as Json, json};

/// Raw blocks, and what files of the user's own declare.
#[derive(Default)]
struct Raw {
    blocks: Vec<(&'static str, Json)>,
    unchecked: Vec<(&'static str, Json)>,
    declared: Vec<&'static str>,
}

impl Raw {
    fn block(kind: &'static str, body: Json) -> Self {
        Self { blocks: vec![(kind, body)], ..Self::default() }
    }

    fn and(mut self, kind: &'static str, body: Json) -> Self {
        self.blocks.push((kind, body));
        self
    }
}

impl Construct for Raw {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        for (kind, body) in self.blocks {
            scope.raw_block(kind, body)?;
        }
        for (kind, body) in self.unchecked {
            scope.raw_block_unchecked(kind, body)?;
        }
        self.declared.iter().try_for_each(|address| scope.declare(address))
    }
}

/// What synthesis says of raw text in a stack that has `cloud_net.core` and requires the providers `cloud` and `http`.
fn judged(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<()> {
    synthesize(|stack| {
        stack.require_provider("http", "hashicorp/http", "~> 3.4")?;
        stack.add("core", Net::new())?;
        describe(stack)
    })
    .map(drop)
}

fn expression(text: &str) -> Result<()> {
    judged(|stack| stack.add("a", Net::new().set::<String>("x", Value::raw(text))).map(drop))
}

#[test]
fn a_reference_to_something_absent_is_an_error() {
    for (text, absent) in [
        ("cloud_net.cor.id", "cloud_net.cor"),
        ("upper(data.cloud_lookup.gone.id)", "data.cloud_lookup.gone"),
        ("data.http.gone.body", "data.http.gone"),
        ("ephemeral.cloud_secret.gone.value", "ephemeral.cloud_secret.gone"),
        ("resource.cloud_net.cor.id", "cloud_net.cor"),
        ("terraform_data.gone.output", "terraform_data.gone"),
        ("var.größe + 1", "var.größe"),
        ("\"${local.gone}\"", "local.gone"),
        ("<<EOT\n${local.gone}\nEOT\n", "local.gone"),
        ("1 /* one */ + local.gone # two", "local.gone"),
        ("[for local in [1] : local.x][0] + local.gone", "local.gone"),
    ] {
        let remedy = format!("call scope.declare({absent:?})");
        refused(expression(text), &["dev/network/a: ", &format!("{absent}, which the stack does not have"), &remedy]);
    }
    for (kind, body, absent) in [
        ("locals", json!({"a": "${cloud_net.cor.id}"}), "cloud_net.cor"),
        ("locals", json!([{"a": 1}, {"b": ["${local.c}"]}]), "local.c"),
        ("check", json!({"c": {"assert": {"condition": "${data.http.gone.ok}"}}}), "data.http.gone"),
        (
            "resource",
            json!({"cloud_net": {"n": {"dynamic": {"rule": {"for_each": "${local.gone}", "content": {}}}}}}),
            "local.gone",
        ),
        (
            "resource",
            json!({"cloud_net": {"n": {"dynamic": {"rule": {"iterator": "local", "content": {}}}, "x": "${local.gone}"}}}),
            "local.gone",
        ),
    ] {
        let raw = Raw::block(kind, body).and("data", json!({"http": {"x": {"url": "u"}}}));
        refused(judged(|stack| stack.add("raw", raw)), &["dev/network/raw: ", absent]);
    }
    // The data source of a check is its own.
    let scoped = json!({"c": {"data": {"http": {"own": {}}}, "assert": {"condition": "${data.http.own.ok}"}}});
    let outside = Raw::block("check", scoped).and("locals", json!({"a": "${data.http.own.ok}"}));
    refused(judged(|stack| stack.add("raw", outside)), &["data.http.own"]);
}

#[test]
fn what_is_not_certainly_absent_is_accepted() {
    let valid = |result: Result<()>, what: &str| result.unwrap_or_else(|error| panic!("{what}: {error}"));
    for text in [
        "cloud_net.core.id",
        "resource.cloud_net.core.id",
        "each.value.cloud_net.gone",
        "setting.value[\"a\"]",
        "[for rule in cloud_net.core.rules : rule.cloud_net]",
        "{ for k, größe in cloud_net.core.map : k => größe.wert }",
        "[for cloud_net in [1] : cloud_net.gone]",
        "# local.gone\ncloud_net.core.id",
        "cloud_net.core.id // local.gone",
        "/* local.gone */ 1",
        "<<EOT\nlocal.gone \"cloud_net.gone\nEOT\n",
        "<<-EOT\n  local.gone\n  EOT\n",
        "\"local.gone $${local.gone} %%{ if local.gone }\"",
        "provider::cloud::parse(cloud_net.core.id).a",
        "other_thing.of_another_provider.id",
        "module.m.output",
        "self.id == path.module",
        "1.5e3",
    ] {
        valid(expression(text), text);
    }
    for (kind, body) in [
        (
            "check",
            json!({"health": {
                "data": {"http": {"example": {"url": "https://example.com"}}},
                "assert": {"condition": "${data.http.example.status_code == 200}", "error_message": "${data.http.example.url}"},
            }}),
        ),
        (
            "check",
            json!([{"health": [
                {"data": [{"http": [{"example": [{"url": "u"}]}]}]},
                {"assert": [{"condition": "${data.http.example.ok}", "error_message": "no"}]},
            ]}]),
        ),
        ("locals", json!([{"a": "${local.größe}"}, {"größe": 1}])),
        ("variable", json!([{"a": {}}, {"b": {"default": "${local.gone}"}}])),
        ("data", json!({"http": [{"a": [{"url": "${data.http.a.url}"}]}]})),
        ("resource", json!([{"cloud_net": [{"raw": {"x": "${cloud_net.raw.id}"}}]}])),
        (
            "resource",
            json!({"cloud_thing": {"t": {"dynamic": {
                "rule": {"for_each": "${cloud_net.core.rules}", "content": {
                    "a": "${rule.value.a}",
                    "dynamic": [{"inner": {"for_each": "${rule.value.b}", "iterator": "local", "content": {
                        "k": "${local.key}${rule.key}",
                    }}}],
                }},
            }}}}),
        ),
        ("moved", json!({"from": "${local.gone}", "to": "x"})),
        ("removed", json!({"from": "cloud_net.gone"})),
        ("terraform", json!({"backend": {"s3": {"key": "${local.gone}"}}})),
        ("output", json!({"o": {"value": "# ${cloud_net.core.id}"}})),
    ] {
        valid(judged(|stack| stack.add("raw", Raw::block(kind, body.clone()))), &body.to_string());
    }
    // A dynamic block of a raw resource.
    let content = Block::new().set::<String>("namespace", Value::raw("setting.value[\"ns\"]"));
    let setting = Block::new().set::<String>("for_each", Value::raw("[]")).blocks("content", content, 0, 0);
    let dynamic = Block::new().blocks("setting", setting, 0, 0);
    valid(
        judged(|stack| stack.add("a", RawResource::new("http_thing").block("dynamic", dynamic)).map(drop)),
        "a raw resource",
    );
}

#[test]
fn what_a_file_of_the_users_own_declares_is_accepted_once_declared() -> Result<()> {
    const MINE: [&str; 5] = ["var.size", "local.größe", "cloud_net.mine", "data.http.mine", "data.cloud_lookup.mine"];
    let use_all = || Value::<String>::raw(format!("[{}]", MINE.map(|address| format!("{address}.id")).join(", ")));
    refused(judged(|stack| stack.add("a", Net::new().set::<String>("x", use_all())).map(drop)), &MINE);
    judged(|stack| {
        stack.add(
            "raw",
            Raw { declared: MINE.to_vec(), ..Raw::block("locals", json!({"a": "${cloud_net.mine.id}"})) },
        )?;
        stack.add("a", Net::new().set::<String>("x", use_all())).map(drop)
    })?;
    let declare =
        |address: &'static str| judged(|stack| stack.add("raw", Raw { declared: vec![address], ..Raw::default() }));
    for wrong in ["", "size", "${var.size}", "cloud_net.mine.id", "data.http", "var. size"] {
        refused(declare(wrong), &["dev/network/raw: ", &format!("{wrong:?} is not an address"), "write var.size"]);
    }
    // A construct that fails declares nothing.
    struct Failing;
    impl Construct for Failing {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.declare("var.size")?;
            Err(mmcdk_core::Error::new("no"))
        }
    }
    let undone = judged(|stack| {
        let _ = stack.add("failing", Failing);
        stack.add("a", Net::new().set::<String>("x", Value::raw("var.size"))).map(drop)
    });
    refused(undone, &["var.size"]);
    Ok(())
}

#[test]
fn unchecked_forms_take_anything() -> Result<()> {
    const ODD: &str = "${local.gone} cloud_net.gone \"";
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let net = Net::new().set::<String>("x", Value::raw_unchecked(ODD));
    stack.add("a", net)?;
    stack.add("raw", Raw { unchecked: vec![("locals", json!({"a": "${local.gone}"}))], ..Raw::default() })?;
    let synthesis = app.synth()?;
    assert_eq!(synthesis.stack("dev/network")?.find::<Net>("a")?.argument("x")?, format!("${{{ODD}}}"));
    Ok(())
}

#[test]
fn a_template_in_place_of_an_expression_says_what_to_write() {
    for (text, instead) in [
        ("${cloud_net.core.id}", r#"Value::raw("cloud_net.core.id")"#),
        ("${cloud_net.core.id}-a", r#"Value::raw("\"${cloud_net.core.id}-a\"")"#),
        ("a-${upper(\"x\")}", r#"Value::raw("\"a-${upper(\"x\")}\"")"#),
    ] {
        refused(expression(text), &["dev/network/a: cloud_net.x: ", "outside of a string", instead]);
        for value in [Value::<String>::raw_sensitive(text), Value::text("a") + Value::<String>::raw(text)] {
            refused(
                judged(|stack| stack.add("a", Net::new().set::<String>("x", value)).map(drop)),
                &["cloud_net.x", instead],
            );
        }
        refused(judged(|stack| stack.output("o", Value::<String>::raw(text))), &["output o", instead]);
    }
    assert!(expression("\"${cloud_net.core.id}-a\"").is_ok());
    for empty in ["", " ", "\n\t"] {
        refused(expression(empty), &["dev/network/a: cloud_net.x: ", "the raw expression is empty"]);
    }
}

#[test]
fn of_thousands_of_typos_a_few_get_a_suggestion() {
    const TYPOS: usize = 3_000;
    let result = synthesize(|stack| {
        for number in 0..TYPOS {
            let typo = format!("cloud_net.this-is-a-long-name-of-a-resource-{number}x.id");
            let net = Net::new().set::<String>("x", Value::raw(typo));
            stack.add(&format!("this-is-a-long-name-of-a-resource-{number}"), net)?;
        }
        Ok(())
    });
    let error = result.map(drop).unwrap_err();
    assert_eq!(error.all().count(), TYPOS);
    let message = error.to_string();
    assert!(message.contains("did you mean") && message.contains("write an address that it has"));
    // Each suggestion compares all addresses of the stack, so their number is what makes the time linear.
    let suggestions = message.matches("did you mean").count();
    assert!((1..=10).contains(&suggestions), "{suggestions}");
}

#[test]
fn the_alias_of_a_provider_is_not_the_address_of_a_resource() -> Result<()> {
    for module in ["${cloud.west}", "cloud.west"] {
        synthesize(|stack| {
            stack.provider("west", Provider::new(&CLOUD))?;
            stack
                .add("m", Raw::block("module", json!({"net": {"source": "./net", "providers": {"cloud": module}}})))?;
            stack.add("a", Net::new().set_at("provider", Value::<Any>::raw("cloud.west"))).map(drop)
        })?;
    }
    // A data source may have the name of its provider: `data.http.page`.
    for address in ["cloud_net.gone.id", "data.cloud_net.gone.id", "data.cloud.gone.id"] {
        let result = synthesize(|stack| stack.add("a", Net::new().set::<String>("x", Value::raw(address))).map(drop));
        refused(result, &["dev/network/a", "which the stack does not have"]);
    }
    Ok(())
}
