//! NAT: how private subnets reach the internet.

use mmcdk_core::{Construct, Dependency, Error, Lifecycle, Local, Resource, Result, Scope, Value};

use crate::resources::{ec2, ssm};
use crate::values::{Architecture, InstanceType, Zone};

/// How the private tiers of a VPC reach the internet.
///
/// The prices are list prices of us-east-1 in early 2026 for 730 hours, without the traffic between zones.
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

/// An EC2 instance that is the NAT of a VPC.
///
/// It runs Amazon Linux 2023, sets itself up by user data, has no SSH and an encrypted volume, and takes traffic from
/// the VPC only.
///
/// Replacement: a change of a pinned image, of the architecture (`t3` to `t4g`) or of its user data, which belongs to this
/// library, replaces it and interrupts the private subnets for a minute or two. Another size stops and starts it. A new
/// Amazon Linux image does nothing.
#[derive(Clone, Debug)]
pub struct NatInstance {
    instance_type: InstanceType,
    ami: Option<String>,
}

impl NatInstance {
    /// An instance of that type, with the newest Amazon Linux 2023 for its architecture at the time it is made.
    pub fn new(instance_type: InstanceType) -> Self {
        Self { instance_type, ami: None }
    }

    /// A pinned image: `ami-` and hexadecimal digits. It must be Amazon Linux 2023 or alike.
    #[must_use]
    pub fn ami(mut self, id: impl Into<String>) -> Self {
        self.ami = Some(id.into());
        self
    }
}

/// What the instance runs when it boots.
const USER_DATA: &str = include_str!("nat_instance.sh");

/// The purpose part of the names of what belongs to NAT.
const PURPOSE: &str = "nat";

/// A NAT in one zone, to be built in a public subnet there.
pub(super) struct Nat<'a> {
    pub(super) zone: Zone,
    pub(super) subnet: Value<String>,
    pub(super) internet_gateway: &'a ec2::InternetGatewayHandle,
    /// What else makes the subnet reach the internet: the public route and the association.
    pub(super) after: [Dependency; 2],
}

impl Nat<'_> {
    fn elastic_ip(&self, scope: &mut Scope<'_>) -> Result<ec2::EipHandle> {
        // <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eip>
        let eip = ec2::Eip::new().domain("vpc").depends_on(self.internet_gateway);
        scope.with(Local::new().zone(self.zone.code()).purpose(PURPOSE)).place(eip)
    }

    /// The interface of an instance. It is a resource of its own so that it carries tags, by which permissions can tell
    /// it from those of other environments.
    fn interface(
        &self,
        scope: &mut Scope<'_>,
        security_group: &ec2::SecurityGroupHandle,
    ) -> Result<ec2::NetworkInterfaceHandle> {
        let interface = ec2::NetworkInterface::new(&self.subnet)
            .security_groups([security_group.id()])
            // A NAT forwards what is not addressed to it.
            .source_dest_check(false);
        scope.with(Local::new().zone(self.zone.code()).purpose(PURPOSE)).place(interface)
    }

    /// The resource, made once its subnet reaches the internet.
    fn ready<R: Resource>(&self, resource: R) -> R {
        self.after.iter().fold(resource.depends_on(self.internet_gateway), |resource, after| resource.depends_on(after))
    }
}

/// A NAT gateway and its address.
pub(super) struct NatGateway<'a>(pub(super) Nat<'a>);

impl Construct for NatGateway<'_> {
    type Output = (ec2::NatGatewayHandle, ec2::EipHandle);

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self(nat) = self;
        let eip = nat.elastic_ip(scope)?;
        let gateway = ec2::NatGateway::new().allocation_id(eip.id()).subnet_id(&nat.subnet);
        let gateway = scope.with(Local::new().zone(nat.zone.code())).place(nat.ready(gateway))?;
        Ok((gateway, eip))
    }
}

/// The security group of NAT instances: everything from the VPC comes in, everything goes out.
pub(super) struct NatSecurityGroup<'a>(pub(super) &'a ec2::VpcHandle);

impl Construct for NatSecurityGroup<'_> {
    type Output = ec2::SecurityGroupHandle;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        const ALL: &str = "-1";
        let vpc = self.0;
        let mut scope = scope.with(Local::new().purpose(PURPOSE));
        let group = scope.place(
            ec2::SecurityGroup::new().description("NAT instance: from the VPC to the internet").vpc_id(vpc.id()),
        )?;
        scope.place(
            ec2::VpcSecurityGroupIngressRule::new(ALL, group.id())
                .cidr_ipv4(vpc.cidr_block())
                .description("Everything from the VPC"),
        )?;
        scope.place(
            ec2::VpcSecurityGroupEgressRule::new(ALL, group.id())
                .cidr_ipv4("0.0.0.0/0")
                .description("Everything to the internet"),
        )?;
        Ok(group)
    }
}

/// A NAT instance and its address.
pub(super) struct NatInstanceInZone<'a> {
    pub(super) nat: Nat<'a>,
    pub(super) instance: NatInstance,
    pub(super) security_group: ec2::SecurityGroupHandle,
}

/// What a NAT instance gives to the rest of the VPC.
pub(super) struct NatInstanceParts {
    /// What private routes lead to.
    pub(super) interface: ec2::NetworkInterfaceHandle,
    pub(super) address: ec2::EipHandle,
}

/// The provider reads this argument from the interface but compares it with the default of the instance, so each plan
/// would turn the check on again. <https://github.com/hashicorp/terraform-provider-aws/issues/44768>
const READ_FROM_THE_INTERFACE: &str = "source_dest_check";

/// This argument tags volumes in the call that creates them. Tags of a block device follow later, so a role would have to be
/// allowed to tag volumes without tags, whosever they are.
const NO_FURTHER_TAGS: [(&str, &str); 0] = [];

impl Construct for NatInstanceInZone<'_> {
    type Output = NatInstanceParts;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self { nat, instance: NatInstance { instance_type, ami }, security_group } = self;
        let address = nat.elastic_ip(scope)?;
        let interface = nat.interface(scope, &security_group)?;
        let mut instance = ec2::Instance::new()
            .instance_type(instance_type)
            .primary_network_interface(ec2::InstancePrimaryNetworkInterfaceBlock::new(interface.id()))
            .user_data(Value::text(USER_DATA))
            .user_data_replace_on_change(true)
            .metadata_options(ec2::InstanceMetadataOptionsBlock::new().http_endpoint("enabled").http_tokens("required"))
            .volume_tags(NO_FURTHER_TAGS)
            .root_block_device(ec2::InstanceRootBlockDeviceBlock::new().encrypted(true).volume_type("gp3"));
        let lifecycle = Lifecycle::new().ignore_changes([READ_FROM_THE_INTERFACE]);
        instance = match ami {
            Some(ami) => instance.ami(checked_ami(&ami)?).lifecycle(lifecycle),
            // A new image must not replace a running NAT.
            None => instance
                .ami(newest_image(scope, instance_type.architecture())?)
                .lifecycle(lifecycle.ignore_changes(["ami"])),
        };
        let instance = scope.with(Local::new().zone(nat.zone.code()).resource("nat")).place(nat.ready(instance))?;
        scope.place(
            ec2::EipAssociation::new()
                .allocation_id(address.id())
                .network_interface_id(interface.id())
                // The user data waits for the address, which a new instance must not take from a running one too early.
                .depends_on(&instance),
        )?;
        Ok(NatInstanceParts { interface, address })
    }
}

/// The newest Amazon Linux 2023, by the public parameter of
/// <https://docs.aws.amazon.com/linux/al2023/ug/ec2.html>. Its `value` would be hidden in plans; `insecure_value` is not.
fn newest_image(scope: &mut Scope<'_>, architecture: Architecture) -> Result<Value<String>> {
    let architecture = architecture.as_str();
    let name = format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}");
    let id = format!("al2023-{}", architecture.replace('_', "-"));
    Ok(scope.once(&id, ssm::data::Parameter::new(name))?.insecure_value())
}

fn checked_ami(id: &str) -> Result<&str> {
    let digits = id.strip_prefix("ami-").unwrap_or_default();
    let hexadecimal = digits.chars().all(|digit| digit.is_ascii_digit() || ('a'..='f').contains(&digit));
    match hexadecimal && matches!(digits.len(), 8 | 17) {
        true => Ok(id),
        false => Err(Error::new(format!("{id:?} is no image id")).remedy("write ami- and 17 hexadecimal digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_ids_are_checked() {
        assert!(checked_ami("ami-0123456789abcdef0").is_ok());
        assert!(checked_ami("ami-01234567").is_ok());
        for id in ["", "ami-", "ami-xyz", "ami-0123456789ABCDEF0", "i-0123456789abcdef0"] {
            assert!(checked_ami(id).is_err(), "{id}");
        }
    }

    #[test]
    fn user_data_fits() {
        assert!(USER_DATA.len() < 16 * 1024 && USER_DATA.starts_with("#!/bin/bash\n"));
    }
}
