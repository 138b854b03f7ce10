//! The names of a VPC's parts.

use mmcdk_core::{Error, Local, Result, Scope};

use crate::resources::ec2;
use crate::site::Site;
use crate::values::AccountId;

/// The purpose of the VPC whose parts are named after their tiers alone.
const CORE: &str = "core";

/// The context of what has a purpose of its own in a VPC, such as a tier. In any other VPC than
/// `core`, the id of the VPC comes before that purpose. So the names of a VPC depend on itself alone, and a further VPC renames nothing.
pub(super) fn of_parts(scope: &Scope<'_>) -> Local {
    match (scope.qualifier(), scope.purpose()) {
        (None, Some(purpose)) if purpose != CORE => Local::new().qualifier(purpose),
        _ => Local::new(),
    }
}

/// The names of a VPC's parts, by the name of one that no VPC has.
struct Names {
    account: Option<AccountId>,
    example: String,
}

/// Rejects a VPC whose parts would have the names of another VPC's.
pub(super) fn claim(scope: &mut Scope<'_>, part: &Local) -> Result<()> {
    let account = Site::of(scope)?.account;
    let example = scope.with(part.clone().purpose("*")).name_of::<ec2::RouteTable>()?;
    let taken = scope.claims::<Names>().find(|(_, names)| names.account == account && names.example == example);
    if let Some((path, _)) = taken {
        return Err(Error::new(format!(
            "the parts of the VPC would have the same names as those of {path}: {example}"
        ))
        .remedy(
            "give one of the two another id, or a qualifier in its context: .with(Local::new().qualifier(\"data\"))",
        ));
    }
    scope.claim(Names { account, example });
    Ok(())
}
