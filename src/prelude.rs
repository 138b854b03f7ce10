//! Everything a program of stacks needs: `use mmcdk::prelude::*;`.
//!
//! The resource types of AWS are in modules, one for each service: `ec2::Subnet`, `iam::Role`.

pub use std::process::ExitCode;

pub use mmcdk_aws::resources::*;
pub use mmcdk_aws::values::{
    AccountId, Architecture, Arn, Days, InstanceType, LogRetention, ParseError, Partition, Region, Zone,
};
pub use mmcdk_aws::{
    Access, AggregationInterval, AwsProvider, Condition, Environment, FlowLogs, NatInstance, NatStrategy,
    PolicyDocument, Principal, Shared, Site, Statement, Tier, Traffic, Trail, Vpc, VpcOutputs,
};
pub use mmcdk_core::{
    App, Backend, Construct, Dependency, Error, Handle, Lifecycle, List, Local, Map, Organisation, Output, RawResource,
    Resource, Result, S3Backend, Scope, Set, Stack, Synthesis, Tags, Value,
};
