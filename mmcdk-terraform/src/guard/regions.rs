//! Regions: another one than the environment's.

use super::Guard;
use super::subject::{Role, Subject};
use super::violation::{Found, Violation, ViolationKind};

/// The types that AWS serves worldwide from one region, by how they begin.
const WORLDWIDE: [(&str, &str); 12] = [
    ("us-east-1", "aws_acm_certificate"), // what CloudFront uses must be there
    ("us-east-1", "aws_budgets_"),
    ("us-east-1", "aws_ce_"),
    ("us-east-1", "aws_cloudfront_"),
    ("us-east-1", "aws_cur_"),
    ("us-east-1", "aws_ecrpublic_"),
    ("us-east-1", "aws_iam_"),
    ("us-east-1", "aws_organizations_"),
    ("us-east-1", "aws_route53"),
    ("us-east-1", "aws_shield_"),
    ("us-east-1", "aws_wafv2_"),
    ("us-west-2", "aws_globalaccelerator_"),
];

impl Guard {
    pub(super) fn check_regions(&self, subject: &Subject<'_>, found: &mut Found) {
        if self.regions.is_empty() {
            return;
        }
        match subject.role {
            Role::Before | Role::After(_) => {
                self.check_region("region", subject.text("region"), subject, found);
                for name in ["arn", "id"] {
                    self.check_region(name, subject.text(name).and_then(region_of_arn), subject, found);
                }
                self.check_region("availability_zone", subject.text("availability_zone"), subject, found);
            }
            Role::Import => {
                self.check_region("importing.id", subject.value.as_str().and_then(region_of_arn), subject, found)
            }
            // An alias in a region of worldwide services is usual, and what is made by it is checked by itself.
            Role::Provider { aws: true, aliased } => {
                let worldwide = |region: &&str| aliased && WORLDWIDE.iter().any(|(known, _)| known == region);
                let region = subject.text("region").filter(|region| !worldwide(region));
                self.check_region("region", region, subject, found);
            }
            Role::Provider { .. } | Role::Data | Role::Output => {}
        }
    }

    fn check_region(&self, attribute: &str, region: Option<&str>, subject: &Subject<'_>, found: &mut Found) {
        let Some(region) = region.filter(|region| !region.is_empty()) else { return };
        // A zone is the region's name and more: us-east-1a, us-east-1-bos-1a.
        let zone = attribute == "availability_zone";
        let own = self.regions.iter().any(|own| own == region || zone && region.starts_with(own.as_str()));
        let worldwide =
            WORLDWIDE.iter().any(|(home, start)| *home == region && subject.terraform_type.starts_with(start));
        if own || worldwide {
            return;
        }
        found.add(
            Violation::new(&subject.address, ViolationKind::ForeignRegion, attribute, region)
                .expected(format!("a region of {:?}: {}", self.environment, self.regions.join(", ")))
                .remedy("check the region of the provider, and that the program describes a stack there"),
        );
    }
}

/// The region in an ARN; none in those of worldwide services.
fn region_of_arn(text: &str) -> Option<&str> {
    text.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}
