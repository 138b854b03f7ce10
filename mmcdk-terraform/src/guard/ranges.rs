//! Address ranges: networks outside the environment's.

use ipnet::IpNet;
use mmcdk_core::Result;

use super::subject::{Role, Subject};
use super::violation::{Found, Violation, ViolationKind};
use super::{Guard, no_range};

/// The types whose `cidr_block` is a part of a network, not a destination.
const NETWORKS: [&str; 3] = ["aws_vpc", "aws_subnet", "aws_vpc_ipv4_cidr_block_association"];

pub(super) fn parse(cidrs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<IpNet>> {
    cidrs.into_iter().map(|cidr| cidr.as_ref().parse().map_err(|_| no_range(cidr.as_ref()))).collect()
}

impl Guard {
    pub(super) fn check_ranges(&self, subject: &Subject<'_>, found: &mut Found) {
        let managed = matches!(subject.role, Role::Before(_) | Role::After(_));
        if !managed || !NETWORKS.contains(&subject.terraform_type) {
            return;
        }
        let Some(block) = subject.text("cidr_block").filter(|block| !block.text.is_empty()) else { return };
        let parsed = block.text.parse::<IpNet>().ok();
        let within = |ranges: &[IpNet]| parsed.is_some_and(|block| ranges.iter().any(|range| range.contains(&block)));
        let others = self.other(|other| within(&other.cidrs));
        // What cannot be read as a range is none of the environment's either.
        let unjudged = self.cidrs.is_empty() || matches!(subject.role, Role::Before(_));
        if within(&self.cidrs) || unjudged && others.is_none() {
            return;
        }
        let own: Vec<String> = self.cidrs.iter().map(ToString::to_string).collect();
        found.add(
            Violation::new(&subject.address, ViolationKind::ForeignRange, &block.path, block.shown(block.text))
                .expected(match own.as_slice() {
                    [] => format!("addresses of {:?}", self.environment),
                    own => format!("addresses of {:?}: {}", self.environment, own.join(", ")),
                })
                .remedy(match others {
                    Some(other) => format!("the addresses are of {other:?}: check which program this was planned with"),
                    None => {
                        "check which program this was planned with, or describe the range in the environment's program"
                            .into()
                    }
                }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_range_is_refused() {
        assert_eq!(parse(["10.1.0.0/16", "fd00::/8"]).unwrap().len(), 2);
        for text in ["", "10.1.0.0", "10.1.0.0/33", "dev"] {
            assert!(parse([text]).unwrap_err().to_string().contains(&format!("{text:?} is no address range")));
        }
    }
}
