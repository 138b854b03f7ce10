//! The tags of one resource.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::facts::TagRule;
use crate::tags::{Tag, TagSet, TagText, Tags};
use crate::template::escape_template;
use crate::value::Node;

/// The tags of one resource: those of its place, its own over them, and maps of which only Terraform knows the keys.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TagMap {
    place: Arc<TagSet>,
    own: Vec<Tag>,
    /// Maps whose keys are known only to Terraform, the last winning. Every tag that is known wins over them: what another
    /// resource carries must not replace what this one is given.
    expressions: Vec<Node>,
    /// The tag that holds the name where nothing else gives one.
    name: Option<Tag>,
}

impl TagMap {
    /// The tags of a resource whose own `tags` argument is `given`.
    pub(crate) fn new(place: Arc<TagSet>, given: Option<Node>, name: Option<(&'static str, TagText)>) -> Self {
        let mut own = Tags::new();
        let mut expressions = Vec::new();
        given.into_iter().for_each(|node| take_apart(node, &mut own, &mut expressions));
        let mut map = Self { place, own: own.sorted().tags, expressions, name: None };
        map.name = name.filter(|(key, _)| !map.contains(key)).map(|(key, text)| (key.into(), text));
        map
    }

    /// The first breach of the cloud's limits.
    pub(crate) fn breach(&self, rule: &'static TagRule) -> Option<Error> {
        if let Some(error) = self.place.breach(rule) {
            return Some(error);
        }
        if let Some(error) = self.own.iter().chain(&self.name).find_map(|tag| rule.breach(tag)) {
            return Some(error);
        }
        if let Some(error) = rule.same_key(self.literals().map(|(key, _)| key.as_ref())) {
            return Some(error);
        }
        rule.too_many(self.literals().count())
    }

    /// Whether the key is there for certain.
    pub(crate) fn contains(&self, key: &str) -> bool {
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
        let known = self.literals().map(|(key, text)| (Cow::Owned(key.as_ref().to_owned()), text.to_node()));
        let known = Node::Map(known.collect());
        match self.expressions.is_empty() {
            true => known,
            false => Node::Merge(self.expressions.iter().cloned().chain([known]).collect()),
        }
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

    /// The tags of its place, which many resources share.
    pub(crate) fn place(&self) -> &Arc<TagSet> {
        &self.place
    }

    /// The texts that it does not share: keys and literal values.
    pub(crate) fn own_texts(&self) -> impl Iterator<Item = &str> {
        self.own.iter().chain(&self.name).flat_map(texts)
    }

    pub(crate) fn has_expressions(&self) -> bool {
        !self.expressions.is_empty()
    }
}

/// The key of a tag, and its value where it is a literal.
pub(crate) fn texts(tag: &Tag) -> impl Iterator<Item = &str> {
    std::iter::once(tag.0.as_ref()).chain(tag.1.literal())
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

/// Sorts what is given as tags into those whose keys are known and maps of Terraform's.
fn take_apart(given: Node, own: &mut Tags, expressions: &mut Vec<Node>) {
    match given {
        Node::Null => {}
        Node::Map(entries) => entries.into_iter().for_each(|(key, node)| own.put(key.as_ref().into(), node.into())),
        Node::Merge(maps) => maps.into_iter().for_each(|map| take_apart(map, own, expressions)),
        expression => expressions.push(expression),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn what_is_known_wins_over_expressions() {
        let other: Value<crate::Map<String>> = Anchor::new(0, 0, 0, "aws_vpc.x".into()).attribute("tags_all");
        check(
            TagMap::new(place(&[("a", "1")]), Some(other.node), name()),
            r#""${merge(aws_vpc.x.tags_all, {\"Name\" = \"n\", \"a\" = \"1\"})}""#,
        );
    }

    #[test]
    fn what_is_merged_with_an_expression_counts_like_any_tag() {
        let other: Value<crate::Map<String>> = Anchor::new(0, 0, 0, "aws_vpc.x".into()).attribute("tags_all");
        let given = |key: &str| other.clone().merge([(key, "1")]);
        check(
            TagMap::new(place(&[("a", "1")]), Some(given("Name").node), name()),
            r#""${merge(aws_vpc.x.tags_all, {\"Name\" = \"1\", \"a\" = \"1\"})}""#,
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
