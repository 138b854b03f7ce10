//! Resources for which there is no generated type.

use std::borrow::Cow;

use crate::block::Block;
use crate::error::{Error, Result};
use crate::facts::{Mode, provider_of};
use crate::lifecycle::Lifecycle;
use crate::place::{Kind, Place};
use crate::resource::{Body, Handle};
use crate::scope::{Construct, Dependency, Scope};
use crate::value::{Anchor, Any, Value};

/// A resource or data source for which there is no generated type, such as one of another provider.
///
/// It gets no name, and its arguments are not checked. The stack must require the provider
/// ([`Stack::require_provider`](crate::Stack::require_provider)). If the provider's facts say that the type carries tags,
/// it gets those of its place under its own, and lacking a mandatory one is an error as for every resource.
#[derive(Clone, Debug)]
pub struct RawResource {
    mode: Mode,
    terraform_type: String,
    body: Body,
}

/// What placing a raw resource returns.
#[derive(Clone, Debug)]
pub struct RawHandle(Anchor);

impl RawResource {
    /// A resource of that Terraform type.
    pub fn new(terraform_type: impl Into<String>) -> Self {
        Self { mode: Mode::Managed, terraform_type: terraform_type.into(), body: Body::new() }
    }

    /// A data source of that Terraform type.
    pub fn data(terraform_type: impl Into<String>) -> Self {
        Self { mode: Mode::Data, ..Self::new(terraform_type) }
    }

    /// Sets an argument.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value<Any>>) -> Self {
        self.body.block.put_or_remove(Cow::Owned(name.into()), value.into());
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, name: &'static str, block: Block) -> Self {
        self.body = self.body.blocks(name, block, 0, 0);
        self
    }

    /// Makes Terraform create this after something else.
    #[must_use]
    pub fn depends_on(mut self, dependency: impl Into<Dependency>) -> Self {
        self.body.meta().depends_on.push(dependency.into());
        self
    }

    /// Terraform's `lifecycle` block.
    #[must_use]
    pub fn lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.body.meta().lifecycle = lifecycle;
        self
    }
}

impl Construct for RawResource {
    type Output = RawHandle;

    fn build(self, scope: &mut Scope<'_>) -> Result<RawHandle> {
        let Self { mode, terraform_type, body } = self;
        let provider = provider_of(&terraform_type);
        let well_formed = terraform_type.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if provider.is_empty() || !well_formed {
            return Err(
                Error::new(format!("{terraform_type:?} is no Terraform type")).remedy("write it as random_password")
            );
        }
        if provider != "terraform" && !scope.state().required_providers.contains_key(provider) {
            return Err(Error::new(format!(
                "{terraform_type} needs the provider {provider:?}, which the stack does not require"
            ))
            .remedy(format!("call stack.require_provider({provider:?}, source, version)")));
        }
        let place = Place {
            kind: Kind::Raw(mode, &terraform_type),
            context: &scope.context,
            path: &scope.path,
            file: scope.file,
        };
        place.place(scope.app, scope.stack, body).map(RawHandle)
    }
}

impl RawHandle {
    /// A reference to the attribute of that name.
    pub fn attribute<T>(&self, name: &'static str) -> Value<T> {
        self.0.attribute(name)
    }
}

impl Handle for RawHandle {
    fn from_anchor(anchor: Anchor) -> Self {
        Self(anchor)
    }

    fn anchor(&self) -> &Anchor {
        &self.0
    }
}
