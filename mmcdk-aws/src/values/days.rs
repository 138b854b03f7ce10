//! Spans of whole days.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::{Number, Value};

use super::ParseError;

/// A number of whole days: `Days(90)`.
///
/// ```
/// use mmcdk_aws::values::Days;
///
/// assert_eq!(Days(90).to_string(), "90 days");
/// assert_eq!("90 days".parse(), Ok(Days(90)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Days(pub u32);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.pad("1 day"),
            days => f.pad(&format!("{days} days")),
        }
    }
}

impl FromStr for Days {
    type Err = ParseError;

    /// Reads `90`, `90 days` or `1 day`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let number = text.strip_suffix(" days").or_else(|| text.strip_suffix(" day")).unwrap_or(text);
        // `u32::from_str` takes a plus sign, and nobody writes one.
        match number.parse() {
            Ok(days) if number.as_bytes()[0] != b'+' => Ok(Self(days)),
            _ => Err(ParseError::new("days", text, "is not a number of days", "write a whole number, such as 90")),
        }
    }
}

impl From<Days> for Value<Number> {
    fn from(days: Days) -> Self {
        days.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_back() {
        for days in [Days(0), Days(1), Days(365)] {
            assert_eq!(days.to_string().parse(), Ok(days));
            assert_eq!(days.0.to_string().parse(), Ok(days));
            assert_eq!(Value::from(days).to_json(), days.0);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "+1", "-1", "1.5", "90d", "ninety", " 1", "4294967296", "days"] {
            let expected = format!("{text:?} is not a number of days; write a whole number, such as 90");
            assert_eq!(text.parse::<Days>().unwrap_err().to_string(), expected);
        }
    }
}
