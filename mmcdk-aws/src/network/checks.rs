//! What a VPC rejects before anything is placed.

use ipnet::Ipv4Net;
use mmcdk_core::{Error, Result, Scope};

use super::address_plan;
use super::nat::NatStrategy;
use super::tier::{Access, Tier};
use crate::overrides::{self, REGION};
use crate::resources::ec2;
use crate::values::{Region, Zone};

/// The addresses of a VPC, so that others of the app keep off them.
struct AddressClaim {
    cidr: Ipv4Net,
    overlap: bool,
}

pub(super) fn parse_zones(scope: &mut Scope<'_>, region: Region, zones: &[String]) -> Result<Vec<Zone>> {
    if zones.is_empty() {
        return Err(Error::new("the VPC has no zones").remedy("name them: .zones([\"a\", \"b\"])"));
    }
    let mut parsed: Vec<Zone> = Vec::new();
    for text in zones {
        let zone = Zone::parse(region, text)?;
        if parsed.contains(&zone) {
            return Err(Error::new(format!("the zone {zone} is named twice")).remedy("name each zone once"));
        }
        if zone.is_unusual() {
            let known: String = region.letters().collect();
            scope.warn(
                Error::new(format!("the zone {zone} is unusual: the letters of {region} are {known}"))
                    .remedy("see whether your account has it"),
            );
        }
        parsed.push(zone);
    }
    parsed.sort();
    Ok(parsed)
}

/// The zone of a NAT that serves all of them.
pub(super) fn find_nat_zone(region: Region, zones: &[Zone], wanted: Option<String>) -> Result<Zone> {
    let Some(text) = wanted else { return Ok(zones[0]) };
    let zone = Zone::parse(region, &text)?;
    match zones.contains(&zone) {
        true => Ok(zone),
        false => Err(Error::new(format!("the NAT's zone {zone} is none of the VPC's"))
            .remedy(format!("choose one of {}", zones.iter().map(Zone::to_string).collect::<Vec<_>>().join(", ")))),
    }
}

pub(super) fn check_tiers(tiers: &[Tier], nat: &NatStrategy) -> Result<()> {
    for (index, tier) in tiers.iter().enumerate() {
        if let Some(same) = tiers[..index].iter().find(|other| other.name == tier.name || other.number == tier.number) {
            return Err(Error::new(format!(
                "the tiers {:?} (number {}) and {:?} (number {}) have the same name or number",
                same.name, same.number, tier.name, tier.number
            ))
            .remedy("give each tier a name and a number of its own"));
        }
        check_ids(tier, tiers)?;
    }
    let has = |access: Access| tiers.iter().any(|tier| tier.access == access);
    if tiers.is_empty() {
        return Err(Error::new("the VPC has no tiers").remedy("give it one, or leave the default ones"));
    }
    let has_both = has(Access::Public) && has(Access::Private);
    if !has_both && !matches!(nat, NatStrategy::None) {
        return Err(Error::new("NAT needs a public tier to stand in and a private one to serve")
            .remedy("add Tier::public() and Tier::private(), or choose NatStrategy::None"));
    }
    Ok(())
}

/// Rejects overrides of arguments that subnets, routes or outputs are computed from.
pub(super) fn check_overrides(scope: &Scope<'_>, nat: &NatStrategy) -> Result<()> {
    const ADDRESSES: &str = "write the addresses as Vpc::new takes them: the subnets are parts of them";
    const SUBNETS: &str = "write Tier::cidr and Vpc::zones: names, routes and outputs follow them";
    const INTERFACE: &str = "set it on ec2::NetworkInterface: the instance has an interface of its own";
    const OWN: &str = "choose another NatStrategy, or place a NAT of your own";
    overrides::reject::<ec2::Vpc>(
        scope,
        &[
            ("cidr_block", ADDRESSES),
            ("ipv4_ipam_pool_id", ADDRESSES),
            ("ipv4_netmask_length", ADDRESSES),
            ("enable_dns_support", "use Vpc::dns_support"),
            ("enable_dns_hostnames", "use Vpc::dns_hostnames"),
            REGION,
        ],
    )?;
    overrides::reject::<ec2::Subnet>(
        scope,
        &[
            ("cidr_block", SUBNETS),
            ("availability_zone", SUBNETS),
            ("availability_zone_id", SUBNETS),
            ("vpc_id", SUBNETS),
            REGION,
        ],
    )?;
    match nat {
        NatStrategy::None => Ok(()),
        NatStrategy::SingleGateway | NatStrategy::GatewayPerZone => overrides::reject::<ec2::NatGateway>(
            scope,
            &[("allocation_id", OWN), ("subnet_id", OWN), ("connectivity_type", OWN)],
        ),
        NatStrategy::Instance(_) => {
            overrides::reject::<ec2::Instance>(
                scope,
                &[
                    ("ami", "use NatInstance::ami: an image that is not pinned is ignored"),
                    ("instance_type", "use NatInstance::new: the image follows the architecture"),
                    ("associate_public_ip_address", INTERFACE),
                    ("network_interface", INTERFACE),
                    ("primary_network_interface", INTERFACE),
                    ("private_ip", INTERFACE),
                    ("security_groups", INTERFACE),
                    ("source_dest_check", INTERFACE),
                    ("subnet_id", INTERFACE),
                    ("vpc_security_group_ids", INTERFACE),
                ],
            )?;
            overrides::reject::<ec2::NetworkInterface>(
                scope,
                &[
                    ("source_dest_check", "leave it out: a NAT forwards what is not addressed to it"),
                    ("subnet_id", "use Vpc::nat_zone"),
                ],
            )?;
            overrides::reject::<ec2::EipAssociation>(
                scope,
                &[("allocation_id", OWN), ("instance_id", OWN), ("network_interface_id", OWN)],
            )?;
            overrides::reject::<ec2::SecurityGroup>(
                scope,
                &[
                    ("name", "set name_prefix: a group that is replaced stands beside the old one for a while"),
                    ("vpc_id", OWN),
                ],
            )
        }
    }
}

/// A tier is the id of its route table, and with a zone letter that of a subnet. Neither may be that of another part, also
/// in zones that the VPC does not have yet.
fn check_ids(tier: &Tier, tiers: &[Tier]) -> Result<()> {
    let name = tier.name.as_str();
    let (of, letter) = match name.rsplit_once('-') {
        Some((of, letter)) if matches!(letter.as_bytes(), [b'a'..=b'z']) => (of, letter),
        _ => (name, ""),
    };
    if matches!(name, "default") || matches!(of, "nat" | "nat-instance") {
        return Err(Error::new(format!("a tier cannot be called {name:?}: another part of the VPC has that id"))
            .remedy("choose another name for the tier"));
    }
    match tiers.iter().any(|other| other.name == of && of != name) {
        true => Err(Error::new(format!(
            "a tier cannot be called {name:?} beside the tier {of:?}: that is the id of its subnet in zone {letter}"
        ))
        .remedy("choose a name for the tier that does not end with a hyphen and a zone letter")),
        false => Ok(()),
    }
}

pub(super) fn claim_addresses(scope: &mut Scope<'_>, cidr: Ipv4Net, overlap: bool) -> Result<()> {
    let taken = scope
        .claims::<AddressClaim>()
        .find(|(_, claim)| !(overlap || claim.overlap) && address_plan::overlap(claim.cidr, cidr));
    if let Some((path, claim)) = taken {
        return Err(Error::new(format!("the VPC's {cidr} overlaps {} of {path}", claim.cidr))
            .remedy("choose other addresses, or allow_overlap() where the two never meet"));
    }
    scope.claim(AddressClaim { cidr, overlap });
    Ok(())
}
