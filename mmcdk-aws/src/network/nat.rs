//! NAT: how private subnets reach the internet.

use mmcdk_core::{Construct, Dependency, Lifecycle, Local, Resource, Result, Scope};

use super::nat_instance::NatInstance;
use crate::resources::ec2;
use crate::values::{InstanceType, Zone};

/// How the private tiers of a VPC reach the internet.
///
/// The prices are list prices of us-east-1 in early 2026 for 730 hours, without the traffic between zones.
///
/// # Creates
/// For each gateway `aws_nat_gateway` and `aws_eip`. For an instance `aws_instance`, `aws_network_interface`, `aws_eip` with
/// `aws_eip_association`, `aws_security_group` with `aws_vpc_security_group_ingress_rule` and
/// `aws_vpc_security_group_egress_rule`, and `terraform_data`, which replaces the interface together with the instance.
///
/// # Replacement
/// Every change creates the new NAT, moves the private routes to it, and then deletes the old one. If the new one cannot be
/// created, the old one stays as it is. Connections through the old NAT break when the routes move.
///
/// | change | public address | private subnets without the internet |
/// |---|---|---|
/// | to another strategy with gateways, or a gateway to another zone | new | not at all |
/// | to an instance, or an instance to another zone | new | about one minute, until the new instance has booted |
/// | an instance's image, architecture, user data or other arguments that replace it | the same | about one minute |
/// | an instance's size | the same | while it stops and starts, about one minute |
/// | the public subnet or the VPC is replaced | new for gateways, the same for an instance | as above |
/// | the security group is replaced | the same | about one minute |
/// | to [`NatStrategy::None`] | none | from then on |
///
/// An interface in use cannot be attached to a second instance, so an instance and its interface are replaced together. To
/// replace an instance by hand, or one that Terraform marked as tainted, name its interface:
/// `terraform apply -replace=aws_network_interface.core_nat_instance_a`.
///
/// Terraform takes this order from the state, so it holds from the second apply on: apply once with this version before you
/// change the strategy. It also creates first what a NAT depends on. So a public subnet that is replaced needs addresses that
/// do not overlap its old ones (else move it to others first, and back in a second step), and the quotas must have room for
/// the new Elastic IPs, and for a new VPC, beside the old ones.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NatStrategy {
    /// Not at all: private route tables have no default route. Costs nothing.
    None,
    /// One EC2 instance in one zone, [`Vpc::nat_zone`](crate::Vpc::nat_zone), for all zones.
    ///
    /// Cost: about $12 a month with a `t3.micro`, its address and its volume; nothing for processing data. Failure domain: one
    /// instance; when it or its zone fails, all private subnets are cut off until it is back. Bandwidth: a `t3.micro`
    /// sustains some 64 Mbit/s.
    Instance(NatInstance),
    /// One NAT gateway in one zone, [`Vpc::nat_zone`](crate::Vpc::nat_zone), for all zones.
    ///
    /// Cost: about $36.50 a month with its address, and $0.045 for each GB. Failure domain: its zone.
    SingleGateway,
    /// A NAT gateway in each zone, for that zone.
    ///
    /// Cost: about $36.50 a month for each zone, and $0.045 for each GB. Failure domain: a zone that fails cuts off only
    /// itself. Each gateway takes one of the five Elastic IPs that a region gives by default.
    GatewayPerZone,
}

impl NatStrategy {
    /// A NAT instance of that type with everything else by default.
    pub fn instance(instance_type: InstanceType) -> Self {
        NatInstance::new(instance_type).into()
    }
}

impl From<NatInstance> for NatStrategy {
    fn from(instance: NatInstance) -> Self {
        Self::Instance(instance)
    }
}

/// The purpose part of the names of what belongs to NAT.
pub(super) const PURPOSE: &str = "nat";

/// The lifecycle of what private routes depend on. Terraform deletes what is created first only after it has updated what
/// refers to it, here the routes, also if it is deleted without a replacement.
pub(super) fn created_first() -> Lifecycle {
    Lifecycle::new().create_before_destroy()
}

/// A NAT in one zone, to be built in a public subnet there.
pub(super) struct Nat<'a> {
    /// The context of what has a purpose of its own.
    pub(super) part: Local,
    pub(super) zone: Zone,
    pub(super) subnet: &'a ec2::SubnetHandle,
    pub(super) internet_gateway: &'a ec2::InternetGatewayHandle,
    /// What else makes the subnet reach the internet: the public route and the association.
    pub(super) after: [Dependency; 2],
}

impl Nat<'_> {
    pub(super) fn elastic_ip(&self, scope: &mut Scope<'_>, lifecycle: Lifecycle) -> Result<ec2::EipHandle> {
        // <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eip>
        let eip = ec2::Eip::new().domain("vpc").depends_on(self.internet_gateway).lifecycle(lifecycle);
        scope.with(self.part.clone().zone(self.zone.code()).purpose(PURPOSE)).place(eip)
    }

    /// The resource, made once its subnet reaches the internet.
    pub(super) fn ready<R: Resource>(&self, resource: R) -> R {
        self.after.iter().fold(resource.depends_on(self.internet_gateway), |resource, after| resource.depends_on(after))
    }
}

/// A NAT gateway and its address.
pub(super) struct NatGateway<'a>(pub(super) Nat<'a>);

impl Construct for NatGateway<'_> {
    type Output = (ec2::NatGatewayHandle, ec2::EipHandle);

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self(nat) = self;
        // A gateway in another subnet cannot have the address that the old one still holds.
        let address = nat.elastic_ip(scope, created_first().replace_triggered_by_attribute(nat.subnet, "id"))?;
        let gateway =
            ec2::NatGateway::new().allocation_id(address.id()).subnet_id(nat.subnet.id()).lifecycle(created_first());
        let gateway = scope.with(Local::new().zone(nat.zone.code())).place(nat.ready(gateway))?;
        Ok((gateway, address))
    }
}
