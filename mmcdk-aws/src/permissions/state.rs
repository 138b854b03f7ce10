//! What a stack's state and its lock take.

use std::collections::BTreeMap;

use mmcdk_core::{Result, StateLocation, SynthesizedStack};

use super::Access;
use super::explain::Reason;
use super::grants::{ACCOUNT, Conditions, Grants};
use super::keys::Key;
use crate::site::Site;
use crate::values::Region;

/// Allows a stack to use its own state, and to read those that it imports from, by exactly their keys.
/// <https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required>
///
/// # Errors
/// If the bucket's key is in another region than the bucket.
pub(super) fn allow(grants: &mut Grants, access: Access, stack: &SynthesizedStack<'_>) -> Result<()> {
    let Some(site) = stack.fact::<Site>() else { return Ok(()) };
    if let Some(state) = stack.state() {
        own(&mut Allowing::of(grants, stack, site, &state)?, access);
    }
    for state in stack.imported_stacks().filter_map(|other| other.state()) {
        read(&mut Allowing::of(grants, stack, site, &state)?);
    }
    Ok(())
}

struct Allowing<'a> {
    grants: &'a mut Grants,
    stack: &'a str,
    site: &'a Site,
    state: &'a StateLocation,
    /// The key that encrypts the state, and where S3 uses it.
    key: Option<(Key, Site)>,
}

impl<'a> Allowing<'a> {
    fn of(
        grants: &'a mut Grants,
        stack: &SynthesizedStack<'a>,
        site: &'a Site,
        state: &'a StateLocation,
    ) -> Result<Self> {
        let region = state.region.parse::<Region>().unwrap_or(site.region);
        let there = Site { region, ..*site };
        let key = match &state.kms_key {
            Some(text) => {
                let key = Key::of_bucket(text, &there);
                Some((key.map_err(|error| error.within("the state").at(stack.path()))?, there))
            }
            None => None,
        };
        Ok(Self { grants, stack: stack.path(), site, state, key })
    }

    fn action(&mut self, when: &'static str, action: &str, resource: String) {
        self.action_if(when, action, resource, &BTreeMap::new());
    }

    fn action_if(&mut self, when: &'static str, action: &str, resource: String, conditions: &Conditions) {
        let subject = format!("the state {}/{}", self.state.bucket, self.state.key);
        let reason = Reason { stack: self.stack.to_owned(), subject, when, earlier: false };
        self.grants.add(action, resource, None, conditions, &reason);
    }

    /// An action that S3 takes on the key in the caller's name.
    fn key_action(&mut self, when: &'static str, action: &str) {
        if let Some((key, there)) = &self.key {
            let (arn, conditions) = (key.arn.clone(), key.conditions(action, Some("s3"), there));
            self.action_if(when, action, arn, &conditions);
        }
    }

    fn account(&self) -> String {
        self.site.account.map_or_else(|| ACCOUNT.into(), |account| account.to_string())
    }

    fn object(&self, suffix: &str) -> String {
        format!("arn:{}:s3:::{}/{}{suffix}", self.site.partition(), self.state.bucket, self.state.key)
    }
}

fn own(allowing: &mut Allowing<'_>, access: Access) {
    read(allowing);
    if access == Access::Apply {
        allowing.action("update", "s3:PutObject", allowing.object(""));
        if allowing.state.lock_file {
            for action in ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"] {
                allowing.action("lock", action, allowing.object(".tflock"));
            }
        }
        allowing.key_action("update", "kms:GenerateDataKey");
    }
    let Some(name) = &allowing.state.lock_table else { return };
    let account = allowing.account();
    let partition = allowing.site.partition();
    let table = format!("arn:{partition}:dynamodb:{}:{account}:table/{name}", allowing.state.region);
    allowing.action("lock", "dynamodb:DescribeTable", table.clone());
    // The state's digest is in the table too, so reading the state without a lock reads the table.
    // ForAnyValue, since ForAllValues would pass where a request has no key at all.
    let path = format!("{}/{}", allowing.state.bucket, allowing.state.key);
    let items = vec![path.clone(), format!("{path}-md5")];
    let keys = BTreeMap::from([("dynamodb:LeadingKeys".to_owned(), items)]);
    let conditions = BTreeMap::from([("ForAnyValue:StringEquals".to_owned(), keys)]);
    allowing.action_if("read", "dynamodb:GetItem", table.clone(), &conditions);
    if access == Access::Apply {
        for action in ["dynamodb:PutItem", "dynamodb:DeleteItem"] {
            allowing.action_if("lock", action, table.clone(), &conditions);
        }
    }
}

fn read(allowing: &mut Allowing<'_>) {
    // Not narrowed to a prefix: Terraform lists the prefix of workspaces, and without the right to list, S3 says of a state
    // that is not there yet that it is forbidden. It shows the keys of other states, not what is in them.
    let bucket = format!("arn:{}:s3:::{}", allowing.site.partition(), allowing.state.bucket);
    allowing.action("read", "s3:ListBucket", bucket);
    allowing.action("read", "s3:GetObject", allowing.object(""));
    allowing.key_action("read", "kms:Decrypt");
}
