//! What a VPC returns.

use ipnet::Ipv4Net;
use mmcdk_core::{Dependency, Error, Handle, List, Result, Value};

use super::tier::Access;
use crate::resources::ec2;
use crate::values::Zone;

/// What adding a [`Vpc`](super::Vpc) returns.
#[derive(Clone, Debug)]
pub struct VpcOutputs {
    pub(super) this: Dependency,
    pub(super) path: String,
    pub(super) purpose: Option<String>,
    pub(super) vpc: ec2::VpcHandle,
    pub(super) internet_gateway: Option<ec2::InternetGatewayHandle>,
    pub(super) subnets: Vec<SubnetOutputs>,
    pub(super) route_tables: Vec<(String, ec2::RouteTableHandle)>,
    pub(super) nat_addresses: Vec<ec2::EipHandle>,
}

impl VpcOutputs {
    /// The id of the VPC.
    pub fn id(&self) -> Value<String> {
        self.vpc.id()
    }

    /// The addresses of the VPC.
    pub fn cidr_block(&self) -> Value<String> {
        self.vpc.cidr_block()
    }

    /// The VPC itself.
    pub fn vpc(&self) -> &ec2::VpcHandle {
        &self.vpc
    }

    /// The internet gateway, where a tier is public.
    pub fn internet_gateway(&self) -> Option<&ec2::InternetGatewayHandle> {
        self.internet_gateway.as_ref()
    }

    /// All subnets: public tiers first, then the others, by the numbers of tiers and the letters of zones.
    pub fn subnets(&self) -> &[SubnetOutputs] {
        &self.subnets
    }

    /// The ids of all subnets of public tiers.
    pub fn public_subnet_ids(&self) -> Value<List<String>> {
        self.ids_where(|subnet| subnet.access == Access::Public)
    }

    /// The ids of all subnets of private tiers.
    pub fn private_subnet_ids(&self) -> Value<List<String>> {
        self.ids_where(|subnet| subnet.access == Access::Private)
    }

    /// The ids of the subnets of a tier.
    ///
    /// # Errors
    /// Where there is no such tier.
    pub fn subnet_ids(&self, tier: &str) -> Result<Value<List<String>>> {
        self.check_tier(tier)?;
        Ok(self.ids_where(|subnet| subnet.tier == tier))
    }

    /// The route tables of a tier: one, or one for each zone.
    ///
    /// # Errors
    /// Where there is no such tier.
    pub fn route_tables(&self, tier: &str) -> Result<Vec<&ec2::RouteTableHandle>> {
        self.check_tier(tier)?;
        Ok(self.route_tables.iter().filter(|(of, _)| of == tier).map(|(_, table)| table).collect())
    }

    fn check_tier(&self, tier: &str) -> Result<()> {
        let mut tiers: Vec<String> = self.subnets.iter().map(|subnet| format!("{:?}", subnet.tier)).collect();
        tiers.dedup();
        match tiers.contains(&format!("{tier:?}")) {
            true => Ok(()),
            false => {
                let error = Error::new(format!("the VPC has no tier {tier:?}"));
                Err(error.remedy(format!("its tiers are {}", tiers.join(", "))).at(&self.path))
            }
        }
    }

    /// The public addresses from which private subnets are seen on the internet.
    pub fn nat_addresses(&self) -> Value<List<String>> {
        Value::list(self.nat_addresses.iter().map(|address| address.public_ip()))
    }

    pub(crate) fn purpose(&self) -> Option<&str> {
        self.purpose.as_deref()
    }

    fn ids_where(&self, wanted: impl Fn(&SubnetOutputs) -> bool) -> Value<List<String>> {
        Value::list(self.subnets.iter().filter(|subnet| wanted(subnet)).map(SubnetOutputs::id))
    }
}

impl From<&VpcOutputs> for Dependency {
    fn from(vpc: &VpcOutputs) -> Self {
        vpc.this.clone()
    }
}

/// A subnet of a [`Vpc`](super::Vpc).
#[derive(Clone, Debug)]
pub struct SubnetOutputs {
    pub(super) tier: String,
    pub(super) zone: Zone,
    pub(super) cidr: Ipv4Net,
    pub(super) access: Access,
    pub(super) handle: ec2::SubnetHandle,
}

impl SubnetOutputs {
    /// The id of the subnet.
    pub fn id(&self) -> Value<String> {
        self.handle.id()
    }

    /// The name of its tier.
    pub fn tier(&self) -> &str {
        &self.tier
    }

    /// Its zone.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Its addresses.
    pub fn cidr(&self) -> Ipv4Net {
        self.cidr
    }

    /// How it reaches the internet.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The subnet itself.
    pub fn subnet(&self) -> &ec2::SubnetHandle {
        &self.handle
    }

    /// The Terraform address of the subnet.
    pub fn address(&self) -> &str {
        self.handle.anchor().address()
    }
}
