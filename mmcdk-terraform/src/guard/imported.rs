//! What came from the states of other environments that the program imports from.

use std::ops::Range;

use serde_json::Value as Json;

use crate::plan::Plan;

use super::Guard;
use super::states;

/// The texts in the outputs of imported states. A plan that may read a state may refer to what its outputs say.
#[derive(Debug, Default)]
pub(super) struct Imported {
    texts: Vec<String>,
}

impl Imported {
    pub(super) fn of(guard: &Guard, plan: &Plan) -> Self {
        let mut texts = Vec::new();
        if guard.imported_states.is_empty() {
            return Self { texts };
        }
        for resource in plan.prior_resources.iter().filter(|resource| resource.terraform_type == states::REMOTE_STATE) {
            // What cannot be read is told elsewhere.
            let Ok(value) = resource.values.value() else { continue };
            if states::address_of(&value).is_some_and(|address| guard.imported_states.contains(&address)) {
                collect(value.get("outputs").unwrap_or(&Json::Null), &mut texts);
            }
        }
        texts.sort_unstable();
        texts.dedup();
        Self { texts }
    }

    /// Whether that part of a text is within something imported, as whole words.
    pub(super) fn covers(&self, text: &str, part: &Range<usize>) -> bool {
        let goes_on = |character: char| character.is_alphanumeric();
        self.texts.iter().any(|imported| {
            text.match_indices(imported.as_str()).any(|(start, found)| {
                let end = start + found.len();
                let whole = !text[..start].ends_with(goes_on) && !text[end..].starts_with(goes_on);
                whole && start <= part.start && part.end <= end
            })
        })
    }
}

fn collect(value: &Json, texts: &mut Vec<String>) {
    match value {
        Json::String(text) if !text.is_empty() => texts.push(text.clone()),
        Json::Array(elements) => elements.iter().for_each(|element| collect(element, texts)),
        Json::Object(members) => members.values().for_each(|member| collect(member, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_imported_texts_cover() {
        let imported = Imported { texts: vec!["arn:aws:x:::bus/MM-hub-use1-bus".into(), "MM-hub".into()] };
        for (text, part, covered) in [
            ("arn:aws:x:::bus/MM-hub-use1-bus", "MM-hub-use1-bus", true),
            ("arn:aws:x:::bus/MM-hub-use1-bus/*", "MM-hub-use1-bus", true),
            ("arn:aws:x:::bus/MM-hub-use1-bus2", "MM-hub-use1-bus2", false),
            ("MM-hub-use1-bus", "MM-hub-use1-bus", false),
            ("MM-hub", "MM-hub", true),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(imported.covers(text, &(start..start + part.len())), covered, "{text}");
        }
    }
}
