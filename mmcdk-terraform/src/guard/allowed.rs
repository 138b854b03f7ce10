//! Which addresses a pattern names, so that many can be allowed to go at once.

use std::str::FromStr;

use mmcdk_core::{Error, Result};

/// Addresses of resources with a part in common: `aws_subnet.core_*`, `*.core_*`.
///
/// `*` stands for anything within a label or a key, and alone for any type. A label must begin with something that is
/// written out, so that no pattern names everything of a type.
///
/// ```
/// use mmcdk_terraform::AddressPattern;
///
/// assert!("*.core_*".parse::<AddressPattern>().is_ok());
/// assert!("aws_subnet.*".parse::<AddressPattern>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressPattern(Vec<String>);

impl AddressPattern {
    /// Whether it names that address.
    pub fn names(&self, address: &str) -> bool {
        let segments = segments(address);
        self.0.len() == segments.len()
            && self.0.iter().zip(segments).all(|(pattern, segment)| is_of(pattern.as_bytes(), segment.as_bytes()))
    }
}

impl FromStr for AddressPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Err(Error::new(format!("{text:?} cannot name what may be destroyed: {what}"))
                .remedy("write an address as the plan does, such as aws_subnet.core_public_a or aws_subnet.core_*"))
        };
        let segments = segments(text);
        let [modules @ .., terraform_type, label] = segments.as_slice() else {
            return wrong("an address has a type and a label");
        };
        if segments.iter().any(|segment| segment.is_empty()) {
            return wrong("a part of it is empty");
        }
        if text.trim() != text || text.contains(char::is_control) {
            return wrong("it has a space at an end, or a control character");
        }
        if modules.iter().any(|module| module.contains('*')) {
            return wrong("a module is written out");
        }
        let is_type = terraform_type.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if *terraform_type != "*" && (terraform_type.contains('*') || !is_type) {
            return wrong("a type is written out, or is * for any");
        }
        if label.starts_with('*') {
            return wrong("a label begins with something written out");
        }
        Ok(Self(segments.into_iter().map(str::to_owned).collect()))
    }
}

/// The parts of an address between its dots. A dot in a key is none of them: `aws_eip.all["a.b"]`.
fn segments(address: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let is_end = |character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' => return !quoted,
            _ => {}
        }
        false
    };
    address.split(is_end).collect()
}

/// Whether a text is of a pattern in which `*` stands for anything.
fn is_of(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut in_text, mut star) = (0, 0, None);
    while in_text < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_text));
                at += 1;
            }
            Some(byte) if *byte == text[in_text] => (at, in_text) = (at + 1, in_text + 1),
            _ => match &mut star {
                Some((before, tried)) => {
                    *tried += 1;
                    (at, in_text) = (*before + 1, *tried);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_labels_that_begin_alike_and_never_everything() {
        for (pattern, address, named) in [
            ("aws_subnet.core_*", "aws_subnet.core_public_a", true),
            ("aws_subnet.core_*", "aws_subnet.core", false),
            ("aws_subnet.core_*", "aws_subnet.core2_public_a", false),
            ("aws_subnet.core_*", "aws_route_table.core_public_a", false),
            ("aws_subnet.core_*", "module.x.aws_subnet.core_public_a", false),
            ("*.core_*", "aws_route_table.core_private", true),
            ("*.core*", "aws_vpc.core", true),
            ("*.core_*_a", "aws_subnet.core_public_a", true),
            ("*.core_*_a", "aws_subnet.core_public_b", false),
            ("module.x.aws_eip.a*", "module.x.aws_eip.all[\"a.b\"]", true),
            ("aws_eip.all[*]", "aws_eip.all[\"a.b\"]", true),
            ("aws_eip.all[\"a.b\"]", "aws_eip.all[\"a.b\"]", true),
            ("aws_eip.all[0]", "aws_eip.all[01]", false),
            ("aws_eip.Core", "aws_eip.core", false),
        ] {
            assert_eq!(pattern.parse::<AddressPattern>().unwrap().names(address), named, "{pattern} {address}");
        }
        for pattern in [
            "*",
            "*.*",
            "aws_subnet.*",
            "aws_*.core",
            "module.*.aws_eip.a",
            "module.x.aws_*.core",
            "core",
            "",
            "aws_eip.",
            ".a",
            "*.*a",
            "-aws_eip.a",
            "aws_eip.a ",
            "aws_eip.a\naws_eip.b",
        ] {
            let error = pattern.parse::<AddressPattern>().unwrap_err();
            assert!(error.to_string().contains(&format!("{pattern:?} cannot name")) && error.suggestion().is_some());
        }
    }
}
