//! Arguments that look like blocks but are attributes: every member must be spelled out.

use std::borrow::Cow;

use crate::value::{Node, Value};

/// The members of an argument of object type, all of them written, unset ones as `null`.
///
/// Generated types wrap one.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectBody(Vec<(Cow<'static, str>, Node)>);

impl ObjectBody {
    /// An object whose members are all unset.
    pub fn new(members: &[&'static str]) -> Self {
        Self(members.iter().map(|member| (Cow::Borrowed(*member), Node::Null)).collect())
    }

    /// Sets a member.
    #[must_use]
    pub fn set<T>(mut self, member: &'static str, value: impl Into<Value<T>>) -> Self {
        let node = value.into().node;
        match self.0.iter_mut().find(|(name, _)| name == member) {
            Some((_, known)) => *known = node,
            None => self.0.push((member.into(), node)),
        }
        self
    }
}

/// A generated type of object arguments.
pub trait ObjectType {
    /// Its members.
    fn into_object(self) -> ObjectBody;
}

impl<O: ObjectType> From<O> for Value<O> {
    fn from(object: O) -> Self {
        Self::of(Node::Map(object.into_object().0))
    }
}
