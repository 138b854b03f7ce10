//! From the resources of stacks to what is allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Mode, Result, SynthesizedStack};

use super::explain::Reason;
use super::grants::{ACCOUNT, Grants, TagCondition};
use super::table::{Call, Calls, Kind, PermissionTable, TagUse, Target, key};
use super::unknown::Unknown;
use super::{Access, Origin, Permissions, state};
use crate::site::Site;
use crate::values::Region;

/// What Terraform needs once for each stack, whatever is in it.
const PROVIDER: &str = "provider";

/// What stacks take by a table, or else by that of each stack's context.
pub(super) fn permissions<'a>(
    table: Option<&PermissionTable>,
    access: Access,
    stacks: impl IntoIterator<Item = SynthesizedStack<'a>>,
) -> Result<Permissions> {
    let (permissions, unknown) = known(table, access, stacks)?;
    unknown.check()?;
    Ok(permissions)
}

/// The same for the types that are known, and those that are not.
pub(super) fn known<'a>(
    table: Option<&PermissionTable>,
    access: Access,
    stacks: impl IntoIterator<Item = SynthesizedStack<'a>>,
) -> Result<(Permissions, Unknown)> {
    let mut unknown = Unknown::default();
    let mut permissions = Permissions::default();
    let mut shared: Vec<(&PermissionTable, Arc<PermissionTable>)> = Vec::new();
    for stack in stacks {
        let table = table.unwrap_or_else(|| PermissionTable::of(&stack));
        let deriving = Deriving { table, access, names: NameUse::Forms, changes: None, earlier: false };
        deriving.resources(stack, &mut permissions.grants, &mut unknown)?;
        deriving.provider(stack, &mut permissions.grants);
        state::allow(&mut permissions.grants, access, &stack);
        permissions.boundary = permissions.boundary.or_else(|| table.boundary.clone());
        if !shared.iter().any(|(known, _)| std::ptr::eq(*known, table)) {
            shared.push((table, Arc::new(table.clone())));
        }
        let owned = shared.iter().find(|(known, _)| std::ptr::eq(*known, table)).map(|(_, owned)| Arc::clone(owned));
        permissions.origins.extend(owned.map(|owned| Origin::new(&stack, owned, access)));
    }
    Ok((permissions, unknown))
}

/// How the calls for resources are derived.
#[derive(Clone, Copy)]
pub(super) struct Deriving<'t> {
    pub(super) table: &'t PermissionTable,
    pub(super) access: Access,
    pub(super) names: NameUse,
    /// What is done with each resource, by its address; everything that is accessed where nothing is said.
    pub(super) changes: Option<&'t Changes>,
    /// Whether the resources are those that a stack had at an earlier time.
    pub(super) earlier: bool,
}

/// Which names stand in ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameUse {
    /// The convention's form of a name that fits it.
    Forms,
    /// Each as it is.
    Exact,
}

/// What is done with resources, by their addresses.
pub(super) type Changes = BTreeMap<String, BTreeSet<&'static str>>;

/// Everything that is done with a resource.
const PHASES: [&str; 4] = ["read", "create", "update", "delete"];

impl Deriving<'_> {
    /// Adds the calls for all resources of a stack.
    pub(super) fn resources(
        &self,
        stack: SynthesizedStack<'_>,
        grants: &mut Grants,
        unknown: &mut Unknown,
    ) -> Result<()> {
        let table = self.table;
        let mut derivation = self.derivation(stack, grants);
        for found in stack.all().filter(|found| found.terraform_type().starts_with("aws_")) {
            let phases = self.phases(found.address());
            match table.types.get(&key(found.mode(), found.terraform_type())) {
                Some(calls) => derivation.resource(&found, calls, &phases)?,
                None if phases.is_empty() => {}
                None => unknown.add(&found),
            }
        }
        Ok(())
    }

    /// Adds the calls that the provider makes for a stack, whatever is in it.
    pub(super) fn provider(&self, stack: SynthesizedStack<'_>, grants: &mut Grants) {
        self.derivation(stack, grants).provider();
    }

    fn derivation<'a, 'd>(&'d self, stack: SynthesizedStack<'a>, grants: &'d mut Grants) -> Derivation<'a, 'd> {
        let names = Names::of(self.table, &stack, self.names);
        Derivation {
            deriving: self,
            table: self.table,
            stack,
            names,
            tag_values: tag_values(self.table, &stack),
            grants,
        }
    }

    fn phases(&self, address: &str) -> Vec<&'static str> {
        match (self.access, self.changes) {
            (Access::Plan, None) => vec!["read"],
            (Access::Apply, None) => PHASES.to_vec(),
            (access, Some(changes)) => {
                let wanted = |phase: &&str| access == Access::Apply || *phase == "read";
                changes.get(address).into_iter().flatten().copied().filter(wanted).collect()
            }
        }
    }
}

/// The values that the environment's tag has in a stack.
fn tag_values(table: &PermissionTable, stack: &SynthesizedStack<'_>) -> BTreeSet<String> {
    let Some(key) = &table.tag_key else { return BTreeSet::new() };
    stack.all().filter_map(|found| tag_value(&found, key)).collect()
}

/// The value of a resource's tag, where the program knows it.
fn tag_value(found: &Found<'_>, key: &str) -> Option<String> {
    found.tag(key).ok().filter(|value| !value.contains("${"))
}

/// What is going on with one stack.
struct Derivation<'a, 't> {
    deriving: &'t Deriving<'t>,
    table: &'t PermissionTable,
    stack: SynthesizedStack<'a>,
    names: Names,
    tag_values: BTreeSet<String>,
    grants: &'t mut Grants,
}

impl<'a> Derivation<'a, '_> {
    fn resource(&mut self, found: &Found<'a>, calls: &Calls, phases: &[&'static str]) -> Result<()> {
        let site = found.fact::<Site>().ok_or_else(|| {
            Error::new(format!("{} stands in no region of AWS, so its ARNs are not known", found.address()))
                .remedy("add its stack in an mmcdk_aws::Environment or mmcdk_aws::Shared")
                .at(self.stack.path())
        })?;
        let region = found.text("region").ok().and_then(|region| region.parse::<Region>().ok());
        let site = Site { region: region.unwrap_or(site.region), ..site };
        let Calls { read, create, update, delete, .. } = calls;
        let all = [("read", read), ("create", create), ("update", update), ("delete", delete)];
        for (when, calls) in all.into_iter().filter(|(when, _)| phases.contains(when)) {
            let reason = self.reason(found.address(), when);
            for call in calls {
                self.call(Some(found), &site, call, &reason);
            }
        }
        Ok(())
    }

    fn provider(&mut self) {
        let Some(site) = self.stack.fact::<Site>().copied() else { return };
        let table = self.table;
        for call in table.types.get(PROVIDER).iter().flat_map(|calls| &calls.read) {
            let reason = self.reason("the provider", "read");
            self.call(None, &site, call, &reason);
        }
    }

    fn reason(&self, subject: &str, when: &'static str) -> Reason {
        let earlier = self.deriving.earlier;
        Reason { stack: self.stack.path().to_owned(), subject: subject.to_owned(), when, earlier }
    }

    fn call(&mut self, found: Option<&Found<'a>>, site: &Site, call: &Call, reason: &Reason) {
        let is_set = |argument: &String| found.is_some_and(|found| found.has(argument));
        if !call.only_with.iter().chain(&call.argument).all(is_set) {
            return;
        }
        let targets = self.table.targets(call);
        if targets.is_empty() {
            self.grants.add(&call.action, "*".into(), None, &call.conditions, reason);
        }
        for target in targets {
            let kind = &self.table.arns[&target.arn];
            let resources: BTreeSet<String> = match self.named(found, call, kind) {
                Some(Named::Arn(arn)) => [arn].into(),
                Some(Named::Name(name)) => [kind.arn_of(site, &name)].into(),
                None => self.names.of_kind(&target.arn).iter().map(|name| kind.arn_of(site, name)).collect(),
            };
            for tag in self.tag_conditions(found, call, target, reason) {
                for resource in &resources {
                    self.grants.add(&call.action, resource.clone(), tag.clone(), &call.conditions, reason);
                }
            }
        }
    }

    /// Which of a kind is meant: what an argument says, or the resource itself where it is of that kind; none where it may
    /// be any of the stack's.
    fn named(&self, found: Option<&Found<'a>>, call: &Call, kind: &Kind) -> Option<Named> {
        let found = found?;
        let argument = match (&call.argument, &kind.referred_by) {
            (Some(argument), _) => argument,
            _ if kind.is_of(found) => return Some(Named::Name(kind.name_for(found, self.deriving.names))),
            (None, Some(argument)) if found.has(argument) => argument,
            (None, _) => return None,
        };
        if let Ok(other) = found.resolve(argument) {
            return kind.is_of(&other).then(|| Named::Name(kind.name_for(&other, self.deriving.names)));
        }
        match found.argument(argument) {
            Ok(Json::String(text)) if text.contains("${") => Some(Named::Name(kind.conventional(&self.stack))),
            Ok(Json::String(text)) if self.deriving.earlier => Some(self.named_earlier(kind, text)),
            Ok(Json::String(text)) if text.starts_with("arn:") => Some(Named::Arn(text)),
            Ok(Json::String(text)) => Some(Named::Name(text)),
            _ => None,
        }
    }

    /// What a state says that an argument names, in the convention's form where the name fits it, as a program's reference
    /// would stand.
    fn named_earlier(&self, kind: &Kind, text: String) -> Named {
        let is_arn = text.starts_with("arn:");
        let name = if is_arn { kind.name_in(&text) } else { Some(text.clone()) };
        match name.and_then(|name| self.stack.name_glob_of(&name)) {
            Some(form) => Named::Name(form),
            None if is_arn => Named::Arn(text),
            None => Named::Name(text),
        }
    }

    /// The conditions on the environment's tag of which one must hold; a single none where there are none.
    fn tag_conditions(
        &self,
        found: Option<&Found<'a>>,
        call: &Call,
        target: &Target,
        reason: &Reason,
    ) -> Vec<Option<TagCondition>> {
        let (Some(key), Some(on)) = (&self.table.tag_key, target.tag) else { return vec![None] };
        let condition = |on: TagUse, value: &String| TagCondition { on, key: key.clone(), value: value.clone() };
        // What a request sets is the resource's own tag; what has no such tag sets none.
        if on != TagUse::Resource {
            let own = found.and_then(|found| tag_value(found, key));
            return vec![own.map(|value| condition(on, &value))];
        }
        if self.tag_values.is_empty() {
            return vec![None];
        }
        let adopted = found.is_some_and(|found| found.adopted().is_some());
        // What is adopted may have no tag yet: it must be read, and then tagged.
        if adopted && reason.when == "read" {
            return vec![None];
        }
        let claims = (adopted && call.action.ends_with(":CreateTags")).then_some(TagUse::Unclaimed);
        let uses = [TagUse::Resource].into_iter().chain(claims);
        uses.flat_map(|on| self.tag_values.iter().map(move |value| Some(condition(on, value)))).collect()
    }
}

/// What an argument names.
enum Named {
    Arn(String),
    Name(String),
}

/// The names that resources of a stack have.
struct Names {
    /// By the kinds of ARNs that they stand in.
    by_kind: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    fn of(table: &PermissionTable, stack: &SynthesizedStack<'_>, names: NameUse) -> Self {
        let mut by_kind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind_name, kind) in &table.arns {
            let names: BTreeSet<String> =
                stack.all().filter(|found| kind.is_of(found)).map(|found| kind.name_for(&found, names)).collect();
            // What stands elsewhere is at least named by the convention.
            let names = if names.is_empty() { [kind.conventional(stack)].into() } else { names };
            by_kind.insert(kind_name.clone(), names);
        }
        Self { by_kind }
    }

    fn of_kind<'n>(&'n self, kind_name: &str) -> &'n BTreeSet<String> {
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

    fn name_for(&self, found: &Found<'_>, names: NameUse) -> String {
        match names {
            NameUse::Forms => self.name_of(found),
            NameUse::Exact => self.exact_name_of(found),
        }
    }

    /// What stands for a resource in its ARNs: the convention's form of its name where that fits, so that a further resource
    /// needs no other policy; else the name itself, and any name that the convention makes where it is not known.
    fn name_of(&self, found: &Found<'_>) -> String {
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
    fn name_in(&self, arn: &str) -> Option<String> {
        let resource = |arn: &str| arn.splitn(6, ':').nth(5).map(str::to_owned);
        let (form, resource) = (resource(&self.arn)?, resource(arn)?);
        let (before, behind) = form.split_once("{name}")?;
        let name = resource.strip_prefix(before)?;
        let name = match behind {
            // Six characters of AWS's choice.
            "-??????" => &name[..name.len().checked_sub(7)?],
            _ => name.trim_end_matches(":*"),
        };
        let name = if self.arn.contains(":iam:") { name.rsplit('/').next()? } else { name };
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// What the convention gives to any such resource of a stack.
    fn conventional(&self, stack: &SynthesizedStack<'_>) -> String {
        let glob = stack.name_glob();
        if self.lower { glob.to_lowercase() } else { glob }
    }
}

/// The arguments that hold names, where it is not known which one does.
const NAME_ARGUMENTS: [&str; 4] = ["name", "bucket", "function_name", "identifier"];

fn literal(found: &Found<'_>, argument: &str) -> Option<String> {
    found.text(argument).ok().filter(|text| !text.contains("${"))
}

/// The ARNs of IAM have a path before the name.
fn in_path(found: &Found<'_>, name: String) -> String {
    match found.text("path").ok().filter(|_| found.terraform_type().starts_with("aws_iam_")) {
        Some(path) if path.contains("${") => format!("*/{name}"),
        Some(path) if path.len() > 1 => format!("{}/{name}", path.trim_matches('/')),
        _ => name,
    }
}
