//! Arguments that look like blocks but are attributes: every member must be spelled out.

use std::borrow::Cow;

use crate::depth::Depth;
use crate::value::{Node, Value};

/// The members of an argument of object type, all of them written, unset ones as `null`.
///
/// Generated types wrap one.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectBody {
    members: Vec<(Cow<'static, str>, Node)>,
    depth: Depth,
}

impl ObjectBody {
    /// An object whose members are all unset.
    pub fn new(members: &[&'static str]) -> Self {
        let members = members.iter().map(|member| (Cow::Borrowed(*member), Node::Null)).collect();
        Self { members, depth: Depth::FLAT }
    }

    /// Sets a member.
    #[must_use]
    pub fn set<T>(mut self, member: &'static str, value: impl Into<Value<T>>) -> Self {
        let node = self.depth.take(value.into());
        match self.members.iter_mut().find(|(name, _)| name == member) {
            Some((_, known)) => *known = node,
            None => self.members.push((member.into(), node)),
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
        let ObjectBody { members, depth } = object.into_object();
        Self::nested(Node::Map(members), depth.below())
    }
}
