//! Networks: VPCs with their subnets and routes, NAT, and flow logs.

mod address_plan;
mod flow_logs;
mod nat;
mod outputs;
mod parts;
mod tier;
mod vpc;

pub use flow_logs::{AggregationInterval, FlowLogs, FlowLogsOutputs, Traffic};
pub use nat::{NatInstance, NatStrategy};
pub use outputs::{SubnetOutputs, VpcOutputs};
pub use tier::{Access, Tier};
pub use vpc::Vpc;
