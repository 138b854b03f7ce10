//! Which subnet has which addresses: plain functions over values.

use ipnet::Ipv4Net;
use mmcdk_core::{Error, Result};

use super::tier::Tier;
use crate::values::Zone;

/// The smallest and the largest VPC and subnet: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>.
const LENGTHS: std::ops::RangeInclusive<u8> = 16..=28;

/// In the standard plan the blocks of a tier, one for each zone letter.
const BLOCKS_PER_TIER: u32 = 10;

/// A subnet to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlannedSubnet {
    /// Position of its tier.
    pub(crate) tier: usize,
    pub(crate) zone: Zone,
    pub(crate) cidr: Ipv4Net,
}

/// The addresses of a VPC.
pub(crate) fn parse_vpc(text: &str) -> Result<Ipv4Net> {
    let cidr = parse(text, "VPC")?;
    check_length(cidr, "VPC")?;
    let first = cidr.network();
    if first.octets()[0] == 0 || first.is_loopback() || first.is_link_local() || first.octets()[0] >= 224 {
        return Err(Error::new(format!("the VPC's {cidr} is reserved and never routed"))
            .remedy("take a private range: 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"));
    }
    Ok(cidr)
}

/// What is odd about the addresses of a VPC, though AWS takes them.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
pub(crate) fn unusual(vpc: Ipv4Net) -> Option<Error> {
    let octets = vpc.network().octets();
    let carrier_grade = octets[0] == 100 && (64..128).contains(&octets[1]);
    if octets[..2] == [172, 17] {
        return Some(
            Error::new(format!("some services of AWS use 172.17.0.0/16, as the VPC's {vpc} does"))
                .remedy("take another range where you can"),
        );
    }
    (!vpc.network().is_private() && !carrier_grade).then(|| {
        Error::new(format!("the VPC's {vpc} are public addresses, which its hosts then cannot reach elsewhere"))
            .remedy("take a private range unless they are yours")
    })
}

/// The subnets of all tiers in all zones, tier by tier.
///
/// In the standard plan, tier number t and zone letter z (a is 0) hold block 10·t + z of the tier's prefix length. So a
/// subnet's addresses depend on its own tier and zone alone, and those it was not asked for stay reserved.
pub(crate) fn plan(
    vpc: Ipv4Net,
    zones: &[Zone],
    tiers: &[Tier],
    prefix_length: Option<u8>,
) -> Result<Vec<PlannedSubnet>> {
    let mut subnets: Vec<PlannedSubnet> = Vec::new();
    for (index, tier) in tiers.iter().enumerate() {
        let written = written_cidrs(tier, zones)?;
        for (position, zone) in zones.iter().enumerate() {
            let cidr = match &written {
                Some(cidrs) => cidrs[position],
                None => standard_block(vpc, *zone, tier, prefix_length)?,
            };
            if !vpc.contains(&cidr) {
                return Err(Error::new(format!("{} is outside of the VPC's {vpc}", shown(tier, *zone, cidr)))
                    .remedy("choose a part of the VPC's addresses"));
            }
            subnets.push(PlannedSubnet { tier: index, zone: *zone, cidr });
        }
    }
    check_overlaps(&subnets, tiers)?;
    Ok(subnets)
}

/// Whether two ranges share addresses: their addresses are equal as far as the shorter prefix goes.
pub(crate) fn overlap(left: Ipv4Net, right: Ipv4Net) -> bool {
    let equal = (u32::from(left.addr()) ^ u32::from(right.addr())).leading_zeros();
    equal >= u32::from(left.prefix_len().min(right.prefix_len()))
}

fn standard_block(vpc: Ipv4Net, zone: Zone, tier: &Tier, prefix_length: Option<u8>) -> Result<Ipv4Net> {
    let name = &tier.name;
    let length = tier.prefix_length.or(prefix_length).unwrap_or(vpc.prefix_len() + 8);
    if !LENGTHS.contains(&length) {
        return Err(Error::new(format!("the subnets of tier {name:?} would be /{length}, AWS has /16 to /28"))
            .remedy("set a prefix length from 16 to 28, write the CIDRs out, or take a larger VPC"));
    }
    if length < vpc.prefix_len() {
        return Err(Error::new(format!("{vpc} cannot hold a subnet of /{length} for tier {name:?}"))
            .remedy(format!("set a prefix length from {} to 28", vpc.prefix_len())));
    }
    if zone.number() >= BLOCKS_PER_TIER {
        return Err(Error::new(format!("the standard plan has no block for zone {zone}: it ends with letter j"))
            .remedy("write the CIDRs of the tier out"));
    }
    let blocks = 1_u64 << (length - vpc.prefix_len());
    let number = u64::from(BLOCKS_PER_TIER) * u64::from(tier.number) + u64::from(zone.number());
    if number >= blocks {
        return Err(Error::new(format!(
            "{vpc} has {blocks} blocks of /{length}, tier {name:?} (number {}) needs block {number} in zone {zone}",
            tier.number
        ))
        .remedy("take a larger VPC, a longer prefix length, or write the tier's CIDRs out"));
    }
    // Below the number of blocks, so the sum stays within the VPC.
    let first = u32::from(vpc.network()) + ((number as u32) << (32 - u32::from(length)));
    Ok(Ipv4Net::new_assert(first.into(), length))
}

/// The CIDRs that a tier writes out, in the order of the zones; none where it writes none.
fn written_cidrs(tier: &Tier, zones: &[Zone]) -> Result<Option<Vec<Ipv4Net>>> {
    if tier.cidrs.is_empty() {
        return Ok(None);
    }
    let name = &tier.name;
    let mut written: Vec<Option<Ipv4Net>> = vec![None; zones.len()];
    for (zone, cidr) in &tier.cidrs {
        let known = zones.iter().position(|known| known.name() == *zone || known.letter().to_string() == *zone);
        let Some(position) = known else {
            return Err(Error::new(format!("tier {name:?} has a CIDR for zone {zone:?}, which the VPC does not have"))
                .remedy("add the zone, or take the CIDR out"));
        };
        let what = format!("subnet of tier {name:?} in zone {zone}");
        let cidr = parse(cidr, &what)?;
        check_length(cidr, &what)?;
        if written[position].replace(cidr).is_some() {
            return Err(
                Error::new(format!("tier {name:?} has two CIDRs for zone {zone:?}")).remedy("take one of them out")
            );
        }
    }
    let missing = zones.iter().zip(&written).find(|(_, cidr)| cidr.is_none());
    match missing {
        Some((zone, _)) => Err(Error::new(format!("tier {name:?} has no CIDR for zone {zone}"))
            .remedy("write one for each zone, or none for the standard plan")),
        None => Ok(Some(written.into_iter().flatten().collect())),
    }
}

fn check_overlaps(subnets: &[PlannedSubnet], tiers: &[Tier]) -> Result<()> {
    let mut sorted: Vec<&PlannedSubnet> = subnets.iter().collect();
    sorted.sort_by_key(|subnet| subnet.cidr);
    // CIDRs nest or are apart, so sorted by their start an overlap shows between neighbours.
    let clash = sorted.windows(2).find(|pair| overlap(pair[0].cidr, pair[1].cidr));
    match clash {
        Some(pair) => {
            let [left, right] = [pair[0], pair[1]].map(|subnet| shown(&tiers[subnet.tier], subnet.zone, subnet.cidr));
            Err(Error::new(format!("{left} and {right} overlap"))
                .remedy("give the tiers numbers or CIDRs that are apart"))
        }
        None => Ok(()),
    }
}

fn parse(text: &str, what: &str) -> Result<Ipv4Net> {
    let cidr: Ipv4Net = text.parse().map_err(|_| {
        Error::new(format!("the {what} has {text:?} for a CIDR")).remedy("write an IPv4 network such as 10.1.0.0/16")
    })?;
    // Some programs read numbers with a leading zero as octal.
    if text != cidr.to_string() {
        return Err(
            Error::new(format!("the {what}'s {text:?} is not in the usual form")).remedy(format!("write {cidr}"))
        );
    }
    match cidr.trunc() == cidr {
        true => Ok(cidr),
        false => {
            Err(Error::new(format!("the {what}'s {cidr} has host bits")).remedy(format!("write {}", cidr.trunc())))
        }
    }
}

fn check_length(cidr: Ipv4Net, what: &str) -> Result<()> {
    let length = cidr.prefix_len();
    if LENGTHS.contains(&length) {
        return Ok(());
    }
    let how = if length < *LENGTHS.start() { "large" } else { "small" };
    Err(Error::new(format!("the {what}'s {cidr} is too {how}")).remedy("AWS takes /16 to /28"))
}

fn shown(tier: &Tier, zone: Zone, cidr: Ipv4Net) -> String {
    format!("{cidr} of tier {:?} in zone {zone}", tier.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::tier::Access;
    use crate::values::Region;
    use proptest::prelude::*;

    fn zones(letters: &str) -> Vec<Zone> {
        letters.chars().map(|letter| Region::UsEast1.zone(letter)).collect()
    }

    fn standard() -> Vec<Tier> {
        vec![Tier::public(), Tier::private()]
    }

    #[track_caller]
    fn check(vpc: &str, letters: &str, tiers: &[Tier], expected: &str) {
        let plan = plan(parse_vpc(vpc).unwrap(), &zones(letters), tiers, None).unwrap();
        let cidrs: Vec<String> = plan.iter().map(|subnet| format!("{}{}", subnet.zone.letter(), subnet.cidr)).collect();
        assert_eq!(cidrs.join(" "), expected);
    }

    #[track_caller]
    fn refused(vpc: &str, letters: &str, tiers: &[Tier], parts: &[&str]) {
        let result = parse_vpc(vpc).and_then(|vpc| plan(vpc, &zones(letters), tiers, None));
        let message = result.unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{part:?} is missing in: {message}");
        }
    }

    #[test]
    fn the_standard_plan_is_block_ten_times_tier_plus_zone() {
        check("10.1.0.0/16", "ab", &standard(), "a10.1.0.0/24 b10.1.1.0/24 a10.1.10.0/24 b10.1.11.0/24");
        check("10.1.0.0/16", "dca", &standard()[1..], "d10.1.13.0/24 c10.1.12.0/24 a10.1.10.0/24");
        check("10.0.16.0/20", "a", &[Tier::isolated("data", 2)], "a10.0.17.64/28");
        check("10.1.0.0/16", "b", &[Tier::private().prefix_length(20)], "b10.1.176.0/20");
    }

    #[test]
    fn cidrs_can_be_written_out() {
        let data = Tier::isolated("data", 9).cidr("us-east-1b", "10.1.64.0/20").cidr("a", "10.1.32.0/20");
        check("10.1.0.0/16", "ab", &[data], "a10.1.32.0/20 b10.1.64.0/20");
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_would_do() {
        let written = |cidr: &str| vec![Tier::isolated("data", 2).cidr("a", cidr)];
        refused("10.1.0.5/16", "a", &standard(), &["10.1.0.5/16 has host bits", "write 10.1.0.0/16"]);
        refused("10.0.0.0/15", "a", &standard(), &["10.0.0.0/15 is too large", "/16 to /28"]);
        refused("10.0.0.0/29", "a", &standard(), &["10.0.0.0/29 is too small", "/16 to /28"]);
        refused("127.0.0.0/16", "a", &standard(), &["127.0.0.0/16 is reserved", "10.0.0.0/8"]);
        refused("169.254.0.0/16", "a", &standard(), &["reserved"]);
        refused("224.0.0.0/16", "a", &standard(), &["reserved"]);
        refused("0.0.0.0/16", "a", &standard(), &["reserved"]);
        refused("10.0.0.0", "a", &standard(), &["\"10.0.0.0\"", "10.1.0.0/16"]);
        for text in ["010.0.0.0/16", "10.0.00.0/16", "10.01.0.0/16"] {
            refused(text, "a", &standard(), &[&format!("{text:?}"), "write 10."]);
        }
        refused("10.1.0.0/16", "a", &written("10.1.064.0/20"), &["\"10.1.064.0/20\"", "tier \"data\"", "10.1.64.0/20"]);
        refused("fd00::/64", "a", &standard(), &["\"fd00::/64\"", "IPv4"]);
        refused("10.0.0.0/27", "a", &standard(), &["would be /35"]);
        refused("10.0.0.0/16", "a", &[Tier::isolated("data", 26)], &["256 blocks of /24", "needs block 260"]);
        refused("10.0.0.0/24", "a", &[Tier::public().prefix_length(20)], &["cannot hold a subnet of /20"]);
        refused("10.0.0.0/16", "k", &standard(), &["no block for zone us-east-1k"]);
        refused("10.1.0.0/16", "a", &written("10.2.0.0/24"), &["10.2.0.0/24", "outside"]);
        refused("10.1.0.0/24", "a", &written("10.1.0.0/16"), &["10.1.0.0/16", "outside"]);
        refused("10.1.0.0/16", "a", &written("10.1.0.0/29"), &["too small"]);
        refused("10.1.0.0/16", "a", &written("10.1.0.1/24"), &["host bits", "write 10.1.0.0/24"]);
        refused("10.1.0.0/16", "ab", &written("10.1.0.0/24"), &["no CIDR for zone us-east-1b"]);
        refused("10.1.0.0/16", "b", &written("10.1.0.0/24"), &["zone \"a\"", "does not have"]);
        let twice = Tier::isolated("data", 2).cidr("a", "10.1.0.0/24").cidr("us-east-1a", "10.1.1.0/24");
        refused("10.1.0.0/16", "a", &[twice], &["two CIDRs"]);
        let over = [Tier::public(), Tier::isolated("data", 2).cidr("a", "10.1.0.128/25")];
        refused(
            "10.1.0.0/16",
            "a",
            &over,
            &["10.1.0.0/24 of tier \"public\"", "10.1.0.128/25 of tier \"data\"", "overlap"],
        );
    }

    #[test]
    fn odd_ranges_are_told() {
        for (cidr, odd) in [
            ("10.1.0.0/16", false),
            ("172.16.0.0/16", false),
            ("192.168.0.0/16", false),
            ("100.64.0.0/16", false),
            ("172.17.0.0/20", true),
            ("172.32.0.0/16", true),
            ("100.128.0.0/16", true),
            ("8.8.0.0/16", true),
        ] {
            assert_eq!(unusual(parse_vpc(cidr).unwrap()).is_some(), odd, "{cidr}");
        }
    }

    fn tiers() -> impl Strategy<Value = Vec<Tier>> {
        prop::sample::subsequence((0..25_u32).collect::<Vec<_>>(), 1..6).prop_shuffle().prop_map(|numbers| {
            numbers.into_iter().map(|number| Tier::new(format!("t{number}"), number, Access::Isolated)).collect()
        })
    }

    fn letters() -> impl Strategy<Value = String> {
        prop::sample::subsequence(('a'..='j').collect::<Vec<_>>(), 1..6)
            .prop_shuffle()
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn adding_or_reordering_zones_or_tiers_moves_nothing(
            second in 0..=255_u8, few in tiers(), more in tiers(), some in letters(), others in letters(),
        ) {
            let vpc = parse_vpc(&format!("10.{second}.0.0/16")).unwrap();
            let names = |tiers: &[Tier], zones: &[Zone]| -> std::collections::BTreeMap<(String, char), Ipv4Net> {
                let plan = plan(vpc, zones, tiers, None).unwrap();
                plan.iter().map(|subnet| ((tiers[subnet.tier].name.clone(), subnet.zone.letter()), subnet.cidr)).collect()
            };
            let before = names(&few, &zones(&some));
            let mut tiers: Vec<Tier> = more.into_iter().filter(|tier| few.iter().all(|known| known.number != tier.number)).collect();
            tiers.extend(few);
            let letters: String = others.chars().filter(|letter| !some.contains(*letter)).chain(some.chars()).collect();
            let after = names(&tiers, &zones(&letters));
            for (identity, cidr) in before {
                prop_assert_eq!(after.get(&identity), Some(&cidr));
            }
        }

        #[test]
        fn a_plan_is_within_the_vpc_and_apart(length in 16..=20_u8, tiers in tiers(), letters in letters()) {
            let vpc = parse_vpc(&format!("10.0.0.0/{length}")).unwrap();
            let plan = plan(vpc, &zones(&letters), &tiers, None).unwrap();
            for (index, one) in plan.iter().enumerate() {
                prop_assert!(vpc.contains(&one.cidr) && one.cidr.trunc() == one.cidr);
                prop_assert!(plan[index + 1..].iter().all(|other| !overlap(one.cidr, other.cidr)));
            }
        }
    }
}
