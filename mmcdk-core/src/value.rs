//! Typed Terraform expressions: literals, references, and what mixes them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Add;
use std::sync::Arc;

use crate::depth::Depth;
use crate::error::Error;
use crate::scan::Expression as Scanned;

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
/// and [`Value::raw`] become templates. A literal that looks as if it were meant to be a reference is a warning of
/// synthesis. Terraform normalizes all text to Unicode NFC; a literal that this changes is a warning too.
///
/// Values do not implement `Display`. To put a reference into a text, add it: `Value::text("arn:") + name`. `Debug` output
/// in a literal is an error of synthesis. Arguments take `impl Into<Value<T>>`: plain Rust values, references, lists and
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
    pub(crate) depth: Depth,
    of: PhantomData<fn() -> T>,
}

/// An untyped expression; [`crate::render`] is the only place that turns one into text.
///
/// Its depth is limited where values are put together ([`Depth`]), so code may recurse over it.
#[derive(Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    /// A literal string; it is escaped when rendered.
    Text(Cow<'static, str>),
    Reference(Reference),
    /// A reference that stands bare, without `${}`, as meta-arguments want it.
    Address(Reference),
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

#[derive(Clone, PartialEq)]
pub(crate) struct Raw {
    pub(crate) text: Scanned,
    pub(crate) sensitive: bool,
}

/// An attribute of something placed in a stack.
#[derive(Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) anchor: Anchor,
    /// What follows the address: `.id`, `.ingress[0].from_port`.
    pub(crate) attribute: Cow<'static, str>,
    pub(crate) sensitive: bool,
}

/// What a reference points at: something placed at an address of one stack of one app.
///
/// Handles of resources hold one; it cannot be made except by placing.
#[derive(Clone)]
pub struct Anchor(pub(crate) Arc<Anchored>);

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

impl Node {
    /// The text of a literal.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<T> Value<T> {
    /// A value without parts, or one whose parts are not nested deeper than a single level.
    pub(crate) fn of(node: Node) -> Self {
        Self::nested(node, Depth::FLAT)
    }

    /// A value whose parts are nested to that depth; too deep a one becomes invalid.
    pub(crate) fn nested(node: Node, depth: Depth) -> Self {
        match depth.check() {
            Ok(()) => Self { node, depth, of: PhantomData },
            Err(error) => Self::invalid(error),
        }
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
    /// It is written as it stands. Addresses in it that the stack certainly does not have are errors of synthesis: `var.`,
    /// `local.`, and resources and data sources of the providers that the stack requires. What a file of your own
    /// declares is made known by [`Scope::declare`](crate::Scope::declare). Prefer typed references: they cannot dangle.
    ///
    /// A template with text around it is an expression in quotes: `Value::raw("\"${var.stage}-queue\"")`.
    pub fn raw(expression: impl Into<String>) -> Self {
        Self::scanned(Scanned::new(expression.into()), false)
    }

    /// Like [`Value::raw`], for an expression whose value Terraform keeps out of its output.
    pub fn raw_sensitive(expression: impl Into<String>) -> Self {
        Self::scanned(Scanned::new(expression.into()), true)
    }

    /// Like [`Value::raw`], but nothing in the expression is checked.
    pub fn raw_unchecked(expression: impl Into<String>) -> Self {
        Self::of(Node::Raw(Box::new(Raw { text: Scanned::unchecked(expression.into()), sensitive: false })))
    }

    fn scanned(text: Scanned, sensitive: bool) -> Self {
        match text.fault() {
            Some(error) => Self::invalid(error),
            None => Self::of(Node::Raw(Box::new(Raw { text, sensitive }))),
        }
    }

    /// The same expression as another type, for the conversions that Terraform makes by itself (a number where a
    /// string is wanted). Nothing is checked.
    pub fn cast<U>(self) -> Value<U> {
        Value { node: self.node, depth: self.depth, of: PhantomData }
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
        match self.node {
            Node::Reference(mut reference) => {
                reference.attribute.to_mut().push_str(step);
                Value::of(Node::Reference(reference))
            }
            Node::Step(of, steps) => Value::nested(Node::Step(of, steps + step), self.depth),
            node => Value::nested(Node::Step(Box::new(node), step.to_owned()), self.depth.below()),
        }
    }
}

impl Value<String> {
    /// A literal text, to join others to: `Value::text("arn:aws:s3:::") + name`.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Node::Text(text.into()))
    }

    /// The literal text, where this is one.
    pub fn literal(&self) -> Option<&str> {
        self.node.literal()
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
        let document = document.into();
        // A document in a document is escaped once more, so its text grows with a power of its depth.
        Self::nested(Node::Json(Box::new(document.node)), document.depth.below_document())
    }
}

impl<T> Value<List<T>> {
    /// A list, also an empty one.
    pub fn list(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Self {
        sequence(elements)
    }

    /// The element at that index, counted from 0.
    pub fn index(self, index: usize) -> Value<T> {
        match self.node {
            Node::List(mut elements) if index < elements.len() => {
                Value::nested(elements.swap_remove(index), self.depth)
            }
            node => Self::nested(node, self.depth).step(&format!("[{index}]")),
        }
    }
}

impl<T> Value<Set<T>> {
    /// A set, also an empty one.
    pub fn set(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Self {
        sequence(elements)
    }

    /// The only element of a set that holds one.
    pub fn one(self) -> Value<T> {
        Value::nested(Node::One(Box::new(self.node)), self.depth.below())
    }
}

impl<T> Value<Map<T>> {
    /// A map, also an empty one. A key given twice is an error when it is placed.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, impl Into<Value<T>>)>) -> Self {
        mapping(entries)
    }

    /// The value under that key.
    pub fn key(self, key: &str) -> Value<T> {
        self.step(&format!("[{}]", Node::Text(key.to_owned().into()).to_expression()))
    }

    /// This map with `over` laid on it, whose keys win.
    #[must_use]
    pub fn merge(self, over: impl Into<Value<Map<T>>>) -> Self {
        // merge(merge(a, b), c) is merge(a, b, c).
        let (mut maps, depth) = match self.node {
            Node::Merge(maps) => (maps, self.depth),
            node => (vec![node], self.depth.below()),
        };
        let over = over.into();
        let (further, further_depth) = match over.node {
            Node::Merge(further) => (further, over.depth),
            node => (vec![node], over.depth.below()),
        };
        maps.extend(further);
        Self::nested(Node::Merge(maps), depth.or(further_depth))
    }
}

impl Value<Object> {
    /// An object with these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value<Any>)>) -> Self {
        mapping(attributes)
    }

    /// The attribute of that name.
    pub fn attribute<T>(self, name: &str) -> Value<T> {
        self.step(&format!(".{name}"))
    }
}

/// A list or set of these elements.
pub(crate) fn sequence<T, S>(elements: impl IntoIterator<Item = impl Into<Value<T>>>) -> Value<S> {
    let mut depth = Depth::FLAT;
    let nodes = elements.into_iter().map(|element| depth.take(element.into())).collect();
    Value::nested(Node::List(nodes), depth.below())
}

/// A map or object with these entries.
pub(crate) fn mapping<T, K: Into<String>, M>(entries: impl IntoIterator<Item = (K, impl Into<Value<T>>)>) -> Value<M> {
    let mut depth = Depth::FLAT;
    let nodes = entries.into_iter().map(|(key, value)| (Cow::Owned(key.into()), depth.take(value.into()))).collect();
    Value::nested(Node::Map(nodes), depth.below())
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), depth: self.depth, of: PhantomData }
    }
}

impl<T> PartialEq for Value<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl<U: Into<Value<String>>> Add<U> for Value<String> {
    type Output = Self;

    /// Both texts, one after the other.
    fn add(self, right: U) -> Self {
        let (mut parts, depth) = match self.node {
            Node::Concat(parts) => (parts, self.depth),
            node => (vec![node], self.depth.below()),
        };
        let right = right.into();
        let (further, further_depth) = match right.node {
            Node::Concat(further) => (further, right.depth),
            node => (vec![node], right.depth.below()),
        };
        further.into_iter().for_each(|part| push_part(&mut parts, part));
        let node = if parts.len() == 1 { parts.remove(0) } else { Node::Concat(parts) };
        Self::nested(node, depth.or(further_depth))
    }
}

/// Adds a part, joining literals that meet: `$` + `{x}` must be escaped as the text it makes.
fn push_part(parts: &mut Vec<Node>, part: Node) {
    match (parts.last_mut(), part) {
        (Some(Node::Text(left)), Node::Text(right)) => left.to_mut().push_str(&right),
        (_, part) => parts.push(part),
    }
}
