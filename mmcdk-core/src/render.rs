//! From expressions to text.
//!
//! References become `${…}`. Inside of `${…}` stands an expression of Terraform's native syntax, where strings are quoted
//! and escaped once more. How literals are escaped is in [`crate::template`].

use std::fmt::{self, Display, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::template::{Literal, escape_template, write_as_expression, write_quoted};
use crate::value::{Node, Reference};

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Null | Node::Invalid(_) => serializer.serialize_unit(),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::Number(number) => number.serialize(serializer),
            Node::Address(_) => serializer.collect_str(&Expression(self)),
            Node::Text(text) => serializer.serialize_str(&escape_template(text)),
            Node::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Node::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(&*escape_template(key), value)?;
                }
                map.end()
            }
            Node::Json(document) if document.is_literal() => {
                serializer.serialize_str(&escape_template(&document.to_document()))
            }
            node => serializer.collect_str(&Template(node)),
        }
    }
}

/// A node as the text of a template: literals escaped, everything else in `${…}`.
struct Template<'a>(&'a Node);

impl Display for Template<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Node::Text(text) => f.write_str(&escape_template(text)),
            Node::Concat(parts) => parts.iter().enumerate().try_for_each(|(index, part)| match part {
                Node::Text(text) => Literal { text, first: index == 0, last: index + 1 == parts.len() }.fmt(f),
                node => write_template(f, node),
            }),
            node => write_template(f, node),
        }
    }
}

fn write_template(f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
    f.write_str("${")?;
    Expression(node).fmt(f)?;
    f.write_char('}')
}

/// The parts of a template in quotes. A literal's last dollars would escape the `${` behind them, so they become an
/// expression.
fn write_quoted_parts(f: &mut fmt::Formatter<'_>, parts: &[Node]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        match part {
            Node::Text(text) if index + 1 < parts.len() => {
                let kept = text.trim_end_matches('$');
                write_quoted(f, kept)?;
                if kept.len() < text.len() {
                    write_as_expression(f, &text[kept.len()..])?;
                }
            }
            Node::Text(text) => write_quoted(f, text)?,
            node => write_template(f, node)?,
        }
    }
    Ok(())
}

/// A node as an expression of Terraform's native syntax.
pub(crate) struct Expression<'a>(pub(crate) &'a Node);

impl Display for Expression<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // What is invalid is refused before it is rendered.
            Node::Null | Node::Invalid(_) => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(number) => write!(f, "{number}"),
            Node::Text(text) => {
                f.write_char('"')?;
                write_quoted(f, text)?;
                f.write_char('"')
            }
            Node::Reference(Reference { anchor, attribute, .. })
            | Node::Address(Reference { anchor, attribute, .. }) => {
                f.write_str(anchor.address())?;
                match attribute.is_empty() || attribute.starts_with('[') {
                    true => {}
                    false => f.write_char('.')?,
                }
                f.write_str(attribute)
            }
            Node::Raw(raw) => f.write_str(raw.text.as_str()),
            Node::Concat(parts) => {
                f.write_char('"')?;
                write_quoted_parts(f, parts)?;
                f.write_char('"')
            }
            Node::List(elements) => {
                f.write_char('[')?;
                write_separated(f, elements, |f, element| Expression(element).fmt(f))?;
                f.write_char(']')
            }
            Node::Map(entries) => {
                f.write_char('{')?;
                write_separated(f, entries, |f, (key, value)| {
                    f.write_char('"')?;
                    write_quoted(f, key)?;
                    f.write_str("\" = ")?;
                    Expression(value).fmt(f)
                })?;
                f.write_char('}')
            }
            Node::Merge(maps) => {
                f.write_str("merge(")?;
                write_separated(f, maps, |f, map| Expression(map).fmt(f))?;
                f.write_char(')')
            }
            Node::Json(document) => {
                f.write_str("jsonencode(")?;
                Expression(document).fmt(f)?;
                f.write_char(')')
            }
            Node::Step(of, steps) => match &**of {
                // An operator in raw text binds weaker than the step.
                Node::Raw(raw) if !raw.text.as_str().bytes().all(is_traversal) => {
                    write!(f, "({}){steps}", raw.text.as_str())
                }
                of => write!(f, "{}{steps}", Expression(of)),
            },
            Node::One(set) => write!(f, "one({})", Expression(set)),
        }
    }
}

fn is_traversal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte)
}

fn write_separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write(f, item)?;
    }
    Ok(())
}

/// A literal as a plain JSON document, without template escapes.
struct Document<'a>(&'a Node);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::Text(text) => serializer.serialize_str(text),
            Node::List(elements) => serializer.collect_seq(elements.iter().map(Document)),
            Node::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key.as_ref(), Document(value))))
            }
            Node::Json(document) => serializer.serialize_str(&document.to_document()),
            node => node.serialize(serializer),
        }
    }
}

impl Node {
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a node has string keys and finite numbers")
    }

    pub(crate) fn to_expression(&self) -> String {
        Expression(self).to_string()
    }

    pub(crate) fn to_document(&self) -> String {
        serde_json::to_string(&Document(self)).expect("a node has string keys and finite numbers")
    }

    /// Whether it can be rendered without asking Terraform.
    pub(crate) fn is_literal(&self) -> bool {
        match self {
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => true,
            Node::List(elements) => elements.iter().all(Node::is_literal),
            Node::Map(entries) => entries.iter().all(|(_, value)| value.is_literal()),
            Node::Json(document) => document.is_literal(),
            Node::Reference(_)
            | Node::Address(_)
            | Node::Raw(_)
            | Node::Concat(_)
            | Node::Merge(_)
            | Node::Step(..)
            | Node::One(_)
            | Node::Invalid(_) => false,
        }
    }

    pub(crate) fn is_sensitive(&self) -> bool {
        let mut sensitive = false;
        self.visit(&mut |node| {
            sensitive |= match node {
                Node::Reference(reference) => reference.sensitive,
                Node::Raw(raw) => raw.sensitive,
                _ => false,
            }
        });
        sensitive
    }

    /// Shows this node and all nodes in it to `see`.
    pub(crate) fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        see(self);
        match self {
            Node::List(nodes) | Node::Concat(nodes) | Node::Merge(nodes) => {
                nodes.iter().for_each(|node| node.visit(see));
            }
            Node::Map(entries) => entries.iter().for_each(|(_, value)| value.visit(see)),
            Node::Json(inner) | Node::Step(inner, _) | Node::One(inner) => inner.visit(see),
            Node::Null
            | Node::Bool(_)
            | Node::Number(_)
            | Node::Text(_)
            | Node::Reference(_)
            | Node::Address(_)
            | Node::Raw(_)
            | Node::Invalid(_) => {}
        }
    }

    /// The document that it encodes, or itself: literals as they will be, everything else as `${…}`.
    pub(crate) fn to_shown(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Node::Json(document) => document.to_shown(),
            Node::Text(text) => Json::String(text.to_string()),
            Node::Concat(parts) => Json::String(
                parts
                    .iter()
                    .map(|part| match part {
                        Node::Text(text) => text.to_string(),
                        part => format!("${{{}}}", Expression(part)),
                    })
                    .collect(),
            ),
            Node::List(elements) => elements.iter().map(Node::to_shown).collect(),
            Node::Map(entries) => entries.iter().map(|(key, value)| (key.to_string(), value.to_shown())).collect(),
            node => node.to_json(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::value::{Anchor, Any, Value};

    fn reference() -> Value<String> {
        Anchor::new(0, 0, 0, "aws_vpc.core".into()).attribute("id")
    }

    #[track_caller]
    fn check<T>(value: impl Into<Value<T>>, json: &str) {
        assert_eq!(value.into().to_json().to_string(), json);
    }

    #[test]
    fn literals_are_escaped() {
        check::<String>("plain $ % $$ $(x) $VAR", r#""plain $ % $$ $(x) $VAR""#);
        check::<String>("${a} %{b}", r#""$${a} %%{b}""#);
        check::<crate::Map<String>>([("${k}", "${v}")], r#"{"$${k}":"$${v}"}"#);
    }

    #[test]
    fn references_become_templates() {
        check::<String>(reference(), r#""${aws_vpc.core.id}""#);
        check::<String>(Value::text("a/${b}/") + reference() + "/c", r#""a/$${b}/${aws_vpc.core.id}/c""#);
        check::<String>(Value::text("$") + reference(), r#""${\"$\"}${aws_vpc.core.id}""#);
        check::<String>(Value::text("$") + "{x}", r#""$${x}""#);
        check::<crate::List<String>>(vec![reference(), "x".into()], r#"["${aws_vpc.core.id}","x"]"#);
    }

    #[test]
    fn a_literal_document_is_text_and_another_one_an_expression() {
        let literal = Value::<Any>::from(Value::map([("a", "${x}\"\n")]) as Value<crate::Map<String>>);
        check::<String>(Value::json(literal), r#""{\"a\":\"$${x}\\\"\\n\"}""#);
        let mixed: Value<crate::Map<String>> = Value::map([("a", reference()), ("${b}", Value::text("x") + "\n")]);
        check::<String>(Value::json(mixed), r#""${jsonencode({\"a\" = aws_vpc.core.id, \"$${b}\" = \"x\\n\"})}""#);
    }

    #[test]
    fn steps_follow_references() {
        let list: Value<crate::List<crate::Object>> = Anchor::new(0, 0, 0, "aws_eks_cluster.x".into()).attribute("ca");
        check::<String>(list.index(0).attribute("data"), r#""${aws_eks_cluster.x.ca[0].data}""#);
        let set: Value<crate::Set<String>> = Anchor::new(0, 0, 0, "aws_vpc.x".into()).attribute("ids");
        check::<String>(set.one(), r#""${one(aws_vpc.x.ids)}""#);
        let map = |text: &str| Value::<crate::Map<String>>::raw(text).key("${k}\"");
        check::<String>(map("local.a"), r#""${local.a[\"$${k}\\\"\"]}""#);
        check::<String>(map("c ? local.a : local.b"), r#""${(c ? local.a : local.b)[\"$${k}\\\"\"]}""#);
        let nested: Value<crate::List<crate::Object>> = Value::raw("f(x)");
        check::<String>(nested.index(0).attribute("b"), r#""${(f(x))[0].b}""#);
    }

    #[test]
    fn integers_stay_integers() {
        check::<crate::Number>(53.0, "53");
        check::<crate::Number>(0.5, "0.5");
        check::<crate::Number>(u64::MAX, "18446744073709551615");
    }
}
