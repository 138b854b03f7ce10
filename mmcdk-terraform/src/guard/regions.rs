//! Regions: another one than the environment's.

use super::Guard;
use super::subject::{Role, Subject, Text};
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
    pub(super) fn check_regions<'a>(&self, subject: &'a Subject<'_>, found: &mut Found) {
        if self.regions.is_empty() {
            return;
        }
        let of_arn = |text: Text<'a>| Some((region_of_arn(text.text)?, text));
        let arn = |name: &str| subject.text(name).and_then(of_arn);
        let plain = |name: &str| subject.text(name).map(|text| (text.text, text));
        let regions = match subject.role {
            Role::Before(_) | Role::After(_) => {
                vec![plain("region"), arn("arn"), arn("id"), plain("availability_zone")]
            }
            // An alias in a region of worldwide services is usual, and what is made by it is checked by itself.
            Role::Provider { aws: true, aliased } => {
                let worldwide = |region: &str| aliased && WORLDWIDE.iter().any(|(known, _)| *known == region);
                vec![plain("region").filter(|(region, _)| !worldwide(region))]
            }
            Role::Import => vec![subject.whole().text(&[]).and_then(of_arn)],
            Role::Invocation => {
                let mut regions = vec![plain("region")];
                if let Some(members) = subject.value.as_object() {
                    regions.extend(members.keys().map(|name| subject.text(name).and_then(of_arn)));
                }
                regions
            }
            Role::Provider { .. } | Role::Data | Role::Output => Vec::new(),
        };
        for (region, text) in regions.into_iter().flatten() {
            self.check_region(region, &text, subject, found);
        }
    }

    fn check_region(&self, region: &str, text: &Text<'_>, subject: &Subject<'_>, found: &mut Found) {
        if region.is_empty() {
            return;
        }
        // A zone is the region's name and more: us-east-1a, us-east-1-bos-1a.
        let zone = text.path == "availability_zone";
        let own = self.regions.iter().any(|own| own == region || zone && region.starts_with(own.as_str()));
        let worldwide =
            WORLDWIDE.iter().any(|(home, start)| *home == region && subject.terraform_type.starts_with(start));
        if own || worldwide {
            return;
        }
        let is = |known: &String| known == region || zone && region.starts_with(known.as_str());
        let other = self.other(|other| other.regions.iter().any(is));
        if matches!(subject.role, Role::Before(_)) && other.is_none() {
            return;
        }
        found.add(
            Violation::new(&subject.address, ViolationKind::ForeignRegion, &text.path, text.shown(region))
                .expected(format!("a region of {:?}: {}", self.environment, self.regions.join(", ")))
                .remedy("check the region of the provider, and that the program describes a stack there"),
        );
    }
}

/// The region in an ARN; none in those of worldwide services.
fn region_of_arn(text: &str) -> Option<&str> {
    text.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}
