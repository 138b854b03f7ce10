//! Instance types and the processors behind them.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::Value;

use super::ParseError;

/// The instruction set of a processor, which an image must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Architecture {
    /// Intel and AMD: `x86_64`.
    X86_64,
    /// Graviton and other Arm processors: `arm64`.
    Arm64,
}

// One table gives the variants, their names and their list, so that no type can be in one and not in another.
macro_rules! instance_types {
    ($($variant:ident $name:literal;)*) => {
        /// A type of EC2 instance: a family and a size, `t3.micro`.
        ///
        /// The variants are small types that make sense for a NAT instance or a bastion, the `gn` ones for a steady
        /// high bandwidth; every other type is [read](Self::parse) and keeps its name. Only the form `family.size` is
        /// checked, because AWS brings new types all the time, and whether a region has one is seen when it is
        /// applied. The form is described in
        /// <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>.
        ///
        /// ```
        /// use mmcdk_aws::values::{Architecture, InstanceType};
        ///
        /// assert_eq!(InstanceType::parse("t3.micro")?, InstanceType::T3Micro);
        /// assert_eq!(InstanceType::parse("m7g.large")?.architecture(), Architecture::Arm64);
        /// # Ok::<(), mmcdk_aws::values::ParseError>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum InstanceType {
            $(
                #[doc = concat!("`", $name, "`.")]
                $variant,
            )*
            /// Any other type, made by [`InstanceType::parse`].
            Other(OtherInstanceType),
        }

        const NAMED: &[InstanceType] = &[$(InstanceType::$variant),*];

        impl InstanceType {
            /// The name that AWS uses: `t3.micro`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(other) => other.as_str(),
                }
            }
        }
    };
}

instance_types! {
    T2Nano     "t2.nano";
    T2Micro    "t2.micro";
    T2Small    "t2.small";
    T2Medium   "t2.medium";
    T3Nano     "t3.nano";
    T3Micro    "t3.micro";
    T3Small    "t3.small";
    T3Medium   "t3.medium";
    T3aNano    "t3a.nano";
    T3aMicro   "t3a.micro";
    T3aSmall   "t3a.small";
    T3aMedium  "t3a.medium";
    T4gNano    "t4g.nano";
    T4gMicro   "t4g.micro";
    T4gSmall   "t4g.small";
    T4gMedium  "t4g.medium";
    C6gnMedium "c6gn.medium";
    C6gnLarge  "c6gn.large";
    C7gnMedium "c7gn.medium";
    C7gnLarge  "c7gn.large";
}

/// The name of an instance type that has no variant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherInstanceType {
    /// The name, and zeros behind it.
    name: [u8; LONGEST],
    length: u8,
}

/// The longest names are around 20 characters, such as `u7inh-32tb.480xlarge`.
const LONGEST: usize = 32;

impl InstanceType {
    /// Reads the name of any instance type.
    ///
    /// # Errors
    ///
    /// Unless it is `family.size` in lower-case letters, digits and hyphens: `T3.micro`, `t3`, `t3.`, `large`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if let Some(named) = NAMED.iter().copied().find(|named| named.as_str() == text) {
            return Ok(named);
        }
        let error = |problem: &str, remedy: String| Err(ParseError::new("instance type", text, problem, remedy));
        if text.split_once('.').is_some_and(|(family, size)| is_family(family) && is_size(size)) {
            return match OtherInstanceType::new(text) {
                Some(other) => Ok(Self::Other(other)),
                None => error("is too long for an EC2 instance type", format!("write at most {LONGEST} characters")),
            };
        }
        let lower = text.to_ascii_lowercase();
        match lower != text && Self::parse(&lower).is_ok() {
            true => error("has capitals", format!("write {lower}")),
            false => error("is not an EC2 instance type", "write a family and a size, such as t3.micro".to_owned()),
        }
    }

    /// The part before the dot: `t3`.
    pub fn family(&self) -> &str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// The part after the dot: `micro`.
    pub fn size(&self) -> &str {
        self.as_str().split('.').nth(1).unwrap_or_default()
    }

    /// The architecture, read off the family's name.
    ///
    /// A `g` after the generation is Graviton: `t4g`, `c7gn`, `g5g`, but not `g5`. Arm without a `g` are `a1`, the
    /// Grace processors of `p6e-gb200`, and Apple's in every `mac` but `mac1`.
    pub fn architecture(&self) -> Architecture {
        let family = self.family();
        let (base, variant) = family.split_once('-').unwrap_or((family, ""));
        let attributes = base.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let arm = attributes.contains('g')
            || base == "a1"
            || variant.starts_with("gb")
            || base.starts_with("mac") && base != "mac1";
        if arm { Architecture::Arm64 } else { Architecture::X86_64 }
    }
}

impl Architecture {
    /// The name that EC2 and the public image parameters use: `arm64`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

impl OtherInstanceType {
    fn new(text: &str) -> Option<Self> {
        let mut name = [0; LONGEST];
        name.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { name, length: text.len() as u8 })
    }

    /// The name that AWS uses: `m7g.large`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.name[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for InstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InstanceType").field(&self.as_str()).finish()
    }
}

impl fmt::Debug for OtherInstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OtherInstanceType").field(&self.as_str()).finish()
    }
}

impl fmt::Display for InstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for InstanceType {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl FromStr for Architecture {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "x86_64" => Ok(Self::X86_64),
            "arm64" => Ok(Self::Arm64),
            _ => {
                let remedy = match text {
                    "amd64" | "x64" | "x86-64" => "write x86_64",
                    "aarch64" => "write arm64",
                    _ => "write x86_64 or arm64",
                };
                Err(ParseError::new("architecture", text, "is not an architecture of EC2", remedy))
            }
        }
    }
}

impl From<InstanceType> for Value<String> {
    fn from(instance_type: InstanceType) -> Self {
        instance_type.as_str().into()
    }
}

impl From<Architecture> for Value<String> {
    fn from(architecture: Architecture) -> Self {
        architecture.as_str().into()
    }
}

/// Letters first, a digit somewhere, hyphens only between: `t3`, `u-6tb1`, `mac-m4`.
fn is_family(family: &str) -> bool {
    family.starts_with(|c: char| c.is_ascii_lowercase())
        && family.contains(|c: char| c.is_ascii_digit())
        && is_hyphenated(family)
}

/// A word with or without a number before it, or the size of a bare-metal machine: `micro`, `24xlarge`, `metal-48xl`.
fn is_size(size: &str) -> bool {
    size.ends_with(|c: char| c.is_ascii_lowercase()) && is_hyphenated(size)
}

fn is_hyphenated(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.split('-').all(|word| !word.is_empty() && word.chars().all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back() {
        for &named in NAMED {
            assert_eq!(named.to_string().parse(), Ok(named));
            assert_eq!(format!("{}.{}", named.family(), named.size()), named.as_str());
        }
        for text in ["m7g.large", "c7i-flex.large", "u-12tb1.112xlarge", "mac2-m1ultra.metal", "m8g.metal-48xl"] {
            assert_eq!(InstanceType::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn the_family_tells_the_architecture() {
        let check = |architecture, families: &[&str]| {
            for family in families {
                let instance_type = InstanceType::parse(&format!("{family}.large")).unwrap();
                assert_eq!(instance_type.architecture(), architecture, "{family}");
            }
        };
        check(
            Architecture::Arm64,
            &[
                "a1",
                "t4g",
                "m6g",
                "m6gd",
                "c6gn",
                "c7gn",
                "c8gb",
                "r8g",
                "x2gd",
                "x8g",
                "im4gn",
                "is4gen",
                "i4g",
                "i8ge",
                "hpc7g",
                "g5g",
                "m9g",
                "p6e-gb200",
                "p6e-gb300",
                "mac2",
                "mac2-m2pro",
                "mac-m4",
            ],
        );
        check(
            Architecture::X86_64,
            &[
                "t2", "t3", "t3a", "m5", "m7i", "m7i-flex", "c6a", "c6in", "r7iz", "x2iedn", "g3", "g3s", "g4ad",
                "g4dn", "g5", "g6", "g6e", "gr6", "gr6f", "g7e", "p5en", "p6-b200", "p6-b300", "u-6tb1", "u7i-12tb",
                "hpc6a", "mac1", "inf2", "trn2", "vt1", "z1d", "i4i", "d3en", "f2", "dl2q",
            ],
        );
    }

    #[test]
    fn other_forms_are_refused_with_what_would_do() {
        let check = |text: &str, expected: &str| {
            assert_eq!(InstanceType::parse(text).unwrap_err().to_string(), format!("{text:?} {expected}"));
        };
        check("T3.Micro", "has capitals; write t3.micro");
        for text in
            ["", "t3", "t3.", ".micro", "t3.micro.", "t.micro", "3t.micro", "t3 .micro", "db.t3.micro", "t3.2", "t-.x"]
        {
            check(text, "is not an EC2 instance type; write a family and a size, such as t3.micro");
        }
        check(
            &format!("m7{}.large", "x".repeat(30)),
            "is too long for an EC2 instance type; write at most 32 characters",
        );
        assert_eq!(
            "aarch64".parse::<Architecture>().unwrap_err().to_string(),
            r#""aarch64" is not an architecture of EC2; write arm64"#,
        );
    }
}
