//! The tags of one resource.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::facts::TagRule;
use crate::render::escape_template;
use crate::tags::{Tag, TagSet, TagText};
use crate::value::Node;

/// The tags of one resource: those of its place, its own over them, and expressions that are merged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TagMap {
    place: Arc<TagSet>,
    own: Vec<Tag>,
    /// Maps of which some are known only to Terraform, the nearest last; their keys win over the place's.
    expressions: Vec<Node>,
    /// The tag that holds the name where nothing else gives one.
    name: Option<Tag>,
}

impl TagMap {
    /// The tags of a resource whose own `tags` argument is `given`.
    pub(crate) fn new(place: Arc<TagSet>, given: Option<Node>, name: Option<(&'static str, TagText)>) -> Self {
        let (own, expressions) = match given {
            Some(Node::Map(entries)) => {
                let tags = entries.into_iter().map(|(key, node)| (key.as_ref().into(), node.into()));
                (TagSet::sorted(tags.collect()).tags, Vec::new())
            }
            Some(Node::Null) | None => (Vec::new(), Vec::new()),
            Some(Node::Merge(maps)) => (Vec::new(), maps),
            Some(expression) => (Vec::new(), vec![expression]),
        };
        let mut map = Self { place, own, expressions, name: None };
        map.name = name.filter(|(key, _)| !map.contains(key)).map(|(key, text)| (key.into(), text));
        map
    }

    /// The entries of its expressions whose keys are known.
    fn merged(&self) -> impl Iterator<Item = &(Cow<'static, str>, Node)> {
        self.expressions.iter().flat_map(|node| match node {
            Node::Map(entries) => entries.as_slice(),
            _ => &[],
        })
    }

    /// The first breach of the cloud's limits.
    pub(crate) fn breach(&self, rule: &'static TagRule) -> Option<Error> {
        if let Some(error) = self.place.breach(rule) {
            return Some(error);
        }
        if let Some(error) = self.own.iter().chain(&self.name).find_map(|tag| rule.breach(tag)) {
            return Some(error);
        }
        let merged = self.merged().map(|(key, node)| (key.as_ref().into(), TagText::from(node.clone())));
        if let Some(error) = merged.into_iter().find_map(|tag| rule.breach(&tag)) {
            return Some(error);
        }
        let keys = self.literals().map(|(key, _)| key.as_ref()).chain(self.merged().map(|(key, _)| key.as_ref()));
        if let Some(error) = rule.same_key(keys) {
            return Some(error);
        }
        let own = self.own.iter().filter(|(key, _)| !self.place.contains(key)).count() + self.name.iter().count();
        let merged = self.merged().filter(|(key, _)| !self.is_literal(key)).count();
        let count = self.place.tags.len() + own + merged;
        rule.too_many(count)
    }

    /// Whether the key is there for certain.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.is_literal(key) || self.merged().any(|(known, _)| known == key)
    }

    fn is_literal(&self, key: &str) -> bool {
        self.place.contains(key) || self.own.iter().chain(&self.name).any(|(known, _)| &**known == key)
    }

    /// The value of a key, where it is known.
    pub(crate) fn get(&self, key: &str) -> Option<Node> {
        self.literals().find(|(known, _)| known.as_ref() == key).map(|(_, text)| text.to_node())
    }

    /// Every tag whose key is known, sorted by key, the nearest of each.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &Tag> {
        let mut place = self.place.tags.iter().peekable();
        let mut own = self.own.iter().peekable();
        let mut name = self.name.as_ref();
        std::iter::from_fn(move || {
            let next = match (place.peek(), own.peek()) {
                (Some(outer), Some(nearer)) => match outer.0.cmp(&nearer.0) {
                    Ordering::Less => place.peek(),
                    Ordering::Equal => {
                        place.next();
                        own.peek()
                    }
                    Ordering::Greater => own.peek(),
                },
                (Some(_), None) => place.peek(),
                (None, _) => own.peek(),
            }
            .copied();
            if let Some(named) = name.filter(|named| next.is_none_or(|next| named.0 < next.0)) {
                name = None;
                return Some(named);
            }
            let next = next?;
            if place.peek().is_some_and(|outer| std::ptr::eq(*outer, next)) { place.next() } else { own.next() }
        })
    }

    /// As an ordinary expression.
    pub(crate) fn to_node(&self) -> Node {
        let literals = |tags: &mut dyn Iterator<Item = &Tag>| {
            Node::Map(tags.map(|(key, text)| (Cow::Owned(key.as_ref().to_owned()), text.to_node())).collect())
        };
        if self.expressions.is_empty() {
            return literals(&mut self.literals());
        }
        // An expression such as another resource's tags_all has that one's name in it; ours comes last.
        let name = self.name.as_ref();
        let mut maps = vec![literals(&mut self.literals().filter(|tag| name.is_none_or(|name| name.0 != tag.0)))];
        maps.extend(self.expressions.iter().cloned());
        maps.extend(name.map(|name| literals(&mut std::iter::once(name))));
        Node::Merge(maps)
    }

    /// Every expression in it, with the key of those that are the value of a tag.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (Option<&str>, &Node)> {
        let tags = self.place.tags.iter().chain(&self.own).chain(&self.name);
        let values = tags.filter_map(|(key, text)| match text {
            TagText::Literal(_) => None,
            TagText::Expression(node) => Some((Some(key.as_ref()), node)),
        });
        values.chain(self.expressions.iter().map(|node| (None, node)))
    }

    pub(crate) fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        self.nodes().for_each(|(_, node)| node.visit(see));
    }

    pub(crate) fn has_expressions(&self) -> bool {
        !self.expressions.is_empty()
    }
}

impl Serialize for TagMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.has_expressions() {
            return self.to_node().serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        for (key, text) in self.literals() {
            map.serialize_entry(&*escape_template(key), text)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::Tags;
    use crate::value::{Anchor, Value};

    static RULE: TagRule = TagRule {
        max_tags: 3,
        few: false,
        max_key: 5,
        max_value: 6,
        min_value: 0,
        specials: " +-=._:/@",
        key_specials: " +-=._:/@",
        ascii: false,
        ascii_keys: false,
        ignores_case: false,
        reserved: "aws:",
    };

    fn place(tags: &[(&str, &str)]) -> Arc<TagSet> {
        Arc::new(TagSet::default().with(&tags.iter().copied().collect(), &[]))
    }

    fn own(tags: &[(&str, &str)]) -> Option<Node> {
        Some(Value::<crate::Map<String>>::map(tags.iter().copied()).node)
    }

    fn name() -> Option<(&'static str, TagText)> {
        Some(("Name", TagText::Literal("n".into())))
    }

    #[track_caller]
    fn check(map: TagMap, json: &str) {
        assert_eq!(serde_json::to_string(&map).unwrap(), json);
    }

    #[test]
    fn nearest_wins_and_keys_are_sorted() {
        check(
            TagMap::new(place(&[("b", "1"), ("Z", "1"), ("z", "1")]), own(&[("b", "2"), ("a", "2")]), name()),
            r#"{"Name":"n","Z":"1","a":"2","b":"2","z":"1"}"#,
        );
        check(TagMap::new(place(&[]), None, name()), r#"{"Name":"n"}"#);
        check(TagMap::new(place(&[("Name", "mine")]), None, name()), r#"{"Name":"mine"}"#);
        check(TagMap::new(place(&[("a", "1")]), own(&[("Name", "${x}")]), name()), r#"{"Name":"$${x}","a":"1"}"#);
    }

    #[test]
    fn expressions_are_merged_and_keep_our_name() {
        let other: Value<crate::Map<String>> = Anchor::new(0, 0, 0, "aws_vpc.x".into()).attribute("tags_all");
        check(
            TagMap::new(place(&[("a", "1")]), Some(other.node), name()),
            r#""${merge({\"a\" = \"1\"}, aws_vpc.x.tags_all, {\"Name\" = \"n\"})}""#,
        );
    }

    #[test]
    fn what_is_merged_with_an_expression_counts_like_any_tag() {
        let other: Value<crate::Map<String>> = Anchor::new(0, 0, 0, "aws_vpc.x".into()).attribute("tags_all");
        let given = |key: &str| other.clone().merge([(key, "1")]);
        check(
            TagMap::new(place(&[("a", "1")]), Some(given("Name").node), name()),
            r#""${merge({\"a\" = \"1\"}, aws_vpc.x.tags_all, {\"Name\" = \"1\"})}""#,
        );
        assert!(TagMap::new(place(&[]), Some(given("b").node), None).contains("b"));
        let error = TagMap::new(place(&[]), Some(given("aws:b").node), None).breach(&RULE).unwrap().to_string();
        assert!(error.contains("reserved"), "{error}");
    }

    #[test]
    fn tags_can_be_taken_out() {
        let set = place(&[("a", "1"), ("b", "1")]).with(&Tags::from([("c", "1")]), &["a".to_owned()]);
        check(TagMap::new(Arc::new(set), None, None), r#"{"b":"1","c":"1"}"#);
    }

    #[test]
    fn limits_are_checked() {
        for (tags, what) in [
            (&[("AWS:a", "1")][..], "reserved"),
            (&[("", "1")], "0 characters"),
            (&[("abcdef", "1")], "6 characters"),
            (&[("a", "1234567")], "7 characters"),
            (&[("a!", "1")], "'!'"),
            (&[("a", "$")], "'$'"),
            (&[("a", "1"), ("b", "1"), ("c", "1")], "4 tags"),
        ] {
            for map in [TagMap::new(place(tags), None, name()), TagMap::new(place(&[]), own(tags), name())] {
                let error = map.breach(&RULE).unwrap().to_string();
                assert!(error.contains(what), "{error}");
            }
        }
        assert!(TagMap::new(place(&[("ü/", "a b")]), None, name()).breach(&RULE).is_none());
    }
}
