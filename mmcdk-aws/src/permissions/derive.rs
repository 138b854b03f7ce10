//! From the resources of stacks to what is allowed.

use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Mode, Result, SynthesizedStack};

use super::denials::OwnTag;
use super::explain::Reason;
use super::grants::{ACCOUNT, Grants, TagCondition};
use super::table::{Call, Calls, Kind, PermissionTable, TagUse, Target, key};
use super::{Access, Permissions, state};
use crate::site::Site;
use crate::values::Region;

/// What Terraform needs once for each stack, whatever is in it.
const PROVIDER: &str = "provider";

pub(super) fn permissions<'a>(
    table: &PermissionTable,
    access: Access,
    stacks: impl IntoIterator<Item = SynthesizedStack<'a>>,
) -> Result<Permissions> {
    let mut unknown: BTreeMap<String, &str> = BTreeMap::new();
    let mut grants = Grants::default();
    let mut own_tag = OwnTag::Unset;
    for stack in stacks {
        let names = Names::of(table, &stack);
        let tag_key = stack.environment_tag_key().filter(|_| table.by_tag);
        let tag_values = tag_values(tag_key, &stack);
        if access == Access::Apply {
            own_tag = own_tag.or(self::own_tag(tag_key, &tag_values, &stack));
        }
        let mut derivation = Derivation { table, access, stack, names, tag_key, tag_values, grants };
        for found in stack.all().filter(|found| found.terraform_type().starts_with("aws_")) {
            let key = key(found.mode(), found.terraform_type());
            let Some(calls) = table.types.get(&key) else {
                unknown.entry(key).or_insert(stack.path());
                continue;
            };
            derivation.resource(&found, calls)?;
        }
        derivation.provider();
        grants = derivation.grants;
        state::allow(&mut grants, access, &stack);
    }
    match unknown.iter().next() {
        None => Ok(Permissions { grants, boundary: table.boundary.clone(), own_tag, denied: table.denied.clone() }),
        Some((_, stack)) => {
            let types: Vec<&str> = unknown.keys().map(String::as_str).collect();
            let problem = format!("it is not known which permissions Terraform needs for {}", types.join(", "));
            let remedy = "add them to the table: PermissionTable::standard().needs::<…>(…), or .service::<…>(…) to allow a \
                          whole service";
            Err(Error::new(problem).remedy(remedy).at(*stack))
        }
    }
}

/// The values that the environment's tag has in a stack: one in an environment, any in a shared stack.
fn tag_values(key: Option<&str>, stack: &SynthesizedStack<'_>) -> BTreeSet<String> {
    let Some(key) = key else { return BTreeSet::new() };
    match stack.environment_tag() {
        Some((_, value)) => [value.to_owned()].into(),
        None => stack.all().filter_map(|found| tag_value(&found, key)).collect(),
    }
}

/// What a stack makes of the environment's tag.
fn own_tag(key: Option<&str>, values: &BTreeSet<String>, stack: &SynthesizedStack<'_>) -> OwnTag {
    let Some(key) = key else { return OwnTag::Any };
    let unknown = stack.all().filter_map(|found| found.tag(key).ok()).any(|value| value.contains("${"));
    match (values.is_empty(), unknown) {
        // A stack that gives nothing the tag needs no value of it.
        (true, false) => OwnTag::Unset,
        (_, true) => OwnTag::Any,
        (false, false) => OwnTag::Of { key: key.to_owned(), values: values.clone() },
    }
}

/// The value of a resource's tag, where the program knows it.
fn tag_value(found: &Found<'_>, key: &str) -> Option<String> {
    found.tag(key).ok().filter(|value| !value.contains("${"))
}

/// What is going on with one stack.
struct Derivation<'a, 't> {
    table: &'t PermissionTable,
    access: Access,
    stack: SynthesizedStack<'a>,
    names: Names,
    tag_key: Option<&'a str>,
    tag_values: BTreeSet<String>,
    grants: Grants,
}

impl<'a> Derivation<'a, '_> {
    fn resource(&mut self, found: &Found<'a>, calls: &Calls) -> Result<()> {
        let site = found.fact::<Site>().ok_or_else(|| {
            Error::new(format!("{} stands in no region of AWS, so its ARNs are not known", found.address()))
                .remedy("add its stack in an mmcdk_aws::Environment or mmcdk_aws::Shared")
                .at(self.stack.path())
        })?;
        let region = found.text("region").ok().and_then(|region| region.parse::<Region>().ok());
        let site = Site { region: region.unwrap_or(site.region), ..site };
        let Calls { read, create, update, delete, .. } = calls;
        let phases = [("read", read), ("create", create), ("update", update), ("delete", delete)];
        let phases = match self.access {
            Access::Plan => &phases[..1],
            Access::Apply => &phases,
        };
        for (when, calls) in phases.iter().copied() {
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
        Reason { stack: self.stack.path().to_owned(), subject: subject.to_owned(), when }
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
            _ if kind.is_of(found) => return Some(Named::Name(kind.name_of(found))),
            (None, Some(argument)) if found.has(argument) => argument,
            (None, _) => return None,
        };
        if let Ok(other) = found.resolve(argument) {
            return kind.is_of(&other).then(|| Named::Name(kind.name_of(&other)));
        }
        match found.argument(argument) {
            Ok(Json::String(text)) if text.contains("${") => Some(Named::Name(kind.conventional(&self.stack))),
            Ok(Json::String(text)) if text.starts_with("arn:") => Some(Named::Arn(text)),
            Ok(Json::String(text)) => Some(Named::Name(text)),
            _ => None,
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
        let (Some(key), Some(on)) = (self.tag_key, target.tag) else { return vec![None] };
        let condition = |on: TagUse, value: &String| TagCondition { on, key: key.to_owned(), value: value.clone() };
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
    fn of(table: &PermissionTable, stack: &SynthesizedStack<'_>) -> Self {
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

    /// What stands for a resource in its ARNs: the convention's form of its name where that fits, so that a further resource
    /// needs no other policy; else the name itself, and any name that the convention makes where it is not known.
    fn name_of(&self, found: &Found<'_>) -> String {
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
    fn conventional(&self, stack: &SynthesizedStack<'_>) -> String {
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
