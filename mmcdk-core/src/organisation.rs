//! Who builds, and where: the organisation with its conventions, and its environments.

use crate::context::Local;
use crate::environment_tag::EnvironmentTag;
use crate::error::{Error, Result};
use crate::id;
use crate::name::Pattern;
use crate::provider::Provider;
use crate::resource::Resource;
use crate::tags::{Tags, is_same_key};
use crate::version::VersionConstraint;

/// The conventions of an organisation: the prefix and the pattern of names, mandatory tags, tags on everything.
#[derive(Clone, Debug)]
pub struct Organisation {
    pub(crate) prefix: String,
    pub(crate) pattern: String,
    pub(crate) mandatory_tags: Vec<String>,
    pub(crate) tags: Tags,
    pub(crate) environment_tag: Option<String>,
    pub(crate) required_version: String,
    pub(crate) context: Local,
}

impl Organisation {
    /// An organisation whose names begin with the prefix and follow the standard pattern,
    /// `{prefix}-{environment}-{region}-{zone}-{resource}-{purpose}`, absent parts left out.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            pattern: Pattern::STANDARD.into(),
            mandatory_tags: Vec::new(),
            tags: Tags::new(),
            environment_tag: Some(EnvironmentTag::KEY.into()),
            required_version: ">= 1.10.0".into(),
            context: Local::new(),
        }
    }

    /// Another pattern of names. Its parts are those of the standard one, each at most once; `{resource}` must be in it.
    /// A part that is absent at some place is left out together with the text before it.
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = pattern.into();
        self
    }

    /// The keys that every resource with tags must carry; one that is missing is an error of synthesis.
    #[must_use]
    pub fn mandatory_tags(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.mandatory_tags.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Tags on everything.
    #[must_use]
    pub fn tags(mut self, tags: impl Into<Tags>) -> Self {
        self.tags.extend(tags.into());
        self
    }

    /// The key of the tag that says to which environment a resource belongs; `Environment` by default.
    ///
    /// Everything in an environment carries the tag. Its value is the environment's name, unless the environment
    /// [declares another](Environment::tag_value). What derives from stacks, such as permissions, takes it from
    /// [`SynthesizedStack::environment_tag`](crate::SynthesizedStack::environment_tag).
    ///
    /// # Errors
    /// In an environment, every tag of that key with another value is rejected wherever it is given, and so is every tag
    /// whose key differs from it only by case.
    #[must_use]
    pub fn environment_tag(mut self, key: impl Into<String>) -> Self {
        self.environment_tag = Some(key.into());
        self
    }

    /// Environments have no tag of their own, so nothing that derives from stacks can tell them apart by a tag.
    #[must_use]
    pub fn without_environment_tag(mut self) -> Self {
        self.environment_tag = None;
        self
    }

    /// Chooses which tags a type carries that may have fewer than others, as [`Local::only_tags_on`] does in a scope:
    /// an S3 object has at most ten.
    ///
    /// ```
    /// # use mmcdk_core::{Organisation, Resource};
    /// # fn keep<Object: Resource>(organisation: Organisation) -> Organisation {
    /// organisation.mandatory_tags(["Environment", "Owner", "Backup"]).only_tags_on::<Object>(["Environment", "Owner"])
    /// # }
    /// ```
    #[must_use]
    pub fn only_tags_on<R: Resource>(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.context = self.context.only_tags_on::<R>(keys);
        self
    }

    /// The versions of Terraform that may apply the stacks; by default `>= 1.10.0`. Anything but a version constraint of
    /// Terraform is an error of the first stack.
    #[must_use]
    pub fn required_version(mut self, constraint: impl Into<String>) -> Self {
        self.required_version = constraint.into();
        self
    }

    /// The context of all stacks, such as what a cloud's crate should know everywhere.
    #[must_use]
    pub fn with(mut self, local: impl Into<Local>) -> Self {
        self.context = self.context.over(local.into());
        self
    }

    /// The versions of Terraform that may apply the stacks. They were checked before the first stack was added.
    pub(crate) fn versions(&self) -> VersionConstraint {
        self.required_version.parse().expect("an app whose constraint is not well-formed has no stacks")
    }

    pub(crate) fn local(&self) -> Local {
        Local::new().prefix(&self.prefix).tags(self.tags.clone()).over(self.context.clone())
    }

    /// Checks what it declares: the version constraint and the keys of tags.
    pub(crate) fn check(&self) -> Result<()> {
        let versions = self.required_version.parse::<VersionConstraint>();
        versions.map_err(|error| error.within("required_version").at("organisation"))?;
        let reject = |problem: String, remedy: String| Err(Error::new(problem).remedy(remedy).at("organisation"));
        if self.mandatory_tags.iter().any(|key| key.trim().is_empty()) {
            return reject("a mandatory tag has an empty key".into(), "take it out".into());
        }
        let Some(own) = &self.environment_tag else { return Ok(()) };
        match self.mandatory_tags.iter().find(|key| *key != own && is_same_key(key, own)) {
            Some(key) => reject(
                format!("the mandatory tag {key:?} is the tag of environments, {own:?}, in another case"),
                format!("declare the key by environment_tag({key:?})"),
            ),
            None => Ok(()),
        }
    }

    /// The tag of an environment, if environments have one.
    pub(crate) fn tag_of(&self, environment: &Environment) -> Result<Option<EnvironmentTag>> {
        let Some(key) = self.environment_tag.clone() else { return Ok(None) };
        let tag = EnvironmentTag { key, value: environment.tag_value.clone() };
        for (what, text, at) in [("key", &tag.key, "organisation"), ("value", &tag.value, &environment.name)] {
            if text.trim().is_empty() {
                return Err(Error::new(format!("the {what} of the environment's tag is {text:?}"))
                    .remedy("give it one that is not empty")
                    .at(at));
            }
        }
        Ok(Some(tag))
    }
}

/// An environment as the core knows it: a name, further facts that identify it, and the context of its stacks.
///
/// The crate of a cloud offers a type of its own that converts into a [`Home`].
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) name: String,
    pub(crate) tag_value: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) local: Local,
}

impl Environment {
    /// An environment of that name, lower kebab-case.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { tag_value: name.clone(), name, facts: Vec::new(), local: Local::new() }
    }

    /// The value of the [environment's tag](Organisation::environment_tag), if it is not the environment's name.
    ///
    /// # Errors
    /// [`App::stack`](crate::App::stack) rejects a value that another environment has.
    #[must_use]
    pub fn tag_value(mut self, value: impl Into<String>) -> Self {
        self.tag_value = value.into();
        self
    }

    /// Something that must be equal wherever the environment's name is used, such as its account.
    #[must_use]
    pub fn fact(mut self, what: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((what, value.into()));
        self
    }

    /// The context of all its stacks.
    #[must_use]
    pub fn local(mut self, local: Local) -> Self {
        self.local = self.local.over(local);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        id::check_folder(&self.name).map_err(|error| error.at("environment"))
    }

    /// That an environment of the same name is the same environment.
    pub(crate) fn check_same(&self, other: &Environment) -> Result<()> {
        let differs = |what: &str, one: &str, another: &str| {
            Err(Error::new(format!(
                "the environment {:?} has {what} {one} here and {another} in another stack",
                self.name
            ))
            .remedy("make the environment once and pass it to all its stacks")
            .at(&self.name))
        };
        if self.tag_value != other.tag_value {
            return differs("the tag value", &format!("{:?}", self.tag_value), &format!("{:?}", other.tag_value));
        }
        for ((what, one), (_, another)) in self.facts.iter().zip(&other.facts) {
            if one != another {
                return differs(what, one, another);
            }
        }
        if self.facts != other.facts {
            return differs("the facts", &format!("{:?}", self.facts), &format!("{:?}", other.facts));
        }
        for ((what, one), (_, another)) in self.local.shown().iter().zip(&other.local.shown()) {
            if one != another {
                return differs(what, one, another);
            }
        }
        Ok(())
    }
}

/// Where a stack stands: in an environment, or shared by all of them; with which default provider and context.
#[derive(Clone, Debug, Default)]
pub struct Home {
    pub(crate) environment: Option<Environment>,
    pub(crate) provider: Option<Provider>,
    pub(crate) account: Option<String>,
    pub(crate) local: Local,
}

impl Home {
    /// Shared by all environments: its path and its names have none.
    pub fn shared() -> Self {
        Self::default()
    }

    /// In that environment.
    pub fn of(environment: Environment) -> Self {
        Self { environment: Some(environment), ..Self::default() }
    }

    /// The default provider configuration of the stack.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The account whose credentials Terraform uses, as [`S3Backend::guests`](crate::S3Backend::guests) names accounts.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// More context for this stack.
    #[must_use]
    pub fn with(mut self, local: Local) -> Self {
        self.local = self.local.over(local);
        self
    }
}

/// What a stack can be given as its home.
pub trait IntoHome {
    /// The home; an error where a part of it is not well-formed.
    fn into_home(self) -> Result<Home>;
}

impl IntoHome for Home {
    fn into_home(self) -> Result<Home> {
        Ok(self)
    }
}

impl<H: IntoHome> IntoHome for (H, Local) {
    /// The home with more context for one stack: `(&dev, Local::new().tag("Service", "network"))`.
    fn into_home(self) -> Result<Home> {
        Ok(self.0.into_home()?.with(self.1))
    }
}

impl IntoHome for Environment {
    fn into_home(self) -> Result<Home> {
        Ok(Home::of(self))
    }
}

impl IntoHome for &Environment {
    fn into_home(self) -> Result<Home> {
        Ok(Home::of(self.clone()))
    }
}
