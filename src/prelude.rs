//! Everything a program of stacks needs: `use mmcdk::prelude::*;`.
//!
//! The resource types of AWS are in modules, one for each service: `ec2::Subnet`, `iam::Role`.

pub use std::process::ExitCode;

pub use mmcdk_aws::resources::*;
pub use mmcdk_aws::values::{
    AccountId, Architecture, Arn, Days, InstanceType, LogRetention, ParseError, Partition, Region, Zone,
};
pub use mmcdk_aws::{
    Access, AggregationInterval, AwsProvider, Condition, DataEvents, Environment, Explained, FlowLogs, FlowLogsOutputs,
    GovernedAccounts, InRegion, NatInstance, NatStrategy, Needs, OidcProvider, OidcProviderOutputs, OidcRole,
    OidcRoleOutputs, Operator, PermissionTable, Permissions, PolicyDocument, Principal, Repository, RoleToRead, Shared,
    Site, StateLock, StateStore, StateStoreOutputs, Statement, Subject, SubnetOutputs, Tier, Traffic, Trail,
    TrailOutputs, Vpc, VpcOutputs,
};
pub use mmcdk_core::{
    Any, App, Backend, Block, Construct, Dependency, Error, Handle, Lifecycle, List, Local, Map, Number, Object,
    Organisation, Output, ProviderRef, RawResource, Resource, Result, S3Backend, Scope, Set, Stack, Synthesis, Tags,
    Value,
};
pub use mmcdk_github::{Deployment, Minutes, Pipeline, Program};
