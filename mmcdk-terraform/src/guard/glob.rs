//! Globs of names: `*` stands for anything, also nothing; case does not count.

/// A glob such as `MM-*-use1-*`.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    text: String,
    /// What stands between the stars, in lower case: one more than there are stars.
    parts: Vec<String>,
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), parts: text.to_ascii_lowercase().split('*').map(str::to_owned).collect() }
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it begins with a star, so that it can begin anywhere.
    pub(super) fn is_open(&self) -> bool {
        self.parts[0].is_empty()
    }

    /// What stands before the first star, in lower case.
    pub(super) fn start(&self) -> &str {
        &self.parts[0]
    }

    /// How many characters are written out: of two globs that match, the one with more says more.
    pub(super) fn weight(&self) -> usize {
        self.parts.iter().map(String::len).sum()
    }

    /// The characters that are written out and are no letters or digits.
    pub(super) fn punctuation(&self) -> impl Iterator<Item = char> {
        self.parts.iter().flat_map(|part| part.chars()).filter(|character| !character.is_alphanumeric())
    }

    /// The last place in a text in lower case at which what follows [`Self::start`] can begin, if all of the rest of
    /// the text is to be of the glob. So a text is searched once, wherever in it a name may begin.
    pub(super) fn rest_begins_by(&self, text: &str) -> Option<usize> {
        let [_, middle @ .., last] = self.parts.as_slice() else { return Some(text.len()) };
        let mut rest = text.strip_suffix(last.as_str())?;
        for part in middle.iter().rev() {
            rest = &rest[..rest.rfind(part.as_str())?];
        }
        Some(rest.len())
    }

    /// Whether a name that begins there in the text, which is in lower case, is of the glob, given
    /// [`Self::rest_begins_by`] of the text.
    pub(super) fn matches_from(&self, text: &str, start: usize, rest_begins_by: usize) -> bool {
        let rest = start + self.start().len();
        let fits = if self.parts.len() == 1 { rest == text.len() } else { rest <= rest_begins_by };
        fits && text[start..].starts_with(self.start())
    }
}

/// Whether some text is of both patterns, in which `*` stands for anything and `?` for any one character.
pub(super) fn overlap(one: &[u8], other: &[u8]) -> bool {
    // After each byte of `one`, whether the first n bytes of `other` are reached.
    let closure = |reached: &mut Vec<bool>| {
        for at in 0..other.len() {
            reached[at + 1] |= reached[at] && other[at] == b'*';
        }
    };
    let mut reached = vec![false; other.len() + 1];
    reached[0] = true;
    closure(&mut reached);
    for &byte in one {
        let mut next = vec![false; other.len() + 1];
        for at in 0..=other.len() {
            if !reached[at] {
                continue;
            }
            match (byte, other.get(at)) {
                (b'*', _) => next[at..].fill(true),
                (_, Some(b'*')) => next[at] = true,
                (_, Some(&known)) if byte == b'?' || known == b'?' || known == byte => next[at + 1] = true,
                _ => {}
            }
        }
        reached = next;
        closure(&mut reached);
    }
    reached[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(glob: &Glob, text: &str) -> bool {
        glob.rest_begins_by(text).is_some_and(|by| glob.matches_from(text, 0, by))
    }

    #[test]
    fn a_star_is_anything() {
        for (glob, text, expected) in [
            ("MM-dev-use1-*", "mm-dev-use1-vpc-core", true),
            ("MM-dev-use1-*", "mm-dev-use1-", true),
            ("MM-dev-use1-*", "mm-prod-use1-vpc-core", false),
            ("MM-*-use1-*", "mm-prod-use1-vpc-core", true),
            ("MM-*-use1-*", "mm-use1-vpc", false),
            ("*-dev", "vpc-core-dev", true),
            ("*-dev", "vpc-core-dev-x", false),
            ("a*a", "a", false),
            ("a*b*c", "aXbXbXc", true),
            ("name", "name", true),
            ("name", "names", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(&Glob::new(glob), text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn patterns_overlap_if_a_text_is_of_both() {
        for (one, other, expected) in [
            ("prod", "prod", true),
            ("pr?d-*", "prod-use1-*", true),
            ("pro*", "prod-*", true),
            ("d?v-*", "demo-*", false),
            ("*", "", true),
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("?", "", false),
            ("us-*", "us-use1-*", true),
        ] {
            assert_eq!(overlap(one.as_bytes(), other.as_bytes()), expected, "{one} {other}");
            assert_eq!(overlap(other.as_bytes(), one.as_bytes()), expected, "{other} {one}");
        }
    }

    proptest! {
        /// A text is of a glob exactly if it overlaps with it.
        #[test]
        fn both_ways_to_match_agree(glob in "[ab*-]{0,8}", text in "[ab-]{0,10}") {
            prop_assert_eq!(matches(&Glob::new(&glob), &text), overlap(glob.as_bytes(), text.as_bytes()));
        }
    }
}
