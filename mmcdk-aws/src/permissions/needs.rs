//! The actions for a type, written in Rust.

use std::collections::BTreeMap;

use super::table::{Call, Calls, TagUse, Target};

/// The actions that Terraform needs for a type, when it reads, creates, updates and deletes one.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    read: Vec<String>,
    create: Vec<String>,
    update: Vec<String>,
    delete: Vec<String>,
}

impl Needs {
    /// No actions.
    pub fn new() -> Self {
        Self::default()
    }

    /// For reading one back, which a plan does too.
    #[must_use]
    pub fn read(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.read.extend(actions.into_iter().map(Into::into));
        self
    }

    /// For creating one.
    #[must_use]
    pub fn create(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.create.extend(actions.into_iter().map(Into::into));
        self
    }

    /// For changing one.
    #[must_use]
    pub fn update(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.update.extend(actions.into_iter().map(Into::into));
        self
    }

    /// For destroying one.
    #[must_use]
    pub fn delete(mut self, actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.delete.extend(actions.into_iter().map(Into::into));
        self
    }
}

impl From<Needs> for Calls {
    fn from(needs: Needs) -> Self {
        let calls = |actions: Vec<String>| -> Vec<Call> { actions.into_iter().map(Call::of).collect() };
        let Needs { read, create, update, delete } = needs;
        // A new resource has no tag that a condition could test, so EC2 allows its tagging by the action that creates it.
        let (tagging, creating): (Vec<String>, _) = create.into_iter().partition(|action| action == "ec2:CreateTags");
        let of_ec2 = creating.iter().filter_map(|action| action.strip_prefix("ec2:")).map(str::to_owned).collect();
        let keys = BTreeMap::from([("ec2:CreateAction".to_owned(), of_ec2)]);
        let tagging = tagging.into_iter().map(|action| Call {
            on: Some(vec![Target { arn: "ec2:any".into(), tag: Some(TagUse::Request) }]),
            conditions: BTreeMap::from([("StringEquals".to_owned(), keys.clone())]),
            ..Call::of(action)
        });
        Self {
            read: calls(read),
            create: calls(creating).into_iter().chain(tagging).collect(),
            update: calls(update),
            delete: calls(delete),
            ..Self::default()
        }
    }
}
