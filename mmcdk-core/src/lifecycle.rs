//! Terraform's `lifecycle` block.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resource::Handle;
use crate::value::Anchor;

/// Terraform's [`lifecycle`](https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle) block of
/// one resource; an empty one is not written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    create_before_destroy: bool,
    prevent_destroy: bool,
    ignore_changes: Option<Ignored>,
    replace_triggered_by: Vec<(Anchor, Option<&'static str>)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Ignored {
    All,
    Arguments(Vec<String>),
}

impl Lifecycle {
    /// A lifecycle that asks for nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A replacement is created before the old one is destroyed.
    #[must_use]
    pub fn create_before_destroy(mut self) -> Self {
        self.create_before_destroy = true;
        self
    }

    /// Plans that would destroy the resource fail.
    #[must_use]
    pub fn prevent_destroy(mut self) -> Self {
        self.prevent_destroy = true;
        self
    }

    /// Later differences of these arguments are left alone. They are Terraform's names: `["ami", "tags[\"Owner\"]"]`.
    #[must_use]
    pub fn ignore_changes(mut self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let arguments = arguments.into_iter().map(Into::into);
        match &mut self.ignore_changes {
            Some(Ignored::All) => {}
            Some(Ignored::Arguments(known)) => known.extend(arguments),
            None => self.ignore_changes = Some(Ignored::Arguments(arguments.collect())),
        }
        self
    }

    /// Later differences of any argument are left alone.
    #[must_use]
    pub fn ignore_all_changes(mut self) -> Self {
        self.ignore_changes = Some(Ignored::All);
        self
    }

    /// The resource is replaced whenever the other one changes.
    #[must_use]
    pub fn replace_triggered_by(mut self, handle: &impl Handle) -> Self {
        self.replace_triggered_by.push((handle.anchor().clone(), None));
        self
    }

    /// The resource is replaced whenever that attribute of the other one changes.
    #[must_use]
    pub fn replace_triggered_by_attribute(mut self, handle: &impl Handle, attribute: &'static str) -> Self {
        self.replace_triggered_by.push((handle.anchor().clone(), Some(attribute)));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What it refers to.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = &Anchor> {
        self.replace_triggered_by.iter().map(|(anchor, _)| anchor)
    }
}

impl Serialize for Lifecycle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.create_before_destroy {
            map.serialize_entry("create_before_destroy", &true)?;
        }
        if self.prevent_destroy {
            map.serialize_entry("prevent_destroy", &true)?;
        }
        match &self.ignore_changes {
            Some(Ignored::All) => map.serialize_entry("ignore_changes", "all")?,
            Some(Ignored::Arguments(arguments)) => map.serialize_entry("ignore_changes", arguments)?,
            None => {}
        }
        if !self.replace_triggered_by.is_empty() {
            let addresses = self.replace_triggered_by.iter().map(|(anchor, attribute)| match attribute {
                Some(attribute) => format!("{}.{attribute}", anchor.address()),
                None => anchor.address().to_owned(),
            });
            map.serialize_entry("replace_triggered_by", &addresses.collect::<Vec<_>>())?;
        }
        map.end()
    }
}
