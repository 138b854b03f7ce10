//! Networks: VPCs with their subnets and routes, NAT, and flow logs.

mod address_plan;
mod checks;
mod flow_logs;
mod names;
mod nat;
mod nat_instance;
mod outputs;
mod parts;
mod tier;
mod vpc;

pub use flow_logs::{AggregationInterval, FlowLogs, FlowLogsOutputs, Traffic};
pub use nat::NatStrategy;
pub use nat_instance::NatInstance;
pub use outputs::{SubnetOutputs, VpcOutputs};
pub use tier::{Access, Tier};
pub use vpc::Vpc;
