//! Names: of another environment, wherever one stands in a text.

mod index;
mod words;

use std::ops::Range;

use serde_json::Value as Json;

use super::Guard;
use super::glob::{Glob, overlap};
use super::inspect::{Inspector, Text};
use super::violation::{Violation, ViolationKind};
use index::Index;

pub(super) use words::{Word, Words};

/// How much of a pattern is compared with the words of environments.
const PATTERN: usize = 80;

/// Everything that is known of names, ready to be looked up.
#[derive(Debug)]
pub(super) struct Names<'g> {
    entries: Vec<Entry<'g>>,
    index: Index,
    /// The entries that begin with a star.
    open: Vec<usize>,
    /// Whether names have no common beginning, so that a pattern is compared with whole names.
    bare: bool,
    pub(super) words: Words<'g>,
    punctuation: String,
}

#[derive(Debug)]
struct Entry<'g> {
    form: Form<'g>,
    whose: Whose<'g>,
}

#[derive(Debug)]
enum Form<'g> {
    Glob(&'g Glob),
    /// Exactly this name, in lower case; `-`, `_` and `.` may follow.
    Name(&'g str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose<'g> {
    Trusted,
    Own,
    Other(&'g str),
    Convention,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict<'g> {
    Own,
    /// May be named, whosever it is.
    Trusted,
    /// Of another environment, with its name if that is known.
    Foreign(Option<&'g str>),
}

/// The part of a text in which a name can be: it is cut where no name goes on, as in ARNs, paths and policies.
struct Token {
    start: usize,
    /// In lower case.
    text: String,
    /// How much of it is left without what may follow a name.
    trimmed: usize,
    /// Where the last `*` or `?` in it is.
    wild: Option<usize>,
    /// For each glob that was asked for, the last place at which its rest can begin.
    rests: Vec<(usize, Option<usize>)>,
}

const CHECK: &str = "check which state and which program this was planned with, and what refers to it";

impl Inspector<'_> {
    pub(super) fn check_names(&mut self, text: &Text<'_>) {
        let (names, guard) = (self.names, self.guard);
        names.find(text.text, &mut |range, verdict| {
            let Verdict::Foreign(environment) = verdict else { return };
            if self.imported.covers(text.text, &range) {
                return;
            }
            let own: Vec<&str> = guard.names.iter().map(Glob::text).collect();
            let found = text.shown(&text.text[range]).to_owned();
            self.add(
                Violation::new(self.subject.address, ViolationKind::ForeignName, &text.path.render(), found)
                    .expected(match own.as_slice() {
                        [] => format!("a name of {:?}", guard.environment),
                        own => format!("a name of {:?} such as {}", guard.environment, own.join(" or ")),
                    })
                    .remedy(match environment {
                        Some(other) => format!("it is of {other:?}: {CHECK}"),
                        None => CHECK.into(),
                    }),
            );
        });
    }
}

impl<'g> Names<'g> {
    pub(super) fn of(guard: &'g Guard) -> Self {
        let others = &guard.others;
        let globs = |globs: &'g [Glob], whose| globs.iter().map(move |glob| Entry { form: Form::Glob(glob), whose });
        let entries: Vec<Entry<'g>> = globs(&guard.trusted_names, Whose::Trusted)
            .chain(globs(&guard.names, Whose::Own))
            .chain(globs(&guard.names_elsewhere, Whose::Own))
            .chain(others.iter().flat_map(|other| globs(&other.names, Whose::Other(&other.name))))
            .chain(globs(&guard.convention, Whose::Convention))
            .chain(guard.known_names.iter().map(|name| Entry { form: Form::Name(name), whose: Whose::Own }))
            .chain(others.iter().flat_map(|other| {
                let whose = Whose::Other(&other.name);
                other.known_names.iter().map(move |name| Entry { form: Form::Name(name), whose })
            }))
            .collect();
        let (mut index, mut open) = (Index::new(), Vec::new());
        for (number, entry) in entries.iter().enumerate() {
            match entry.form {
                Form::Glob(glob) if glob.is_open() => open.push(number),
                Form::Glob(glob) => index.insert(glob.start(), number),
                Form::Name("") => {}
                Form::Name(name) => index.insert(name, number),
            }
        }
        let of_globs = entries.iter().filter_map(|entry| match entry.form {
            Form::Glob(glob) => Some(glob.punctuation()),
            Form::Name(_) => None,
        });
        let mut punctuation: Vec<char> = "-_*?".chars().chain(of_globs.flatten()).collect();
        punctuation.sort_unstable();
        punctuation.dedup();
        let bare = guard.convention.is_empty() && !others.is_empty();
        Self { entries, index, open, bare, words: Words::of(guard), punctuation: punctuation.into_iter().collect() }
    }

    /// Calls `see` with every name in a text that tells whose it is.
    ///
    /// It takes time in proportion to the text, whatever stands in it.
    pub(super) fn find(&self, text: &str, see: &mut dyn FnMut(Range<usize>, Verdict<'g>)) {
        let (mut start, mut in_word, mut judged) = (None, false, false);
        let mut token = None;
        for (at, character) in text.char_indices() {
            let is_letter = character.is_alphanumeric();
            if !is_letter && !self.punctuation.contains(character) {
                (start, in_word, judged, token) = (None, false, false, None);
                continue;
            }
            let begins = !in_word;
            in_word = is_letter;
            let first = start.is_none();
            let start = *start.get_or_insert(at);
            if !begins || judged {
                continue;
            }
            // What begins with a star can begin anywhere, so it begins at the first place if it does at all.
            let open: &[usize] = if first { &self.open } else { &[] };
            let candidates = || self.index.beginnings(&text.as_bytes()[at..]).chain(open.iter().copied());
            if candidates().next().is_none() && !(first && self.bare) {
                continue;
            }
            let token = token.get_or_insert_with(|| self.token(text, start));
            if let Some(verdict) = self.judge(token, at - start, &candidates, text) {
                judged = true;
                see(at..start + token.text.len(), verdict);
            }
        }
    }

    /// Whether names of the environment are in a value, and none of another one.
    pub(super) fn are_own_alone(&self, value: &Json) -> bool {
        fn walk(names: &Names<'_>, value: &Json, (own, foreign): (&mut bool, &mut bool)) {
            let mut see = |text: &str| {
                names.find(text, &mut |_, verdict| match verdict {
                    Verdict::Own => *own = true,
                    Verdict::Foreign(_) => *foreign = true,
                    Verdict::Trusted => {}
                });
            };
            match value {
                Json::String(text) => see(text),
                Json::Array(elements) => elements.iter().for_each(|element| walk(names, element, (own, foreign))),
                Json::Object(members) => {
                    members.keys().for_each(|name| see(name));
                    members.values().for_each(|member| walk(names, member, (own, foreign)));
                }
                Json::Null | Json::Bool(_) | Json::Number(_) => {}
            }
        }
        let (mut own, mut foreign) = (false, false);
        walk(self, value, (&mut own, &mut foreign));
        own && !foreign
    }

    fn token(&self, text: &str, start: usize) -> Token {
        #[cfg(test)]
        tests::count(text.len() - start);
        let is_part = |character: char| character.is_alphanumeric() || self.punctuation.contains(character);
        let rest = &text[start..];
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let text = rest[..length].to_ascii_lowercase();
        let trimmed = text.trim_end_matches(['-', '_', '.', '*', '?']).len();
        let wild = text.rfind(['*', '?']);
        Token { start, text, trimmed, wild, rests: Vec::new() }
    }

    /// Whose a name is that begins there in a token, if it is one.
    fn judge<I: Iterator<Item = usize>>(
        &self,
        token: &mut Token,
        at: usize,
        candidates: &dyn Fn() -> I,
        text: &str,
    ) -> Option<Verdict<'g>> {
        let (mut own, mut other, mut known_own) = (None, None, false);
        for number in candidates() {
            #[cfg(test)]
            tests::count(1);
            let Entry { form, whose } = &self.entries[number];
            let weight = match (form, whose) {
                (_, Whose::Convention) => continue,
                (Form::Name(name), _) if at + name.len() != token.trimmed => continue,
                // Evidence of another environment comes first: the program that is under review may have one of
                // its names by mistake.
                (Form::Name(_), Whose::Other(_)) => usize::MAX,
                (Form::Name(_), _) => {
                    known_own = true;
                    continue;
                }
                (Form::Glob(glob), _) if !token.matches(at, number, glob) => continue,
                (Form::Glob(glob), _) => glob.weight(),
            };
            match whose {
                Whose::Trusted => return Some(Verdict::Trusted),
                Whose::Own => own = own.max(Some(weight)),
                Whose::Other(name) => other = other.max(Some((weight, *name))),
                Whose::Convention => {}
            }
        }
        // The environment "dev" has MM-dev-*, and so has "dev-eu" MM-dev-eu-*: the one that says more is meant.
        match (own, other) {
            (own, Some((other, name))) if own.is_none_or(|own| own < other) => Some(Verdict::Foreign(Some(name))),
            (Some(_), _) => Some(Verdict::Own),
            _ => self.judge_by_convention(token, at, candidates, known_own, text),
        }
    }

    /// The same for a name that nothing else is known of than what all names have in common.
    fn judge_by_convention<I: Iterator<Item = usize>>(
        &self,
        token: &mut Token,
        at: usize,
        candidates: &dyn Fn() -> I,
        known_own: bool,
        text: &str,
    ) -> Option<Verdict<'g>> {
        let (mut of_convention, mut beginnings) = (false, Vec::new());
        for number in candidates() {
            if let Entry { form: Form::Glob(glob), whose: Whose::Convention } = &self.entries[number] {
                of_convention |= token.matches(at, number, glob);
                if !beginnings.contains(&glob.start().len()) {
                    beginnings.push(glob.start().len());
                }
            }
        }
        let named = beginnings.iter().find_map(|length| self.named(&token.text[at + length..]));
        match named {
            // A pattern that fits the names of every environment, as MM-* does, means none of them.
            Some(Named::Any) => None,
            None if beginnings.is_empty() && token.wild.is_some() => self.judge_pattern(token, at, text),
            Some(Named::One(Word::Other(name))) => Some(Verdict::Foreign(Some(name))),
            Some(Named::One(Word::Tag(name))) if of_convention => Some(Verdict::Foreign(Some(name))),
            Some(Named::One(Word::Usual)) if of_convention || !known_own => Some(Verdict::Foreign(None)),
            _ if known_own => Some(Verdict::Own),
            _ => of_convention.then_some(Verdict::Foreign(None)),
        }
    }

    /// Which environment is named in what follows the beginning that all names have: `prod` in `prod-*`, which is
    /// shorter than any name.
    fn named(&self, rest: &str) -> Option<Named<'g>> {
        let wild = rest.bytes().take(PATTERN).position(|byte| matches!(byte, b'*' | b'?'));
        let word = self.words.beginning(rest, wild.unwrap_or(usize::MAX));
        let Some(wild) = wild.filter(|_| word.is_none()) else { return word.map(Named::One) };
        let literal = &rest[..wild];
        if literal.is_empty() {
            return Some(Named::Any);
        }
        let pattern: Vec<u8> = rest.bytes().take(PATTERN).collect();
        let fits = |word: &str| overlap(&pattern, word.as_bytes()) || overlap(&pattern, format!("{word}-*").as_bytes());
        let mut words: Vec<_> = self.words.that_begin_with(literal).filter(|(word, _)| fits(word)).collect();
        words.sort_unstable_by_key(|(word, _)| *word);
        let is = |kind: &dyn Fn(&Word<'_>) -> bool| words.iter().map(|(_, word)| *word).find(|word| kind(word));
        // What certainly reaches another environment counts, although it may reach the own one too.
        is(&|word| matches!(word, Word::Other(_)))
            .or_else(|| is(&|word| *word == Word::Own))
            .or_else(|| is(&|word| *word == Word::Usual))
            .map(Named::One)
    }

    /// Whose names a pattern fits if the convention's names have no common beginning.
    fn judge_pattern(&self, token: &Token, at: usize, text: &str) -> Option<Verdict<'g>> {
        let pattern: Vec<u8> = token.text.bytes().skip(at).take(PATTERN).collect();
        if at > 0
            || token.wild.is_none()
            || pattern.first().is_none_or(|byte| matches!(byte, b'*' | b'?'))
            || is_field_of_arn(text, token.start)
        {
            return None;
        }
        let fits = |form: &Form<'_>| match form {
            Form::Glob(glob) => overlap(&pattern, glob.text().to_ascii_lowercase().as_bytes()),
            Form::Name(_) => false,
        };
        let is_own = |whose: &Whose<'_>| matches!(whose, Whose::Own | Whose::Trusted);
        if self.entries.iter().any(|entry| is_own(&entry.whose) && fits(&entry.form)) {
            return None;
        }
        self.entries.iter().find_map(|entry| match entry.whose {
            Whose::Other(name) if fits(&entry.form) => Some(Verdict::Foreign(Some(name))),
            _ => None,
        })
    }
}

/// What a part of a name says of its environment.
enum Named<'g> {
    One(Word<'g>),
    Any,
}

impl Token {
    fn matches(&mut self, at: usize, number: usize, glob: &Glob) -> bool {
        let known = self.rests.iter().find(|(known, _)| *known == number).map(|(_, rest)| *rest);
        let rest = known.unwrap_or_else(|| {
            #[cfg(test)]
            tests::count(self.text.len());
            let rest = glob.rest_begins_by(&self.text);
            self.rests.push((number, rest));
            rest
        });
        rest.is_some_and(|rest| glob.matches_from(&self.text, at, rest))
    }
}

/// Whether what begins there is the partition, service or region of an ARN: `arn:aws:ec2:us-*:…`.
fn is_field_of_arn(text: &str, start: usize) -> bool {
    let before = &text[..start];
    before.rfind("arn:").is_some_and(|arn| {
        let fields = &before[arn..];
        let within = |character: char| character.is_alphanumeric() || matches!(character, ':' | '-' | '*' | '?');
        fields.ends_with(':') && fields.matches(':').count() <= 3 && fields.chars().all(within)
    })
}

#[cfg(test)]
mod tests;
