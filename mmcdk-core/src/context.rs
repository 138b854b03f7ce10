//! What flows down the tree: the parts of names, tags, the provider, and facts of the cloud's own crate.

use std::any::{Any, TypeId};
use std::sync::Arc;

use crate::facts::{Mode, TypeFacts};
use crate::name::Segments;
use crate::provider::ProviderRef;
use crate::resource::Resource;
use crate::tags::{TagSet, Tags};
use crate::value::{Any as AnyValue, Node, Value};

/// More context for a part of the tree, as a value: parts of names, tags, a provider.
///
/// [`Scope::with`](crate::Scope::with) gives a scope that has it; nothing is changed in place, and the nearest wins.
///
/// ```
/// use mmcdk_core::Local;
///
/// let public = Local::new().zone("use1a").purpose("public").tag("kubernetes.io/role/elb", "1");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Local {
    segments: Segments,
    tags: Tags,
    excluded: Vec<String>,
    excluded_for: Vec<(&'static str, String)>,
    only_for: Vec<OnlyTags>,
    overrides: Vec<TypeOverride>,
    provider: Option<ProviderRef>,
    places: Vec<PlaceValue>,
    facts: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
}

/// A type and the keys of the only tags that it carries besides its own.
type OnlyTags = (&'static str, Vec<String>);

/// The kind of a place, its value, and whether the value is the place itself or only stands for it.
type PlaceValue = (&'static str, Arc<str>, bool);

impl Local {
    /// Nothing more.
    pub fn new() -> Self {
        Self::default()
    }

    /// The region's part of names.
    #[must_use]
    pub fn region(mut self, code: impl Into<String>) -> Self {
        self.segments.region = Some(code.into().into());
        self
    }

    /// The zone's part of names.
    #[must_use]
    pub fn zone(mut self, code: impl Into<String>) -> Self {
        self.segments.zone = Some(code.into().into());
        self
    }

    /// What a thing is for: the purpose part of names. Without one it is the id of the top-level construct.
    ///
    /// A construct may set purposes for its own parts, which are nearer and win; to keep two such constructs apart, use a
    /// [`qualifier`](Local::qualifier).
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.segments.purpose = Some(purpose.into().into());
        self
    }

    /// What stands for the resource's type in names, such as `nat` for an instance that is one.
    #[must_use]
    pub fn resource(mut self, segment: impl Into<String>) -> Self {
        self.segments.resource = Some(segment.into().into());
        self
    }

    /// Stands before each purpose, and for the default one. It keeps the names of a second construct of a kind apart:
    /// with the qualifier `data` a VPC's route table for `public` is `…-rt-data-public`.
    #[must_use]
    pub fn qualifier(mut self, qualifier: impl Into<String>) -> Self {
        self.segments.qualifier = Some(qualifier.into().into());
        self
    }

    /// A tag on everything.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<Value<String>>) -> Self {
        self.tags.insert(key, value);
        self
    }

    /// Tags on everything.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags.extend(tags.into());
        self
    }

    /// Leaves out a tag that comes from further up. A mandatory one is then missing, which is an error.
    #[must_use]
    pub fn without_tag(mut self, key: impl Into<String>) -> Self {
        self.excluded.push(key.into());
        self
    }

    /// Leaves out, on one type of resource, a tag that comes from anywhere but the resource itself.
    #[must_use]
    pub fn without_tag_on<R: Resource>(mut self, key: impl Into<String>) -> Self {
        self.excluded_for.push((R::FACTS.terraform_type, key.into()));
        self
    }

    /// Chooses which tags one type of resource carries besides those of the resource itself, for types that may have fewer
    /// tags than others: `only_tags_on::<s3::Object>(["Environment", "Owner"])`. Mandatory tags that are not named, and the
    /// tag `Name` if it is not, are left out on it; the environment's tag is always kept. The nearest choice counts.
    ///
    /// Placing a resource of that type is an error if the type has no limit of its own, or if nothing sets a tag that is
    /// named.
    #[must_use]
    pub fn only_tags_on<R: Resource>(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.only_for.push((R::FACTS.terraform_type, keys.into_iter().map(Into::into).collect()));
        self
    }

    /// Escape hatch into constructs of others: sets an argument on every resource of a type, by its path as in
    /// [`Resource::set_at`]; for a NAT instance's volume, `set_on::<ec2::Instance>("root_block_device.volume_size", 20)`.
    #[must_use]
    pub fn set_on<R: Resource>(mut self, path: impl Into<String>, value: impl Into<Value<AnyValue>>) -> Self {
        self.overrides.push(TypeOverride {
            mode: R::FACTS.mode,
            terraform_type: R::FACTS.terraform_type,
            path: path.into(),
            value: value.into().node,
        });
        self
    }

    /// The provider configuration that resources use.
    #[must_use]
    pub fn provider(mut self, provider: &ProviderRef) -> Self {
        self = self.over(provider.local().clone());
        self.provider = Some(provider.clone());
        self
    }

    /// The cloud's region, account or the like here: `place("region", "us-east-1")`. Physical names are unique within the
    /// places that their type says ([`Unique`](crate::Unique)).
    #[must_use]
    pub fn place(mut self, kind: &'static str, value: impl Into<String>) -> Self {
        self.places.push((kind, value.into().into(), true));
        self
    }

    /// Stands for a place that the program does not know, such as the account of some credentials. In one environment the
    /// same text is the same place; two environments may or may not share one, so equal names in them are only a warning.
    #[must_use]
    pub fn unknown_place(mut self, kind: &'static str, stands_for: impl Into<String>) -> Self {
        self.places.push((kind, stands_for.into().into(), false));
        self
    }

    /// A fact of any type, for constructs of the same crate: [`Scope::fact`](crate::Scope::fact) finds the nearest.
    #[must_use]
    pub fn fact<T: Any + Send + Sync>(mut self, fact: T) -> Self {
        self.facts.push((TypeId::of::<T>(), Arc::new(fact)));
        self
    }

    pub(crate) fn given_tags(&self) -> &Tags {
        &self.tags
    }

    pub(crate) fn prefix(mut self, prefix: &str) -> Self {
        self.segments.prefix = Some(prefix.into());
        self
    }

    pub(crate) fn top(mut self, id: &str) -> Self {
        self.segments.top = Some(id.into());
        self
    }

    pub(crate) fn environment(mut self, name: &str) -> Self {
        self.segments.environment = Some(name.into());
        self
    }

    /// Its parts as texts, to be compared and shown.
    pub(crate) fn shown(&self) -> [(&'static str, String); 4] {
        [
            ("the parts of names", shown_segments(&self.segments)),
            ("the tags", or_none(self.tags.to_string())),
            ("the tags left out", or_none(self.shown_exclusions())),
            ("the overrides", if self.overrides.is_empty() { "none".into() } else { format!("{:?}", self.overrides) }),
        ]
    }

    fn shown_exclusions(&self) -> String {
        let everywhere = self.excluded.iter().map(|key| format!("{key:?}"));
        let of_types = self.excluded_for.iter().map(|(of, key)| format!("{key:?} of {of}"));
        let chosen = self.only_for.iter().map(|(of, keys)| format!("all but {keys:?} of {of}"));
        everywhere.chain(of_types).chain(chosen).collect::<Vec<_>>().join(", ")
    }

    /// This with `nearer` laid over it.
    #[must_use]
    pub fn over(mut self, nearer: Local) -> Self {
        let Local { segments, tags, excluded, excluded_for, only_for, overrides, provider, places, facts } = nearer;
        overlay(&mut self.segments, segments);
        self.tags.remove(&excluded);
        self.tags.extend(tags);
        self.excluded.extend(excluded);
        self.excluded_for.extend(excluded_for);
        self.only_for.extend(only_for);
        self.overrides.extend(overrides);
        self.provider = provider.or(self.provider);
        self.places.extend(places);
        self.facts.extend(facts);
        self
    }
}

impl From<&ProviderRef> for Local {
    fn from(provider: &ProviderRef) -> Self {
        Self::new().provider(provider)
    }
}

/// An override for all resources of a type.
#[derive(Clone, Debug)]
struct TypeOverride {
    mode: Mode,
    terraform_type: &'static str,
    path: String,
    value: Node,
}

/// The context at one place of the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    pub(crate) segments: Segments,
    pub(crate) tags: Arc<TagSet>,
    pub(crate) provider: Option<ProviderRef>,
    excluded_for: Vec<(&'static str, String)>,
    only_for: Vec<OnlyTags>,
    /// The key of the environment's tag, which no choice of tags leaves out.
    pub(crate) environment_key: Option<Arc<str>>,
    overrides: Vec<TypeOverride>,
    places: Vec<PlaceValue>,
    facts: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
}

impl Context {
    pub(crate) fn with(&self, local: Local) -> Self {
        let Local { segments, tags, excluded, excluded_for, only_for, overrides, provider, places, facts } = local;
        let mut here = self.clone();
        overlay(&mut here.segments, segments);
        if !tags.is_empty() || !excluded.is_empty() {
            here.tags = Arc::new(self.tags.with(&tags, &excluded));
        }
        here.excluded_for.extend(excluded_for);
        here.only_for.extend(only_for);
        here.overrides.extend(overrides);
        here.provider = provider.or(here.provider);
        here.places.extend(places);
        here.facts.extend(facts);
        here
    }

    pub(crate) fn fact<T: Any>(&self) -> Option<&T> {
        let nearest = self.facts.iter().rev().find(|(type_id, _)| *type_id == TypeId::of::<T>());
        nearest.and_then(|(_, fact)| fact.downcast_ref())
    }

    /// The nearest place of that kind, and whether its value is the place itself.
    pub(crate) fn place(&self, kind: &str) -> Option<(Arc<str>, bool)> {
        let nearest = self.places.iter().rev().find(|(known, ..)| *known == kind);
        nearest.map(|(_, value, known)| (Arc::clone(value), *known))
    }

    /// The overrides of a type, the nearest last.
    pub(crate) fn overrides(&self, facts: &TypeFacts) -> impl Iterator<Item = (&str, &Node)> {
        let (mode, terraform_type) = (facts.mode, facts.terraform_type);
        let of_type = move |one: &&TypeOverride| one.mode == mode && one.terraform_type == terraform_type;
        self.overrides.iter().filter(of_type).map(|one| (one.path.as_str(), &one.value))
    }

    /// The tags of a resource of that type, without its own.
    pub(crate) fn tags_for(&self, terraform_type: &str) -> Arc<TagSet> {
        let excluded = self.excluded_for.iter().filter(|(of, _)| *of == terraform_type);
        let excluded: Vec<String> = excluded.map(|(_, key)| key.clone()).collect();
        let tags = match excluded.is_empty() {
            true => Arc::clone(&self.tags),
            false => Arc::new(self.tags.with(&Tags::new(), &excluded)),
        };
        match self.only_tags(terraform_type) {
            Some(keys) => Arc::new(tags.only(keys, self.environment_key.as_deref())),
            None => tags,
        }
    }

    /// The keys of the only tags that a type carries here besides its own, if the program chose them.
    pub(crate) fn only_tags(&self, terraform_type: &str) -> Option<&[String]> {
        let nearest = self.only_for.iter().rev().find(|(of, _)| *of == terraform_type);
        nearest.map(|(_, keys)| keys.as_slice())
    }
}

fn or_none(shown: String) -> String {
    if shown.is_empty() { "none".into() } else { shown }
}

fn shown_segments(segments: &Segments) -> String {
    let Segments { prefix, environment, region, zone, resource, purpose, qualifier, top } = segments;
    let parts = [prefix, environment, region, zone, resource, purpose, qualifier, top];
    let shown: Vec<&str> = parts.map(|part| part.as_deref().unwrap_or("-")).to_vec();
    shown.join(" ")
}

fn overlay(below: &mut Segments, nearer: Segments) {
    let Segments { prefix, environment, region, zone, resource, purpose, qualifier, top } = nearer;
    for (below, nearer) in [
        (&mut below.prefix, prefix),
        (&mut below.environment, environment),
        (&mut below.region, region),
        (&mut below.zone, zone),
        (&mut below.resource, resource),
        (&mut below.purpose, purpose),
        (&mut below.qualifier, qualifier),
        (&mut below.top, top),
    ] {
        if nearer.is_some() {
            *below = nearer;
        }
    }
}
