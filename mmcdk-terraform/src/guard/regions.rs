//! Regions: another one than the environment's.

use serde_json::Value as Json;

use super::Guard;
use super::subject::{Role, Subject};
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
        return scope != "CLOUDFRONT";
    }
    // What has no scope names a firewall, whose ARN tells it.
    fn names_regional(value: &Json) -> bool {
        match value {
            Json::String(text) => text.starts_with("arn:") && text.contains(":regional/"),
            Json::Array(elements) => elements.iter().any(names_regional),
            Json::Object(members) => members.values().any(names_regional),
            _ => false,
        }
    }
    subject.terraform_type == "aws_wafv2_web_acl_association" || names_regional(subject.value)
}

impl Guard {
    pub(super) fn check_regions(&self, subject: &Subject<'_>, found: &mut Found) {
        if self.regions.is_empty() {
            return;
        }
        let arn = |name: &'static str| Some((name, region_of_arn(subject.text(name)?)?));
        let plain = |name: &'static str| Some((name, subject.text(name)?));
        let regions = match subject.role {
            Role::Before(_) | Role::After(_) => {
                vec![plain("region"), arn("arn"), arn("id"), plain("availability_zone")]
            }
            // An alias in a region of worldwide services is usual, and what is made by it is checked by itself.
            Role::Provider { aws: true, aliased } => {
                let worldwide = |region: &str| aliased && WORLDWIDE.iter().any(|(known, _)| *known == region);
                vec![plain("region").filter(|(_, region)| !worldwide(region))]
            }
            Role::Import | Role::Invocation => {
                let whole = subject.value.as_str().and_then(region_of_arn).map(|region| ("", region));
                let members = subject.value.as_object().into_iter().flatten();
                let arns = members.filter_map(|(name, value)| Some((name.as_str(), region_of_arn(value.as_str()?)?)));
                arns.map(Some).chain([whole, plain("region")]).collect()
            }
            Role::Provider { .. } | Role::Data | Role::Output | Role::Variable | Role::Configured { .. } => Vec::new(),
        };
        for (name, region) in regions.into_iter().flatten() {
            self.check_region(name, region, subject, found);
        }
    }

    fn check_region(&self, name: &str, region: &str, subject: &Subject<'_>, found: &mut Found) {
        if region.is_empty() {
            return;
        }
        // A zone is the region's name and more: us-east-1a, us-east-1-bos-1a.
        let zone = name == "availability_zone";
        let own = self.regions.iter().any(|own| own == region || zone && region.starts_with(own.as_str()));
        if own || is_worldwide(subject, region) {
            return;
        }
        let is = |known: &String| known == region || zone && region.starts_with(known.as_str());
        let other = self.other(|other| other.regions.iter().any(is));
        if matches!(subject.role, Role::Before(_)) && other.is_none() {
            return;
        }
        let path = match (name, subject.root()) {
            (name, "") => name.to_owned(),
            ("", root) => root.to_owned(),
            (name, root) => format!("{root}.{name}"),
        };
        found.add(
            Violation::new(subject.address, ViolationKind::ForeignRegion, &path, subject.shown(name, region))
                .expected(format!("a region of {:?}: {}", self.environment, self.regions.join(", ")))
                .remedy("check the region of the provider, and that the program describes a stack there"),
        );
    }
}

/// The region in an ARN; none in those of worldwide services.
fn region_of_arn(text: &str) -> Option<&str> {
    text.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What AWS serves worldwide is in one region, and in no other that is not the environment's.
    #[test]
    fn a_worldwide_type_may_be_in_its_own_region_and_in_no_other() {
        let elsewhere = ["us-east-1", "us-west-2", "eu-central-1"];
        for (home, start) in WORLDWIDE {
            for region in elsewhere {
                let terraform_type = format!("{start}x");
                let is_firewall = start == "aws_wafv2_";
                let value = if is_firewall {
                    json!({"region": region, "scope": "CLOUDFRONT"})
                } else {
                    json!({"region": region})
                };
                let mut found = Found::default();
                let subject = Subject {
                    address: "x.x",
                    terraform_type: &terraform_type,
                    role: Role::After(&Json::Null),
                    value: &value,
                    marks: &Json::Null,
                };
                Guard::new("dev").regions(["eu-west-1"]).check_regions(&subject, &mut found);
                let violations = found.into_violations();
                let expected = if region == home { 0 } else { 1 };
                assert_eq!(violations.len(), expected, "{terraform_type} in {region}: {violations:?}");
            }
        }
    }
}
