//! Who builds, and where: the organisation with its conventions, and its environments.

use crate::context::Local;
use crate::error::{Error, Result};
use crate::id;
use crate::name::Pattern;
use crate::provider::Provider;
use crate::resource::Resource;
use crate::tags::Tags;

/// The conventions of an organisation: the prefix and the pattern of names, mandatory tags, tags on everything.
#[derive(Clone, Debug)]
pub struct Organisation {
    pub(crate) prefix: String,
    pub(crate) pattern: String,
    pub(crate) mandatory_tags: Vec<String>,
    pub(crate) tags: Tags,
    only_tags: Local,
    pub(crate) required_version: String,
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
            only_tags: Local::new(),
            required_version: ">= 1.10.0".into(),
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
        self.only_tags = self.only_tags.only_tags_on::<R>(keys);
        self
    }

    /// The versions of Terraform that may apply the stacks; by default `>= 1.10.0`.
    #[must_use]
    pub fn required_version(mut self, constraint: impl Into<String>) -> Self {
        self.required_version = constraint.into();
        self
    }

    pub(crate) fn local(&self) -> Local {
        Local::new().prefix(&self.prefix).tags(self.tags.clone()).over(self.only_tags.clone())
    }
}

/// An environment as the core knows it: a name, further facts that identify it, and the context of its stacks.
///
/// The crate of a cloud offers a type of its own that converts into a [`Home`].
#[derive(Clone, Debug)]
pub struct Environment {
    pub(crate) name: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) local: Local,
}

impl Environment {
    /// An environment of that name, lower kebab-case.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), facts: Vec::new(), local: Local::new() }
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
        id::check(&self.name).map_err(|error| error.at("environment"))
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
