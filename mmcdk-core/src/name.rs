//! Physical names: the organisation's convention, and the rules of each type.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::facts::NameRule;

/// The parts of a name, as far as they are known at a place of the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    pub(crate) prefix: Option<Arc<str>>,
    pub(crate) environment: Option<Arc<str>>,
    pub(crate) region: Option<Arc<str>>,
    pub(crate) zone: Option<Arc<str>>,
    /// Stands for the type's own segment where it is set.
    pub(crate) resource: Option<Arc<str>>,
    pub(crate) purpose: Option<Arc<str>>,
    pub(crate) qualifier: Option<Arc<str>>,
    /// The id of the top-level construct: the purpose where nothing else says one.
    pub(crate) top: Option<Arc<str>>,
}

/// How names are put together: `{prefix}-{environment}-{region}-{zone}-{resource}-{purpose}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    /// Each part with the text before it.
    parts: Vec<(String, Part)>,
    end: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Prefix,
    Environment,
    Region,
    Zone,
    Resource,
    Purpose,
}

const PARTS: [(&str, Part); 6] = [
    ("prefix", Part::Prefix),
    ("environment", Part::Environment),
    ("region", Part::Region),
    ("zone", Part::Zone),
    ("resource", Part::Resource),
    ("purpose", Part::Purpose),
];

impl Pattern {
    pub(crate) const STANDARD: &str = "{prefix}-{environment}-{region}-{zone}-{resource}-{purpose}";

    pub(crate) fn parse(pattern: &str) -> Result<Self> {
        let wrong = |what: String| {
            Error::new(format!("the name pattern {pattern:?} {what}"))
                .remedy(format!("its parts are {}", PARTS.map(|(name, _)| format!("{{{name}}}")).join(", ")))
        };
        let mut parts: Vec<(String, Part)> = Vec::new();
        let mut rest = pattern;
        while let Some((before, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').ok_or_else(|| wrong("has a { without a }".into()))?;
            let (_, part) = PARTS
                .into_iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| wrong(format!("has the unknown part {{{name}}}")))?;
            if parts.iter().any(|(_, known)| *known == part) {
                return Err(wrong(format!("has {{{name}}} twice")));
            }
            parts.push((before.to_owned(), part));
            rest = tail;
        }
        if !parts.iter().any(|(_, part)| *part == Part::Resource) {
            return Err(wrong("has no {resource}, so names of different types would be equal".into()));
        }
        Ok(Self { parts, end: rest.to_owned() })
    }

    /// The name of a resource whose type has that segment. What is not known is left out together with the text that
    /// joins it to the part before.
    pub(crate) fn name(&self, segments: &Segments, type_segment: &str) -> String {
        let mut name = String::with_capacity(48);
        let mut empty = true;
        for (index, (before, part)) in self.parts.iter().enumerate() {
            let (qualifier, text) = match part {
                Part::Prefix => (None, segments.prefix.as_deref()),
                Part::Environment => (None, segments.environment.as_deref()),
                Part::Region => (None, segments.region.as_deref()),
                Part::Zone => (None, segments.zone.as_deref()),
                Part::Resource => (None, segments.resource.as_deref().or(Some(type_segment))),
                Part::Purpose => match (segments.qualifier.as_deref(), segments.purpose.as_deref()) {
                    (qualifier @ Some(_), purpose @ Some(_)) => (qualifier, purpose),
                    (qualifier, purpose) => (None, purpose.or(qualifier).or(segments.top.as_deref())),
                },
            };
            let Some(text) = text else { continue };
            if !empty || index == 0 {
                name.push_str(before);
            }
            if let Some(qualifier) = qualifier {
                name.push_str(qualifier);
                name.push_str(if before.is_empty() { "-" } else { before });
            }
            name.push_str(text);
            empty = false;
        }
        name.push_str(&self.end);
        name
    }
}

impl Pattern {
    /// What names have in common, with `*` for the parts that differ from resource to resource.
    pub(crate) fn glob(&self, segments: &Segments, any_environment: bool) -> String {
        let any = || Some(Arc::from("*"));
        let open = Segments {
            environment: if any_environment { any() } else { segments.environment.clone() },
            zone: any(),
            resource: any(),
            purpose: any(),
            qualifier: None,
            ..segments.clone()
        };
        let name = self.name(&open, "*");
        let (first, rest) = name.split_once('*').expect("a pattern has the part {resource}");
        let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        // Parts that may be absent take their separator along, so one star stands for a run of them.
        let known = between.split('*').filter(|text| text.contains(char::is_alphanumeric));
        known.fold(format!("{first}*"), |glob, text| glob + text + "*") + last
    }
}

/// Whether a text has the form of a glob, in which `*` stands for any text.
pub(crate) fn fits(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == text };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut middle) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else { return false };
    between.split('*').all(|part| match middle.split_once(part) {
        Some((_, behind)) => {
            middle = behind;
            true
        }
        None => false,
    })
}

impl NameRule {
    /// Checks a name against the rule; the error shows the name and the limit.
    pub fn check(&self, name: &str) -> Result<()> {
        self.check_before(name, "")
    }

    /// Checks a name that ends with a suffix. What stands before the suffix must follow the rule; all of it counts.
    pub(crate) fn check_before(&self, whole: &str, suffix: &str) -> Result<()> {
        let what = self.what;
        let name = whole.strip_suffix(suffix).unwrap_or(whole);
        let refused =
            |why: String, remedy: String| Err(Error::new(format!("the {what} name {whole:?} {why}")).remedy(remedy));
        let length = whole.chars().count();
        if length < self.min || length > self.max {
            let (bound, limit) = if length < self.min { ("at least", self.min) } else { ("at most", self.max) };
            return refused(
                format!("has {length} characters, {what} names have {bound} {limit}"),
                "choose another purpose or name".into(),
            );
        }
        if let Some(wrong) = name.chars().find(|character| !self.allows(*character)) {
            let hint = if self.lower && wrong.is_ascii_uppercase() { ", lower case only" } else { "" };
            return refused(
                format!("has the character {wrong:?}"),
                format!("allowed are {}{hint}", shown_class(self.chars)),
            );
        }
        if !self.edges.is_empty()
            && !name.starts_with(|c| in_class(self.edges, c)) | !name.ends_with(|c| in_class(self.edges, c))
        {
            return refused(
                "begins or ends with another character than it may".into(),
                format!("begin and end with {}", self.edges),
            );
        }
        if let Some(prefix) = self.not_prefixes.iter().find(|prefix| name.starts_with(**prefix)) {
            return refused(format!("begins with {prefix:?}, which is reserved"), "begin with something else".into());
        }
        if let Some(suffix) = self.not_suffixes.iter().find(|suffix| name.ends_with(**suffix)) {
            return refused(format!("ends with {suffix:?}, which is reserved"), "end with something else".into());
        }
        if let Some(within) = self.not_within.iter().find(|within| name.contains(**within)) {
            return refused(format!("contains {within:?}"), "leave that out".into());
        }
        if self.not_ip && name.parse::<std::net::Ipv4Addr>().is_ok() {
            return refused("looks like an IP address".into(), "choose a name with letters".into());
        }
        Ok(())
    }

    /// Checks an argument to which the provider appends that many characters to make a name.
    pub(crate) fn check_prefix(&self, argument: &str, prefix: &str, appended: usize) -> Result<()> {
        let what = self.what;
        let refused = |why: String, remedy: String| {
            Err(Error::new(format!("{argument} of the {what} {prefix:?} {why}")).remedy(remedy))
        };
        let (length, most) = (prefix.chars().count(), self.max.saturating_sub(appended));
        if length > most {
            return refused(
                format!("has {length} characters, and the provider appends {appended} to make a name"),
                format!("{what} names have at most {}, so write at most {most}", self.max),
            );
        }
        if let Some(wrong) = prefix.chars().find(|character| !self.allows(*character)) {
            return refused(format!("has the character {wrong:?}"), format!("allowed are {}", shown_class(self.chars)));
        }
        match self.not_prefixes.iter().find(|reserved| prefix.starts_with(**reserved)) {
            Some(reserved) => {
                refused(format!("begins with {reserved:?}, which is reserved"), "begin with something else".into())
            }
            None => Ok(()),
        }
    }

    fn allows(&self, character: char) -> bool {
        in_class(self.chars, character)
    }
}

/// Whether the character is in a class such as `a-zA-Z0-9_-`.
pub(crate) fn in_class(class: &str, character: char) -> bool {
    ranges(class).any(|(first, last)| (first..=last).contains(&character))
}

/// A class as messages show it: as it is written, and what cannot be read in words.
pub(crate) fn shown_class(class: &str) -> String {
    let mut written = String::new();
    let mut words = Vec::new();
    for (first, last) in ranges(class) {
        match (first, last) {
            ('\n' | '\r', _) if words.iter().any(|word| word == "line breaks") => {}
            ('\n' | '\r', _) => words.push("line breaks".to_owned()),
            ('\t', _) => words.push("tabs".to_owned()),
            (' ', ' ') => words.push("spaces".to_owned()),
            _ if first.is_ascii_graphic() && last.is_ascii_graphic() => match first == last {
                true => written.push(first),
                false => written.extend([first, '-', last]),
            },
            _ => words.push(format!("U+{:04X} to U+{:04X}", u32::from(first), u32::from(last))),
        }
    }
    let written = Some(written).filter(|written| !written.is_empty());
    written.into_iter().chain(words).collect::<Vec<_>>().join(", ")
}

/// The ranges of a class, from their first to their last character.
fn ranges(class: &str) -> impl Iterator<Item = (char, char)> {
    let mut rest = class.chars();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut ahead = rest.clone();
        let last = ahead.next().filter(|next| *next == '-').and_then(|_| ahead.next());
        if last.is_some() {
            rest = ahead;
        }
        Some((first, last.unwrap_or(first)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments() -> Segments {
        Segments {
            prefix: Some("MM".into()),
            environment: Some("dev".into()),
            region: Some("use1".into()),
            top: Some("core".into()),
            ..Segments::default()
        }
    }

    #[test]
    fn absent_parts_are_left_out_with_their_separator() {
        let pattern = Pattern::parse(Pattern::STANDARD).unwrap();
        assert_eq!(pattern.name(&segments(), "vpc"), "MM-dev-use1-vpc-core");
        assert_eq!(pattern.name(&Segments::default(), "vpc"), "vpc");
        let zoned = Segments { zone: Some("use1a".into()), purpose: Some("public".into()), ..segments() };
        assert_eq!(pattern.name(&zoned, "subnet"), "MM-dev-use1-use1a-subnet-public");
    }

    #[test]
    fn a_qualifier_stands_before_the_purpose_and_for_the_default_one() {
        let pattern = Pattern::parse(Pattern::STANDARD).unwrap();
        let data = Segments { qualifier: Some("data".into()), ..segments() };
        assert_eq!(pattern.name(&data, "vpc"), "MM-dev-use1-vpc-data");
        let public = Segments { purpose: Some("public".into()), ..data };
        assert_eq!(pattern.name(&public, "rt"), "MM-dev-use1-rt-data-public");
    }

    #[test]
    fn a_pattern_has_text_of_its_own() {
        let pattern = Pattern::parse("x.{environment}/{resource}_{purpose}!").unwrap();
        assert_eq!(pattern.name(&segments(), "vpc"), "x.dev/vpc_core!");
    }

    #[test]
    fn a_glob_has_what_names_have_in_common() {
        let check = |pattern: &str, own: &str, any: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            let zoned = Segments { zone: Some("use1a".into()), purpose: Some("public".into()), ..segments() };
            assert_eq!(pattern.glob(&segments(), false), own);
            assert_eq!(pattern.glob(&zoned, true), any);
            assert!(fits(own, &pattern.name(&segments(), "vpc")) && fits(own, &pattern.name(&zoned, "subnet")));
        };
        check(Pattern::STANDARD, "MM-dev-use1-*", "MM-*-use1-*");
        check("{resource}-{environment}-{purpose}", "*-dev-*", "*");
        check("x.{environment}/{resource}_{purpose}!", "x.dev/*!", "x.*!");
        check("{environment}{resource}", "dev*", "*");
    }

    #[test]
    fn globs_fit() {
        for (glob, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("*-dev-*", "vpc-dev-core", true),
            ("*-dev-*", "vpc-prod-core", false),
            ("a*a", "a", false),
            ("a*b*c", "a-c-b-c", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(fits(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for (pattern, what) in [
            ("{prefix}-{env}-{resource}", "unknown part {env}"),
            ("{prefix", "without a }"),
            ("{prefix}", "no {resource}"),
            ("{resource}{resource}", "twice"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    static BUCKET: NameRule = NameRule {
        what: "S3 bucket",
        min: 3,
        max: 63,
        chars: "a-z0-9.-",
        lower: true,
        edges: "a-z0-9",
        not_prefixes: &["xn--"],
        not_suffixes: &["-s3alias"],
        not_within: &[".."],
        not_ip: true,
    };

    #[test]
    fn rules_refuse_with_the_name_and_the_limit() {
        for (name, what) in [
            ("ab", "has 2 characters, S3 bucket names have at least 3"),
            (&"a".repeat(64), "at most 63"),
            ("My-bucket", "'M'; allowed are a-z0-9.-, lower case only"),
            ("a_b_c", "'_'"),
            ("-abc", "begins or ends"),
            ("abc.", "begins or ends"),
            ("xn--abc", "reserved"),
            ("abc-s3alias", "reserved"),
            ("a..b", "\"..\""),
            ("10.0.0.1", "IP address"),
        ] {
            let error = BUCKET.check(name).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains(name), "{error}");
        }
        for name in ["abc", "mm-dev-use1-s3-cloudtrail", "10.0.0.1.2"] {
            assert!(BUCKET.check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_class_is_shown_in_readable_characters_and_words() {
        for (class, expected) in [
            ("a-z0-9.-", "a-z0-9.-"),
            ("A-Za-z0-9 ._-", "A-Za-z0-9._-, spaces"),
            ("\t\n\r -\u{ff}", "tabs, line breaks, U+0020 to U+00FF"),
            ("-a", "-a"),
        ] {
            assert_eq!(shown_class(class), expected);
        }
    }

    proptest! {
        #[test]
        fn a_class_holds_its_ranges_and_its_singles(character in any::<char>()) {
            let expected = character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
            prop_assert_eq!(in_class("a-zA-Z0-9_+=,.@-", character), expected);
        }

        #[test]
        fn every_name_the_pattern_makes_holds_its_parts(env in "[a-z]{1,8}", zone in proptest::option::of("[a-z]{1,8}")) {
            let pattern = Pattern::parse(Pattern::STANDARD).unwrap();
            let here = Segments {
                environment: Some(env.as_str().into()),
                zone: zone.as_deref().map(Into::into),
                ..segments()
            };
            let name = pattern.name(&here, "t");
            let expected = ["MM", &env, "use1"].into_iter().chain(zone.as_deref()).chain(["t", "core"]);
            prop_assert_eq!(name, expected.collect::<Vec<_>>().join("-"));
        }
    }
}
