//! The words of AWS as types: parsed once, checked once, and never a bare string after that.
//!
//! Whatever comes from outside is read with [`FromStr`](std::str::FromStr) and refused with a [`ParseError`] that says
//! what would do; literals in a program have `const` constructors that panic. Each type turns into the
//! [`Value`](mmcdk_core::Value) that Terraform expects, so it can be handed to a resource's setter as it is.

mod error;

mod partition;
mod region;
mod zone;

mod account;
mod arn;
mod role;

mod days;
mod retention;

mod instance_type;

pub use account::AccountId;
pub use arn::Arn;
pub use days::Days;
pub use error::ParseError;
pub use instance_type::{Architecture, InstanceType, OtherInstanceType};
pub use partition::Partition;
pub use region::{DeclaredRegion, Region};
pub use retention::LogRetention;
pub(crate) use role::RoleArn;
pub use zone::Zone;
