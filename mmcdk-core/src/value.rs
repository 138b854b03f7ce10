//! Typed Terraform expressions: literals, references, and what mixes them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Add;
use std::sync::Arc;

use crate::error::Error;

/// The type of Terraform numbers. Integers stay integers.
pub enum Number {}

/// The type of Terraform lists whose elements are `T`.
pub struct List<T>(PhantomData<fn() -> T>);

/// The type of Terraform sets whose elements are `T`. A set can stand where a list is wanted, and the other way round.
pub struct Set<T>(PhantomData<fn() -> T>);

/// The type of Terraform maps from strings to `T`.
pub struct Map<T>(PhantomData<fn() -> T>);

/// The type of Terraform objects: attributes by name, each of its own type.
pub enum Object {}

/// The type of values whose type is not known here, such as the parts of a JSON document.
pub enum Any {}

/// A Terraform expression of type `T`: a literal, a reference to an attribute, or a tree of both.
///
/// Literals are escaped when they are rendered, so `${` in a string reaches the cloud as written; only references
/// and [`Value::raw`] become templates. Arguments take `impl Into<Value<T>>`: plain Rust values, references, lists and
/// maps that mix both, and `Option`s of them, where `None` leaves the argument out. A bare `None` or `[]` has no type:
/// write [`Value::none`], [`Value::list`] or [`Value::map`].
///
/// ```
/// use mmcdk_core::{List, Value};
///
/// let name: Value<String> = "a ${literal}".into();
/// let prefixed = Value::text("arn:aws:s3:::") + name;
/// let both: Value<List<String>> = vec![prefixed, "plain".into()].into();
/// assert_eq!(both.to_json().to_string(), r#"["arn:aws:s3:::a $${literal}","plain"]"#);
/// ```
pub struct Value<T> {
    pub(crate) node: Node,
    of: PhantomData<fn() -> T>,
}

/// An untyped expression; [`crate::render`] is the only place that turns one into text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    /// A literal string; it is escaped when rendered.
    Text(Cow<'static, str>),
    Reference(Reference),
    /// The text of an expression, without `${}`.
    Raw(Box<Raw>),
    /// Strings joined.
    Concat(Vec<Node>),
    List(Vec<Node>),
    Map(Vec<(Cow<'static, str>, Node)>),
    /// Maps merged, later ones winning.
    Merge(Vec<Node>),
    /// `jsonencode(…)`.
    Json(Box<Node>),
    /// A part of what is no reference itself: `merge(…)["key"]`.
    Step(Box<Node>, String),
    /// `one(…)`.
    One(Box<Node>),
    /// What could not be made; placing reports why.
    Invalid(Invalid),
}

/// Why a value could not be made.
#[derive(Clone, Debug)]
pub(crate) struct Invalid(pub(crate) Arc<Error>);

impl PartialEq for Invalid {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raw {
    pub(crate) text: String,
    pub(crate) sensitive: bool,
}

/// An attribute of something placed in a stack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) anchor: Anchor,
    /// What follows the address: `.id`, `.ingress[0].from_port`.
    pub(crate) attribute: Cow<'static, str>,
    pub(crate) sensitive: bool,
}

/// What a reference points at: something placed at an address of one stack of one app.
///
/// Handles of resources hold one; it cannot be made except by placing.
#[derive(Clone, Debug)]
pub struct Anchor(pub(crate) Arc<Anchored>);

#[derive(Debug)]
pub(crate) struct Anchored {
    /// Which app, so that a reference of another one is recognised.
    pub(crate) app: u64,
    pub(crate) stack: u32,
    /// The how manieth of the stack's resources it is; `u32::MAX` for what is none.
    pub(crate) index: u32,
    pub(crate) address: Box<str>,
}

impl PartialEq for Anchor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Anchor {
    pub(crate) fn new(app: u64, stack: u32, index: usize, address: String) -> Self {
        Self(Arc::new(Anchored { app, stack, index: index as u32, address: address.into() }))
    }

    /// The Terraform address: `aws_subnet.core_public_a`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// A reference to the attribute of that name.
    pub fn attribute<T>(&self, name: &'static str) -> Value<T> {
        self.reference(Cow::Borrowed(name), false)
    }

    /// A reference to an attribute that Terraform keeps out of its output.
    pub fn sensitive<T>(&self, name: &'static str) -> Value<T> {
        self.reference(Cow::Borrowed(name), true)
    }

    pub(crate) fn reference<T>(&self, attribute: Cow<'static, str>, sensitive: bool) -> Value<T> {
        Value::of(Node::Reference(Reference { anchor: self.clone(), attribute, sensitive }))
    }
}

impl<T> Value<T> {
    pub(crate) fn of(node: Node) -> Self {
        Self { node, of: PhantomData }
    }

    /// No value: an optional argument is left out, a required one is an error when the resource is added.
    pub fn none() -> Self {
        Self::of(Node::Null)
    }

    /// A value that could not be made: placing it reports the error, with the path of the construct that holds it.
    ///
    /// Conversions into values have no `Result`, so that they can stand in setters; this is how they refuse.
    pub fn invalid(error: Error) -> Self {
        Self::of(Node::Invalid(Invalid(Arc::new(error))))
    }

    /// The text of a Terraform expression, without `${}`: `Value::raw("cidrhost(aws_vpc.core.cidr_block, 5)")`.
    ///
    /// It is written as it stands. Addresses in it that the stack does not have are errors of synthesis. Prefer typed
    /// references: they cannot dangle.
    pub fn raw(expression: impl Into<String>) -> Self {
        Self::of(Node::Raw(Box::new(Raw { text: expression.into(), sensitive: false })))
    }

    /// Like [`Value::raw`], for an expression whose value Terraform keeps out of its output.
    pub fn raw_sensitive(expression: impl Into<String>) -> Self {
        Self::of(Node::Raw(Box::new(Raw { text: expression.into(), sensitive: true })))
    }

    /// The same expression as another type, for the conversions that Terraform makes by itself (a number where a
    /// string is wanted). Nothing is checked.
    pub fn cast<U>(self) -> Value<U> {
        Value::of(self.node)
    }

    /// The same value as part of a document or an untyped argument.
    pub fn any(self) -> Value<Any> {
        self.cast()
    }

    /// Whether this is [`Value::none`].
    pub fn is_none(&self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// This value as it stands in Terraform JSON: literals escaped, references as `${…}`.
    pub fn to_json(&self) -> serde_json::Value {
        self.node.to_json()
    }

    /// Whether a part of it comes from a sensitive attribute.
    pub fn is_sensitive(&self) -> bool {
        self.node.is_sensitive()
    }

    /// The expression followed by `step`, which is `[0]`, `["key"]` or `.name`.
    fn step<U>(self, step: &str) -> Value<U> {
        Value::of(match self.node {
            Node::Reference(mut reference) => {
                reference.attribute.to_mut().push_str(step);
                Node::Reference(reference)
            }
            Node::Step(of, steps) => Node::Step(of, steps + step),
            node => Node::Step(Box::new(node), step.to_owned()),
        })
    }
}

impl Value<String> {
    /// A literal text, to join others to: `Value::text("arn:aws:s3:::") + name`.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Node::Text(text.into()))
    }

    /// The literal text, where this is one.
    pub fn literal(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the document that this is, where it is [`Value::json`] of one without references.
    pub fn literal_json(&self) -> Option<String> {
        match &self.node {
            Node::Json(document) if document.is_literal() => Some(document.to_document()),
            _ => None,
        }
    }

    /// `jsonencode` of a document; one without references is rendered as text right away.
    pub fn json(document: impl Into<Value<Any>>) -> Self {
        Self::of(Node::Json(Box::new(document.into().node)))
    }
}

impl<T> Value<List<T>> {
    /// A list, also an empty one.
    pub fn list(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Self {
        Self::of(nodes(elements))
    }

    /// The element at that index, counted from 0.
    pub fn index(self, index: usize) -> Value<T> {
        match self.node {
            Node::List(mut elements) if index < elements.len() => Value::of(elements.swap_remove(index)),
            node => Self::of(node).step(&format!("[{index}]")),
        }
    }
}

impl<T> Value<Set<T>> {
    /// A set, also an empty one.
    pub fn set(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Self {
        Self::of(nodes(elements))
    }

    /// The only element of a set that holds one.
    pub fn one(self) -> Value<T> {
        Value::of(Node::One(Box::new(self.node)))
    }
}

impl<T> Value<Map<T>> {
    /// A map, also an empty one. A key given twice is an error when it is placed.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, impl Into<Value<T>>)>) -> Self {
        Self::of(entry_nodes(entries))
    }

    /// The value under that key.
    pub fn key(self, key: &str) -> Value<T> {
        self.step(&format!("[{}]", Node::Text(key.to_owned().into()).to_expression()))
    }

    /// This map with `over` laid on it, whose keys win.
    #[must_use]
    pub fn merge(self, over: impl Into<Value<Map<T>>>) -> Self {
        Self::of(Node::Merge(vec![self.node, over.into().node]))
    }
}

impl Value<Object> {
    /// An object with these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value<Any>)>) -> Self {
        Self::of(entry_nodes(attributes))
    }

    /// The attribute of that name.
    pub fn attribute<T>(self, name: &str) -> Value<T> {
        self.step(&format!(".{name}"))
    }
}

pub(crate) fn nodes<T>(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Node {
    Node::List(elements.into_iter().map(|element| element.into().node).collect())
}

pub(crate) fn entry_nodes<T, K: Into<String>>(entries: impl IntoIterator<Item = (K, impl Into<Value<T>>)>) -> Node {
    Node::Map(entries.into_iter().map(|(key, value)| (Cow::Owned(key.into()), value.into().node)).collect())
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self::of(self.node.clone())
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.node.to_expression())
    }
}

impl<U: Into<Value<String>>> Add<U> for Value<String> {
    type Output = Self;

    /// Both texts, one after the other.
    fn add(self, right: U) -> Self {
        let mut parts = match self.node {
            Node::Concat(parts) => parts,
            node => vec![node],
        };
        match right.into().node {
            Node::Concat(further) => further.into_iter().for_each(|part| push_part(&mut parts, part)),
            node => push_part(&mut parts, node),
        }
        Self::of(if parts.len() == 1 { parts.remove(0) } else { Node::Concat(parts) })
    }
}

/// Adds a part, joining literals that meet: `$` + `{x}` must be escaped as the text it makes.
fn push_part(parts: &mut Vec<Node>, part: Node) {
    match (parts.last_mut(), part) {
        (Some(Node::Text(left)), Node::Text(right)) => left.to_mut().push_str(&right),
        (_, part) => parts.push(part),
    }
}
