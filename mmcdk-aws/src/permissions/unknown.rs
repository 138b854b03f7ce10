//! The types that a table does not have.

use std::collections::BTreeMap;

use mmcdk_core::{Error, Found, Result};

use super::table::key;

/// A resource type or data source that a table does not have, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownType {
    /// Its name in the table: `aws_vpc`, or `data.aws_vpc`.
    pub name: String,
    /// Every resource of it, by stack and address: `dev/network: aws_vpc.core`.
    pub resources: Vec<String>,
}

/// The types that were not found, by their names.
#[derive(Debug, Default)]
pub(super) struct Unknown(BTreeMap<String, Vec<String>>);

impl Unknown {
    pub(super) fn add(&mut self, found: &Found<'_>) {
        let place = format!("{}: {}", found.stack().path(), found.address());
        self.0.entry(key(found.mode(), found.terraform_type())).or_default().push(place);
    }

    pub(super) fn types(self) -> Vec<UnknownType> {
        self.0.into_iter().map(|(name, resources)| UnknownType { name, resources }).collect()
    }

    /// An error for each type.
    pub(super) fn check(self) -> Result<()> {
        Error::gather(self.types().iter().map(UnknownType::error).collect())
    }
}

impl UnknownType {
    fn error(&self) -> Error {
        let Self { name, resources } = self;
        let (first, further) = resources.split_first().expect("a type is unknown because of a resource");
        let (stack, address) = first.split_once(": ").unwrap_or((first, ""));
        let more = match further.len() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        Error::new(format!("the permission table does not have {name} ({address}{more})"))
            .remedy(
                "add it by PermissionTable::needs or ::service, or by ::with_json if it has no Rust type, and give that \
                 table to the organisation: Organisation::with(table)",
            )
            .at(stack)
    }
}
