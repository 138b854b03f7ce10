//! An EC2 instance that is the NAT of a VPC.

use std::collections::BTreeMap;

use mmcdk_core::{Any, Construct, Dependency, Error, Local, Map, Preview, RawResource, Resource, Result, Scope, Value};

use super::nat::{Nat, PURPOSE, created_first};
use crate::resources::facts::CHANGED_IN_PLACE;
use crate::resources::{ec2, ssm};
use crate::values::{Architecture, InstanceType};

/// An EC2 instance that is the NAT of a VPC.
///
/// It runs Amazon Linux 2023, sets itself up by user data, has no SSH and an encrypted volume, and takes traffic from
/// the VPC only. Its network interface is a resource of its own, with tags.
///
/// # Replacement
/// A change of a pinned image, of the architecture (`t3` to `t4g`) or of its user data, which belongs to this library,
/// replaces the instance and its interface; the public address stays. The new instance is created first, then the address
/// and the routes move to it, and then the old one is deleted: private subnets lose the internet for about a minute, until
/// the new one has booted. Another size stops and starts it. A new Amazon Linux image does nothing.
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

/// The provider reads this argument from the interface but compares it with the default of the instance, so each plan
/// would turn the check on again. <https://github.com/hashicorp/terraform-provider-aws/issues/44768>
const READ_FROM_THE_INTERFACE: &str = "source_dest_check";

/// This argument tags volumes in the call that creates them. Tags of a block device follow later, so a role would have to be
/// allowed to tag volumes without tags, whosever they are.
const NO_FURTHER_TAGS: [(&str, &str); 0] = [];

/// The security group of NAT instances: everything from the VPC comes in, everything goes out.
pub(super) struct NatSecurityGroup<'a> {
    pub(super) vpc: &'a ec2::VpcHandle,
    /// The context of what has a purpose of its own.
    pub(super) part: &'a Local,
}

impl Construct for NatSecurityGroup<'_> {
    type Output = ec2::SecurityGroupHandle;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        const ALL: &str = "-1";
        let Self { vpc, part } = self;
        let mut scope = scope.with(part.clone().purpose(PURPOSE));
        // A group that is replaced stands beside the old one for a while, and a VPC has each group name once.
        let prefix = scope.name_of::<ec2::SecurityGroup>()? + "-";
        let group = scope.place(
            ec2::SecurityGroup::new()
                .name_prefix(prefix)
                .description("NAT instance: from the VPC to the internet")
                .vpc_id(vpc.id())
                .lifecycle(created_first()),
        )?;
        scope.place(
            ec2::VpcSecurityGroupIngressRule::new(ALL, group.id())
                .cidr_ipv4(vpc.cidr_block())
                .description("Everything from the VPC")
                .lifecycle(created_first()),
        )?;
        scope.place(
            ec2::VpcSecurityGroupEgressRule::new(ALL, group.id())
                .cidr_ipv4("0.0.0.0/0")
                .description("Everything to the internet")
                .lifecycle(created_first()),
        )?;
        Ok(group)
    }
}

/// A NAT instance with its interface and its address.
pub(super) struct NatInstanceInZone<'a> {
    pub(super) nat: Nat<'a>,
    pub(super) instance: NatInstance,
    pub(super) security_group: ec2::SecurityGroupHandle,
    /// The group and its rules.
    pub(super) rules: Dependency,
}

/// What a NAT instance gives to the rest of the VPC.
pub(super) struct NatInstanceParts {
    /// What private routes lead to.
    pub(super) interface: ec2::NetworkInterfaceHandle,
    pub(super) address: ec2::EipHandle,
    /// What gives the interface its address, once there is an instance behind it.
    pub(super) association: ec2::EipAssociationHandle,
}

impl Construct for NatInstanceInZone<'_> {
    type Output = NatInstanceParts;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let Self { nat, instance: NatInstance { instance_type, ami }, security_group, rules } = self;
        let address = nat.elastic_ip(scope, created_first())?;
        let zone = |local: Local| local.zone(nat.zone.code());
        let is_pinned = ami.is_some();
        let image = match ami {
            Some(ami) => checked_ami(&ami)?.into(),
            None => newest_image(scope, instance_type.architecture())?,
        };
        // A new image must not replace a running NAT.
        let ignored = [Some(READ_FROM_THE_INTERFACE), (!is_pinned).then_some("ami")];
        let instance = ec2::Instance::new()
            .instance_type(instance_type)
            .ami(image)
            .user_data(Value::text(USER_DATA))
            .user_data_replace_on_change(true)
            .metadata_options(ec2::InstanceMetadataOptionsBlock::new().http_endpoint("enabled").http_tokens("required"))
            .volume_tags(NO_FURTHER_TAGS)
            .root_block_device(ec2::InstanceRootBlockDeviceBlock::new().encrypted(true).volume_type("gp3"))
            .lifecycle(created_first().ignore_changes(ignored.into_iter().flatten()));
        let mut causes = causes_of_replacement(&scope.preview(instance.clone())?, is_pinned);
        causes.insert("architecture".into(), instance_type.architecture().as_str().into());

        // AWS attaches an interface in use to no second instance, so what replaces the instance replaces the interface.
        let causes = RawResource::new("terraform_data").set("input", Value::<Map<Any>>::from(causes)).build(scope)?;
        let interface = ec2::NetworkInterface::new(nat.subnet.id())
            .security_groups([security_group.id()])
            // A NAT forwards what is not addressed to it.
            .source_dest_check(false)
            // An interface that changes to another group finds its rules there.
            .depends_on(&rules)
            .lifecycle(created_first().replace_triggered_by(&causes));
        let interface = scope.with(zone(nat.part.clone()).purpose(PURPOSE)).place(interface)?;
        let instance = nat
            .ready(instance)
            .primary_network_interface(ec2::InstancePrimaryNetworkInterfaceBlock::new(interface.id()));
        let instance = scope.with(zone(Local::new()).resource("nat")).place(instance)?;
        let association = ec2::EipAssociation::new()
            .allocation_id(address.id())
            .network_interface_id(interface.id())
            .allow_reassociation(true)
            .lifecycle(created_first())
            // The old instance keeps the address until there is a new one, whose user data waits for it.
            .depends_on(&instance);
        let association = scope.place(association)?;
        Ok(NatInstanceParts { interface, address, association })
    }
}

/// The arguments of an instance that replace it when they change. Long texts stand as a digest.
fn causes_of_replacement(instance: &Preview, is_pinned: bool) -> BTreeMap<String, Value<Any>> {
    let ignored = |argument: &str| is_changed_in_place(argument) || (argument == "ami" && !is_pinned);
    instance
        .arguments()
        .filter(|argument| !ignored(argument))
        .map(|argument| {
            let cause = match (instance.argument::<String>(argument), argument) {
                (Some(value), _) => match value.literal() {
                    Some(text) => short(text).into(),
                    None => value.any(),
                },
                (None, "root_block_device") => short(&volume(instance.json(argument)).to_string()).into(),
                (None, _) => short(&instance.json(argument).to_string()).into(),
            };
            (argument.to_owned(), cause)
        })
        .collect()
}

/// The volume without what is changed in place.
fn volume(mut json: mmcdk_core::serde_json::Value) -> mmcdk_core::serde_json::Value {
    if let Some(arguments) = json.as_object_mut() {
        arguments.retain(|argument, _| !is_changed_in_place(&format!("root_block_device.{argument}")));
    }
    json
}

/// Whether the provider changes an argument of an instance in place, or one of its volume.
fn is_changed_in_place(path: &str) -> bool {
    let of_type = CHANGED_IN_PLACE.iter().find(|(name, _)| *name == ec2::Instance::FACTS.terraform_type);
    of_type.is_some_and(|(_, arguments)| arguments.contains(&path))
}

/// The text, or a digest of one that is too long to read in a plan. FNV-1a: it need only tell versions apart.
fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
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
        false => Err(Error::new(format!("{id:?} is not an image id")).remedy("write ami- and 17 hexadecimal digits")),
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
