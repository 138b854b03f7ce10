//! What the texts of arguments must look like: characters, lengths, beginnings, and the names of what they refer to.

mod common;

use common::{Bucket, Net, Queue, block, refused, synthesize};
use mmcdk_core::{Any, Block, List, Resource, Result, Value};

fn text(text: &str) -> Value<Any> {
    Value::text(text.to_owned()).any()
}

/// Places a queue with that value of an argument.
fn place(argument: &'static str, value: Value<Any>) -> Result<()> {
    synthesize(|stack| stack.add("core", Queue::default().argument(argument, value)).map(drop)).map(drop)
}

/// A document with one text in it, rendered by the library.
fn document(inner: &str) -> Value<Any> {
    Value::json(Value::object([("Statement", text(inner))])).any()
}

#[test]
fn texts_outside_of_their_rule_are_refused() {
    for (argument, value, parts) in [
        ("description", text("a"), &["description", "has 1 characters", "at least 2"][..]),
        ("description", text("abcdefghijk"), &["has 11 characters", "at most 10"]),
        ("description", text("caf\u{e9}"), &["\"caf\u{e9}\" has the character '\u{e9}'", "allowed are a-z, spaces"]),
        ("alias", text("data"), &["alias \"data\" does not begin with \"alias/\"", "write \"alias/data\""]),
        ("alias", text("alias/own/x"), &["begins with \"alias/own/\", which is reserved"]),
        ("script", text("123456789"), &["script", "has 9 bytes", "at most 8"]),
        ("script", text("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"), &["has 10 bytes"]),
        ("script_base64", text("MTIzNDU2Nzg5"), &["has 9 bytes when it is decoded", "at most 8"]),
        ("policy", text("a \u{2014} b"), &["document", "has the character '\u{2014}'"]),
        ("policy", document("a \u{2014} b"), &["policy", "has the character '\u{2014}'"]),
        ("policy", text("\u{1}"), &["has the character '\\u{1}'"]),
        ("logs", text("other"), &["destination of logs is named \"other\"", "does not begin with \"logs-\""]),
        ("logs", text("arn:x:group:other-logs-x"), &["does not begin with \"logs-\""]),
    ] {
        refused(place(argument, value), &[&["dev/network/core", argument], parts].concat());
    }
}

#[test]
fn texts_within_their_rule_are_accepted() -> Result<()> {
    for (argument, value) in [
        ("description", text("abcdefghij")),
        ("alias", text("alias/data")),
        ("script", text("12345678")),
        ("script_base64", text("MTIzNDU2Nzg=")),
        ("policy", text("\t\n\r caf\u{e9}")),
        ("policy", document("caf\u{e9}\u{1}")),
        ("logs", text("logs-x")),
        ("logs", text("arn:x:group:logs-x")),
        ("logs", text("arn:x:group/logs-x/y:*")),
        ("rule", text("rules are blocks")),
    ] {
        place(argument, value)?;
    }
    Ok(())
}

#[test]
fn of_an_expression_the_known_parts_are_checked() -> Result<()> {
    let with = |argument: &'static str, make: &dyn Fn(Value<String>) -> Value<String>| {
        synthesize(|stack| {
            let net = stack.add("net", Net::new())?;
            stack.add("core", Queue::default().argument(argument, make(net.id()).any())).map(drop)
        })
        .map(drop)
    };
    with("description", &|id| id)?;
    with("description", &|id| id + "abc")?;
    with("alias", &|id| id + "x")?;
    with("alias", &|id| Value::text("al") + id)?;
    with("policy", &|id| Value::json(Value::object([("a", id.any())])))?;
    refused(with("description", &|id| id + "ABC"), &["has the character 'A'"]);
    refused(with("description", &|id| id + "abcdefghijk"), &["has at least 11 characters"]);
    for start in ["aliases/", "my-", "alias-", "b"] {
        refused(with("alias", &|id| Value::text(start) + id), &["does not begin with \"alias/\""]);
    }
    for start in ["", "a", "alias", "alias/", "alias/own", "alias/x"] {
        with("alias", &|id| Value::text(start) + id)?;
    }
    for start in ["alias/own/", "alias/own/x-"] {
        refused(with("alias", &|id| Value::text(start) + id), &["begins with \"alias/own/\", which is reserved"]);
    }
    refused(with("script", &|id| Value::text("123456789") + id), &["has at least 9 bytes"]);
    let joined = |id: Value<String>| Value::json(Value::object([("a", (id + "\u{2014}").any())]));
    refused(with("policy", &joined), &["has the character '\u{2014}'"]);
    Ok(())
}

#[test]
fn what_is_nested_is_checked_wherever_it_stands() {
    let nested =
        |blocks: Vec<Block>| synthesize(|stack| stack.add("core", Queue::default().rules(blocks)).map(drop)).map(drop);
    let rule = |text: &str| block::<String>("description", text);
    nested(vec![rule("abc"), rule("")]).unwrap();
    refused(nested(vec![rule("abc"), rule("abcd")]), &["rule.description", "has 4 characters", "at most 3"]);
    let object = |inner: &str| Value::object([("description", text(inner))]);
    let list: Value<List<Any>> = Value::list([object("abc").any(), object("abcd").any()]);
    refused(place("rule", list.into()), &["rule.description", "has 4 characters"]);
}

#[test]
fn the_name_of_what_is_referred_to_is_checked() {
    let logs_in = |name: &str| {
        synthesize(|stack| {
            let bucket = stack.add("bucket", Bucket::default().bucket(name))?;
            let arns: Value<List<String>> = Value::list([bucket.id()]);
            stack.add("core", Queue::default().argument("logs", arns.into())).map(drop)
        })
        .map(drop)
    };
    logs_in("logs-of-mine").unwrap();
    refused(logs_in("mine"), &["dev/network/core", "logs", "is named \"mine\"", "\"logs-mine\""]);
}

#[test]
fn an_override_is_checked_too() {
    let result = synthesize(|stack| stack.add("core", Queue::default().set_at("alias", "data")).map(drop));
    refused(result, &["does not begin with \"alias/\""]);
}

#[test]
fn a_long_text_is_shown_by_its_beginning() {
    let error = place("script", text(&"x".repeat(1000))).unwrap_err().to_string();
    assert!(error.len() < 300, "{error}");
}
