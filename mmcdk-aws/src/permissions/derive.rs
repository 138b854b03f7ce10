//! From the resources of stacks to what is allowed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Mode, Result, SynthesizedStack};

use super::explain::Reason;
use super::grants::{ACCOUNT, Grants, TagCondition};
use super::table::{Call, Calls, Kind, PermissionTable, Target, key};
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
    for stack in stacks {
        let mut derivation = Derivation { table, access, stack, names: Names::of(table, &stack), tag: None, grants };
        derivation.tag = derivation.environment_tag();
        for found in stack.all().filter(|found| found.terraform_type().starts_with("aws_")) {
            let key = key(found.mode(), found.terraform_type());
            match table.types.get(&key) {
                Some(calls) => derivation.resource(&found, calls),
                None => drop(unknown.entry(key).or_insert(stack.path())),
            }
        }
        derivation.provider();
        grants = derivation.grants;
        state::allow(&mut grants, access, &stack);
    }
    match unknown.iter().next() {
        None => Ok(Permissions { access, grants }),
        Some((_, stack)) => {
            let types: Vec<&str> = unknown.keys().map(String::as_str).collect();
            Err(Error::new(format!("it is not known which permissions Terraform needs for {}", types.join(", ")))
                .remedy("add them to the table: PermissionTable::standard().needs::<…>(…), or .service::<…>(…) to allow a whole service")
                .at(*stack))
        }
    }
}

/// What is going on with one stack.
struct Derivation<'a, 't> {
    table: &'t PermissionTable,
    access: Access,
    stack: SynthesizedStack<'a>,
    names: Names,
    /// The environment's tag, where all of the stack's resources carry it.
    tag: Option<(String, String)>,
    grants: Grants,
}

impl<'a> Derivation<'a, '_> {
    fn resource(&mut self, found: &Found<'a>, calls: &Calls) {
        let Some(site) = found.fact::<Site>() else { return };
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
        let argument = match (&call.argument, found) {
            (Some(argument), Some(found)) => match self.argument(found, argument) {
                Some(named) => Some(named),
                // What the argument would name is not used.
                None => return,
            },
            _ => None,
        };
        let mut conditions = Cow::Borrowed(&call.conditions);
        if let Some(boundary) = &self.table.boundary {
            match call.action.as_str() {
                "iam:DeleteRolePermissionsBoundary" => return,
                "iam:CreateRole" | "iam:PutRolePolicy" | "iam:AttachRolePolicy" | "iam:PutRolePermissionsBoundary" => {
                    let equal = conditions.to_mut().entry("StringEquals".to_owned()).or_default();
                    equal.insert("iam:PermissionsBoundary".to_owned(), vec![boundary.clone()]);
                }
                _ => {}
            }
        }
        let mut allow = |resource: String, tag| self.grants.add(&call.action, resource, tag, &conditions, reason);
        let targets = self.table.targets(call);
        if targets.is_empty() {
            allow("*".into(), None);
        }
        for target in targets {
            let kind = &self.table.arns[&target.arn];
            let tag = tag_condition(target, self.tag.as_ref());
            match &argument {
                Some(Named::Arn(arn)) => allow(arn.clone(), tag),
                Some(Named::Resource(other)) => {
                    let names = self.names.of_kind(kind, &target.arn, Some(other));
                    names.iter().for_each(|name| allow(arn(&kind.arn, site, name), tag.clone()));
                }
                Some(Named::Names(names)) => {
                    names.iter().for_each(|name| allow(arn(&kind.arn, site, name), tag.clone()));
                }
                None => {
                    let names = self.names.of_kind(kind, &target.arn, found);
                    names.iter().for_each(|name| allow(arn(&kind.arn, site, name), tag.clone()));
                }
            }
        }
    }

    /// What an argument names; none where it is not set.
    fn argument(&self, found: &Found<'a>, argument: &str) -> Option<Named<'a>> {
        let text = match found.argument(argument).ok()? {
            Json::String(text) => text,
            _ => return None,
        };
        if let Ok(other) = found.resolve(argument) {
            return Some(Named::Resource(other));
        }
        Some(match (text.contains("${"), text.starts_with("arn:")) {
            (true, _) => Named::Names(self.names.conventional.clone()),
            (false, true) => Named::Arn(text),
            (false, false) => Named::Names([text].into()),
        })
    }

    fn environment_tag(&self) -> Option<(String, String)> {
        let key = self.table.tag_key.as_ref()?;
        let tagged = self.stack.all().filter(|found| !found.tag_keys().is_empty());
        let values: BTreeSet<Option<String>> =
            tagged.map(|found| found.tag(key).ok().filter(|value| !value.contains("${"))).collect();
        match values.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(value)] => Some((key.clone(), value.clone())),
            _ => None,
        }
    }
}

/// What an argument names.
enum Named<'a> {
    Arn(String),
    Resource(Found<'a>),
    Names(BTreeSet<String>),
}

fn tag_condition(target: &Target, tag: Option<&(String, String)>) -> Option<TagCondition> {
    let (key, value) = tag?;
    Some(TagCondition { on: target.tag?, key: key.clone(), value: value.clone() })
}

/// The ARN of that form for a resource of that name.
pub(super) fn arn(form: &str, site: &Site, name: &str) -> String {
    let arn = form.replace("{partition}", site.partition().as_str()).replace("{region}", site.region.name());
    let arn = match site.account {
        Some(account) => arn.replace(ACCOUNT, account.as_str()),
        None => arn,
    };
    let Some((before, behind)) = arn.split_once("{name}") else { return arn };
    // Some names begin with what ARNs say before them: alias/key, /parameter.
    let kind = before.rsplit_once([':']).map_or("", |(_, kind)| kind);
    let name = name.strip_prefix(kind).unwrap_or(name).trim_start_matches('/');
    format!("{before}{name}{behind}")
}

/// The names that resources of a stack have.
struct Names {
    /// By the kinds of ARNs that they stand in.
    by_kind: BTreeMap<String, BTreeSet<String>>,
    /// What the convention gives to any, for what stands elsewhere.
    conventional: BTreeSet<String>,
}

impl Names {
    fn of(table: &PermissionTable, stack: &SynthesizedStack<'_>) -> Self {
        let mut by_kind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for found in stack.all() {
            for (kind_name, kind) in table.arns.iter().filter(|(_, kind)| kind.is_of(&found)) {
                by_kind.entry(kind_name.clone()).or_default().insert(kind.name_of(&found));
            }
        }
        Self { by_kind, conventional: [stack.name_glob()].into() }
    }

    /// The names of what an action is allowed on: the resource's own where it is such a thing, else those of its stack.
    fn of_kind(&self, kind: &Kind, kind_name: &str, found: Option<&Found<'_>>) -> BTreeSet<String> {
        if let Some(found) = found.filter(|found| kind.is_of(found)) {
            return [kind.name_of(found)].into();
        }
        match self.by_kind.get(kind_name) {
            Some(names) => names.clone(),
            // Buckets' names are lowered.
            None if kind_name.starts_with("s3:") => self.conventional.iter().map(|name| name.to_lowercase()).collect(),
            None => self.conventional.clone(),
        }
    }
}

impl Kind {
    pub(super) fn is_of(&self, found: &Found<'_>) -> bool {
        found.mode() == Mode::Managed && self.types.iter().any(|known| known == found.terraform_type())
    }

    /// What stands for a resource in its ARNs: the convention's form of its name where that fits, so that a further resource
    /// needs no other policy; else the name itself, and any name that the convention makes where it is not known.
    fn name_of(&self, found: &Found<'_>) -> String {
        if let Some(argument) = &self.named_by {
            let name = found.text(argument).ok().filter(|name| !name.contains("${"));
            return name.map_or_else(|| "*".into(), |name| name.trim_start_matches("https://").to_owned());
        }
        let name = found.name_glob().or_else(|| found.name().map(str::to_owned));
        in_path(found, name.unwrap_or_else(|| found.stack().name_glob()))
    }

    /// The same for this resource alone.
    pub(super) fn exact_name_of(&self, found: &Found<'_>) -> String {
        match (&self.named_by, found.name()) {
            (None, Some(name)) => in_path(found, name.to_owned()),
            _ => self.name_of(found),
        }
    }
}

/// The ARNs of IAM have a path before the name.
fn in_path(found: &Found<'_>, name: String) -> String {
    match found.text("path").ok().filter(|path| path.len() > 1 && found.terraform_type().starts_with("aws_iam_")) {
        Some(path) => format!("{}/{name}", path.trim_matches('/')),
        None => name,
    }
}
