//! From the resources of stacks to what is allowed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Mode, Result, SynthesizedStack};

use super::altered::Altered;
use super::explain::Reason;
use super::grants::{Conditions, Grants, TagCondition};
use super::keys::{Key, KeyUse};
use super::names::{NameUse, Names};
use super::table::{Call, Calls, Kind, PermissionTable, TagUse, Target, Within, key};
use super::tags::{own_tag, tag_key, tag_value, tag_values};
use super::unknown::Unknown;
use super::{Access, Origin, Permissions, arguments, state};
use crate::site::Site;
use crate::values::Region;

/// The kind of ARNs of KMS keys.
const KEY: &str = "kms:key";

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
        let deriving = Deriving {
            table,
            access,
            names: NameUse::Forms,
            changes: None,
            altered: None,
            uncertain: None,
            earlier: false,
        };
        let without_place = deriving.resources(stack, &mut permissions.grants, &mut unknown)?;
        permissions.notes.extend(note_of(&stack, &without_place));
        deriving.provider(stack, &mut permissions.grants);
        state::allow(&mut permissions.grants, access, &stack)?;
        permissions.boundaries_to_set.extend(table.boundary.clone());
        permissions.denied.extend(table.rows().denied.clone());
        if access == Access::Apply {
            permissions.own_tags.push((stack.path().to_owned(), own_tag(table, &stack)));
        }
        if !shared.iter().any(|(known, _)| std::ptr::eq(*known, table)) {
            shared.push((table, Arc::new(table.clone())));
        }
        let owned = shared.iter().find(|(known, _)| std::ptr::eq(*known, table)).map(|(_, owned)| Arc::clone(owned));
        permissions.origins.extend(owned.map(|owned| Origin::new(&stack, owned, access)));
    }
    Ok((permissions, unknown))
}

/// What a role cannot do for resources of a stack, because nothing is known of where they stand.
fn note_of(stack: &SynthesizedStack<'_>, addresses: &BTreeSet<String>) -> Option<(String, String)> {
    let listed = addresses.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let problem = format!(
        "the role may not associate {listed} of {} with an instance, whose interface has no tag of the environment",
        stack.path()
    );
    let remedy = "associate the address with an aws_network_interface, or name the VPC by PermissionTable::vpcs";
    (!addresses.is_empty()).then(|| (problem, remedy.to_owned()))
}

/// How the calls for resources are derived.
#[derive(Clone, Copy)]
pub(super) struct Deriving<'t> {
    pub(super) table: &'t PermissionTable,
    pub(super) access: Access,
    pub(super) names: NameUse,
    /// What is done with each resource, by its address; everything that is accessed by default.
    pub(super) changes: Option<&'t Changes>,
    /// Which arguments an update changes, by the address of its resource; any by default.
    pub(super) altered: Option<&'t BTreeMap<String, Altered>>,
    /// The addresses of resources of which it is not known which arguments somebody set.
    pub(super) uncertain: Option<&'t BTreeSet<String>>,
    /// Whether the resources are those that a stack had at an earlier time.
    pub(super) earlier: bool,
}

/// What is done with resources, by their addresses.
pub(super) type Changes = BTreeMap<String, BTreeSet<&'static str>>;

/// Everything that is done with a resource.
const PHASES: [&str; 4] = ["read", "create", "update", "delete"];

impl Deriving<'_> {
    /// Adds the calls for all resources of a stack, and returns the addresses of those of which a call is not allowed, because
    /// nothing is known of where they stand.
    pub(super) fn resources(
        &self,
        stack: SynthesizedStack<'_>,
        grants: &mut Grants,
        unknown: &mut Unknown,
    ) -> Result<BTreeSet<String>> {
        let table = self.table;
        let mut derivation = self.derivation(stack, grants);
        for found in stack.all().filter(|found| found.terraform_type().starts_with("aws_")) {
            let phases = self.phases(found.address());
            match table.rows().types.get(&key(found.mode(), found.terraform_type())) {
                Some(calls) => derivation.resource(&found, calls, &phases)?,
                None if phases.is_empty() => {}
                None => unknown.add(&found),
            }
        }
        Ok(derivation.without_place)
    }

    /// Adds the calls that the provider makes for a stack, whatever is in it.
    pub(super) fn provider(&self, stack: SynthesizedStack<'_>, grants: &mut Grants) {
        self.derivation(stack, grants).provider();
    }

    fn derivation<'a, 'd>(&'d self, stack: SynthesizedStack<'a>, grants: &'d mut Grants) -> Derivation<'a, 'd> {
        let table = self.table;
        let names = Names::of(table, &stack, self.names);
        let tag_key = tag_key(table, &stack);
        let mut tag_values = tag_values(tag_key, &stack);
        if let Some(key) = tag_key.filter(|_| self.is_recorded()) {
            // What is there may have another value than the program gives it; what is only read may be of anybody.
            let managed = stack.all().filter(|found| found.mode() == Mode::Managed);
            tag_values.extend(managed.filter_map(|found| tag_value(&found, key)));
        }
        Derivation { deriving: self, table, stack, names, tag_key, tag_values, grants, without_place: BTreeSet::new() }
    }

    /// Whether the resources are not those that a program placed.
    fn is_recorded(&self) -> bool {
        self.earlier || self.names == NameUse::Exact
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

/// What is going on with one stack.
struct Derivation<'a, 't> {
    deriving: &'t Deriving<'t>,
    table: &'t PermissionTable,
    stack: SynthesizedStack<'a>,
    names: Names,
    tag_key: Option<&'a str>,
    tag_values: BTreeSet<String>,
    grants: &'t mut Grants,
    /// The addresses of resources of which a call is not allowed, because nothing is known of where they stand.
    without_place: BTreeSet<String>,
}

/// A resource, with what its arguments say and where it is.
struct Subject<'a> {
    found: Found<'a>,
    body: Json,
    site: Site,
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
        let subject = Subject { found: *found, body: found.body(), site };
        let Calls { read, create, update, delete, keys, .. } = calls;
        let all = [("read", read), ("create", create), ("update", update), ("delete", delete)];
        let altered = self.deriving.altered.and_then(|altered| altered.get(found.address()));
        for (when, calls) in all.into_iter().filter(|(when, _)| phases.contains(when)) {
            let reason = self.reason(found.address(), when);
            let altered = altered.filter(|_| when == "update");
            let caused = |call: &&Call| altered.is_none_or(|altered| call.is_caused_by(altered));
            for call in calls.iter().filter(|call| call.is_made_for(&subject.body)).filter(caused) {
                self.call(Some(&subject), &site, call, &reason);
            }
            // A state names a key also where nobody asked for one, and no key is used to delete.
            let uncertain = self.deriving.uncertain.is_some_and(|known| known.contains(found.address()));
            for key_use in keys.iter().filter(|_| when != "delete" && (when == "create" || !uncertain)) {
                self.key(&subject, key_use, &reason);
            }
        }
        Ok(())
    }

    fn provider(&mut self) {
        let Some(site) = self.stack.fact::<Site>().copied() else { return };
        let table = self.table;
        for call in table.rows().types.get(PROVIDER).iter().flat_map(|calls| &calls.read) {
            let reason = self.reason("the provider", "read");
            self.call(None, &site, call, &reason);
        }
    }

    fn reason(&self, subject: &str, when: &'static str) -> Reason {
        let earlier = self.deriving.earlier;
        Reason { stack: self.stack.path().to_owned(), subject: subject.to_owned(), when, earlier }
    }

    fn call(&mut self, subject: Option<&Subject<'a>>, site: &Site, call: &Call, reason: &Reason) {
        let Some(conditions) = self.conditions(subject, site, call) else {
            self.without_place.insert(reason.subject.clone());
            return;
        };
        let targets = self.table.targets(call);
        if targets.is_empty() {
            self.grants.add(&call.action, "*".into(), None, &conditions, reason);
        }
        for target in targets {
            let kind = &self.table.rows().arns[&target.arn];
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
        let kind = &self.table.rows().arns[KEY];
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

    /// The conditions that the table has, and that the call is about what stands in something whose id is known; none if such an
    /// id is required and not known.
    fn conditions<'c>(
        &self,
        subject: Option<&Subject<'a>>,
        site: &Site,
        call: &'c Call,
    ) -> Option<Cow<'c, Conditions>> {
        let (Some(subject), Some(Within { key, argument, arn, required })) = (subject, &call.within) else {
            return Some(Cow::Borrowed(&call.conditions));
        };
        let kind = &self.table.rows().arns[arn];
        let ids: BTreeSet<String> = match argument {
            Some(argument) => {
                arguments::texts(&subject.body, argument).into_iter().filter_map(|text| self.id(text)).collect()
            }
            None => self.stack.all().filter(|found| kind.is_of(found)).filter_map(|found| adopted_id(&found)).collect(),
        };
        let ids: BTreeSet<String> = ids.into_iter().chain(self.table.vpcs.iter().cloned()).collect();
        if ids.is_empty() {
            // What a plan takes is asked for in any case.
            let is_plan = self.deriving.names == NameUse::Exact;
            return (!required || is_plan).then_some(Cow::Borrowed(&call.conditions));
        }
        let mut conditions = call.conditions.clone();
        let arns = ids.into_iter().map(|id| kind.arn_with_id(site, &id)).collect();
        conditions.entry("ArnEquals".to_owned()).or_default().insert(key.clone(), arns);
        Some(Cow::Owned(conditions))
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
        let name_of = |found: &Found<'_>| Named::Name(kind.name_for(found, self.deriving.names));
        let argument = match (&call.argument, &kind.referred_by) {
            (Some(argument), _) => argument,
            _ if kind.is_of(found) => return vec![name_of(found)],
            (None, Some(argument)) => argument,
            (None, None) => return Vec::new(),
        };
        if let Ok(other) = found.resolve(argument) {
            return Vec::from_iter(kind.is_of(&other).then(|| name_of(&other)));
        }
        let named = |text: &str| {
            let other = arguments::referent(text).and_then(|address| self.stack.at(address).ok());
            match other.filter(|other| kind.is_of(other)) {
                Some(other) => name_of(&other),
                None if arguments::is_expression(text) => Named::Name(kind.conventional(&self.stack)),
                None if self.deriving.earlier => self.named_earlier(kind, text),
                None if text.starts_with("arn:") => Named::Arn(kind.arn_in(text)),
                None => Named::Name(text.to_owned()),
            }
        };
        arguments::texts(body, argument).into_iter().map(named).collect()
    }

    /// What a state says that an argument names, in the convention's form where the name fits it, as a program's reference
    /// would stand.
    fn named_earlier(&self, kind: &Kind, text: &str) -> Named {
        let is_arn = text.starts_with("arn:");
        let name = if is_arn { kind.name_in(text) } else { Some(text.to_owned()) };
        match name.and_then(|name| self.stack.name_glob_of(&name)) {
            Some(form) => Named::Name(form),
            None if is_arn => Named::Arn(kind.arn_in(text)),
            None => Named::Name(text.to_owned()),
        }
    }

    /// The conditions on the environment's tag of which one must hold; a single empty one where there are none.
    fn narrowed(&self, subject: Option<&Subject<'a>>, call: &Call, target: &Target, reason: &Reason) -> Vec<Narrowed> {
        let (Some(key), Some(on)) = (self.tag_key, target.tag) else { return vec![Narrowed::default()] };
        let of = |tag: Option<TagCondition>| Narrowed { tag, only: None };
        // What a request sets is the resource's own tag; what has no such tag sets none.
        if let TagUse::Request | TagUse::Unclaimed = on {
            let own = subject.and_then(|subject| tag_value(&subject.found, key));
            if own.is_none() && self.deriving.earlier && !self.tag_values.is_empty() {
                return self.tagged(on, key).into_iter().map(of).collect();
            }
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
        let of_service = self.table.rows().arns.iter().filter(|(name, _)| name.split(':').next() == Some(service));
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
