//! The words that name environments.

use std::collections::HashMap;

use super::Guard;

/// What environments are usually called. A program that describes one environment alone knows no others by name.
const USUAL: [&str; 16] = [
    "dev",
    "development",
    "int",
    "integration",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "uat",
];

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::guard) enum Word<'g> {
    Own,
    /// The name of another environment.
    Other(&'g str),
    /// A further value of another environment's tag.
    Tag(&'g str),
    /// What environments are usually called, and this one is not.
    Usual,
}

/// The words that name environments, in lower case.
#[derive(Debug)]
pub(in crate::guard) struct Words<'g> {
    known: HashMap<String, Word<'g>>,
    longest: usize,
}

impl<'g> Words<'g> {
    pub(in crate::guard) fn of(guard: &'g Guard) -> Self {
        let mut known = HashMap::new();
        let environment = guard.environment.to_ascii_lowercase();
        // The environment may well be called otherwise in short: "dev" is "development".
        let usual = USUAL.into_iter().filter(|word| !word.starts_with(&environment) && !environment.starts_with(word));
        known.extend(usual.map(|word| (word.to_owned(), Word::Usual)));
        for other in &guard.others {
            let values = other.tag_values.iter().map(|value| (value.to_ascii_lowercase(), Word::Tag(&other.name)));
            known.extend(values.filter(|(word, _)| !word.is_empty()));
        }
        known.extend(guard.others.iter().map(|other| (other.name.to_ascii_lowercase(), Word::Other(&other.name))));
        let own = guard.tag_values.iter().chain([&guard.environment]);
        known.extend(own.map(|word| (word.to_ascii_lowercase(), Word::Own)));
        let longest = known.keys().map(String::len).max().unwrap_or_default();
        Self { known, longest }
    }

    /// Whose a whole word is, in whatever case.
    pub(in crate::guard) fn whole(&self, word: &str) -> Option<Word<'g>> {
        let fits = word.len() <= self.longest;
        fits.then(|| self.known.get(&word.to_ascii_lowercase()).copied()).flatten()
    }

    /// Whose the longest word is that a text in lower case begins with, up to its end or to a character that is no
    /// letter or digit: of `prod-x` and `prod`, and not of `product`. It must end before `limit`.
    pub(super) fn beginning(&self, text: &str, limit: usize) -> Option<Word<'g>> {
        #[cfg(test)]
        super::tests::count(text.find(|character: char| !character.is_alphanumeric()).unwrap_or(text.len()));
        let ends = text.char_indices().filter(|(_, character)| !character.is_alphanumeric()).map(|(at, _)| at);
        let ends = ends.chain([text.len()]).take_while(|end| *end <= self.longest && *end < limit);
        ends.filter_map(|end| self.known.get(&text[..end]).copied()).last()
    }

    /// Every word that begins with a text in lower case.
    pub(in crate::guard) fn that_begin_with(&self, text: &str) -> impl Iterator<Item = (&str, Word<'g>)> {
        self.known.iter().filter(move |(word, _)| word.starts_with(text)).map(|(word, whose)| (word.as_str(), *whose))
    }
}
