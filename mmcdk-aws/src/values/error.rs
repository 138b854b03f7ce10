//! The error of reading a value, and the search for what was meant.

use std::fmt;
use std::panic::Location;

/// A text or a number that is not the value it should be.
///
/// It shows the value, says why it is refused, and what would do:
/// `"us-esat-1" is not an AWS region; did you mean us-east-1?`. In a construct it becomes an
/// [`Error`](mmcdk_core::Error), so `?` is all that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    what: &'static str,
    value: String,
    problem: String,
    remedy: String,
}

impl ParseError {
    /// An error of reading `value` as `what`: `problem` goes on from the value, `remedy` says what would do.
    pub(crate) fn new(
        what: &'static str,
        value: impl fmt::Display,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { what, value: value.to_string(), problem: problem.into(), remedy: remedy.into() }
    }

    /// What the value should have been: `region`, `account ID`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The value as it was given.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What is wrong, with the value: `"us-esat-1" is not an AWS region`.
    pub fn problem(&self) -> String {
        format!("{:?} {}", self.value, self.problem)
    }

    /// What would do: `did you mean us-east-1?`.
    pub fn suggestion(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.remedy)
    }
}

impl std::error::Error for ParseError {}

impl From<ParseError> for mmcdk_core::Error {
    /// The same as an error of a construct. Outside of constructs it says at which line of the program the `?` is.
    #[track_caller]
    fn from(error: ParseError) -> Self {
        let line = Location::caller();
        let error = Self::new(error.problem()).remedy(error.remedy);
        // Called by a function pointer, it does not know its caller.
        if line.file() == file!() { error } else { error.at_line(line) }
    }
}

/// `did you mean A or B?` of the candidates that are nearest to `value`, where any is near.
pub(crate) fn did_you_mean<'a>(value: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // One slip of the hand, or two in a longer word; more than that is a guess.
    let near = if value.len() < 6 { 1 } else { 2 };
    let value = value.to_lowercase();
    let mut best = Vec::new();
    let mut distance = near;
    for candidate in candidates {
        let this = edits(&value, candidate);
        if this < distance {
            best.clear();
            distance = this;
        }
        if this == distance {
            best.push(candidate);
        }
    }
    // Where many are equally near, none of them is a suggestion.
    (1..=3).contains(&best.len()).then(|| format!("did you mean {}?", best.join(" or ")))
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour to turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_problem_and_remedy_apart() {
        let error = ParseError::new("region", "us-esat-1", "is not an AWS region", "did you mean us-east-1?");
        assert_eq!(error.to_string(), r#""us-esat-1" is not an AWS region; did you mean us-east-1?"#);
        assert_eq!((error.what(), error.value()), ("region", "us-esat-1"));

        let error = mmcdk_core::Error::from(error);
        assert_eq!(error.problem(), r#""us-esat-1" is not an AWS region"#);
        assert_eq!(error.suggestion(), Some("did you mean us-east-1?"));
    }

    #[test]
    fn suggestions_are_near_and_few() {
        let candidates = ["us-east-1", "us-east-2", "us-west-1"];
        let check = |value, expected: Option<&str>| {
            assert_eq!(did_you_mean(value, candidates).as_deref(), expected, "{value}");
        };
        check("us-esat-1", Some("did you mean us-east-1?"));
        check("us_east_1", Some("did you mean us-east-1?"));
        check("US-EAST-2", Some("did you mean us-east-2?"));
        check("us-est-1", Some("did you mean us-east-1 or us-west-1?"));
        check("frankfurt", None);
        check("", None);
    }

    #[test]
    fn edits_count_slips() {
        for (a, b, expected) in [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("east", "est", 1), ("east", "west", 2)] {
            assert_eq!(edits(a, b), expected, "{a} {b}");
        }
    }
}
