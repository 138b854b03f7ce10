//! Availability zones.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::Value;

use super::{ParseError, Region};

/// An availability zone: a letter of a region, `us-east-1a`.
///
/// It is not a zone *ID* such as `use1-az1`: an ID names the same place in every account, while in the older regions
/// the letters are dealt out anew for each account that was made before November 2025
/// (<https://docs.aws.amazon.com/global-infrastructure/latest/regions/az-ids.html>). Local and Wavelength Zones are
/// not availability zones.
///
/// ```
/// use mmcdk_aws::values::{Region, Zone};
///
/// let zone = Zone::parse(Region::UsEast1, "a")?;
/// assert_eq!(zone, Zone::parse(Region::UsEast1, "us-east-1a")?);
/// assert_eq!((zone.name(), zone.code(), zone.number()), ("us-east-1a".into(), "use1a".into(), 0));
///
/// let error = Zone::parse(Region::UsEast1, "us-west-2a").unwrap_err();
/// assert_eq!(error.problem(), r#""us-west-2a" is in us-west-2, not in us-east-1"#);
/// # Ok::<(), mmcdk_aws::values::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone {
    region: Region,
    /// `b'a'` to `b'z'`.
    letter: u8,
}

impl Zone {
    /// The letter must be one of `a` to `z`.
    pub(super) const fn new(region: Region, letter: u8) -> Self {
        Self { region, letter }
    }

    /// Reads a zone of that region: its letter, or its full name.
    ///
    /// # Errors
    ///
    /// On anything but `a` to `z` alone or after the region's name: capitals, digits, a zone of another region, a
    /// zone ID, a short code. The letter may be an [unusual](Self::is_unusual) one.
    pub fn parse(region: Region, text: &str) -> Result<Self, ParseError> {
        let letter = text.strip_prefix(region.name()).unwrap_or(text);
        match letter.as_bytes() {
            [letter @ b'a'..=b'z'] => Ok(Self::new(region, *letter)),
            _ => Err(refuse(region, text)),
        }
    }

    /// The region it is in.
    pub const fn region(self) -> Region {
        self.region
    }

    /// Its letter: `a`.
    pub const fn letter(self) -> char {
        self.letter as char
    }

    /// The place of its letter in the alphabet, from 0: 0 for `a`, 2 for `c`, whichever zones the region has.
    pub const fn number(self) -> u32 {
        (self.letter - b'a') as u32
    }

    /// The name that AWS uses: `us-east-1a`.
    pub fn name(self) -> String {
        self.to_string()
    }

    /// The short form for resource names: `use1a`.
    pub fn code(self) -> String {
        format!("{}{}", self.region.code(), self.letter())
    }

    /// Whether the region is [known to have zones](Region::letters), but none of this letter: worth a warning, not an error.
    pub fn is_unusual(self) -> bool {
        let mut known = self.region.letters().peekable();
        known.peek().is_some() && known.all(|letter| letter != self.letter())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.region, self.letter())
    }
}

impl FromStr for Zone {
    type Err = ParseError;

    /// Reads the full name of a zone of a region that has a variant.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        full_name(text).ok_or_else(|| {
            ParseError::new(
                "availability zone",
                text,
                "is not the name of an availability zone",
                "write the region's name and a letter, such as us-east-1a",
            )
        })
    }
}

impl From<Zone> for Value<String> {
    fn from(zone: Zone) -> Self {
        zone.name().into()
    }
}

impl From<&Zone> for Value<String> {
    fn from(zone: &Zone) -> Self {
        (*zone).into()
    }
}

/// The zone that `text` is the full name of, in whichever known region.
fn full_name(text: &str) -> Option<Zone> {
    Region::all().find_map(|region| match text.strip_prefix(region.name())?.as_bytes() {
        [letter @ b'a'..=b'z'] => Some(Zone::new(region, *letter)),
        _ => None,
    })
}

/// Why `text` is not a zone of `region`.
fn refuse(region: Region, text: &str) -> ParseError {
    let error = |problem: String, remedy: String| ParseError::new("availability zone", text, problem, remedy);
    let letter = region.letters().next().unwrap_or('a');
    let write = |letter: char| format!("write {letter} or {region}{letter}");

    if let Some(zone) = full_name(text) {
        return error(
            format!("is in {}, not in {region}", zone.region),
            format!("write a zone of {region}, such as {letter}"),
        );
    }
    if text == region.name() {
        return error("is a region without a zone's letter".into(), write(letter));
    }
    if let Some((_, number)) = text.rsplit_once("-az")
        && is_number(number)
    {
        let problem = "is a zone ID, which is another thing than a zone's name";
        return error(problem.into(), format!("write the name that your account has for it, such as {region}{letter}"));
    }
    if text.contains(|c: char| c.is_ascii_uppercase())
        && let Ok(zone) = Zone::parse(region, &text.to_ascii_lowercase())
    {
        return error("has capitals".into(), write(zone.letter()));
    }
    let mut regions = Region::all().chain([region]);
    if let Some(zone) = regions.find_map(|region| match text.strip_prefix(region.code())?.as_bytes() {
        [letter @ b'a'..=b'z'] => Some(Zone::new(region, *letter)),
        _ => None,
    }) {
        let letter = if zone.region == region { zone.letter() } else { letter };
        return error(format!("is the short code of {zone}, not the name of a zone of {region}"), write(letter));
    }
    if text.strip_prefix(region.name()).is_some_and(|rest| rest.starts_with('-')) {
        let problem = "is not an availability zone; Local and Wavelength Zones are not supported";
        return error(problem.into(), write(letter));
    }
    if is_number(text) {
        return error("is a number, and zones have letters".into(), write(letter));
    }
    error(format!("is not a zone of {region}"), write(letter))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_and_a_full_name_are_the_same_zone() {
        for (region, letter) in [(Region::UsEast1, 'f'), (Region::ApNortheast1, 'd'), (Region::EuscDeEast1, 'a')] {
            let zone = region.zone(letter);
            assert_eq!(Zone::parse(region, &letter.to_string()), Ok(zone));
            assert_eq!(Zone::parse(region, &zone.name()), Ok(zone));
            assert_eq!(zone.name().parse(), Ok(zone));
        }
    }

    #[test]
    fn a_zone_counts_by_its_letter() {
        let tokyo = Region::ApNortheast1;
        let numbers: Vec<_> = tokyo.letters().map(|letter| tokyo.zone(letter).number()).collect();
        assert_eq!(numbers, [0, 2, 3]);
        assert!(!tokyo.zone('c').is_unusual());
        assert!(tokyo.zone('b').is_unusual());
    }

    #[test]
    fn what_is_no_zone_is_refused_with_what_would_do() {
        let check = |text: &str, expected: &str| {
            let error = Zone::parse(Region::UsEast1, text).unwrap_err();
            assert_eq!(error.to_string(), format!("{text:?} {expected}"));
        };
        check("", "is not a zone of us-east-1; write a or us-east-1a");
        check("ab", "is not a zone of us-east-1; write a or us-east-1a");
        check("us-east-1ab", "is not a zone of us-east-1; write a or us-east-1a");
        check("é", "is not a zone of us-east-1; write a or us-east-1a");
        check("1", "is a number, and zones have letters; write a or us-east-1a");
        check("B", "has capitals; write b or us-east-1b");
        check("US-EAST-1B", "has capitals; write b or us-east-1b");
        check("us-east-1", "is a region without a zone's letter; write a or us-east-1a");
        check("us-west-2a", "is in us-west-2, not in us-east-1; write a zone of us-east-1, such as a");
        check("use1b", "is the short code of us-east-1b, not the name of a zone of us-east-1; write b or us-east-1b");
        check("usw2b", "is the short code of us-west-2b, not the name of a zone of us-east-1; write a or us-east-1a");
        check(
            "use1-az1",
            "is a zone ID, which is another thing than a zone's name; write the name that your account has for it, \
             such as us-east-1a",
        );
        check(
            "us-east-1-bos-1a",
            "is not an availability zone; Local and Wavelength Zones are not supported; write a or us-east-1a",
        );
    }

    #[test]
    fn zones_of_declared_regions_are_read_too() {
        let region = Region::declare("us-iso-east-1", "usie1", crate::values::Partition::AwsIso);
        assert_eq!(Zone::parse(region, "us-iso-east-1b"), Ok(region.zone('b')));
        assert!(!region.zone('z').is_unusual(), "nothing is known of its zones");
        let error = Zone::parse(region, "usie1b").unwrap_err();
        assert_eq!(
            error.problem(),
            r#""usie1b" is the short code of us-iso-east-1b, not the name of a zone of us-iso-east-1"#
        );
    }

    #[test]
    fn a_zone_is_its_name_in_terraform() {
        assert_eq!(Value::from(&Region::UsEast1.zone('a')).literal(), Some("us-east-1a"));
    }
}
