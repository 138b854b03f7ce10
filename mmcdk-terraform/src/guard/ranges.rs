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
        let managed = matches!(subject.role, Role::Before | Role::After(_));
        if self.cidrs.is_empty() || !managed || !NETWORKS.contains(&subject.terraform_type) {
            return;
        }
        let Some(block) = subject.text("cidr_block").filter(|block| !block.is_empty()) else { return };
        // What cannot be read as a range is none of the environment's either.
        if block.parse::<IpNet>().is_ok_and(|block| self.cidrs.iter().any(|own| own.contains(&block))) {
            return;
        }
        let own: Vec<String> = self.cidrs.iter().map(ToString::to_string).collect();
        found.add(
            Violation::new(&subject.address, ViolationKind::ForeignRange, "cidr_block", block)
                .expected(format!("addresses of {:?}: {}", self.environment, own.join(", ")))
                .remedy(
                    "check which program this was planned with, or describe the range in the environment's program",
                ),
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
