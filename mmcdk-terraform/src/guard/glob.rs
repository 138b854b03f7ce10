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

    /// What follows what stands before the first star, in a text in lower case.
    pub(super) fn after_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.strip_prefix(self.parts[0].as_str())
    }

    /// How many characters are written out: of two globs that match, the one with more says more.
    pub(super) fn weight(&self) -> usize {
        self.parts.iter().map(String::len).sum()
    }

    /// The characters that are written out and are no letters or digits.
    pub(super) fn punctuation(&self) -> impl Iterator<Item = char> {
        self.parts.iter().flat_map(|part| part.chars()).filter(|character| !character.is_alphanumeric())
    }

    /// Whether all of the text, which is in lower case, is of it.
    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else { return self.parts[0] == text };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(start) => rest = &rest[start + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_anything() {
        for (glob, text, matches) in [
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
            assert_eq!(Glob::new(glob).matches(text), matches, "{glob} {text}");
        }
    }
}
