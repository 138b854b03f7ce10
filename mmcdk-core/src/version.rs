//! Which versions of Terraform may apply the stacks.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// A [version constraint](https://developer.hashicorp.com/terraform/language/expressions/version-constraints) of
/// Terraform: `>= 1.10.0`, `~> 1.11`, `>= 1.10, != 1.12.0, < 2`.
///
/// ```
/// use mmcdk_core::VersionConstraint;
///
/// let constraint: VersionConstraint = ">= 1.10, < 2".parse()?;
/// assert!(constraint.allows("1.11.4") && !constraint.allows("0.12.31"));
/// # Ok::<(), mmcdk_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct VersionConstraint {
    text: String,
    bounds: Vec<Bound>,
}

#[derive(Clone, Debug, PartialEq)]
struct Bound {
    operator: Operator,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    NotEqual,
    More,
    AtLeast,
    Less,
    AtMost,
    Pessimistic,
}

/// The longer ones first, so that none is taken for a part of another one.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("~>", Operator::Pessimistic),
    ("=", Operator::Equal),
    (">", Operator::More),
    ("<", Operator::Less),
];

/// `1.11.4`, `1.11`, `1.15.0-beta1`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version {
    numbers: [u64; 3],
    /// How many of the numbers were written.
    written: usize,
    prerelease: Option<String>,
}

impl VersionConstraint {
    /// Whether the constraint allows that version, such as `1.11.4`. What is not a version is not allowed.
    pub fn allows(&self, version: &str) -> bool {
        Version::parse(version).is_some_and(|version| self.bounds.iter().all(|bound| bound.allows(&version)))
    }

    /// Whether every version that the constraint allows is at least that one.
    pub(crate) fn starts_at(&self, version: &Version) -> bool {
        self.bounds.iter().any(|bound| {
            let bounds_below = !matches!(bound.operator, Operator::Less | Operator::AtMost | Operator::NotEqual);
            bounds_below && bound.version.compare(version).is_ge()
        })
    }
}

impl FromStr for VersionConstraint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bounds: Option<Vec<Bound>> = text.split(',').map(Bound::parse).collect();
        let bounds = bounds.ok_or_else(|| {
            Error::new(format!("{text:?} is not a version constraint of Terraform"))
                .remedy("write it as \">= 1.10.0\", \"~> 1.11\" or \">= 1.10, < 2\"")
        })?;
        Ok(Self { text: text.to_owned(), bounds })
    }
}

impl fmt::Display for VersionConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Bound {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
        let (operator, version) = found.unwrap_or((Operator::Equal, text));
        Some(Self { operator, version: Version::parse(version.trim_start())? })
    }

    fn allows(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::More => order.is_gt(),
            Operator::AtLeast => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::AtMost => order.is_le(),
            // All numbers but the last one that is written stay.
            Operator::Pessimistic => {
                let fixed = self.version.written - 1;
                order.is_ge() && version.numbers[..fixed] == self.version.numbers[..fixed]
            }
        }
    }
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (text, _) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, prerelease) = match text.split_once('-') {
            Some((_, "")) => return None,
            Some((numbers, prerelease)) => (numbers, Some(prerelease.to_owned())),
            None => (text, None),
        };
        let parts: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        let mut version = Self { numbers: [0; 3], written: parts.len(), prerelease };
        version.numbers.get_mut(..parts.len())?.copy_from_slice(&parts);
        Some(version)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(another)) => one.cmp(another),
        })
    }
}

/// Digits alone: `u64` would take a sign, too.
fn number(text: &str) -> Option<u64> {
    text.chars().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_allow_what_terraform_allows() {
        for (constraint, allowed, not) in [
            (">= 1.10.0", &["1.10.0", "1.11.4", "2.0.0"][..], &["1.9.9", "0.12.31", "1.10.0-beta1"][..]),
            ("~> 1.11", &["1.11.0", "1.99.0"], &["1.10.9", "2.0.0"]),
            ("~> 1.11.2", &["1.11.2", "1.11.9"], &["1.11.1", "1.12.0"]),
            ("~> 1", &["1.0.0", "2.0.0"], &["0.12.31"]),
            (">= 1.10, != 1.12.0, < 2", &["1.10.0", "1.12.1"], &["1.12.0", "2.0.0"]),
            ("1.11.4", &["1.11.4"], &["1.11.5"]),
            ("= 1.11", &["1.11.0"], &["1.11.1"]),
            ("> 1.10.5, <= 1.11.4", &["1.10.6", "1.11.4"], &["1.10.5", "1.11.5"]),
            (">=1.15.0-rc1", &["1.15.0-rc2", "1.15.0"], &["1.15.0-beta1"]),
        ] {
            let parsed: VersionConstraint = constraint.parse().unwrap();
            allowed.iter().for_each(|version| assert!(parsed.allows(version), "{constraint} and {version}"));
            not.iter().for_each(|version| assert!(!parsed.allows(version), "{constraint} and {version}"));
            assert_eq!(parsed.to_string(), constraint);
        }
    }

    #[test]
    fn the_lowest_version_is_known() {
        let starts_at = |constraint: &str, version: &str| {
            constraint.parse::<VersionConstraint>().unwrap().starts_at(&Version::parse(version).unwrap())
        };
        for constraint in [">= 1.14.0", "~> 1.14", "1.15.0", "> 1.14", ">= 1.10, ~> 1.14.2"] {
            assert!(starts_at(constraint, "1.14.0"), "{constraint}");
        }
        for constraint in [">= 1.10.0", "~> 1.13.0", "< 2", "<= 1.14.0", "!= 1.14.0", ">= 1.14.0-beta1"] {
            assert!(!starts_at(constraint, "1.14.0"), "{constraint}");
        }
    }

    #[test]
    fn what_is_not_a_constraint_is_rejected() {
        for text in ["", "latest", ">= v", ">= 1.10,", ">=", "=> 1.10", "1.2.3.4", "1.+2", "1.x", "1.0-", "~ 1.1"] {
            let error = text.parse::<VersionConstraint>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?} is not")), "{error}");
        }
    }
}
