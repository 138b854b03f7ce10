//! AWS for mmcdk: every resource type of the Terraform provider, the words of AWS as types, and network constructs.
//!
//! - [`resources`] is generated from the provider's schema: one module and one cargo feature per AWS service. Required
//!   arguments are parameters of `new`, optional ones setters, and adding a resource returns a handle with a method for
//!   each attribute.
//! - [`values`] has regions, zones, accounts, instance types and the like, checked once.
//! - [`Environment`] is where stacks stand: a name, a region, an account, tags.
//! - [`Vpc`], [`FlowLogs`] and [`Trail`] are constructs: descriptions that become many resources. They are the feature
//!   `constructs`, which is on by default; without it there are only generated types and what describes where they stand.
//!
//! ```
//! use mmcdk_aws::{Environment, FlowLogs, NatStrategy, Trail, Vpc, values::*};
//! use mmcdk_core::{App, Organisation, Result};
//!
//! fn main() -> Result<()> {
//!     let mut app = App::new(Organisation::new("MM"));
//!     let dev = Environment::new("dev", Region::UsEast1).account("111122223333");
//!     let mut network = app.stack("network", &dev)?;
//!     let vpc = network.add(
//!         "core",
//!         Vpc::new("10.1.0.0/16").zones(["a", "b"]).nat(NatStrategy::instance(InstanceType::T3Micro)),
//!     )?;
//!     network.add("flow", FlowLogs::new(&vpc).retention(LogRetention::Days14))?;
//!     network.add("trail", Trail::new().expire_after(Days(90)))?;
//!     network.output("vpc_id", vpc.id())?;
//!     assert_eq!(app.synth()?.stack("dev/network")?.named::<mmcdk_aws::resources::ec2::Vpc>("MM-dev-use1-vpc-core")?.path(), "core");
//!     Ok(())
//! }
//! ```

#![cfg_attr(
    not(feature = "constructs"),
    allow(dead_code, unused_imports, reason = "only constructs use some private items")
)]

pub mod values;

#[cfg(feature = "constructs")]
mod closed_bucket;
mod environment;
mod governed;
mod permissions;
mod policy;
mod provider;
mod site;

#[cfg(feature = "constructs")]
mod bootstrap;
#[cfg(feature = "constructs")]
mod network;
#[cfg(feature = "constructs")]
mod oidc;
#[cfg(feature = "constructs")]
mod overrides;
#[cfg(feature = "constructs")]
mod trail;

pub mod resources;

#[cfg(feature = "constructs")]
pub use bootstrap::{StateLock, StateStore, StateStoreOutputs};
pub use environment::{Environment, InRegion, Shared};
pub use governed::GovernedAccounts;
#[cfg(feature = "constructs")]
pub use network::{
    Access, AggregationInterval, FlowLogs, FlowLogsOutputs, NatInstance, NatStrategy, SubnetOutputs, Tier, Traffic,
    Vpc, VpcOutputs,
};
#[cfg(feature = "constructs")]
pub use oidc::{OidcProvider, OidcProviderOutputs, OidcRole, OidcRoleOutputs, Repository, Subject};
#[cfg(feature = "constructs")]
pub use permissions::RoleToRead;
pub use permissions::{
    AllowedOn, Comparison, DeployedRole, Explained, Lacking, Needed, Needs, PermissionTable, Permissions, PolicyKind,
    Reason, Refusal, StackPolicy, UnknownType, policies,
};
pub use policy::{Condition, Operator, PolicyDocument, Principal, Statement};
pub use provider::AwsProvider;
pub use resources::facts::{FOUNDATION_TYPES, STATEFUL_TYPES};
pub use resources::resource_types::RESOURCE_TYPES;
pub use site::Site;
#[cfg(feature = "constructs")]
pub use trail::{DataEvents, Trail, TrailOutputs};
