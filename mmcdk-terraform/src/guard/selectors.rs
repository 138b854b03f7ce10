//! Tags that select what something reaches: conditions of policies, filters, targets, and what stands in scripts.

use serde_json::{Map, Value as Json};

/// How a tag of the key stands in an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// A tag of the resource, or a map or block that is shaped like one.
    Tag,
    /// It selects by the tag: a filter, a target, a condition of a policy.
    Selector,
    /// Something is called like the tag, such as a variable of a function.
    Namesake,
}

/// Every value that stands beside the tag's key in an object, with the members that lead to it.
///
/// `within` is the nearest name around the object: the argument, the block, or the operator of a condition.
pub(super) fn in_object<'j>(
    members: &'j Map<String, Json>,
    key: &str,
    within: &str,
    see: &mut dyn FnMut(Form, &'j str, &'j Json),
) {
    let mut named = None;
    for (name, member) in members {
        // A map of tags, or of conditions: "aws:ResourceTag/Environment", "tag:Environment".
        if name == key {
            see(if is_about_tags(within) { Form::Tag } else { Form::Namesake }, name, member);
        } else if selects(name, key) && !within.to_ascii_lowercase().starts_with("null") {
            see(Form::Selector, name, member);
        }
        // A block with a key and a value: { key = "tag:Environment", values = ["prod"] }.
        let Json::String(text) = member else { continue };
        let names_key = ends_with(name, "key") || name.eq_ignore_ascii_case("name");
        if text == key && names_key {
            let plain = name.eq_ignore_ascii_case("name") && !is_about_tags(within);
            named = Some(if plain { Form::Namesake } else { Form::Tag });
        } else if selects(text, key) && !name.eq_ignore_ascii_case("value") {
            named = Some(Form::Selector);
        }
    }
    let Some(form) = named else { return };
    let values = members.iter().filter(|(name, _)| ends_with(name, "value") || ends_with(name, "values"));
    values.for_each(|(name, value)| see(form, name, value));
}

/// `tag:Environment`, `aws:ResourceTag/Environment`. The keys of conditions have no case.
fn selects(text: &str, key: &str) -> bool {
    let Some(at) = text.len().checked_sub(key.len()) else { return false };
    let (Some(before), Some(end)) = (text.get(..at), text.get(at..)) else { return false };
    match before.chars().next_back() {
        Some('/') => end.eq_ignore_ascii_case(key) && ends_with(before, "tag/"),
        Some(':') => end == key && (before == "tag:" || before == "user:"),
        Some('.') => end == key && (ends_with(before, "tag.") || ends_with(before, "tags.")),
        _ => false,
    }
}

/// `tags`, `target_tags`, `tag_filter`, `ResourceTag`; not `stage`.
fn is_about_tags(name: &str) -> bool {
    let is_start = name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("tag"));
    let is_end = ["_tag", "tags", "Tag"].into_iter().any(|end| name.ends_with(end));
    is_start || is_end || name.contains("_tag") || name.contains("Tag") || name.is_empty()
}

fn ends_with(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len()).and_then(|at| text.get(at..));
    start.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// A value that follows the tag's key in a text, such as a script or a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mention<'t> {
    pub(super) value: &'t str,
    /// Whether the text says that it is about a tag: `tag:Environment=prod`, and not `Environment=prod`.
    pub(super) is_tag: bool,
}

/// How many values may follow one key: `Values=prod,staging`.
const VALUES: usize = 8;

/// What may stand between a key and its value, at most so many characters of it.
const BETWEEN: usize = 24;

/// Calls `see` with every value that follows the tag's key in a text.
pub(super) fn in_text<'t>(text: &'t str, key: &str, see: &mut dyn FnMut(Mention<'t>)) {
    // Most texts do not even have the first letter.
    if !key.bytes().next().is_some_and(|first| text.as_bytes().contains(&first)) {
        return;
    }
    for (start, _) in text.match_indices(key) {
        let (before, after) = (&text[..start], &text[start + key.len()..]);
        let goes_on = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
        if after.starts_with(goes_on) || before.ends_with(goes_on) {
            continue;
        }
        let is_tag = tells_of_tag(before);
        let mut rest = skip(after);
        for word in ["values", "value"] {
            let tail = rest.get(word.len()..).unwrap_or_default();
            if rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                && !tail.starts_with(goes_on)
            {
                rest = skip(tail);
                break;
            }
        }
        for _ in 0..VALUES {
            let part = |character: char| character.is_alphanumeric() || "_.:/@+-".contains(character);
            let length = rest.find(|character| !part(character)).unwrap_or(rest.len());
            let value = rest[..length].trim_end_matches(['.', ':']);
            if value.is_empty() {
                break;
            }
            see(Mention { value, is_tag });
            let quoted = rest[length..].trim_start_matches(['"', '\'', '\\']);
            let Some(more) = quoted.strip_prefix(',') else { break };
            rest = more.trim_start_matches([' ', '"', '\'', '\\']);
        }
    }
}

/// What follows the separators between a key and a value.
fn skip(text: &str) -> &str {
    let between = |character: &(usize, char)| " \t\r\n\"'\\=:,$>~[](){}-".contains(character.1);
    let skipped = text.char_indices().take(BETWEEN).take_while(between).last();
    skipped.map_or(text, |(at, character)| &text[at + character.len_utf8()..])
}

fn tells_of_tag(before: &str) -> bool {
    let before = before.trim_end_matches(['"', '\'', '\\', ' ']);
    ["tag:", "tag/", "tag.", "tags.", "user:", "key=", "key:", "key\":", "key\\\":", "tags="]
        .into_iter()
        .any(|marker| ends_with(before, marker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_and_a_value_are_found_in_every_shape() {
        for (object, within, expected) in [
            (json!({"Environment": "prod"}), "target_tags", Some(Form::Tag)),
            (json!({"Environment": "prod"}), "tags", Some(Form::Tag)),
            (json!({"Environment": "prod"}), "resource_tags", Some(Form::Tag)),
            (json!({"Environment": "prod"}), "variables", Some(Form::Namesake)),
            (json!({"Environment": "prod"}), "stage", Some(Form::Namesake)),
            (json!({"key": "tag:Environment", "values": "prod"}), "targets", Some(Form::Selector)),
            (json!({"name": "tag:Environment", "values": "prod"}), "filter", Some(Form::Selector)),
            (json!({"key": "Environment", "value": "prod", "type": "STRINGEQUALS"}), "selection_tag", Some(Form::Tag)),
            (json!({"Key": "Environment", "Values": "prod"}), "TagFilters", Some(Form::Tag)),
            (json!({"tag_key": "Environment", "tag_value": "prod"}), "scope", Some(Form::Tag)),
            (json!({"resource_tag_key": "Environment", "resource_tag_value": "prod"}), "x", Some(Form::Tag)),
            (json!({"key": "aws:ResourceTag/Environment", "value": "prod"}), "string_equals", Some(Form::Selector)),
            (json!({"aws:ResourceTag/Environment": "prod"}), "StringEquals", Some(Form::Selector)),
            (json!({"ec2:resourcetag/environment": "prod"}), "StringLike", Some(Form::Selector)),
            (json!({"aws:PrincipalTag/Environment": "prod"}), "StringEquals", Some(Form::Selector)),
            (json!({"tag:Environment": "prod"}), "filters", Some(Form::Selector)),
            (
                json!({"test": "StringEquals", "variable": "aws:ResourceTag/Environment", "values": "prod"}),
                "condition",
                Some(Form::Selector),
            ),
            (json!({"name": "Environment", "value": "prod"}), "environment", Some(Form::Namesake)),
            // Whether there is such a tag, not which.
            (json!({"aws:ResourceTag/Environment": "prod"}), "Null", None),
            (json!({"aws:ResourceTag/EnvironmentType": "prod"}), "StringEquals", None),
            (json!({"key": "MyEnvironment", "value": "prod"}), "tag", None),
            (json!({"key": "tag:environment", "values": "prod"}), "targets", None),
        ] {
            let mut found = None;
            in_object(object.as_object().unwrap(), "Environment", within, &mut |form, _, value| {
                assert_eq!(value, "prod", "{object}");
                found = Some(form);
            });
            assert_eq!(found, expected, "{object} in {within}");
        }
    }

    #[test]
    fn a_value_that_follows_a_key_is_found_in_texts() {
        for (text, expected) in [
            ("aws ec2 describe-instances --filters Name=tag:Environment,Values=prod", &[("prod", true)][..]),
            ("--filters 'Name=tag:Environment,Values=prod,staging'", &[("prod", true), ("staging", true)]),
            ("--resource-tags Key=Environment,Value=prod", &[("prod", true)]),
            (r#"{\"Key\": \"Environment\", \"Values\": [\"prod\", \"qa\"]}"#, &[("prod", true), ("qa", true)]),
            ("- Key: Environment\n  Value: prod\n", &[("prod", true)]),
            ("user:Environment$prod", &[("prod", true)]),
            ("tag:Environment=us-east-1", &[("us-east-1", true)]),
            ("SELECT AVG(x) FROM y WHERE tag.Environment = 'prod'", &[("prod", true)]),
            ("export Environment=prod", &[("prod", false)]),
            ("Environment: production.", &[("production", false)]),
            ("EnvironmentType=prod", &[]),
            ("MyEnvironment=prod my-Environment=prod", &[]),
            ("tag:Environment", &[]),
        ] {
            let mut found = Vec::new();
            in_text(text, "Environment", &mut |mention| found.push((mention.value, mention.is_tag)));
            assert_eq!(found, expected, "{text}");
        }
    }
}
