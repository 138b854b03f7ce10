//! Expressions: whatever the strings in them, Terraform reads back what was meant; and the same program makes the same
//! bytes.
//!
//! The reader here knows Terraform's templates from their specification and shares nothing with the renderer:
//! <https://developer.hashicorp.com/terraform/language/expressions/strings>.

mod common;

use std::collections::BTreeMap;

use common::{Net, app, dev};
use mmcdk_core::{Any, List, Map, RawResource, Result, Synthesis, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// What `cloud_net.core.id` is when everything is applied.
const ID: &str = "net-${1}\"%{";

/// Reads Terraform's templates and the part of its native syntax that is rendered here.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// What a value of Terraform JSON is when it is applied.
    fn json(value: &Json) -> Json {
        match value {
            Json::String(text) => Self::template(text),
            Json::Array(elements) => elements.iter().map(Self::json).collect(),
            Json::Object(members) => {
                let read = |(key, value): (&String, &Json)| (text(Self::template(key)), Self::json(value));
                Json::Object(members.iter().map(read).collect())
            }
            other => other.clone(),
        }
    }

    fn template(template: &str) -> Json {
        assert!(!template.starts_with('\u{feff}'), "Terraform drops a byte order mark: {template:?}");
        let mut reader = Reader { rest: template };
        let value = reader.parts(false);
        assert_eq!(reader.rest, "");
        value
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    #[track_caller]
    fn expect(&mut self, token: &str) {
        assert!(self.takes(token), "{token:?} should come before {:?}", self.rest);
    }

    fn character(&mut self) -> char {
        let character = self.rest.chars().next().expect("the template is whole");
        self.rest = &self.rest[character.len_utf8()..];
        character
    }

    /// Literal text and `${…}` up to a closing quote, or to the end. One `${…}` alone keeps its type.
    fn parts(&mut self, quoted: bool) -> Json {
        let mut parts: Vec<Json> = Vec::new();
        let mut literal = String::new();
        while !self.rest.is_empty() {
            if quoted && self.takes("\"") {
                break;
            } else if self.takes("$${") {
                literal.push_str("${");
            } else if self.takes("%%{") {
                literal.push_str("%{");
            } else if self.takes("${") {
                parts.push(Json::String(std::mem::take(&mut literal)));
                parts.push(self.expression());
                self.expect("}");
            } else {
                assert!(!self.rest.starts_with("%{"), "no directive is ever written: {}", self.rest);
                match self.character() {
                    '\\' if quoted => literal.push(self.escape()),
                    '\r' if !quoted => {
                        assert!(self.rest.starts_with('\n'), "Terraform takes what follows for text: {}", self.rest);
                        literal.push('\r');
                    }
                    '\r' | '\n' if quoted => panic!("a quoted text ends with its line"),
                    other => literal.push(other),
                }
            }
        }
        match parts.as_slice() {
            [Json::String(before), only] if before.is_empty() && literal.is_empty() && !quoted => only.clone(),
            _ => Json::String(parts.into_iter().map(text).collect::<String>() + &literal),
        }
    }

    fn escape(&mut self) -> char {
        match self.character() {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (digits, rest) = self.rest.split_at(4);
                self.rest = rest;
                char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap()
            }
            same @ ('"' | '\\') => same,
            other => panic!("\\{other} is no escape"),
        }
    }

    fn expression(&mut self) -> Json {
        if self.takes("\"") {
            self.parts(true)
        } else if self.takes("[") {
            Json::Array(self.separated("]", Self::expression))
        } else if self.takes("{") {
            let entry = |reader: &mut Self| {
                let key = text(reader.expression());
                reader.expect(" = ");
                (key, reader.expression())
            };
            Json::Object(self.separated("}", entry).into_iter().collect())
        } else if self.takes("jsonencode(") {
            let document = self.expression();
            self.expect(")");
            Json::String(document.to_string())
        } else if self.takes("cloud_net.core.id") {
            ID.into()
        } else {
            let end = self.rest.find([',', '}', ']', ')']).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            serde_json::from_str(word).unwrap_or_else(|_| panic!("{word:?} is no literal"))
        }
    }

    fn separated<T>(&mut self, end: &str, item: impl Fn(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.takes(end) {
            if !items.is_empty() {
                self.expect(", ");
            }
            items.push(item(self));
        }
        items
    }
}

fn text(value: Json) -> String {
    match value {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// An expression, of which is known what it is when it is applied.
#[derive(Clone, Debug)]
enum Tree {
    Literal(Json),
    Reference,
    Joined(Vec<Tree>),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
    Document(Box<Tree>),
}

impl Tree {
    fn value(&self, id: &Value<String>) -> Value<Any> {
        match self {
            Tree::Literal(json) => json.clone().into(),
            Tree::Reference => id.clone().any(),
            Tree::Joined(parts) => {
                parts.iter().fold(Value::text(""), |left, part| left + part.value(id).cast::<String>()).any()
            }
            Tree::List(elements) => Value::<List<Any>>::list(elements.iter().map(|element| element.value(id))).any(),
            Tree::Map(entries) => {
                Value::<Map<Any>>::map(entries.iter().map(|(key, entry)| (key.clone(), entry.value(id)))).any()
            }
            Tree::Document(document) => Value::json(document.value(id)).any(),
        }
    }

    /// What it is when it is applied; documents are parsed, for their text may have other spaces.
    fn meaning(&self) -> Json {
        match self {
            Tree::Literal(json) => json.clone(),
            Tree::Reference => ID.into(),
            Tree::Joined(parts) => parts.iter().map(|part| text(part.meaning())).collect::<String>().into(),
            Tree::List(elements) => elements.iter().map(Tree::meaning).collect(),
            Tree::Map(entries) => entries.iter().map(|(key, entry)| (key.clone(), entry.meaning())).collect(),
            Tree::Document(document) => document.meaning().to_string().into(),
        }
    }
}

/// Texts made of what has a meaning to Terraform, and of everything else.
fn texts() -> impl Strategy<Value = String> {
    const PIECES: [&str; 19] = [
        "\r", "\r\r", "\u{feff}", "$", "$$", "${", "%", "%{", "{", "}", "\"", "\\", "\\u0041", "\n", "\r\n", "\t",
        "\u{1}", "ü🦀", "x",
    ];
    let piece = prop_oneof![4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn trees() -> impl Strategy<Value = Tree> {
    let strings = || prop_oneof![3 => texts().prop_map(|text| Tree::Literal(text.into())), 1 => Just(Tree::Reference)];
    let leaf = prop_oneof![
        4 => strings(),
        1 => any::<i64>().prop_map(|number| Tree::Literal(number.into())),
        1 => any::<bool>().prop_map(|value| Tree::Literal(value.into())),
        2 => prop::collection::vec(strings(), 0..5).prop_map(Tree::Joined),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::btree_map(texts(), inner.clone(), 0..4).prop_map(Tree::Map),
            inner.prop_map(|document| Tree::Document(document.into())),
        ]
    })
}

/// The argument `x` of a resource that was given the tree.
fn rendered(tree: &Tree) -> Result<Json> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let id = stack.add("core", Net::new())?.id();
    stack.add("a", RawResource::new("terraform_data").set("x", tree.value(&id)))?;
    app.synth()?.stack("dev/network")?.at("terraform_data.a")?.argument("x")
}

#[test]
fn the_reader_knows_the_specification() {
    for (template, meaning) in [
        ("a $ % $${x} %%{x} $$${x}", json!("a $ % ${x} %{x} $${x}")),
        ("${cloud_net.core.id}", json!(ID)),
        ("${5}", json!(5)),
        ("x${5}", json!("x5")),
        (r#"${"a\n\"$${x}\u0041${5}"}"#, json!("a\n\"${x}A5")),
        (
            r#"${jsonencode({"a" = [1, "b"], "c" = cloud_net.core.id})}"#,
            json!(json!({"a": [1, "b"], "c": ID}).to_string()),
        ),
    ] {
        assert_eq!(Reader::template(template), meaning, "{template}");
    }
}

proptest! {
    #[test]
    fn what_is_rendered_means_what_was_said(tree in trees()) {
        let written = rendered(&tree).unwrap();
        prop_assert_eq!(Reader::json(&written), tree.meaning(), "{}", written);
    }

    #[test]
    fn the_same_program_makes_the_same_bytes(tree in trees()) {
        let program = || -> Result<Synthesis> {
            let mut app = app();
            let mut stack = app.stack("network", dev())?;
            let id = stack.add("core", Net::new())?.id();
            stack.output("tree", tree.value(&id))?;
            app.synth()
        };
        let (one, another) = (program().unwrap(), program().unwrap());
        prop_assert_eq!(one.render(), another.render());
    }

    #[test]
    fn the_order_in_which_siblings_are_added_does_not_matter(
        ids in Just((0..12).map(|n| format!("n{n}")).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let program = |ids: &[String]| -> Result<Synthesis> {
            let mut app = app();
            let mut stack = app.stack("network", dev())?;
            for id in ids {
                let net = stack.add(id, Net::new())?;
                stack.output(id, net.id())?;
            }
            app.synth()
        };
        let mut sorted = ids.clone();
        sorted.sort();
        let (one, another) = (program(&ids).unwrap(), program(&sorted).unwrap());
        prop_assert_eq!(one.render(), another.render());
    }
}
