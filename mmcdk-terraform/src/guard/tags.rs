//! Tags: of another environment, or missing.

use serde_json::{Map, Value as Json};

use super::Guard;
use super::glob::overlap;
use super::inspect::Inspector;
use super::names::Word;
use super::path::Path;
use super::selectors::{self, Form};
use super::subject::{Role, Subject};
use super::violation::{Found, Violation, ViolationKind};

impl Inspector<'_> {
    /// The tags in an object, and what in it selects by the tag.
    pub(super) fn check_tags(&mut self, members: &Map<String, Json>, marks: Option<&Json>, path: &Path<'_>) {
        let Some(key) = &self.guard.tag else { return };
        let within = path.nearest().unwrap_or_default();
        selectors::in_object(members, key, within, &mut |form, name, value| {
            let here = path.name(name, super::inspect::is_secret_below(marks, name));
            match value {
                Json::String(text) => self.check_tag(form, text, &here),
                Json::Array(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        if let Json::String(text) = element {
                            self.check_tag(form, text, &here.index(index, false));
                        }
                    }
                }
                _ => {}
            }
        });
    }

    /// The tags that a text mentions.
    pub(super) fn check_mentions(&mut self, text: &str, path: &Path<'_>) {
        let Some(key) = &self.guard.tag else { return };
        if matches!(self.subject.role, Role::Before(_)) {
            return;
        }
        selectors::in_text(text, key, &mut |mention| {
            // A text may be about anything, so only what is certainly an environment counts.
            let foreign = match self.names.words.whole(mention.value) {
                Some(Word::Other(_) | Word::Tag(_)) => true,
                Some(Word::Usual) => mention.is_tag,
                Some(Word::Own) | None => false,
            };
            if foreign && !self.is_readable(mention.value) {
                self.add_foreign_tag(mention.value, path);
            }
        });
    }

    fn check_tag(&mut self, form: Form, text: &str, path: &Path<'_>) {
        let guard = self.guard;
        // What IAM fills in itself, such as the tag of the caller, belongs to nobody.
        if guard.tag_values.iter().any(|own| own == text) || text.contains("${") {
            return;
        }
        let foreign = match (form, self.subject.role) {
            (Form::Tag, Role::Before(after)) => self.speaks_for_another(text, after),
            // What selected another environment before may be what the plan corrects.
            (Form::Selector | Form::Namesake, Role::Before(_)) => false,
            (Form::Tag, Role::Data | Role::Configured { data: true }) => !self.is_readable(text),
            (Form::Tag, _) => true,
            (Form::Selector, _) => !self.is_readable(text) && !self.is_pattern_of_own_alone(text),
            (Form::Namesake, _) => {
                matches!(self.names.words.whole(text), Some(Word::Other(_) | Word::Tag(_))) && !self.is_readable(text)
            }
        };
        if foreign {
            self.add_foreign_tag(text, path);
        }
    }

    fn is_readable(&self, value: &str) -> bool {
        self.guard.readable_tag_values.iter().any(|readable| readable == value)
    }

    /// `dev*` may well be meant for `dev`, unless another environment is known to be called so.
    fn is_pattern_of_own_alone(&self, text: &str) -> bool {
        let is_of = |value: &str| overlap(text.as_bytes(), value.as_bytes());
        text.contains(['*', '?'])
            && !text.trim_matches(['*', '?']).is_empty()
            && self.guard.tag_values.iter().any(|own| is_of(own))
            && !self.guard.others.iter().any(|other| {
                let mut values = other.tag_values.iter().chain([&other.name]);
                values.any(|value| is_of(value))
            })
    }

    /// Whether a tag that is not the environment's makes a resource another one's.
    ///
    /// What a resource was tagged with before may be a former value of the environment's own. It is if the plan
    /// corrects it and the names are the environment's, and whenever the other environments are known to have others.
    fn speaks_for_another(&self, tag: &str, after: &Json) -> bool {
        let guard = self.guard;
        let is = |value: &String| value.eq_ignore_ascii_case(tag);
        if guard.others.iter().any(|other| is(&other.name) || other.tag_values.iter().any(is)) {
            return true;
        }
        let key = guard.tag.as_deref().unwrap_or_default();
        let corrected = ["tags", "tags_all"].into_iter().any(|map| {
            let value = after.get(map).and_then(|tags| tags.get(key)).and_then(Json::as_str);
            value.is_some_and(|value| guard.tag_values.iter().any(|own| own == value))
        });
        guard.others.is_empty() && !(corrected && self.names.are_own_alone(self.subject.value))
    }

    fn add_foreign_tag(&mut self, value: &str, path: &Path<'_>) {
        let guard = self.guard;
        let key = guard.tag.as_deref().unwrap_or_default();
        let value = if path.is_secret() { super::inspect::SECRET } else { value };
        let or = match self.subject.role {
            Role::Before(_) => format!("take it out of this state: terraform state rm '{}'", self.subject.address),
            _ => "correct the tag".into(),
        };
        self.add(
            Violation::new(
                self.subject.address,
                ViolationKind::ForeignTag,
                &path.render(),
                format!("{key} = {value:?}"),
            )
            .expected(guard.tag_shown(key))
            .remedy(format!("plan it with the program of {value:?}, or {or}")),
        );
    }
}

impl Guard {
    /// A type with `tags_all` can be tagged, and so can a group of instances, by blocks. What is only left over from
    /// before is judged by what else it has: else a plan that adds the tag could never be applied.
    pub(super) fn check_missing_tag(&self, subject: &Subject<'_>, found: &mut Found) {
        let (Some(key), Role::After(unknown)) = (&self.tag, subject.role) else { return };
        let has = |object: &Json, map: &str, of: &dyn Fn(&Json) -> bool| object.get(map).is_some_and(of);
        let blocks = subject.value.get("tag").and_then(Json::as_array).into_iter().flatten();
        let mut blocks = blocks.filter(|block| block.get("key").is_some_and(|found| found == key));
        let tagged = blocks.any(|block| block.get("value").is_some_and(|value| !value.is_null()))
            || ["tags", "tags_all"]
                .into_iter()
                .any(|map| has(subject.value, map, &|tags| tags.get(key).is_some_and(|value| !value.is_null())));
        if !subject.is_taggable() || tagged {
            return;
        }
        let late = ["tags", "tags_all"].into_iter().any(|map| {
            has(unknown, map, &|tags| *tags == Json::Bool(true) || tags.get(key) == Some(&Json::Bool(true)))
        }) || unknown.get("tag").is_some_and(|marks| block_is_late(subject.value, marks, key));
        let (what, remedy) = match late {
            true => ("it is known only after applying", "give it a literal value"),
            false => ("there is none", "tag it in the program: mandatory tags stand on every resource"),
        };
        found.add(
            Violation::new(subject.address, ViolationKind::MissingTag, &format!("tags.{key}"), what)
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
