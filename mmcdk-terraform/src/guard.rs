//! What an environment is, and what in a plan is of another one.

mod check;
mod decode;
mod inflate;
mod inspect;
mod path;
mod subject;

mod accounts;
mod names;
mod networks;
mod ranges;
mod regions;
mod selectors;
mod states;
mod tags;

mod allowed;
mod destroys;
mod overlaps;

mod glob;
mod imported;
mod other;
mod violation;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use mmcdk_core::{Error, Result};

use crate::backend::StateAddress;

use glob::Glob;

pub use allowed::AddressPattern;
pub use networks::is_network;
pub use other::OtherEnvironment;
pub use violation::{Violation, ViolationKind};

/// What belongs to an environment, so that a plan which touches another one is refused.
///
/// Everything but the environment is optional, and what is not said is not checked; the tag `Environment` always is,
/// unless [`Guard::untagged`] says otherwise. Whatever the plan does to a resource counts, also nothing: a resource of
/// another environment in the state is wrong before anything is changed. Only what is forgotten may be of another one,
/// so that a state can be cleaned.
///
/// What is to be must be the environment's. What was before is refused only where something speaks for another
/// environment: its names, accounts, tags, and addresses and regions that it alone has. A range or a region that no
/// environment has any more can so be taken down, and a tag be corrected on what has the environment's names.
///
/// Everything in a plan is searched: arguments and attributes, what is imported, variables, and what stands in the
/// configuration alone, such as the commands of provisioners. A text is also searched as what it encodes: JSON, base64,
/// gzip within base64, and percent-encoding.
///
/// # Limits
///
/// A plan tells names and numbers, not where an id leads: that `vpc-0a1b` is another environment's shows only if its
/// name, its tags, its account or its addresses stand beside it. What is known only after applying cannot be checked,
/// except that the tag must be known before; a command of a provisioner that refers to something is such a value. What
/// a program that is called does is not known either.
///
/// Two kinds of encoded text are searched only in part: what is encoded more than four times, such as JSON in base64 in JSON,
/// and what follows the first MiB of a compressed text. A plan may hold such texts for good reasons, so the guard does not
/// reject them.
///
/// # Example
///
/// ```
/// use mmcdk_terraform::{Guard, OtherEnvironment, StateAddress};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let guard = Guard::new("dev")
///     .account("111122223333")
///     .regions(["us-east-1"])
///     .cidrs(["10.1.0.0/16"])?
///     .names(["MM-dev-use1-*"])
///     .convention(["MM-*-use1-*"])
///     .state(StateAddress::s3("mm-terraform-state", "dev/network/terraform.tfstate"))
///     .other_environment(OtherEnvironment::new("prod").accounts(["444455556666"]))
///     .stateful([("aws_s3_bucket", "its objects are gone with it")])
///     .foundation([("aws_vpc", "everything with an address is in it")]);
/// # let _ = guard;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    environment: String,
    tag: Option<String>,
    tag_values: Vec<String>,
    readable_tag_values: Vec<String>,
    account: Option<String>,
    trusted_accounts: Vec<String>,
    trusted_cidrs: Vec<IpNet>,
    trusted_names: Vec<Glob>,
    regions: Vec<String>,
    cidrs: Vec<IpNet>,
    names: Vec<Glob>,
    names_elsewhere: Vec<Glob>,
    convention: Vec<Glob>,
    known_names: BTreeSet<String>,
    others: Vec<OtherEnvironment>,
    state: Option<StateAddress>,
    readable_states: Option<Vec<StateAddress>>,
    imported_states: Vec<StateAddress>,
    stateful: BTreeMap<String, String>,
    foundation: BTreeMap<String, String>,
    known_types: Option<BTreeSet<String>>,
    allow_destroy: BTreeSet<String>,
    allow_destroy_matching: Vec<AddressPattern>,
    refuse_destroy: bool,
}

impl Guard {
    /// The environment of that name, whose resources carry it in their tag `Environment`.
    pub fn new(environment: impl Into<String>) -> Self {
        let environment = environment.into();
        Self {
            tag: Some("Environment".into()),
            tag_values: vec![environment.clone()],
            environment,
            readable_tag_values: Vec::new(),
            account: None,
            trusted_accounts: Vec::new(),
            trusted_cidrs: Vec::new(),
            trusted_names: Vec::new(),
            regions: Vec::new(),
            cidrs: Vec::new(),
            names: Vec::new(),
            names_elsewhere: Vec::new(),
            convention: Vec::new(),
            known_names: BTreeSet::new(),
            others: Vec::new(),
            state: None,
            readable_states: None,
            imported_states: Vec::new(),
            stateful: BTreeMap::new(),
            foundation: BTreeMap::new(),
            known_types: None,
            allow_destroy: BTreeSet::new(),
            allow_destroy_matching: Vec::new(),
            refuse_destroy: false,
        }
    }

    /// The key of the tag that names the environment, instead of `Environment`.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>) -> Self {
        self.tag = Some(key.into());
        self
    }

    /// The tag's values, where they are not the environment's name.
    #[must_use]
    pub fn tag_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tag_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Further values that the tag of data sources may have, and that policies and filters may select: of what all
    /// environments share.
    #[must_use]
    pub fn readable_tag_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.readable_tag_values.extend(values.into_iter().map(Into::into));
        self
    }

    /// No tag names the environment.
    #[must_use]
    pub fn untagged(mut self) -> Self {
        self.tag = None;
        self
    }

    /// The environment's account: everything is in it, as far as the plan says.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Further accounts in which something may be, such as a shared one.
    #[must_use]
    pub fn trusted_accounts(mut self, accounts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.trusted_accounts.extend(accounts.into_iter().map(Into::into));
        self
    }

    /// Globs of names that may be referred to, whosever they are, such as `MM-hub-use1-bus-central`.
    ///
    /// Unlike [`Guard::known_names`], these hold against everything that is known of another environment.
    #[must_use]
    pub fn trusted_names(mut self, globs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.trusted_names.extend(globs.into_iter().map(|glob| Glob::new(glob.as_ref())));
        self
    }

    /// Address ranges of other environments that may be referred to, such as those of peered networks. A network of the
    /// environment itself still must be in its own.
    ///
    /// # Errors
    /// Returns an error if one is not an address range such as `10.0.0.0/16`.
    pub fn trusted_cidrs(mut self, cidrs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        self.trusted_cidrs.extend(ranges::parse(cidrs)?);
        Ok(self)
    }

    /// The regions of the environment. What AWS serves worldwide from one region may also be there.
    #[must_use]
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions.extend(regions.into_iter().map(Into::into));
        self
    }

    /// The address ranges of the environment's networks.
    ///
    /// # Errors
    /// For what is no address range such as `10.1.0.0/16`.
    pub fn cidrs(mut self, cidrs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        self.cidrs.extend(ranges::parse(cidrs)?);
        self.cidrs = IpNet::aggregate(&self.cidrs);
        Ok(self)
    }

    /// Globs of the environment's names: `MM-dev-use1-*`. Case does not count, since S3 lowers names.
    #[must_use]
    pub fn names(mut self, globs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        for glob in globs {
            let glob = Glob::new(glob.as_ref());
            if !self.names.contains(&glob) {
                self.names.push(glob);
            }
        }
        self
    }

    /// Globs of the names that the environment has or had in regions where nothing of it is now: they are no other
    /// environment's, and not what is expected either.
    #[must_use]
    pub fn names_elsewhere(mut self, globs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.names_elsewhere.extend(globs.into_iter().map(|glob| Glob::new(glob.as_ref())));
        self
    }

    /// Globs of the names of any environment: `MM-*-use1-*`. A name that matches one of them and none of
    /// [`Guard::names`] and [`Guard::names_elsewhere`] is of another environment.
    ///
    /// A glob that begins with `*` is left out, since too much would match it: name the other environments then.
    #[must_use]
    pub fn convention(mut self, globs: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.convention.extend(globs.into_iter().map(|glob| Glob::new(glob.as_ref())).filter(|glob| !glob.is_open()));
        self
    }

    /// Names that are the environment's, or shared, although they do not look like it.
    ///
    /// One that is known of another environment, or has another environment's name where the convention has the
    /// environment's, stays foreign: the program that says so may be what is wrong.
    #[must_use]
    pub fn known_names(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.known_names.extend(names.into_iter().map(|name| name.as_ref().to_ascii_lowercase()));
        self
    }

    /// What is known of another environment: nothing of it may be anywhere in the plan.
    #[must_use]
    pub fn other_environment(mut self, other: OtherEnvironment) -> Self {
        self.others.push(other);
        self
    }

    /// Where the state is that the plan must be made against.
    #[must_use]
    pub fn state(mut self, location: StateAddress) -> Self {
        self.state = Some(location);
        self
    }

    /// The states of other stacks whose outputs may be read. Without this every one may be.
    #[must_use]
    pub fn readable_states(mut self, states: impl IntoIterator<Item = StateAddress>) -> Self {
        self.readable_states.get_or_insert_default().extend(states);
        self
    }

    /// States of other environments that the program imports from. They may be read, and what their outputs say may be
    /// referred to anywhere in the plan.
    #[must_use]
    pub fn imported_states(mut self, states: impl IntoIterator<Item = StateAddress>) -> Self {
        self.imported_states.extend(states);
        self
    }

    /// The Terraform types that hold what cannot be created again, each with the reason. Destroying or replacing one
    /// needs [`Guard::allow_destroy`].
    #[must_use]
    pub fn stateful<T: Into<String>, R: Into<String>>(mut self, types: impl IntoIterator<Item = (T, R)>) -> Self {
        self.stateful.extend(types.into_iter().map(|(terraform_type, reason)| (terraform_type.into(), reason.into())));
        self
    }

    /// The Terraform types that hold an environment together, such as its networks, each with the reason. Destroying or
    /// replacing one needs [`Guard::allow_destroy`] or [`Guard::allow_destroy_matching`].
    #[must_use]
    pub fn foundation<T: Into<String>, R: Into<String>>(mut self, types: impl IntoIterator<Item = (T, R)>) -> Self {
        self.foundation
            .extend(types.into_iter().map(|(terraform_type, reason)| (terraform_type.into(), reason.into())));
        self
    }

    /// The Terraform types of which it is known what they hold. Every other type may hold data, so destroying or replacing
    /// it needs [`Guard::allow_destroy`], like a [`Guard::stateful`] type. By default, every type counts as known.
    #[must_use]
    pub fn known_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.known_types.get_or_insert_default().extend(types.into_iter().map(Into::into));
        self
    }

    /// The address of something that may be destroyed or replaced.
    #[must_use]
    pub fn allow_destroy(mut self, address: impl Into<String>) -> Self {
        self.allow_destroy.insert(address.into());
        self
    }

    /// Addresses that may be destroyed or replaced, except those of [`Guard::stateful`] types and of types that are not
    /// [known](Guard::known_types): what holds data, or may hold it, is named one by one.
    #[must_use]
    pub fn allow_destroy_matching(mut self, pattern: AddressPattern) -> Self {
        self.allow_destroy_matching.push(pattern);
        self
    }

    /// Refuses to destroy anything at all, except what [`Guard::allow_destroy`] names.
    #[must_use]
    pub fn refuse_destroy(mut self) -> Self {
        self.refuse_destroy = true;
        self
    }

    /// The other environments that `is` holds of, by name.
    fn other(&self, is: impl Fn(&OtherEnvironment) -> bool) -> Option<&str> {
        self.others.iter().find(|other| is(other)).map(|other| other.name.as_str())
    }
}

/// The error of a text that is no address range.
fn no_range(text: &str) -> Error {
    Error::new(format!("{text:?} is no address range")).remedy("write one such as 10.1.0.0/16")
}
