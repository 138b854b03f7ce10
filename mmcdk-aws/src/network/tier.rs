//! Tiers: the kinds of subnets that a VPC has in each zone.

use mmcdk_core::Tags;

/// A tier of a VPC: a subnet in each zone, with one kind of way to the internet.
///
/// Its number is its place in the standard address plan and never changes with what other tiers there are.
///
/// ```
/// use mmcdk_aws::{Tier, Vpc};
///
/// let vpc = Vpc::new("10.1.0.0/16")
///     .zones(["a", "b"])
///     .tiers([Tier::public(), Tier::private(), Tier::isolated("data", 2).tag("Purpose", "databases")]);
/// ```
#[derive(Clone, Debug)]
pub struct Tier {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) access: Access,
    pub(super) prefix_length: Option<u8>,
    /// Zone and CIDR, as written.
    pub(super) cidrs: Vec<(String, String)>,
    pub(super) public_addresses: bool,
    pub(super) tags: Tags,
}

/// How a tier reaches the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Through the internet gateway, in both directions.
    Public,
    /// Through the VPC's NAT, outwards; not at all where there is none.
    Private,
    /// Not at all.
    Isolated,
}

impl Tier {
    /// The tier `public`, number 0.
    pub fn public() -> Self {
        Self::new("public", 0, Access::Public)
    }

    /// The tier `private`, number 1.
    pub fn private() -> Self {
        Self::new("private", 1, Access::Private)
    }

    /// A tier without a way to the internet.
    pub fn isolated(name: impl Into<String>, number: u32) -> Self {
        Self::new(name, number, Access::Isolated)
    }

    /// A tier of that name, lower kebab-case, with its number in the standard plan.
    pub fn new(name: impl Into<String>, number: u32, access: Access) -> Self {
        Self {
            name: name.into(),
            number,
            access,
            prefix_length: None,
            cidrs: Vec::new(),
            public_addresses: false,
            tags: Tags::new(),
        }
    }

    /// The prefix length of its subnets, /16 to /28. By default it is that of the VPC, [`Vpc::subnet_prefix_length`].
    ///
    /// [`Vpc::subnet_prefix_length`]: crate::Vpc::subnet_prefix_length
    #[must_use]
    pub fn prefix_length(mut self, length: u8) -> Self {
        self.prefix_length = Some(length);
        self
    }

    /// The CIDR in one zone, written out instead of taken from the plan. Then it must be written for each zone.
    #[must_use]
    pub fn cidr(mut self, zone: impl Into<String>, cidr: impl Into<String>) -> Self {
        self.cidrs.push((zone.into(), cidr.into()));
        self
    }

    /// Gives each network interface a public address at launch; by default none gets one.
    #[must_use]
    pub fn public_addresses(mut self) -> Self {
        self.public_addresses = true;
        self
    }

    /// A tag on its subnets.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key, value.into());
        self
    }
}
