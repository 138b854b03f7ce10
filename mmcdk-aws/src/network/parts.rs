//! The parts of a VPC: subnets, route tables and NAT, in the order in which they can be built.

use mmcdk_core::{Construct, Dependency, Error, Lifecycle, Local, Resource, Result, Scope, Tags, Value};

use super::address_plan::PlannedSubnet;
use super::nat::{Nat, NatGateway, NatStrategy, created_first};
use super::nat_instance::{NatInstance, NatInstanceInZone, NatSecurityGroup};
use super::outputs::SubnetOutputs;
use super::tier::{Access, Tier};
use crate::resources::ec2;
use crate::values::Zone;

/// A VPC while its parts are added.
pub(super) struct Network<'s, 'a, 't> {
    pub(super) scope: &'s mut Scope<'a>,
    pub(super) vpc: ec2::VpcHandle,
    /// The context of what has a purpose of its own.
    pub(super) part: Local,
    pub(super) tiers: &'t [Tier],
    pub(super) eks_role_tags: bool,
    pub(super) subnets: Vec<SubnetOutputs>,
    pub(super) route_tables: Vec<(String, ec2::RouteTableHandle)>,
}

/// A NAT that stands in a zone.
pub(super) struct BuiltNat {
    zone: Zone,
    target: DefaultRoute,
    pub(super) address: ec2::EipHandle,
}

/// Where a default route leads.
#[derive(Clone)]
enum DefaultRoute {
    InternetGateway(Value<String>),
    NatGateway(Value<String>),
    /// The interface of an instance, and what must be there before it forwards.
    Interface(Value<String>, Dependency),
}

/// A route table, with its default route where it has one.
#[derive(Clone)]
struct RoutedTable {
    table: ec2::RouteTableHandle,
    /// The route to a NAT.
    nat_route: Option<ec2::RouteHandle>,
}

impl Network<'_, '_, '_> {
    /// Public tiers come first: NAT stands in them.
    pub(super) fn build_public(&mut self, subnets: &[PlannedSubnet]) -> Result<Option<ec2::InternetGatewayHandle>> {
        let mut gateway: Option<ec2::InternetGatewayHandle> = None;
        for (index, tier) in self.tiers.iter().enumerate().filter(|(_, tier)| tier.access == Access::Public) {
            let internet = match &gateway {
                Some(gateway) => gateway.id(),
                None => gateway.insert(self.internet_gateway()?).id(),
            };
            let table = self.shared_table(tier, Some(DefaultRoute::InternetGateway(internet)))?;
            for subnet in subnets.iter().filter(|subnet| subnet.tier == index) {
                self.subnet(subnet, Table::Shared(table.clone()))?;
            }
        }
        Ok(gateway)
    }

    fn internet_gateway(&mut self) -> Result<ec2::InternetGatewayHandle> {
        // The provider would move it from the old VPC to a new one, which AWS refuses while the old one has public addresses.
        let lifecycle = Lifecycle::new().replace_triggered_by_attribute(&self.vpc, "id");
        self.scope.place(ec2::InternetGateway::new().vpc_id(self.vpc.id()).lifecycle(lifecycle))
    }

    pub(super) fn build_nat(
        &mut self,
        strategy: NatStrategy,
        nat_zone: Zone,
        zones: &[Zone],
        internet_gateway: Option<&ec2::InternetGatewayHandle>,
    ) -> Result<Vec<BuiltNat>> {
        // NAT without a public tier was refused, so where there is no gateway there is no NAT either.
        let Some(internet_gateway) = internet_gateway else { return Ok(Vec::new()) };
        match strategy {
            NatStrategy::None => Ok(Vec::new()),
            NatStrategy::SingleGateway => Ok(vec![self.nat_gateway(nat_zone, internet_gateway)?]),
            NatStrategy::GatewayPerZone => zones.iter().map(|zone| self.nat_gateway(*zone, internet_gateway)).collect(),
            NatStrategy::Instance(instance) => Ok(vec![self.nat_instance(nat_zone, instance, internet_gateway)?]),
        }
    }

    fn nat_gateway(&mut self, zone: Zone, internet_gateway: &ec2::InternetGatewayHandle) -> Result<BuiltNat> {
        let subnet = self.public_subnet(zone)?;
        let nat = self.nat(&subnet, internet_gateway)?;
        let (gateway, address) = self.scope.add(&format!("nat-{}", zone.letter()), NatGateway(nat))?;
        Ok(BuiltNat { zone, target: DefaultRoute::NatGateway(gateway.id()), address })
    }

    fn nat_instance(
        &mut self,
        zone: Zone,
        instance: NatInstance,
        internet_gateway: &ec2::InternetGatewayHandle,
    ) -> Result<BuiltNat> {
        let security_group = self.scope.add("nat", NatSecurityGroup { vpc: &self.vpc, part: &self.part })?;
        let rules = self.scope.child("nat")?;
        let subnet = self.public_subnet(zone)?;
        let nat = self.nat(&subnet, internet_gateway)?;
        // Not the gateway's id: its Elastic IP would move from one to the other, and nothing orders that.
        let id = format!("nat-instance-{}", zone.letter());
        let parts = self.scope.add(&id, NatInstanceInZone { nat, instance, security_group, rules })?;
        let target = DefaultRoute::Interface(parts.interface.id(), (&parts.association).into());
        Ok(BuiltNat { zone, target, address: parts.address })
    }

    /// The public subnet of a zone in which a NAT stands.
    fn public_subnet(&self, zone: Zone) -> Result<SubnetOutputs> {
        // So far only public tiers are built, in the order of their numbers.
        let subnet = self.subnets.iter().find(|subnet| subnet.zone == zone).cloned();
        subnet.ok_or_else(|| Error::new(format!("there is no public subnet in {zone} for the NAT")))
    }

    fn nat<'g>(&self, subnet: &'g SubnetOutputs, internet_gateway: &'g ec2::InternetGatewayHandle) -> Result<Nat<'g>> {
        let after = [self.scope.child(&subnet.tier)?, self.scope.child(&subnet_id(&subnet.tier, subnet.zone))?];
        Ok(Nat { part: self.part.clone(), zone: subnet.zone, subnet: &subnet.handle, internet_gateway, after })
    }

    /// Private and isolated tiers, with a route table for each, or for each zone that has a NAT of its own.
    pub(super) fn build_others(&mut self, subnets: &[PlannedSubnet], nats: &[BuiltNat], per_zone: bool) -> Result<()> {
        for (index, tier) in self.tiers.iter().enumerate().filter(|(_, tier)| tier.access != Access::Public) {
            let nats = if tier.access == Access::Private { nats } else { &[] };
            let own = subnets.iter().filter(|subnet| subnet.tier == index);
            if per_zone && tier.access == Access::Private {
                for subnet in own {
                    let nat = nats.iter().find(|nat| nat.zone == subnet.zone);
                    self.subnet(subnet, Table::Own(self.routes(nat.map(|nat| nat.target.clone()))))?;
                }
            } else {
                let table = self.shared_table(tier, nats.first().map(|nat| nat.target.clone()))?;
                own.into_iter().try_for_each(|subnet| self.subnet(subnet, Table::Shared(table.clone())))?;
            }
        }
        Ok(())
    }

    fn routes(&self, default: Option<DefaultRoute>) -> Routes {
        Routes { vpc: self.vpc.id(), default }
    }

    /// A route table for all zones of a tier.
    fn shared_table(&mut self, tier: &Tier, default: Option<DefaultRoute>) -> Result<RoutedTable> {
        let routes = self.routes(default);
        let routed = self.scope.with(self.part.clone().purpose(&tier.name)).add(&tier.name, routes)?;
        self.route_tables.push((tier.name.clone(), routed.table.clone()));
        Ok(routed)
    }

    fn subnet(&mut self, planned: &PlannedSubnet, table: Table) -> Result<()> {
        let tier = &self.tiers[planned.tier];
        let mut tags = tier.tags.clone();
        // <https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html>
        match (self.eks_role_tags, tier.access) {
            (true, Access::Public) => tags.insert("kubernetes.io/role/elb", "1"),
            (true, Access::Private) => tags.insert("kubernetes.io/role/internal-elb", "1"),
            (true, Access::Isolated) | (false, _) => {}
        }
        let mut subnet =
            ec2::Subnet::new(self.vpc.id()).cidr_block(planned.cidr.to_string()).availability_zone(planned.zone);
        if tier.public_addresses {
            subnet = subnet.map_public_ip_on_launch(true);
        }
        let is_own = matches!(table, Table::Own(_));
        let is_public = tier.access == Access::Public;
        let routed = RoutedSubnet { subnet, tags, table, is_public };
        let local = self.part.clone().zone(planned.zone.code()).purpose(&tier.name);
        let (handle, table) = self.scope.with(local).add(&subnet_id(&tier.name, planned.zone), routed)?;
        if is_own {
            self.route_tables.push((tier.name.clone(), table));
        }
        self.subnets.push(SubnetOutputs {
            tier: tier.name.clone(),
            zone: planned.zone,
            cidr: planned.cidr,
            access: tier.access,
            handle,
        });
        Ok(())
    }
}

fn subnet_id(tier: &str, zone: Zone) -> String {
    format!("{tier}-{}", zone.letter())
}

/// A route table to be built, with its default route where it has one.
struct Routes {
    vpc: Value<String>,
    default: Option<DefaultRoute>,
}

impl Construct for Routes {
    type Output = RoutedTable;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self { vpc, default } = self;
        let table = scope.place(ec2::RouteTable::new(vpc).lifecycle(created_first()))?;
        let route = ec2::Route::new(table.id()).destination_cidr_block("0.0.0.0/0").lifecycle(created_first());
        let nat_route = match default {
            None => None,
            Some(DefaultRoute::InternetGateway(id)) => {
                scope.place(route.gateway_id(id))?;
                None
            }
            Some(DefaultRoute::NatGateway(id)) => Some(scope.place(route.nat_gateway_id(id))?),
            Some(DefaultRoute::Interface(id, forwards)) => {
                Some(scope.place(route.network_interface_id(id).depends_on(forwards))?)
            }
        };
        Ok(RoutedTable { table, nat_route })
    }
}

/// The route table of a subnet: one that others have too, or its own.
enum Table {
    Shared(RoutedTable),
    Own(Routes),
}

/// A subnet and its association with a route table.
struct RoutedSubnet {
    subnet: ec2::Subnet,
    /// Of the subnet alone.
    tags: Tags,
    table: Table,
    is_public: bool,
}

impl Construct for RoutedSubnet {
    type Output = (ec2::SubnetHandle, ec2::RouteTableHandle);

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self { subnet, tags, table, is_public } = self;
        let RoutedTable { table, nat_route } = match table {
            Table::Shared(table) => table,
            Table::Own(routes) => routes.build(scope)?,
        };
        let subnet = scope.with(Local::new().tags(tags)).place(subnet)?;
        let mut association = ec2::RouteTableAssociation::new(table.id()).subnet_id(subnet.id());
        // Whether or not a NAT stands here: a subnet whose order depended on that would make a cycle of a NAT that goes and
        // a subnet that is replaced at the same time.
        if is_public {
            association = association.lifecycle(created_first());
        }
        // A subnet that moves to another table waits for the route there, and the old route for the subnet.
        if let Some(route) = &nat_route {
            association = association.depends_on(route);
        }
        scope.place(association)?;
        Ok((subnet, table))
    }
}
