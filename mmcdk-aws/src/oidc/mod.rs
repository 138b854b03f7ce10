//! Identities without static credentials: GitHub Actions through OpenID Connect.

mod provider;
mod repository;
mod role;
mod subject;

pub use provider::{OidcProvider, OidcProviderOutputs};
pub use repository::Repository;
pub use role::{OidcRole, OidcRoleOutputs};
pub use subject::Subject;
