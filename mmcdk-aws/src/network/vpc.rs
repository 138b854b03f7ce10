//! A VPC with its subnets, routes and NAT.

use mmcdk_core::{Construct, Error, Result, Scope, Set, Value};

use super::address_plan;
use super::checks::{check_overrides, check_tiers, claim_addresses, find_nat_zone, parse_zones};
use super::names;
use super::nat::NatStrategy;
use super::outputs::VpcOutputs;
use super::parts::Network;
use super::tier::Tier;
use crate::resources::ec2;
use crate::site::Site;

/// A VPC with a subnet for each tier and zone, route tables, and NAT.
///
/// A subnet's identity is its tier and its zone letter: adding or reordering tiers or zones moves no existing subnet, neither
/// its addresses nor its name nor its Terraform address. (A NAT that serves all zones stands in one of them: see
/// [`Vpc::nat_zone`].) In the standard plan the tier of number t holds the blocks 10·t and following of the subnets'
/// prefix length, the zone of letter a the first of them: in `10.1.0.0/16` the public tier (0) has `10.1.0.0/24` in zone a
/// and `10.1.1.0/24` in b, the private one (1) `10.1.10.0/24` and `10.1.11.0/24`. The rest is reserved.
///
/// # Creates
/// `aws_vpc`; `aws_default_security_group` without rules; `aws_internet_gateway` if a tier is public; for each tier an
/// `aws_route_table` (for each zone of a private tier, if there is a gateway in each), with `aws_route` if it has a default
/// route; `aws_subnet` and `aws_route_table_association` for each tier and zone; and what the [`NatStrategy`] creates.
///
/// # Defaults
/// The tiers `public` (0) and `private` (1); no NAT; subnets with a prefix 8 longer than the VPC's; DNS support and
/// hostnames; the tags by which EKS finds subnets for load balancers.
///
/// # Names
/// Tiers stand in names: `MM-dev-use1-use1a-subnet-public`. A VPC with another id than `core` stands before them, so that the
/// names of a second VPC differ: `MM-dev-use1-use1a-subnet-data-public`. A purpose or a qualifier in the context does the
/// same.
///
/// # Replacement
/// Another CIDR of the VPC replaces everything. Another CIDR or zone of a subnet replaces that subnet. Another NAT strategy
/// creates another NAT with other public addresses and then deletes the old one, as [`NatStrategy`] says; between one NAT and
/// one for each zone the private subnets move to other route tables, else the default routes change in place. Subnets stay.
///
/// # Errors
/// A CIDR that AWS does not take, that overlaps another, or that another VPC of the app has; no zone, a repeated one or one
/// of another region; tiers with one name or number; NAT without a public tier. Addresses, zones and tiers are checked before
/// anything is placed.
///
/// # Example
/// ```
/// use mmcdk_aws::{Environment, NatStrategy, Vpc, values::Region};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let mut network = app.stack("network", Environment::new("prod", Region::UsEast1))?;
/// let vpc = network.add("core", Vpc::new("10.2.0.0/16").zones(["a", "b"]).nat(NatStrategy::GatewayPerZone))?;
/// network.output("private_subnet_ids", vpc.private_subnet_ids())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Vpc {
    cidr: String,
    zones: Vec<String>,
    tiers: Vec<Tier>,
    subnet_prefix_length: Option<u8>,
    nat: NatStrategy,
    nat_zone: Option<String>,
    dns_support: bool,
    dns_hostnames: bool,
    eks_role_tags: bool,
    overlap: bool,
}

impl Vpc {
    /// A VPC with that IPv4 CIDR, /16 to /28, without host bits.
    pub fn new(cidr: impl Into<String>) -> Self {
        Self {
            cidr: cidr.into(),
            zones: Vec::new(),
            tiers: vec![Tier::public(), Tier::private()],
            subnet_prefix_length: None,
            nat: NatStrategy::None,
            nat_zone: None,
            dns_support: true,
            dns_hostnames: true,
            eks_role_tags: true,
            overlap: false,
        }
    }

    /// The zones that have subnets: letters (`a`) or names (`us-east-1a`), at least one, in any order.
    #[must_use]
    pub fn zones(mut self, zones: impl IntoIterator<Item = impl ToString>) -> Self {
        self.zones = zones.into_iter().map(|zone| zone.to_string()).collect();
        self
    }

    /// Other tiers than `public` and `private`.
    #[must_use]
    pub fn tiers(mut self, tiers: impl IntoIterator<Item = Tier>) -> Self {
        self.tiers = tiers.into_iter().collect();
        self
    }

    /// The prefix length of subnets in the standard plan, /16 to /28.
    #[must_use]
    pub fn subnet_prefix_length(mut self, length: u8) -> Self {
        self.subnet_prefix_length = Some(length);
        self
    }

    /// How private tiers reach the internet.
    #[must_use]
    pub fn nat(mut self, nat: impl Into<NatStrategy>) -> Self {
        self.nat = nat.into();
        self
    }

    /// The zone of a NAT that serves all zones. By default it is that of the lowest letter: say it before you add a zone with
    /// a lower one, or the NAT moves there. It stands in the public tier of the lowest number.
    #[must_use]
    pub fn nat_zone(mut self, zone: impl ToString) -> Self {
        self.nat_zone = Some(zone.to_string());
        self
    }

    /// Whether Amazon's DNS server answers in the VPC; by default it does.
    #[must_use]
    pub fn dns_support(mut self, enabled: bool) -> Self {
        self.dns_support = enabled;
        self
    }

    /// Whether instances with public addresses get public DNS names; by default they do. It needs DNS support.
    #[must_use]
    pub fn dns_hostnames(mut self, enabled: bool) -> Self {
        self.dns_hostnames = enabled;
        self
    }

    /// Whether subnets carry the tags by which EKS places load balancers, `kubernetes.io/role/elb` on public ones and
    /// `kubernetes.io/role/internal-elb` on private ones; by default they do.
    /// <https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html>
    #[must_use]
    pub fn eks_role_tags(mut self, enabled: bool) -> Self {
        self.eks_role_tags = enabled;
        self
    }

    /// Allows that other VPCs of the app have the same addresses. They can then never be connected.
    #[must_use]
    pub fn allow_overlap(mut self) -> Self {
        self.overlap = true;
        self
    }
}

impl Construct for Vpc {
    type Output = VpcOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<VpcOutputs> {
        let Self {
            cidr,
            zones,
            mut tiers,
            subnet_prefix_length,
            nat,
            nat_zone,
            dns_support,
            dns_hostnames,
            eks_role_tags,
            overlap,
        } = self;
        let region = Site::of(scope)?.region;
        let zones = parse_zones(scope, region, &zones)?;
        check_tiers(&tiers, &nat)?;
        check_overrides(scope, &nat)?;
        // The order in which they are named has no meaning, so it shall change nothing.
        tiers.sort_by_key(|tier| tier.number);
        if dns_hostnames && !dns_support {
            return Err(
                Error::new("DNS hostnames need DNS support").remedy("switch both off with dns_hostnames(false)")
            );
        }
        let nat_zone = find_nat_zone(region, &zones, nat_zone)?;
        let cidr = address_plan::parse_vpc(&cidr)?;
        if let Some(warning) = address_plan::unusual(cidr) {
            scope.warn(warning);
        }
        let subnets = address_plan::plan(cidr, &zones, &tiers, subnet_prefix_length)?;
        claim_addresses(scope, cidr, overlap)?;
        let part = names::of_parts(scope);
        names::claim(scope, &part)?;

        let vpc = scope.place(
            ec2::Vpc::new()
                .cidr_block(cidr.to_string())
                .enable_dns_support(dns_support)
                .enable_dns_hostnames(dns_hostnames),
        )?;
        // AWS makes this group, and nobody can delete it. Rules that are left out are left alone, so both lists are empty.
        let locked = ec2::DefaultSecurityGroup::new().vpc_id(vpc.id()).ingress(no_rules()).egress(no_rules());
        scope.with(part.clone().purpose("default")).add("default", locked)?;

        let (subnets_built, route_tables) = (Vec::new(), Vec::new());
        let mut network =
            Network { scope, vpc, part, tiers: &tiers, eks_role_tags, subnets: subnets_built, route_tables };
        let internet_gateway = network.build_public(&subnets)?;
        let per_zone = matches!(nat, NatStrategy::GatewayPerZone);
        let nats = network.build_nat(nat, nat_zone, &zones, internet_gateway.as_ref())?;
        network.build_others(&subnets, &nats, per_zone)?;

        let Network { scope, vpc, subnets, route_tables, .. } = network;
        Ok(VpcOutputs {
            this: scope.this(),
            path: scope.path(),
            purpose: scope.purpose().map(str::to_owned),
            nat_addresses: nats.into_iter().map(|nat| nat.address).collect(),
            vpc,
            internet_gateway,
            subnets,
            route_tables,
        })
    }
}

fn no_rules<T>() -> Value<Set<T>> {
    Value::set(None::<Value<T>>)
}
