//! Regions: another one than the environment's.

use super::Guard;
use super::subject::{Role, Subject, Text};
use super::violation::{Found, Violation, ViolationKind};

/// The types that AWS serves worldwide from one region, by how they begin.
const WORLDWIDE: [(&str, &str); 14] = [
    ("us-east-1", "aws_acm_certificate"), // what CloudFront uses must be there
    ("us-east-1", "aws_budgets_"),
    ("us-east-1", "aws_ce_"),
    ("us-east-1", "aws_cloudfront_"),
    ("us-east-1", "aws_cur_"),
    ("us-east-1", "aws_ecrpublic_"),
    ("us-east-1", "aws_iam_"),
    ("us-east-1", "aws_organizations_"),
    ("us-east-1", "aws_route53_"),
    ("us-east-1", "aws_route53domains_"),
    ("us-east-1", "aws_shield_"),
    ("us-east-1", "aws_wafv2_"),
    ("us-west-2", "aws_globalaccelerator_"),
    ("us-west-2", "aws_route53recovery"),
];

/// Whether AWS serves what a subject is worldwide from that region.
fn is_worldwide(subject: &Subject<'_>, region: &str) -> bool {
    let is = |start: &str| subject.terraform_type.starts_with(start);
    let known = WORLDWIDE.iter().any(|(home, start)| *home == region && is(start));
    // Resolvers stand in networks, and a firewall is worldwide only for CloudFront.
    // https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
    known && !is("aws_route53_resolver_") && !(is("aws_wafv2_") && is_regional_firewall(subject))
}

fn is_regional_firewall(subject: &Subject<'_>) -> bool {
    if let Some(scope) = subject.text("scope") {
        return scope.text != "CLOUDFRONT";
    }
    // What has no scope names a firewall, whose ARN tells it.
    let mut regional = subject.terraform_type == "aws_wafv2_web_acl_association";
    subject.leaves(&mut |leaf| regional |= leaf.text.starts_with("arn:") && leaf.text.contains(":regional/"));
    regional
}

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
        if own || is_worldwide(subject, region) {
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
