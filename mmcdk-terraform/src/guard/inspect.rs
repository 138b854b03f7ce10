//! The walk through a value: every text and every object in it is judged once.

use serde_json::Value as Json;

use super::Guard;
use super::decode::{self, View};
use super::imported::Imported;
use super::names::Names;
use super::path::Path;
use super::subject::Subject;
use super::violation::{Found, Violation};

/// What stands for a secret.
pub(super) const SECRET: &str = "(sensitive value)";

/// How often a text may be encoded: JSON in a text, in base64, in a text.
const LAYERS: u8 = 4;

/// Judges everything in a subject.
pub(super) struct Inspector<'c> {
    pub(super) guard: &'c Guard,
    pub(super) names: &'c Names<'c>,
    pub(super) imported: &'c Imported,
    pub(super) subject: &'c Subject<'c>,
    pub(super) found: &'c mut Found,
}

/// A text in a subject.
pub(super) struct Text<'t> {
    pub(super) text: &'t str,
    pub(super) path: &'t Path<'t>,
    secret: bool,
}

impl Inspector<'_> {
    /// All of it, except one argument.
    pub(super) fn inspect(&mut self, without: Option<&str>) {
        let marks = self.subject.marks;
        let root = Path::root(self.subject.root(), is_secret(Some(marks)));
        self.value(self.subject.value, Some(marks), &root, LAYERS, without);
        self.guard.check_missing_tag(self.subject, self.found);
        self.guard.check_regions(self.subject, self.found);
        self.guard.check_network(self.subject, self.found);
        self.guard.check_remote_state(self.subject, self.found);
    }

    pub(super) fn add(&mut self, violation: Violation) {
        self.found.add(violation);
    }

    fn value(&mut self, value: &Json, marks: Option<&Json>, path: &Path<'_>, layers: u8, without: Option<&str>) {
        match value {
            Json::String(text) => self.text(text, path, layers),
            Json::Number(number) => {
                let text = number.to_string();
                self.check_accounts(&Text { text: &text, path, secret: path.is_secret() });
            }
            Json::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let marks = below(marks, |marks| marks.get(index));
                    self.value(element, marks, &path.index(index, is_secret(marks)), layers, None);
                }
            }
            Json::Object(members) => {
                self.check_tags(members, marks, path);
                for (name, member) in members.iter().filter(|(name, _)| Some(name.as_str()) != without) {
                    let marks = below(marks, |marks| marks.get(name));
                    let here = path.name(name, is_secret(marks));
                    // A key of a map may be a name too: kubernetes.io/cluster/MM-dev-use1-eks-main.
                    self.scan(&Text { text: name, path: &here, secret: path.is_secret() });
                    self.value(member, marks, &here, layers, None);
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn text(&mut self, text: &str, path: &Path<'_>, layers: u8) {
        let mut is_json = false;
        if layers > 0 {
            decode::views(text, &mut |view| match view {
                View::Json(value) => {
                    is_json = true;
                    self.value(&value, None, path, layers - 1, None);
                }
                View::Text(text) => self.text(&text, path, layers - 1),
            });
        }
        // Also JSON is searched as text, since of two members of one name only the last was read.
        self.scan(&Text { text, path, secret: path.is_secret() });
        if !is_json {
            self.check_mentions(text, path);
        }
    }

    fn scan(&mut self, text: &Text<'_>) {
        self.check_names(text);
        self.check_accounts(text);
        self.check_addresses(text);
    }
}

impl<'t> Text<'t> {
    /// A part of the text, or what stands for a secret one.
    pub(super) fn shown(&self, part: &'t str) -> &'t str {
        if self.secret { SECRET } else { part }
    }
}

/// The marks of what is one step below: if all of it is secret, so is every part.
pub(super) fn below<'a>(marks: Option<&'a Json>, step: impl FnOnce(&'a Json) -> Option<&'a Json>) -> Option<&'a Json> {
    if is_secret(marks) { marks } else { marks.and_then(step) }
}

pub(super) fn is_secret(marks: Option<&Json>) -> bool {
    matches!(marks, Some(Json::Bool(true)))
}

pub(super) fn is_secret_below(marks: Option<&Json>, name: &str) -> bool {
    is_secret(below(marks, |marks| marks.get(name)))
}
