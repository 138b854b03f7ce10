//! What resources are called in ARNs.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::{Found, Mode, SynthesizedStack};

use super::arguments;
use super::grants::ACCOUNT;
use super::table::{Kind, PermissionTable};
use crate::site::Site;

/// Which names stand in ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameUse {
    /// The convention's form of a name that fits it.
    Forms,
    /// Each as it is.
    Exact,
}

/// The names that resources of a stack have.
pub(super) struct Names {
    /// By the kinds of ARNs that they stand in.
    by_kind: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    pub(super) fn of(table: &PermissionTable, stack: &SynthesizedStack<'_>, names: NameUse) -> Self {
        let mut by_kind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind_name, kind) in &table.rows().arns {
            let names: BTreeSet<String> =
                stack.all().filter(|found| kind.is_of(found)).map(|found| kind.name_for(&found, names)).collect();
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

    pub(super) fn name_for(&self, found: &Found<'_>, names: NameUse) -> String {
        match names {
            NameUse::Forms => self.name_of(found),
            NameUse::Exact => self.exact_name_of(found),
        }
    }

    /// What stands for a resource in its ARNs: the convention's form of its name where that fits, so that a further resource
    /// needs no other policy; else the name itself, and any name that the convention makes where it is not known.
    pub(super) fn name_of(&self, found: &Found<'_>) -> String {
        let literal = |argument: &str| literal(found, argument);
        if let Some(argument) = &self.named_by {
            return literal(argument).map_or_else(|| "*".into(), |name| name.trim_start_matches("https://").to_owned());
        }
        let begun = || ["name_prefix", "bucket_prefix", "identifier_prefix"].into_iter().find_map(literal);
        let name = found
            .name_glob()
            .or_else(|| found.name().map(str::to_owned))
            .or_else(|| self.recorded_name(found).map(|name| found.stack().name_glob_of(&name).unwrap_or(name)))
            .or_else(|| begun().map(|prefix| prefix + "*"));
        in_path(found, name.unwrap_or_else(|| self.conventional(&found.stack())))
    }

    /// The same for this resource alone.
    pub(super) fn exact_name_of(&self, found: &Found<'_>) -> String {
        match (&self.named_by, found.name().map(str::to_owned).or_else(|| self.recorded_name(found))) {
            (None, Some(name)) => in_path(found, name),
            _ => self.name_of(found),
        }
    }

    /// The name of what was not placed as a resource with a name: by the ARN that a state has of it, or by an argument.
    fn recorded_name(&self, found: &Found<'_>) -> Option<String> {
        if found.name().is_some() {
            return None;
        }
        let by_arn = literal(found, "arn").and_then(|arn| self.name_in(&arn));
        by_arn.or_else(|| NAME_ARGUMENTS.into_iter().find_map(|argument| literal(found, argument)))
    }

    /// The name in an ARN, without a path before it.
    pub(super) fn name_in(&self, arn: &str) -> Option<String> {
        let resource = |arn: &str| arn.splitn(6, ':').nth(5).map(str::to_owned);
        let (form, resource) = (resource(&self.arn)?, resource(arn)?);
        let (before, behind) = form.split_once("{name}")?;
        let name = resource.strip_prefix(before)?;
        let name = match behind {
            // Six characters of AWS's choice.
            "-??????" => &name[..name.len().checked_sub(7)?],
            _ => name.trim_end_matches(":*"),
        };
        let name = self.until.as_ref().and_then(|end| name.split(end.as_str()).next()).unwrap_or(name);
        let name = if self.arn.contains(":iam:") { name.rsplit('/').next()? } else { name };
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The ARN of this kind that an argument means which may go on after the name.
    pub(super) fn arn_in(&self, arn: &str) -> String {
        let form = self.arn.splitn(6, ':').nth(5).filter(|_| self.until.is_some());
        let known = form.zip(self.name_in(arn)).map(|(form, name)| form.replace("{name}", &name));
        match known {
            Some(resource) => arn.splitn(6, ':').take(5).chain([resource.as_str()]).collect::<Vec<_>>().join(":"),
            None => arn.to_owned(),
        }
    }

    /// What the convention gives to any such resource of a stack.
    pub(super) fn conventional(&self, stack: &SynthesizedStack<'_>) -> String {
        let glob = stack.name_glob();
        if self.lower { glob.to_lowercase() } else { glob }
    }
}

/// The arguments that hold names, where it is not known which one does.
const NAME_ARGUMENTS: [&str; 4] = ["name", "bucket", "function_name", "identifier"];

fn literal(found: &Found<'_>, argument: &str) -> Option<String> {
    found.text(argument).ok().and_then(arguments::literal)
}

/// The ARNs of IAM have a path before the name.
fn in_path(found: &Found<'_>, name: String) -> String {
    match found.text("path").ok().filter(|_| found.terraform_type().starts_with("aws_iam_")).map(arguments::literal) {
        Some(None) => format!("*/{name}"),
        Some(Some(path)) if path.len() > 1 => format!("{}/{name}", path.trim_matches('/')),
        _ => name,
    }
}
