//! What Unicode text Terraform changes, or cannot read.
//!
//! The tables are small because they answer only these questions. A test makes them from the crate `unicode-normalization`
//! and compares: `UPDATE_UNICODE=1 cargo test -p mmcdk-core --lib unicode` writes them anew.

#[rustfmt::skip]
mod tables;

use tables::{CLASSES, COMPOSITIONS, NOT_NFC};

/// Whether Terraform keeps the text as it is: it normalizes all strings to Unicode's form NFC.
///
/// The rule is that of [UAX #15](https://www.unicode.org/reports/tr15/#Detecting_Normalization_Forms), with pairs of
/// characters that compose in the place of "maybe".
pub(crate) fn is_nfc(text: &str) -> bool {
    // Everything below U+0300, whose first byte is 0xCC, is NFC.
    if text.bytes().all(|byte| byte < 0xcc) {
        return true;
    }
    let mut starter = None;
    let mut last_class = 0;
    for character in text.chars() {
        let class = class(character);
        if in_ranges(NOT_NFC, character) || (class != 0 && class < last_class) {
            return false;
        }
        // What stands between with a class at least as high keeps the two apart.
        let blocked = last_class != 0 && last_class >= class;
        if !blocked && starter.is_some_and(|starter| compose(starter, character)) {
            return false;
        }
        if class == 0 {
            starter = Some(character);
        }
        last_class = class;
    }
    true
}

/// Whether the character joins what follows into one grapheme, as `Grapheme_Cluster_Break=Prepend` of any version of
/// Unicode does.
///
/// The scanner of Terraform's JSON goes by graphemes, so that it misses a quote behind such a character.
pub(crate) fn is_prepended(character: char) -> bool {
    matches!(character,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{d4e}'
        | '\u{110bd}' | '\u{110cd}' | '\u{111c2}'..='\u{111c3}' | '\u{113d1}' | '\u{1193f}' | '\u{11941}'
        | '\u{11a3a}' | '\u{11a84}'..='\u{11a89}' | '\u{11d46}' | '\u{11f02}')
}

/// The canonical combining class.
fn class(character: char) -> u8 {
    let code = u32::from(character);
    let next = CLASSES.partition_point(|(first, _, _)| *first <= code);
    match next.checked_sub(1).map(|index| CLASSES[index]) {
        Some((_, last, class)) if code <= last => class,
        _ => 0,
    }
}

fn in_ranges(ranges: &[(u32, u32)], character: char) -> bool {
    let code = u32::from(character);
    let next = ranges.partition_point(|(first, _)| *first <= code);
    next.checked_sub(1).is_some_and(|index| code <= ranges[index].1)
}

/// Whether there is one character for these two.
fn compose(first: char, second: char) -> bool {
    if let ('\u{1100}'..='\u{1112}', '\u{1161}'..='\u{1175}') = (first, second) {
        return true;
    }
    if let ('\u{ac00}'..='\u{d7a3}', '\u{11a8}'..='\u{11c2}') = (first, second) {
        // A syllable of Hangul without a final consonant takes one.
        return (u32::from(first) - 0xac00).is_multiple_of(28);
    }
    let found = COMPOSITIONS.binary_search_by_key(&second, |(second, _)| *second);
    found.is_ok_and(|index| COMPOSITIONS[index].1.contains(first))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::strategy::Strategy;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::{canonical_combining_class, compose as composed, is_combining_mark};

    use super::*;

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(is_nfc(text), text.nfc().eq(text.chars()), "{text:?} {}", text.escape_unicode());
    }

    fn characters() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn every_character_is_judged_as_unicode_does() {
        let mut text = String::new();
        for character in characters() {
            text.clear();
            text.push(character);
            check(&text);
            text.insert(0, 'e');
            check(&text);
        }
    }

    #[test]
    fn every_decomposition_is_judged_as_unicode_does() {
        for character in characters() {
            check(&std::iter::once(character).nfd().collect::<String>());
        }
    }

    #[test]
    fn every_pair_that_composes_is_found_and_no_other() {
        let seconds: Vec<char> = characters()
            .filter(|second| is_combining_mark(*second) || ('\u{1161}'..='\u{11c2}').contains(second))
            .chain(COMPOSITIONS.iter().map(|(second, _)| *second))
            .collect();
        let firsts: Vec<char> =
            COMPOSITIONS.iter().flat_map(|(_, firsts)| firsts.chars()).chain(['x', '한', '하']).collect();
        for second in seconds {
            for first in &firsts {
                assert_eq!(compose(*first, second), composed(*first, second).is_some(), "{first:?} {second:?}");
            }
        }
    }

    #[test]
    fn what_stands_between_two_characters_keeps_them_apart_or_not() {
        for (second, firsts) in COMPOSITIONS {
            for between in ["\u{30a}", "\u{30d}", "\u{320}", "\u{345}", "\u{334}", "x"] {
                firsts.chars().for_each(|first| check(&format!("{first}{between}{second}")));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_judged_as_unicode_does(
            picks in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::prelude::any::<char>(),
                    proptest::sample::select(COMPOSITIONS).prop_map(|(second, _)| second),
                    proptest::sample::select(COMPOSITIONS).prop_map(|(_, firsts)| firsts.chars().next().unwrap()),
                    proptest::sample::select(CLASSES).prop_map(|(first, _, _)| char::from_u32(first).unwrap()),
                    proptest::sample::select(&['a', 'e', 'x', '\u{1100}', '\u{1161}', '\u{11a8}', '하'][..]),
                ],
                0..6,
            )
        ) {
            check(&picks.into_iter().collect::<String>());
        }
    }

    #[test]
    fn the_tables_are_those_of_unicode() {
        let expected = [
            "// Generated by `UPDATE_UNICODE=1 cargo test -p mmcdk-core --lib unicode`; do not edit.\n".to_owned(),
            table("Ranges of characters with a canonical combining class.", "CLASSES: &[(u32, u32, u8)]", classes()),
            table("Ranges of characters that no text in NFC has.", "NOT_NFC: &[(u32, u32)]", not_nfc()),
            table(
                "What a character composes with, if it stands behind it.",
                "COMPOSITIONS: &[(char, &str)]",
                compositions(),
            ),
        ]
        .join("\n");
        if std::env::var_os("UPDATE_UNICODE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/unicode/tables.rs"), &expected).unwrap();
        }
        assert_eq!(include_str!("tables.rs"), expected, "the tables are stale: see the comment of the module");
    }

    fn table(what: &str, name: &str, entries: Vec<String>) -> String {
        let mut text = format!("/// {what}\npub(super) const {name} = &[");
        let mut length = usize::MAX - 1_000;
        for entry in entries {
            length += entry.chars().count() + 2;
            let (separator, indent) = if length > 112 { ("\n    ", entry.chars().count() + 2) } else { (" ", length) };
            length = indent;
            text.push_str(separator);
            text.push_str(&entry);
            text.push(',');
        }
        text + "\n];\n"
    }

    /// Ranges of characters that are neighbors and have the same property.
    fn ranges<P: PartialEq>(property: impl Fn(char) -> Option<P>) -> Vec<(u32, u32, P)> {
        let mut ranges: Vec<(u32, u32, P)> = Vec::new();
        for character in characters() {
            let code = u32::from(character);
            let Some(here) = property(character) else { continue };
            match ranges.last_mut() {
                Some((_, last, known)) if *last + 1 == code && *known == here => *last = code,
                _ => ranges.push((code, code, here)),
            }
        }
        ranges
    }

    fn classes() -> Vec<String> {
        let classes = ranges(|character| Some(canonical_combining_class(character)).filter(|class| *class != 0));
        classes.iter().map(|(first, last, class)| format!("({first:#x}, {last:#x}, {class})")).collect()
    }

    fn not_nfc() -> Vec<String> {
        let excluded = ranges(|character| (!std::iter::once(character).nfc().eq([character])).then_some(()));
        excluded.iter().map(|(first, last, ())| format!("({first:#x}, {last:#x})")).collect()
    }

    fn compositions() -> Vec<String> {
        let mut pairs: BTreeMap<char, BTreeSet<char>> = BTreeMap::new();
        // The syllables of Hangul follow a rule.
        for character in characters().filter(|character| !('\u{ac00}'..='\u{d7a3}').contains(character)) {
            let mut parts: Vec<char> = std::iter::once(character).nfd().collect();
            let second = parts.pop().expect("nothing decomposes to nothing");
            let first: Vec<char> = parts.into_iter().nfc().collect();
            if let [first] = first.as_slice()
                && composed(*first, second).is_some()
            {
                pairs.entry(second).or_default().insert(*first);
            }
        }
        let escape = |firsts: &BTreeSet<char>| {
            firsts
                .iter()
                .map(|first| if first.is_ascii() { first.to_string() } else { first.escape_unicode().to_string() })
                .collect::<String>()
        };
        pairs
            .iter()
            .map(|(second, firsts)| format!("('{}', \"{}\")", second.escape_unicode(), escape(firsts)))
            .collect()
    }
}
