//! Partitions: the separate worlds of AWS.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::Value;

use super::error::{ParseError, did_you_mean};

/// A partition: a group of regions with accounts, identities and ARNs of its own.
///
/// Nothing in one partition can refer to anything in another, and an ARN begins with the partition. See
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Partition {
    /// The commercial regions: `aws`.
    #[default]
    Aws,
    /// China: `aws-cn`.
    AwsCn,
    /// GovCloud (US): `aws-us-gov`.
    AwsUsGov,
    /// The European Sovereign Cloud: `aws-eusc`.
    AwsEusc,
    /// Top Secret (US): `aws-iso`.
    AwsIso,
    /// Secret (US): `aws-iso-b`.
    AwsIsoB,
    /// The European isolated regions: `aws-iso-e`.
    AwsIsoE,
    /// The further isolated regions (US): `aws-iso-f`.
    AwsIsoF,
}

impl Partition {
    /// Every partition.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsUsGov,
        Self::AwsEusc,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
    ];

    /// The name that ARNs begin with: `aws-cn`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
        }
    }

    /// The domain that service endpoints end in: `amazonaws.com.cn`.
    ///
    /// It is the `dnsSuffix` of the partition in the endpoint rules of the AWS SDKs. Service *principals* are another
    /// matter: `cloudtrail.amazonaws.com` and `vpc-flow-logs.amazonaws.com` read so in China too
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let names = || Self::ALL.map(Self::as_str);
        Self::ALL.into_iter().find(|partition| partition.as_str() == text).ok_or_else(|| {
            let remedy = did_you_mean(text, names()).unwrap_or_else(|| format!("write one of {}", names().join(", ")));
            ParseError::new("partition", text, "is not an AWS partition", remedy)
        })
    }
}

impl From<Partition> for Value<String> {
    fn from(partition: Partition) -> Self {
        partition.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_is_read_back() {
        for partition in Partition::ALL {
            assert_eq!(partition.to_string().parse(), Ok(partition));
        }
    }

    #[test]
    fn another_name_is_refused_with_what_would_do() {
        let message = |text: &str| text.parse::<Partition>().unwrap_err().to_string();
        assert_eq!(message("aws_cn"), r#""aws_cn" is not an AWS partition; did you mean aws-cn?"#);
        assert!(message("china").ends_with(
            "write one of aws, aws-cn, aws-us-gov, aws-eusc, aws-iso, aws-iso-b, \
                                            aws-iso-e, aws-iso-f"
        ));
    }
}
