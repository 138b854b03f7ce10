//! What resources are called in ARNs.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::{Found, Mode, SynthesizedStack};

use super::grants::ACCOUNT;
use super::table::{Kind, PermissionTable};
use crate::site::Site;

/// The names that resources of a stack have.
pub(super) struct Names {
    /// By the kinds of ARNs that they stand in.
    by_kind: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    pub(super) fn of(table: &PermissionTable, stack: &SynthesizedStack<'_>) -> Self {
        let mut by_kind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind_name, kind) in &table.arns {
            let names: BTreeSet<String> =
                stack.all().filter(|found| kind.is_of(found)).map(|found| kind.name_of(&found)).collect();
            // What stands elsewhere is at least named by the convention.
            let names = if names.is_empty() { [kind.conventional(stack)].into() } else { names };
            by_kind.insert(kind_name.clone(), names);
        }
        Self { by_kind }
    }

    pub(super) fn of_kind<'n>(&'n self, kind_name: &str) -> &'n BTreeSet<String> {
        &self.by_kind[kind_name]
    }
}

impl Kind {
    pub(super) fn is_of(&self, found: &Found<'_>) -> bool {
        found.mode() == Mode::Managed && self.types.iter().any(|known| known == found.terraform_type())
    }

    /// The ARN for a resource of that name.
    pub(super) fn arn_of(&self, site: &Site, name: &str) -> String {
        let name = name.strip_prefix(self.strip.as_str()).unwrap_or(name);
        let arn = self.arn.replace("{partition}", site.partition().as_str()).replace("{region}", site.region.name());
        let arn = match site.account {
            Some(account) => arn.replace(ACCOUNT, account.as_str()),
            None => arn,
        };
        arn.replace("{name}", name)
    }

    /// The ARN of what has that id.
    pub(super) fn arn_with_id(&self, site: &Site, id: &str) -> String {
        let arn = self.arn_of(site, id);
        match arn.strip_suffix('*') {
            Some(arn) => format!("{arn}{id}"),
            None => arn,
        }
    }

    /// What stands for a resource in its ARNs: the convention's form of its name where that fits, so that a further resource
    /// needs no other policy; else the name itself, and any name that the convention makes where it is not known.
    pub(super) fn name_of(&self, found: &Found<'_>) -> String {
        let literal = |argument: &str| found.text(argument).ok().filter(|text| !text.contains("${"));
        if let Some(argument) = &self.named_by {
            return literal(argument).map_or_else(|| "*".into(), |name| name.trim_start_matches("https://").to_owned());
        }
        let begun = || ["name_prefix", "bucket_prefix", "identifier_prefix"].into_iter().find_map(literal);
        let name = found
            .name_glob()
            .or_else(|| found.name().map(str::to_owned))
            .or_else(|| begun().map(|prefix| prefix + "*"))
            // Of raw resources it is not known which argument is the name.
            .or_else(|| ["name", "bucket"].into_iter().find_map(literal));
        in_path(found, name.unwrap_or_else(|| self.conventional(&found.stack())))
    }

    /// The same for this resource alone.
    pub(super) fn exact_name_of(&self, found: &Found<'_>) -> String {
        match (&self.named_by, found.name()) {
            (None, Some(name)) => in_path(found, name.to_owned()),
            _ => self.name_of(found),
        }
    }

    /// What the convention gives to any such resource of a stack.
    pub(super) fn conventional(&self, stack: &SynthesizedStack<'_>) -> String {
        let glob = stack.name_glob();
        if self.lower { glob.to_lowercase() } else { glob }
    }
}

/// The ARNs of IAM have a path before the name.
fn in_path(found: &Found<'_>, name: String) -> String {
    match found.text("path").ok().filter(|_| found.terraform_type().starts_with("aws_iam_")) {
        Some(path) if path.contains("${") => format!("*/{name}"),
        Some(path) if path.len() > 1 => format!("{}/{name}", path.trim_matches('/')),
        _ => name,
    }
}
