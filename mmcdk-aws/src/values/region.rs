//! Regions and their short codes.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::Value;

use super::error::{ParseError, did_you_mean};
use super::{Partition, Zone};

/// A region that this version of the library does not know, made by [`Region::declare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclaredRegion {
    name: &'static str,
    code: &'static str,
    partition: Partition,
}

/// What is known of a region.
struct Facts {
    name: &'static str,
    code: &'static str,
    partition: Partition,
    letters: &'static str,
}

// One table gives the variants, their facts and their list, so that no region can be in one and not in another.
macro_rules! regions {
    ($($variant:ident $name:literal $code:literal $partition:ident $letters:literal, $place:literal;)*) => {
        /// A region of AWS.
        ///
        /// Its name is the one AWS uses, `us-east-1`; its [`code`](Self::code) is the short form for resource names,
        /// `use1`. The variants are the regions of
        /// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>, with those of China,
        /// GovCloud and the European Sovereign Cloud. A region that came later, or an isolated one, is
        /// [declared](Self::declare).
        ///
        /// ```
        /// use mmcdk_aws::values::{Partition, Region};
        ///
        /// let region: Region = "eu-central-1".parse()?;
        /// assert_eq!(region, Region::EuCentral1);
        /// assert_eq!(region.code(), "euc1");
        /// assert_eq!(Region::CnNorth1.partition(), Partition::AwsCn);
        ///
        /// let error = "us-esat-1".parse::<Region>().unwrap_err();
        /// assert_eq!(error.to_string(), r#""us-esat-1" is not an AWS region; did you mean us-east-1?"#);
        /// # Ok::<(), mmcdk_aws::values::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Region {
            $(
                #[doc = concat!($place, ": `", $name, "`, in short `", $code, "`.")]
                $variant,
            )*
            /// A region that this version of the library does not know.
            Declared(DeclaredRegion),
        }

        const KNOWN: &[Region] = &[$(Region::$variant),*];

        impl Region {
            const fn facts(self) -> Facts {
                match self {
                    $(Self::$variant => Facts {
                        name: $name,
                        code: $code,
                        partition: Partition::$partition,
                        letters: $letters,
                    },)*
                    Self::Declared(DeclaredRegion { name, code, partition }) => {
                        Facts { name, code, partition, letters: known_letters(name) }
                    }
                }
            }
        }
    };
}

regions! {
    AfSouth1     "af-south-1"     "afs1"     Aws      "abc",    "Cape Town";
    ApEast1      "ap-east-1"      "ape1"     Aws      "abc",    "Hong Kong";
    ApEast2      "ap-east-2"      "ape2"     Aws      "abc",    "Taipei";
    ApNortheast1 "ap-northeast-1" "apne1"    Aws      "acd",    "Tokyo";
    ApNortheast2 "ap-northeast-2" "apne2"    Aws      "abcd",   "Seoul";
    ApNortheast3 "ap-northeast-3" "apne3"    Aws      "abc",    "Osaka";
    ApSouth1     "ap-south-1"     "aps1"     Aws      "abc",    "Mumbai";
    ApSouth2     "ap-south-2"     "aps2"     Aws      "abc",    "Hyderabad";
    ApSoutheast1 "ap-southeast-1" "apse1"    Aws      "abc",    "Singapore";
    ApSoutheast2 "ap-southeast-2" "apse2"    Aws      "abc",    "Sydney";
    ApSoutheast3 "ap-southeast-3" "apse3"    Aws      "abc",    "Jakarta";
    ApSoutheast4 "ap-southeast-4" "apse4"    Aws      "abc",    "Melbourne";
    ApSoutheast5 "ap-southeast-5" "apse5"    Aws      "abc",    "Malaysia";
    ApSoutheast6 "ap-southeast-6" "apse6"    Aws      "abc",    "New Zealand";
    ApSoutheast7 "ap-southeast-7" "apse7"    Aws      "abc",    "Thailand";
    CaCentral1   "ca-central-1"   "cac1"     Aws      "abd",    "Canada, central";
    CaWest1      "ca-west-1"      "caw1"     Aws      "abc",    "Calgary";
    CnNorth1     "cn-north-1"     "cnn1"     AwsCn    "abd",    "Beijing";
    CnNorthwest1 "cn-northwest-1" "cnnw1"    AwsCn    "abc",    "Ningxia";
    EuCentral1   "eu-central-1"   "euc1"     Aws      "abc",    "Frankfurt";
    EuCentral2   "eu-central-2"   "euc2"     Aws      "abc",    "Zurich";
    EuNorth1     "eu-north-1"     "eun1"     Aws      "abc",    "Stockholm";
    EuSouth1     "eu-south-1"     "eus1"     Aws      "abc",    "Milan";
    EuSouth2     "eu-south-2"     "eus2"     Aws      "abc",    "Spain";
    EuWest1      "eu-west-1"      "euw1"     Aws      "abc",    "Ireland";
    EuWest2      "eu-west-2"      "euw2"     Aws      "abc",    "London";
    EuWest3      "eu-west-3"      "euw3"     Aws      "abc",    "Paris";
    EuscDeEast1  "eusc-de-east-1" "euscdee1" AwsEusc  "abc",    "European Sovereign Cloud, Germany";
    IlCentral1   "il-central-1"   "ilc1"     Aws      "abc",    "Tel Aviv";
    MeCentral1   "me-central-1"   "mec1"     Aws      "abc",    "United Arab Emirates";
    MeSouth1     "me-south-1"     "mes1"     Aws      "abc",    "Bahrain";
    MxCentral1   "mx-central-1"   "mxc1"     Aws      "abc",    "Mexico, central";
    SaEast1      "sa-east-1"      "sae1"     Aws      "abc",    "São Paulo";
    UsEast1      "us-east-1"      "use1"     Aws      "abcdef", "Northern Virginia";
    UsEast2      "us-east-2"      "use2"     Aws      "abc",    "Ohio";
    UsGovEast1   "us-gov-east-1"  "usge1"    AwsUsGov "abc",    "GovCloud, US east";
    UsGovWest1   "us-gov-west-1"  "usgw1"    AwsUsGov "abc",    "GovCloud, US west";
    UsWest1      "us-west-1"      "usw1"     Aws      "abc",    "Northern California";
    UsWest2      "us-west-2"      "usw2"     Aws      "abcd",   "Oregon";
}

impl Region {
    /// A region that this version of the library does not know, or a known one under another short code.
    ///
    /// The name is AWS's, such as `sa-west-1`; the code is two to twelve lower-case letters and digits, and goes into
    /// the names of resources, so keep it when a later version brings a variant for the region.
    ///
    /// # Panics
    ///
    /// On a malformed name or code, a code of another known region, or another partition than a known region's. In a
    /// constant that is a compile error.
    ///
    /// ```
    /// use mmcdk_aws::values::{Partition, Region};
    ///
    /// const ISO_EAST: Region = Region::declare("us-iso-east-1", "usie1", Partition::AwsIso);
    /// assert_eq!(ISO_EAST.zone('b').name(), "us-iso-east-1b");
    /// ```
    pub const fn declare(name: &'static str, code: &'static str, partition: Partition) -> Self {
        assert!(is_region_name(name), "a region's name looks like us-east-1");
        assert!(is_short_code(code), "a region's short code is 2 to 12 lower-case letters and digits, such as use1");
        let mut i = 0;
        while i < KNOWN.len() {
            let known = KNOWN[i].facts();
            if same(known.name, name) {
                assert!(known.partition as u8 == partition as u8, "the region is in another partition");
            } else {
                assert!(!same(known.code, code), "the short code belongs to another region");
            }
            i += 1;
        }
        Self::Declared(DeclaredRegion { name, code, partition })
    }

    /// Every region that has a variant, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().copied()
    }

    /// The name that AWS uses: `us-east-1`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The short form for resource names: `use1`.
    ///
    /// It is the first part, the initials of the direction, and the number; what stands between adds its own
    /// letter or letters (`usge1`). It is taken from a table, never by prefix: `aps1` is Mumbai and `apse1` Singapore.
    pub const fn code(self) -> &'static str {
        self.facts().code
    }

    /// The partition the region is in.
    pub const fn partition(self) -> Partition {
        self.facts().partition
    }

    /// The zone letters that the region is known to have; none if this version of the library does not know its name.
    ///
    /// This is a hint and not a rule: AWS adds zones, and an account may see fewer of them. See
    /// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>.
    pub fn letters(self) -> impl Iterator<Item = char> {
        self.facts().letters.chars()
    }

    /// The zone of that letter. For letters from outside there is [`Zone::parse`].
    ///
    /// # Panics
    ///
    /// Unless the letter is one of `a` to `z`.
    pub const fn zone(self, letter: char) -> Zone {
        assert!(letter.is_ascii_lowercase(), "a zone's letter is one of a to z");
        Zone::new(self, letter as u8)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Region {
    type Err = ParseError;

    /// Reads the name of a region that has a variant.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(region) = Self::all().find(|region| region.name() == text) {
            return Ok(region);
        }
        let error = |problem: String, remedy: String| Err(ParseError::new("region", text, problem, remedy));
        if let Some(region) = Self::all().find(|region| region.code() == text) {
            return error(format!("is the short code of {region}, not its name"), format!("write {region}"));
        }
        if let Ok(zone) = text.parse::<Zone>() {
            return error(format!("is a zone of {}, not a region", zone.region()), format!("write {}", zone.region()));
        }
        let remedy = did_you_mean(text, Self::all().map(Self::name)).unwrap_or_else(|| {
            "write the region's name, such as us-east-1; one that this version does not know is made with \
             Region::declare"
                .to_owned()
        });
        error("is not an AWS region".to_owned(), remedy)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.name().to_owned()
    }
}

impl From<Region> for Value<String> {
    fn from(region: Region) -> Self {
        region.name().into()
    }
}

/// Whether `name` is two or more words and a number, joined by hyphens: `us-gov-east-1`.
const fn is_region_name(name: &str) -> bool {
    let name = name.as_bytes();
    let (mut i, mut hyphens, mut digits, mut part) = (0, 0, 0, 0);
    while i < name.len() {
        match name[i] {
            b'-' if part > 0 && digits == 0 => (hyphens, part) = (hyphens + 1, 0),
            b'0'..=b'9' if hyphens > 1 && part == digits => (digits, part) = (digits + 1, part + 1),
            b'a'..=b'z' if digits == 0 => part += 1,
            _ => return false,
        }
        i += 1;
    }
    0 < digits && digits < 3
}

/// The letters of the known region of that name, such as one declared under another short code.
const fn known_letters(name: &str) -> &'static str {
    let mut i = 0;
    while i < KNOWN.len() {
        let known = KNOWN[i].facts();
        if same(known.name, name) {
            return known.letters;
        }
        i += 1;
    }
    ""
}

const fn is_short_code(code: &str) -> bool {
    let code = code.as_bytes();
    let mut i = 0;
    while i < code.len() {
        if !(code[i].is_ascii_lowercase() || i > 0 && code[i].is_ascii_digit()) {
            return false;
        }
        i += 1;
    }
    2 <= code.len() && code.len() <= 12
}

/// `a == b`, which is not yet to be had in a `const fn`.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The rule of [`Region::code`], written out.
    fn code_by_rule(name: &str) -> String {
        let parts: Vec<_> = name.split('-').collect();
        let (direction, number) = (parts[parts.len() - 2], parts[parts.len() - 1]);
        let middle = match &parts[1..parts.len() - 2] {
            [] => "",
            ["gov"] => "g",
            [country] => country,
            _ => unreachable!("{name}"),
        };
        let direction = match direction {
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            plain => &plain[..1],
        };
        format!("{}{middle}{direction}{number}", parts[0])
    }

    #[test]
    fn the_table_follows_the_rules() {
        for region in Region::all() {
            assert_eq!(region.code(), code_by_rule(region.name()));
            assert!(is_region_name(region.name()), "{region}");
            assert!(is_short_code(region.code()), "{region}");
            let partition = match region.name() {
                name if name.starts_with("cn-") => Partition::AwsCn,
                name if name.starts_with("us-gov-") => Partition::AwsUsGov,
                name if name.starts_with("eusc-") => Partition::AwsEusc,
                _ => Partition::Aws,
            };
            assert_eq!(region.partition(), partition, "{region}");
            assert!(region.letters().count() >= 3 && region.letters().is_sorted(), "{region}");
        }
    }

    #[test]
    fn names_and_codes_are_distinct_and_in_order() {
        assert_eq!(Region::all().count(), 39);
        assert_eq!(Region::all().map(Region::code).collect::<BTreeSet<_>>().len(), 39);
        assert_eq!(Region::all().map(Region::name).collect::<BTreeSet<_>>().len(), 39);
        assert!(Region::all().is_sorted() && Region::all().map(Region::name).is_sorted());
    }

    #[test]
    fn a_name_is_read_exactly() {
        for region in Region::all() {
            assert_eq!(region.to_string().parse(), Ok(region));
        }
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<Region>().unwrap_err().to_string(), format!("{text:?} {expected}"));
        };
        check("us-esat-1", "is not an AWS region; did you mean us-east-1?");
        check("US-EAST-1", "is not an AWS region; did you mean us-east-1?");
        check(" eu-west-1", "is not an AWS region; did you mean eu-west-1?");
        check("use1", "is the short code of us-east-1, not its name; write us-east-1");
        check("us-east-1a", "is a zone of us-east-1, not a region; write us-east-1");
        let otherwise = "is not an AWS region; write the region's name, such as us-east-1; one that this version does \
                         not know is made with Region::declare";
        check("Frankfurt", otherwise);
        check("", otherwise);
    }

    #[test]
    fn declared_regions_know_what_they_were_told() {
        let region = Region::declare("sa-west-1", "saw1", Partition::Aws);
        assert_eq!((region.name(), region.code(), region.partition()), ("sa-west-1", "saw1", Partition::Aws));
        assert_eq!(region.letters().count(), 0);
        let renamed = Region::declare("us-east-1", "ue1", Partition::Aws);
        assert_eq!(renamed.zone('a').code(), "ue1a");
        assert!(renamed.letters().eq(Region::UsEast1.letters()), "its zones are those of its name");
    }

    #[test]
    fn malformed_declarations_panic() {
        let panics = |name, code, partition| {
            assert!(std::panic::catch_unwind(|| Region::declare(name, code, partition)).is_err(), "{name} {code}");
        };
        for name in [
            "",
            "us",
            "us-1",
            "us-east",
            "us-east-",
            "us-east-1a",
            "us--east-1",
            "US-east-1",
            "-us-east-1",
            "us-east-123",
            "us-e4st-1",
            "us-east-1-2",
        ] {
            panics(name, "xxx1", Partition::Aws);
        }
        for code in ["", "x", "1x", "Xx1", "x-1", "abcdefghijklm"] {
            panics("sa-west-1", code, Partition::Aws);
        }
        panics("sa-west-1", "use1", Partition::Aws);
        panics("us-east-1", "ue1", Partition::AwsCn);
    }

    #[test]
    fn zones_of_a_region_that_are_not_letters_panic() {
        for letter in ['A', '1', 'é', '-'] {
            assert!(std::panic::catch_unwind(|| Region::UsEast1.zone(letter)).is_err(), "{letter}");
        }
    }
}
