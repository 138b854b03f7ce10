//! How long CloudWatch Logs keeps what it is given.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use mmcdk_core::{Number, Value};

use super::{Days, ParseError};

/// How long a CloudWatch log group keeps its events.
///
/// CloudWatch takes only these spans
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>). In Terraform
/// 0 days means [`Never`](Self::Never): the events never expire, and are paid for as long.
///
/// ```
/// use mmcdk_aws::values::LogRetention;
///
/// assert_eq!(LogRetention::try_from(14), Ok(LogRetention::Days14));
/// let error = LogRetention::try_from(10).unwrap_err();
/// assert_eq!(error.problem(), r#""10" is not a retention that CloudWatch Logs has"#);
/// assert_eq!(error.suggestion(), "the nearest are 7 and 14 days");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogRetention {
    /// 1 day.
    Day1 = 1,
    /// 3 days.
    Days3 = 3,
    /// 5 days.
    Days5 = 5,
    /// 7 days.
    Days7 = 7,
    /// 14 days.
    Days14 = 14,
    /// 30 days.
    Days30 = 30,
    /// 60 days.
    Days60 = 60,
    /// 90 days.
    Days90 = 90,
    /// 120 days.
    Days120 = 120,
    /// 150 days.
    Days150 = 150,
    /// 180 days.
    Days180 = 180,
    /// 365 days, one year.
    Days365 = 365,
    /// 400 days, thirteen months.
    Days400 = 400,
    /// 545 days, eighteen months.
    Days545 = 545,
    /// 731 days, two years.
    Days731 = 731,
    /// 1096 days, three years.
    Days1096 = 1096,
    /// 1827 days, five years.
    Days1827 = 1827,
    /// 2192 days, six years.
    Days2192 = 2192,
    /// 2557 days, seven years.
    Days2557 = 2557,
    /// 2922 days, eight years.
    Days2922 = 2922,
    /// 3288 days, nine years.
    Days3288 = 3288,
    /// 3653 days, ten years.
    Days3653 = 3653,
    /// The events never expire.
    Never = 0,
}

impl LogRetention {
    /// Every span, the shortest first.
    pub const ALL: [Self; 23] = [
        Self::Day1,
        Self::Days3,
        Self::Days5,
        Self::Days7,
        Self::Days14,
        Self::Days30,
        Self::Days60,
        Self::Days90,
        Self::Days120,
        Self::Days150,
        Self::Days180,
        Self::Days365,
        Self::Days400,
        Self::Days545,
        Self::Days731,
        Self::Days1096,
        Self::Days1827,
        Self::Days2192,
        Self::Days2557,
        Self::Days2922,
        Self::Days3288,
        Self::Days3653,
        Self::Never,
    ];

    /// The number of days as Terraform wants it, 0 for [`Never`](Self::Never).
    pub const fn days(self) -> u32 {
        self as u32
    }
}

impl Ord for LogRetention {
    /// The longer one is greater, and never is the longest.
    fn cmp(&self, other: &Self) -> Ordering {
        // 0 - 1 wraps to the greatest number there is.
        self.days().wrapping_sub(1).cmp(&other.days().wrapping_sub(1))
    }
}

impl PartialOrd for LogRetention {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for LogRetention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.pad("never"),
            _ => Days(self.days()).fmt(f),
        }
    }
}

impl TryFrom<u32> for LogRetention {
    type Error = ParseError;

    fn try_from(days: u32) -> Result<Self, ParseError> {
        Self::ALL.into_iter().find(|retention| retention.days() == days).ok_or_else(|| refuse(days, &days.to_string()))
    }
}

impl TryFrom<Days> for LogRetention {
    type Error = ParseError;

    fn try_from(days: Days) -> Result<Self, ParseError> {
        days.0.try_into()
    }
}

impl FromStr for LogRetention {
    type Err = ParseError;

    /// Reads `14`, `14 days` or `never`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let days: Days = text.parse().map_err(|_| {
            ParseError::new("log retention", text, "is not a number of days", "write one such as 14, or never")
        })?;
        Self::try_from(days).map_err(|_| refuse(days.0, text))
    }
}

impl From<LogRetention> for Value<Number> {
    fn from(retention: LogRetention) -> Self {
        retention.days().into()
    }
}

/// Why `text`, which says `days`, is refused. 0 never comes here.
fn refuse(days: u32, text: &str) -> ParseError {
    let shorter = LogRetention::ALL.into_iter().take_while(|span| (1..days).contains(&span.days())).last();
    let longer = LogRetention::ALL.into_iter().find(|span| span.days() > days);
    let remedy = match (shorter, longer) {
        (Some(shorter), Some(longer)) => format!("the nearest are {} and {longer}", shorter.days()),
        (shorter, _) => format!("the longest is {}, or never", shorter.unwrap_or(LogRetention::Days3653)),
    };
    ParseError::new("log retention", text, "is not a retention that CloudWatch Logs has", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_read_back() {
        for span in LogRetention::ALL {
            assert_eq!(span.to_string().parse(), Ok(span));
            assert_eq!(span.days().to_string().parse(), Ok(span));
            assert_eq!(LogRetention::try_from(Days(span.days())), Ok(span));
            assert_eq!(Value::from(span).to_json(), span.days());
        }
        assert!(LogRetention::ALL.is_sorted());
    }

    #[test]
    fn other_spans_are_refused_with_the_nearest() {
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<LogRetention>().unwrap_err().to_string(), format!("{text:?} {expected}"));
        };
        check("2", "is not a retention that CloudWatch Logs has; the nearest are 1 and 3 days");
        check("366 days", "is not a retention that CloudWatch Logs has; the nearest are 365 and 400 days");
        check("3654", "is not a retention that CloudWatch Logs has; the longest is 3653 days, or never");
        check("forever", "is not a number of days; write one such as 14, or never");
        assert_eq!(LogRetention::try_from(10).unwrap_err().suggestion(), "the nearest are 7 and 14 days");
    }
}
