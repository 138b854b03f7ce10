//! From the resources of stacks to what is allowed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Result, SynthesizedStack};

use super::denials::OwnTag;
use super::explain::Reason;
use super::grants::{Conditions, Grants, TagCondition};
use super::keys::{Key, KeyUse};
use super::names::Names;
use super::table::{Call, Calls, Kind, PermissionTable, TagUse, Target, Within, key};
use super::{Access, Permissions, arguments, state};
use crate::site::Site;
use crate::values::Region;

/// The kind of ARNs of KMS keys.
const KEY: &str = "kms:key";

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
        state::allow(&mut grants, access, &stack)?;
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

/// A resource, with what its arguments say and where it is.
struct Subject<'a> {
    found: Found<'a>,
    body: Json,
    site: Site,
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
        let subject = Subject { found: *found, body: found.body(), site };
        let Calls { read, create, update, delete, keys, .. } = calls;
        let phases = [("read", read), ("create", create), ("update", update), ("delete", delete)];
        let phases = match self.access {
            Access::Plan => &phases[..1],
            Access::Apply => &phases,
        };
        for (when, calls) in phases.iter().copied() {
            let reason = self.reason(found.address(), when);
            for call in calls.iter().filter(|call| call.is_made_for(&subject.body)) {
                self.call(Some(&subject), &site, call, &reason);
            }
            for key_use in keys {
                self.key(&subject, key_use, &reason);
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

    fn call(&mut self, subject: Option<&Subject<'a>>, site: &Site, call: &Call, reason: &Reason) {
        let conditions = self.conditions(subject, site, call);
        let targets = self.table.targets(call);
        if targets.is_empty() {
            self.grants.add(&call.action, "*".into(), None, &conditions, reason);
        }
        for target in targets {
            let kind = &self.table.arns[&target.arn];
            let resources: BTreeSet<String> = match self.named(subject, call, kind) {
                named if named.is_empty() => {
                    self.names.of_kind(&target.arn).iter().map(|name| kind.arn_of(site, name)).collect()
                }
                named => named
                    .into_iter()
                    .map(|named| match named {
                        Named::Arn(arn) => arn,
                        Named::Name(name) => kind.arn_of(site, &name),
                    })
                    .collect(),
            };
            for Narrowed { tag, only } in self.narrowed(subject, call, target, reason) {
                let resources = only.map_or_else(|| resources.clone(), |arn| [arn].into());
                for resource in resources {
                    self.grants.add(&call.action, resource, tag.clone(), &conditions, reason);
                }
            }
        }
    }

    /// Allows what a service does with the keys that an argument names.
    fn key(&mut self, subject: &Subject<'a>, key_use: &KeyUse, reason: &Reason) {
        let actions = if reason.when == "read" { &key_use.read } else { &key_use.write };
        let kind = &self.table.arns[KEY];
        for text in arguments::texts(&subject.body, &key_use.argument) {
            let key = Key::named(text, &subject.site, &self.stack, kind);
            let tags = match (self.tag_key, key.own && !self.tag_values.is_empty()) {
                (Some(tag_key), true) => self.tagged(TagUse::Resource, tag_key),
                _ => vec![None],
            };
            for action in actions {
                let conditions = key.conditions(action, key_use.via.as_deref(), &subject.site);
                for tag in &tags {
                    self.grants.add(action, key.arn.clone(), tag.clone(), &conditions, reason);
                }
            }
        }
    }

    /// The conditions that the table has, and that the call is about what stands in something whose id is known.
    fn conditions<'c>(&self, subject: Option<&Subject<'a>>, site: &Site, call: &'c Call) -> Cow<'c, Conditions> {
        let (Some(subject), Some(Within { key, argument, arn })) = (subject, &call.within) else {
            return Cow::Borrowed(&call.conditions);
        };
        let kind = &self.table.arns[arn];
        let named = arguments::texts(&subject.body, argument).into_iter().filter_map(|text| self.id(text));
        let ids: BTreeSet<String> = named.chain(self.table.vpcs.iter().cloned()).collect();
        let mut conditions = call.conditions.clone();
        if !ids.is_empty() {
            let arns = ids.into_iter().map(|id| kind.arn_with_id(site, &id)).collect();
            conditions.entry("ArnEquals".to_owned()).or_default().insert(key.clone(), arns);
        }
        Cow::Owned(conditions)
    }

    /// The id that a text is, or that what it refers to is adopted by.
    fn id(&self, text: &str) -> Option<String> {
        match arguments::referent(text) {
            Some(address) => adopted_id(&self.stack.at(address).ok()?),
            None => Some(text.to_owned()).filter(|text| !arguments::is_expression(text)),
        }
    }

    /// Which of a kind is meant: what an argument says, or the resource itself where it is of that kind; none where it may
    /// be any of the stack's.
    fn named(&self, subject: Option<&Subject<'a>>, call: &Call, kind: &Kind) -> Vec<Named> {
        let Some(Subject { found, body, .. }) = subject else { return Vec::new() };
        let argument = match (&call.argument, &kind.referred_by) {
            (Some(argument), _) => argument,
            _ if kind.is_of(found) => return vec![Named::Name(kind.name_of(found))],
            (None, Some(argument)) => argument,
            (None, None) => return Vec::new(),
        };
        if let Ok(other) = found.resolve(argument) {
            return Vec::from_iter(kind.is_of(&other).then(|| Named::Name(kind.name_of(&other))));
        }
        let named = |text: &str| {
            let other = arguments::referent(text).and_then(|address| self.stack.at(address).ok());
            match other.filter(|other| kind.is_of(other)) {
                Some(other) => Named::Name(kind.name_of(&other)),
                None if arguments::is_expression(text) => Named::Name(kind.conventional(&self.stack)),
                None if text.starts_with("arn:") => Named::Arn(text.to_owned()),
                None => Named::Name(text.to_owned()),
            }
        };
        arguments::texts(body, argument).into_iter().map(named).collect()
    }

    /// The conditions on the environment's tag of which one must hold; a single empty one where there are none.
    fn narrowed(&self, subject: Option<&Subject<'a>>, call: &Call, target: &Target, reason: &Reason) -> Vec<Narrowed> {
        let (Some(key), Some(on)) = (self.tag_key, target.tag) else { return vec![Narrowed::default()] };
        let of = |tag: Option<TagCondition>| Narrowed { tag, only: None };
        // What a request sets is the resource's own tag; what has no such tag sets none.
        if let TagUse::Request | TagUse::Unclaimed = on {
            let own = subject.and_then(|subject| tag_value(&subject.found, key));
            return vec![of(own.map(|value| TagCondition { on, key: key.to_owned(), value }))];
        }
        if self.tag_values.is_empty() {
            return vec![Narrowed::default()];
        }
        if on == TagUse::Untagged {
            return vec![of(Some(TagCondition { on, key: key.to_owned(), value: String::new() }))];
        }
        let adopted = subject.filter(|subject| subject.found.adopted().is_some());
        let Some(adopted) = adopted else { return self.tagged(on, key).into_iter().map(of).collect() };
        // What is adopted may have no tag yet: it must be read, and then tagged.
        let only = self.adopted_arn(adopted, call);
        if reason.when == "read" {
            return vec![Narrowed { tag: None, only }];
        }
        let claims = match call.action.ends_with(":CreateTags") {
            true => self.tagged(TagUse::Unclaimed, key),
            false => Vec::new(),
        };
        let claims = claims.into_iter().map(|tag| Narrowed { tag, only: only.clone() });
        self.tagged(on, key).into_iter().map(of).chain(claims).collect()
    }

    /// A condition for each value of the environment's tag.
    fn tagged(&self, on: TagUse, key: &str) -> Vec<Option<TagCondition>> {
        let condition = |value: &String| Some(TagCondition { on, key: key.to_owned(), value: value.clone() });
        self.tag_values.iter().map(condition).collect()
    }

    /// The ARN of what a resource adopts, or of any of its kind if only Terraform knows the id.
    fn adopted_arn(&self, subject: &Subject<'a>, call: &Call) -> Option<String> {
        let (service, _) = call.action.split_once(':')?;
        let of_service = self.table.arns.iter().filter(|(name, _)| name.split(':').next() == Some(service));
        let kind = of_service.map(|(_, kind)| kind).find(|kind| kind.is_of(&subject.found))?;
        let id = adopted_id(&subject.found).unwrap_or_else(|| "*".to_owned());
        Some(kind.arn_with_id(&subject.site, &id))
    }
}

/// What an argument names.
enum Named {
    Arn(String),
    Name(String),
}

/// What narrows an action: a tag, and the one thing that it is then allowed on.
#[derive(Default)]
struct Narrowed {
    tag: Option<TagCondition>,
    only: Option<String>,
}

/// The id by which something is adopted, if the program knows it.
fn adopted_id(found: &Found<'_>) -> Option<String> {
    match found.adopted()? {
        Json::String(id) if !arguments::is_expression(&id) => Some(id),
        _ => None,
    }
}
