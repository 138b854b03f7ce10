//! Tags: of another environment, or missing.

use serde_json::Value as Json;

use super::Guard;
use super::subject::{Node, Role, Subject, Text};
use super::violation::{Found, Violation, ViolationKind};

/// The arguments that are maps of tags, at any depth.
const MAPS: [&str; 3] = ["tags", "tags_all", "volume_tags"];

impl Guard {
    pub(super) fn check_tags(&self, subject: &Subject<'_>, found: &mut Found) {
        let Some(key) = &self.tag else { return };
        subject.nodes(&mut |node| {
            for tag in tags(&node, key) {
                if !self.is_own_tag(&tag, subject) && self.speaks_for_another(key, &tag, subject) {
                    found.add(self.foreign_tag(key, &tag, subject));
                }
            }
        });
        self.check_missing_tag(key, subject, found);
    }

    fn is_own_tag(&self, tag: &Text<'_>, subject: &Subject<'_>) -> bool {
        let is = |known: &String| known == tag.text;
        self.tag_values.iter().any(is) || subject.role == Role::Data && self.readable_tag_values.iter().any(is)
    }

    /// Whether a tag that is not the environment's makes a resource another one's.
    ///
    /// What a resource was tagged with before may be a former value of the environment's own. It is where the plan
    /// corrects it and the names are the environment's, and wherever the other environments are known to have others.
    fn speaks_for_another(&self, key: &str, tag: &Text<'_>, subject: &Subject<'_>) -> bool {
        let Role::Before(after) = subject.role else { return true };
        let is = |value: &String| value.eq_ignore_ascii_case(tag.text);
        if self.others.iter().any(|other| is(&other.name) || other.tag_values.iter().any(is)) {
            return true;
        }
        let corrected = ["tags", "tags_all"].into_iter().any(|map| {
            let value = after.get(map).and_then(|tags| tags.get(key)).and_then(Json::as_str);
            value.is_some_and(|value| self.tag_values.iter().any(|own| own == value))
        });
        self.others.is_empty() && !(corrected && self.has_own_names_alone(subject))
    }

    fn foreign_tag(&self, key: &str, tag: &Text<'_>, subject: &Subject<'_>) -> Violation {
        let value = tag.shown(tag.text);
        let or = match subject.role {
            Role::Before(_) => format!("take it out of this state: terraform state rm '{}'", subject.address),
            _ => "correct the tag".into(),
        };
        Violation::new(&subject.address, ViolationKind::ForeignTag, &tag.path, format!("{key} = {value:?}"))
            .expected(self.tag_shown(key))
            .remedy(format!("plan it with the program of {value:?}, or {or}"))
    }

    /// A type with `tags_all` can be tagged, and so can a group of instances, by blocks. What is only left over from
    /// before is judged by what else it has: else a plan that adds the tag could never be applied.
    fn check_missing_tag(&self, key: &str, subject: &Subject<'_>, found: &mut Found) {
        let Role::After(unknown) = subject.role else { return };
        let has = |object: &Json, map: &str, of: &dyn Fn(&Json) -> bool| object.get(map).is_some_and(of);
        let blocks = subject.value.get("tag").and_then(Json::as_array).into_iter().flatten();
        let mut blocks = blocks.filter(|block| block.get("key").is_some_and(|found| found == key));
        let tagged = blocks.any(|block| block.get("value").is_some_and(|value| !value.is_null()))
            || ["tags", "tags_all"]
                .into_iter()
                .any(|map| has(&subject.value, map, &|tags| tags.get(key).is_some_and(|value| !value.is_null())));
        if !subject.is_taggable() || tagged {
            return;
        }
        let late = ["tags", "tags_all"].into_iter().any(|map| {
            has(unknown, map, &|tags| *tags == Json::Bool(true) || tags.get(key) == Some(&Json::Bool(true)))
        }) || unknown.get("tag").is_some_and(|marks| block_is_late(&subject.value, marks, key));
        let (what, remedy) = match late {
            true => ("it is known only after applying", "give it a literal value"),
            false => ("there is none", "tag it in the program: mandatory tags stand on every resource"),
        };
        found.add(
            Violation::new(&subject.address, ViolationKind::MissingTag, &format!("tags.{key}"), what)
                .expected(self.tag_shown(key))
                .remedy(remedy),
        );
    }

    fn tag_shown(&self, key: &str) -> String {
        let values: Vec<String> = self.tag_values.iter().map(|value| format!("{value:?}")).collect();
        format!("{key} = {}", values.join(" or "))
    }
}

/// Whether one of the `tag` blocks may be that of the key, or is, and has a value that is known only after applying.
fn block_is_late(value: &Json, marks: &Json, key: &str) -> bool {
    let is_unknown = |marks: &Json, name: &str| marks.get(name) == Some(&Json::Bool(true));
    let Json::Array(marks) = marks else { return *marks == Json::Bool(true) };
    marks.iter().enumerate().any(|(index, marks)| {
        let found = value.get("tag").and_then(|blocks| blocks.get(index)?.get("key")?.as_str());
        *marks == Json::Bool(true) || is_unknown(marks, "key") || found == Some(key) && is_unknown(marks, "value")
    })
}

/// Every tag of that key in a value: in maps of tags, in `tag` blocks with a key and a value, and in filters of data
/// sources.
fn tags<'a>(node: &Node<'a>, key: &str) -> Vec<Text<'a>> {
    let mut tags: Vec<_> = MAPS.iter().filter_map(|map| node.text(&[map, key])).collect();
    if node.text(&["key"]).is_some_and(|found| found.text == key) {
        tags.extend(node.text(&["value"]));
    }
    if node.text(&["name"]).and_then(|name| name.text.strip_prefix("tag:")) == Some(key) {
        tags.extend(node.texts("values"));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::borrow::Cow;

    #[test]
    fn tags_are_found_wherever_types_have_them() {
        let foreign = json!({"Environment": "prod"});
        for (value, path) in [
            (json!({"tags": foreign}), "tags.Environment"),
            (json!({"tags_all": foreign}), "tags_all.Environment"),
            (json!({"volume_tags": foreign}), "volume_tags.Environment"),
            (json!({"root_block_device": [{"tags": foreign}]}), "root_block_device[0].tags.Environment"),
            (json!({"tag_specifications": [{"tags": foreign}]}), "tag_specifications[0].tags.Environment"),
            (json!({"tag": [{"key": "Environment", "value": "prod", "propagate_at_launch": true}]}), "tag[0].value"),
            (json!({"key": "Environment", "value": "prod"}), "value"),
            (json!({"default_tags": [{"tags": foreign}]}), "default_tags[0].tags.Environment"),
            (json!({"filter": [{"name": "tag:Environment", "values": ["prod"]}]}), "filter[0].values[0]"),
        ] {
            let subject = Subject {
                address: "x".into(),
                terraform_type: "x",
                role: Role::Data,
                value: Cow::Owned(value),
                sensitive: &Json::Null,
            };
            let mut seen = Vec::new();
            subject.nodes(&mut |node| {
                seen.extend(tags(&node, "Environment").into_iter().map(|tag| format!("{} {}", tag.path, tag.text)));
            });
            assert_eq!(seen, [format!("{path} prod")]);
        }
    }
}
