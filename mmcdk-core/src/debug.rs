//! `Debug` of expressions: it shows what they are, and looks nothing like an address.
//!
//! The compiler suggests `{:?}` for a reference in `format!`. What comes of it bears a mark, so that synthesis finds it in
//! literals.

use std::fmt::{self, Debug, Formatter};

use crate::value::{Anchor, Node, Reference};

/// How the `Debug` output of what is not a literal begins.
pub(crate) const MARK: &str = "<mmcdk: ";

impl Debug for Anchor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}>", Spoken(self))
    }
}

impl Debug for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("none"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(number) => write!(f, "{number}"),
            Node::Text(text) => write!(f, "{text:?}"),
            Node::Reference(Reference { anchor, attribute, .. })
            | Node::Address(Reference { anchor, attribute, .. }) => match attribute.is_empty() {
                true => anchor.fmt(f),
                false => write!(f, "{MARK}{attribute} of {}>", Spoken(anchor)),
            },
            Node::Raw(raw) => write!(f, "{MARK}expression {:?}>", raw.text.as_str()),
            Node::Concat(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    write!(f, "{}{part:?}", if index > 0 { " + " } else { "" })?;
                }
                Ok(())
            }
            Node::List(elements) => f.debug_list().entries(elements).finish(),
            Node::Map(entries) => f.debug_map().entries(entries.iter().map(|(key, value)| (key, value))).finish(),
            Node::Merge(maps) => debug_call(f, "merge", maps),
            Node::Json(document) => debug_call(f, "json", std::slice::from_ref(document)),
            Node::Step(of, steps) => write!(f, "{MARK}{steps} of {of:?}>"),
            Node::One(set) => debug_call(f, "one", std::slice::from_ref(set)),
            Node::Invalid(why) => write!(f, "{MARK}invalid: {}>", why.0),
        }
    }
}

fn debug_call(f: &mut Formatter<'_>, function: &str, arguments: &[impl Debug]) -> fmt::Result {
    let mut call = f.debug_tuple(function);
    for argument in arguments {
        call.field(argument);
    }
    call.finish()
}

/// An address in other words: `cloud_net "core"`, `data cloud_lookup "current"`.
struct Spoken<'a>(&'a Anchor);

impl fmt::Display for Spoken<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.address().rsplit_once('.') {
            Some((kind, label)) => write!(f, "{} {label:?}", kind.replace('.', " ")),
            None => f.write_str(self.0.address()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Any, Map, Value};

    #[test]
    fn debug_looks_nothing_like_an_address_and_bears_a_mark() {
        let net = Anchor::new(0, 0, 0, "cloud_net.core".into());
        let id: Value<String> = net.attribute("id");
        let map = || Value::<Map<String>>::raw("local.tags");
        for (debug, expected) in [
            (format!("{net:?}"), r#"<mmcdk: cloud_net "core">"#),
            (format!("{id:?}"), r#"<mmcdk: id of cloud_net "core">"#),
            (format!("{:?}", Value::text("a-") + &id), r#""a-" + <mmcdk: id of cloud_net "core">"#),
            (format!("{:?}", map().key("a")), r#"<mmcdk: ["a"] of <mmcdk: expression "local.tags">>"#),
            (format!("{:?}", Value::json(&id)), r#"json(<mmcdk: id of cloud_net "core">)"#),
            (format!("{:?}", map().merge([("a", &id)])), "merge("),
            (format!("{:?}", vec![id.clone()]), r#"[<mmcdk: id of cloud_net "core">]"#),
        ] {
            assert!(debug.starts_with(expected), "{debug}");
            assert!(debug.contains(MARK) && !debug.contains("cloud_net.core"), "{debug}");
        }
        assert_eq!(
            format!("{:?}", Value::<Any>::from(serde_json::json!({"a": ["b", 1, null]}))),
            r#"{"a": ["b", 1, none]}"#
        );
    }
}
