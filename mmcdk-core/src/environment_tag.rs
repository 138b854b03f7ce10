//! The tag that says to which environment a resource belongs: set on everything, and contradicted by nothing.

use crate::block::Block;
use crate::context::Local;
use crate::error::{Error, Result};
use crate::facts::TagPlace;
use crate::provider::Provider;
use crate::tag_walk::TagValue;
use crate::tags::{Shown, TagText, Tags, is_same_key};

/// The environment's tag in one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvironmentTag {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl EnvironmentTag {
    /// The key unless the organisation declares another one.
    pub(crate) const KEY: &'static str = "Environment";

    /// The tag as context, for everything in the environment.
    pub(crate) fn local(&self) -> Local {
        Local::new().tag(&self.key, self.value.clone())
    }

    /// Checks tags of a context.
    pub(crate) fn check_tags(&self, tags: &Tags) -> Result<()> {
        tags.iter().try_for_each(|(key, text)| self.check(key, text))
    }

    /// Checks what a provider gives to everything that uses it.
    pub(crate) fn check_provider(&self, provider: &Provider) -> Result<()> {
        self.check_tags(provider.local.given_tags())?;
        provider.default_tags().try_for_each(|(key, node)| self.check(key, &node.clone().into()))
    }

    /// Checks the places of a resource that hold tags, after overrides.
    pub(crate) fn check_block(&self, places: &[TagPlace], block: &Block) -> Result<()> {
        let mut result = Ok(());
        let mut check = |key: &str, value: TagValue<'_>| {
            if result.is_ok() && is_same_key(key, &self.key) {
                result = self.check(key, &value.to_text());
            }
        };
        places.iter().for_each(|place| place.each_tag(block, &mut check));
        result
    }

    fn check(&self, key: &str, text: &TagText) -> Result<()> {
        let Self { key: known, value } = self;
        if !is_same_key(key, known) {
            return Ok(());
        }
        let shown = Shown(key, text);
        // Conditions of policies may ignore the case of a key, and would then match either of two such tags.
        if key != known {
            return Err(Error::new(format!(
                "the tag {shown} has the key of the environment's tag {known:?} in another case"
            ))
            .remedy(format!(
                "leave it out, since the environment sets {known:?}, or declare the key by environment_tag({key:?}) on \
                     the organisation"
            )));
        }
        match text {
            TagText::Literal(same) if **same == *value.as_str() => Ok(()),
            TagText::Literal(other) => Err(Error::new(format!("the tag {shown} contradicts the environment's {value:?}"))
                .remedy(format!(
                    "leave it out, since the environment sets it, or declare the value by tag_value({:?}) on the environment",
                    &**other
                ))),
            TagText::Expression(_) => {
                Err(Error::new(format!("the tag {shown} may contradict the environment's {value:?}"))
                    .remedy("leave it out, since the environment sets it"))
            }
        }
    }
}
