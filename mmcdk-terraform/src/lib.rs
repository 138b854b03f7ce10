//! Reads the plans of Terraform and OpenTofu, and refuses a plan that touches another environment.
//!
//! - [`Plan`] is a typed reading of `terraform show -json plan.out`.
//! - [`Guard`] says what an environment is, and [`Guard::check`] finds everything in a plan that is of another one: not
//!   by its tags alone, but by its names, accounts, regions, address ranges and the state that is planned against.
//! - [`BackendConfig`] is the backend that `terraform init` has initialised, which no plan tells.
//! - [`jq_filter`] is the check of tags alone, for whoever has only jq.
//!
//! ```
//! use mmcdk_terraform::{Guard, Plan, ViolationKind};
//!
//! # fn main() -> mmcdk_core::Result<()> {
//! let plan = Plan::from_json(br#"{
//!     "format_version": "1.2",
//!     "resource_changes": [{
//!         "address": "aws_s3_bucket_policy.trail",
//!         "mode": "managed",
//!         "type": "aws_s3_bucket_policy",
//!         "name": "trail",
//!         "change": {"actions": ["create"], "before": null, "after": {"bucket": "mm-prod-use1-s3-cloudtrail"}}
//!     }]
//! }"#)?;
//! let guard = Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*"]);
//! let violations = guard.check(&plan, None);
//! assert_eq!(violations[0].kind, ViolationKind::ForeignName);
//! assert_eq!(violations[0].found, "mm-prod-use1-s3-cloudtrail");
//! # Ok(())
//! # }
//! ```

mod plan;

mod backend;
mod guard;
mod jq;

pub use backend::{BackendConfig, StateAddress};
pub use guard::{AddressPattern, Guard, OtherEnvironment, Violation, ViolationKind, is_network};
pub use jq::jq_filter;
pub use plan::{
    Action, ActionInvocation, Change, DeferredActionInvocation, DeferredChange, Importing, Index, JsonText, Plan,
    ProviderConfig, ResourceChange, ResourceMode, StateResource, Summary, Variable,
};
