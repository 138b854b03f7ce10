//! The regions that Terraform's `s3` backend accepts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::version::{Version, VersionConstraint};

/// For each region the versions from which on Terraform and OpenTofu know it; no version if they always have.
type Regions = BTreeMap<String, Vec<Version>>;

/// Whether a version of Terraform or OpenTofu that the constraint allows does not know the region, so that it would reject
/// it unless it is told not to look.
pub(super) fn is_newer_than(region: &str, constraint: &VersionConstraint) -> bool {
    let since = regions().get(region).into_iter().flatten();
    since.into_iter().any(|version| !constraint.starts_at(version))
}

/// Checks that some version of Terraform knows the region.
pub(super) fn check(region: &str) -> Result<()> {
    match regions().contains_key(region) {
        true => Ok(()),
        false => {
            Err(Error::new(format!("the s3 backend of Terraform does not know the region {region:?}")).remedy(format!(
                "{}, or add .skip_region_validation() if AWS added the region later",
                nearest(region, regions().keys().map(String::as_str)).trim_end_matches('?')
            )))
        }
    }
}

/// What `s3-backend.json` says, which also names its sources.
fn regions() -> &'static Regions {
    static REGIONS: OnceLock<Regions> = OnceLock::new();
    REGIONS.get_or_init(|| {
        let data: Json = serde_json::from_str(include_str!("../../s3-backend.json")).expect("a test reads the data");
        let since = |tools: &Json| {
            tools
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, version)| Version::parse(version.as_str()?))
                .collect()
        };
        data["regions"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(region, tools)| (region.clone(), since(tools)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_its_versions() {
        assert_eq!(regions().len(), 46);
        for (region, since) in regions() {
            assert!(matches!(since.len(), 0 | 2), "{region}");
        }
    }

    #[test]
    fn a_region_is_newer_than_versions_that_do_not_know_it() {
        for (region, constraint, newer) in [
            ("us-east-1", ">= 1.10.0", false),
            ("us-east-1", "< 2", false),
            ("ap-east-2", ">= 1.10.0", true),
            ("ap-east-2", "1.11.4", true),
            ("ap-east-2", "~> 1.13.5", false),
            ("eusc-de-east-1", "= 1.11.4", true),
            ("eusc-de-east-1", ">= 1.14", false),
            ("ap-southeast-6", "~> 1.13", true),
            ("ap-southeast-6", "~> 1.14", false),
            ("mx-central-1", ">= 1.10.0", true),
            ("mx-central-1", ">= 1.11.2", false),
        ] {
            assert_eq!(is_newer_than(region, &constraint.parse().unwrap()), newer, "{region} and {constraint}");
        }
    }
}
