//! The bucket and the lock of remote states.

use std::fmt::Display;

use mmcdk_core::{Construct, Error, Lifecycle, Resource, Result, S3Backend, Scope};

use crate::closed_bucket;
use crate::overrides::{self, REGION};
use crate::permissions::Key;
use crate::policy::{Principal, Statement};
use crate::resources::{dynamodb, s3};
use crate::site::Site;
use crate::values::{AccountId, Days, Region};

/// Where Terraform keeps remote states: a bucket, and a table where states are locked by one.
///
/// One value serves both ends: added to the bootstrap's stack it makes the bucket, and [`StateStore::backend`] is what every
/// other stack is given.
///
/// # Creates
/// `aws_s3_bucket` with versioning (`aws_s3_bucket_versioning`), encryption
/// (`aws_s3_bucket_server_side_encryption_configuration`), public access blocked (`aws_s3_bucket_public_access_block`), one
/// owner (`aws_s3_bucket_ownership_controls`), a lifecycle (`aws_s3_bucket_lifecycle_configuration`), and a policy
/// (`aws_s3_bucket_policy`) that denies requests without TLS; `aws_dynamodb_table`, billed per request, encrypted
/// and protected from deletion, if [`StateLock`] asks for one. Terraform refuses to destroy bucket and table.
///
/// # Defaults
/// Locked by lock files in the bucket, encrypted by S3, old versions expire after 90 days.
///
/// # Cost
/// A state is a small object and each of its versions another one; the table costs nothing while nothing is locked.
///
/// # Replacement
/// Another name of bucket or table would replace it, which Terraform refuses: move the states first.
///
/// # Example
/// ```
/// use mmcdk_aws::{Environment, Shared, StateLock, StateStore, values::Region};
/// use mmcdk_core::{App, Organisation, Result};
///
/// fn state() -> StateStore {
///     StateStore::new("mm-terraform-state", Region::UsEast1).lock(StateLock::dynamo_db("MM-terraform-lock"))
/// }
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// app.stack("bootstrap", Shared::new(Region::UsEast1))?.add("state", state())?;
/// let mut network = app.stack("network", Environment::new("dev", Region::UsEast1))?;
/// network.backend(state().backend());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StateStore {
    bucket: String,
    region: Region,
    lock: StateLock,
    kms_key: Option<String>,
    noncurrent_expire_after: Days,
    adopt_bucket: bool,
    adopt_table: bool,
    guests: Vec<(String, String)>,
    readers: Vec<(String, String)>,
}

/// How two runs are kept from changing one state at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateLock {
    /// By a lock file beside the state (Terraform 1.10, OpenTofu 1.10).
    S3,
    /// By that DynamoDB table, which Terraform 1.11 deprecates.
    DynamoDb(String),
    /// By both, while moving from that table to lock files: once all use both, the table can go.
    Both(String),
}

impl StateLock {
    /// By the table of that name.
    pub fn dynamo_db(table: impl Into<String>) -> Self {
        Self::DynamoDb(table.into())
    }

    /// By the table of that name and by lock files.
    pub fn both(table: impl Into<String>) -> Self {
        Self::Both(table.into())
    }

    fn table(&self) -> Option<&str> {
        match self {
            Self::S3 => None,
            Self::DynamoDb(table) | Self::Both(table) => Some(table),
        }
    }
}

impl StateStore {
    /// States in the bucket of that name, which is in that region. Names of buckets are shared by everybody in a partition.
    pub fn new(bucket: impl Into<String>, region: Region) -> Self {
        Self {
            bucket: bucket.into(),
            region,
            lock: StateLock::S3,
            kms_key: None,
            noncurrent_expire_after: Days(90),
            adopt_bucket: false,
            adopt_table: false,
            guests: Vec::new(),
            readers: Vec::new(),
        }
    }

    /// How states are locked.
    #[must_use]
    pub fn lock(mut self, lock: StateLock) -> Self {
        self.lock = lock;
        self
    }

    /// Encrypts with the KMS key of that ARN, which is in the bucket's region, instead of a key of S3. The ARN may be that of an
    /// alias if no table locks the states.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// When old versions of states are gone for good, at least one day.
    #[must_use]
    pub fn noncurrent_expire_after(mut self, days: Days) -> Self {
        self.noncurrent_expire_after = days;
        self
    }

    /// Takes over a bucket that exists already; its settings become these.
    #[must_use]
    pub fn adopt_bucket(mut self) -> Self {
        self.adopt_bucket = true;
        self
    }

    /// Takes over a lock table that exists already; its settings become these.
    #[must_use]
    pub fn adopt_table(mut self) -> Self {
        self.adopt_table = true;
        self
    }

    /// Lets another account keep its states in the bucket, below a prefix such as `prod/`, which may not overlap with that of
    /// another guest. It needs [`StateLock::S3`]:
    /// Terraform finds a lock table in its own account only. With a [`kms_key`](Self::kms_key) the key's own policy must let
    /// that account in too.
    #[must_use]
    pub fn guest(mut self, account: impl Display, prefix: impl Into<String>) -> Self {
        self.guests.push((account.to_string(), prefix.into()));
        self
    }

    /// Lets another account read states in the bucket, below a prefix such as `hub/network/`: the imports of its stacks. With a
    /// [`kms_key`](Self::kms_key) the key's own policy must let that account decrypt.
    #[must_use]
    pub fn reader(mut self, account: impl Display, prefix: impl Into<String>) -> Self {
        self.readers.push((account.to_string(), prefix.into()));
        self
    }

    /// The backend of a stack whose state is kept here, under the stack's path: `dev/network/terraform.tfstate`.
    ///
    /// Its settings stand in a file of their own, such as `dev.s3.tfbackend`, so `terraform init` must be told the
    /// environment and does not come upon it by accident.
    pub fn backend(&self) -> S3Backend {
        let backend = S3Backend::new(&self.bucket, self.region).partial();
        let backend = backend.guests(self.guests.clone()).readers(self.readers.clone());
        let backend = match self.region {
            // Terraform may know less than this program declares.
            Region::Declared(_) => backend.skip_region_validation(),
            _ => backend,
        };
        let backend = match &self.lock {
            StateLock::S3 => backend,
            StateLock::DynamoDb(table) => backend.lock_table(table),
            StateLock::Both(table) => backend.lock_table_and_file(table),
        };
        match &self.kms_key {
            Some(key) => backend.kms_key(key),
            None => backend,
        }
    }
}

/// What adding a [`StateStore`] returns.
#[derive(Clone, Debug)]
pub struct StateStoreOutputs {
    /// The bucket.
    pub bucket: s3::BucketHandle,
    /// The lock table, where there is one.
    pub table: Option<dynamodb::TableHandle>,
}

impl Construct for StateStore {
    type Output = StateStoreOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<StateStoreOutputs> {
        let guests = self.checked_guests(scope)?;
        self.check_overrides(scope)?;
        let Self {
            bucket,
            region,
            lock,
            kms_key,
            noncurrent_expire_after,
            adopt_bucket,
            adopt_table,
            guests: _,
            readers: _,
        } = self;
        let here = Site::of(scope)?.region;
        if here != region {
            return Err(Error::new(format!("the state bucket is said to be in {region}, and its stack is in {here}"))
                .remedy(format!(
                    "put the stack into {region}, or write StateStore::new({bucket:?}, Region::{here:?})"
                )));
        }
        if noncurrent_expire_after.0 == 0 {
            return Err(Error::new("old versions of states expire after 0 days").remedy("S3 takes 1 day or more"));
        }
        if let Some(key) = kms_key.as_ref().filter(|key| !key.starts_with("arn:")) {
            return Err(Error::new(format!("{key:?} is no ARN of a KMS key"))
                .remedy("write it as arn:aws:kms:us-east-1:111122223333:key/…"));
        }
        if let Some(text) = &kms_key {
            let key = Key::of_bucket(text, &Site::of(scope)?)?;
            if key.is_alias() && lock.table().is_some() {
                return Err(Error::new(format!("{text:?} is an alias, and a lock table is encrypted too")).remedy(
                    "write the ARN of the key itself: DynamoDB answers with it, so every plan would show a change",
                ));
            }
        }
        if adopt_table && lock.table().is_none() {
            return Err(Error::new("a lock table is adopted, and no table locks the states")
                .remedy("lock with StateLock::dynamo_db or StateLock::both, or leave out adopt_table"));
        }

        let mut description = s3::Bucket::new().bucket(bucket.as_str()).lifecycle(Lifecycle::new().prevent_destroy());
        if adopt_bucket {
            description = description.adopt(bucket);
        }
        let bucket = scope.place(description)?;
        let statements = guests.into_iter().flat_map(|guest| guest.statements(&bucket));
        closed_bucket::close(scope, &bucket, kms_key.clone().map(Into::into), statements)?;
        closed_bucket::expire(scope, &bucket, None, noncurrent_expire_after)?;
        let table = match lock {
            StateLock::S3 => None,
            StateLock::DynamoDb(name) | StateLock::Both(name) => {
                Some(scope.place(lock_table(name, kms_key, adopt_table))?)
            }
        };
        Ok(StateStoreOutputs { bucket, table })
    }
}

/// A table as Terraform's `s3` backend wants it.
/// <https://developer.hashicorp.com/terraform/language/backend/s3#dynamodb-state-locking>
fn lock_table(name: String, kms_key: Option<String>, adopt: bool) -> dynamodb::Table {
    let id = name.clone();
    let table = dynamodb::Table::new()
        .name(name)
        .billing_mode("PAY_PER_REQUEST")
        .hash_key("LockID")
        .attribute(dynamodb::TableAttributeBlock::new("LockID", "S"))
        .server_side_encryption(dynamodb::TableServerSideEncryptionBlock::new(true).kms_key_arn(kms_key))
        .deletion_protection_enabled(true)
        .lifecycle(Lifecycle::new().prevent_destroy());
    if adopt { table.adopt(id) } else { table }
}

/// Another account that keeps its states here, or reads some.
struct Guest {
    account: Principal,
    prefix: String,
    reads_only: bool,
}

impl StateStore {
    /// Rejects overrides of what the backends of other stacks are computed from.
    fn check_overrides(&self, scope: &Scope<'_>) -> Result<()> {
        const NAME: &str = "write StateStore::new with that name: the backends of other stacks follow it";
        const KEY: &str = "use StateStore::kms_key: backends and permissions follow it";
        const TABLE: &str = "write it as StateLock takes it: the backends of other stacks follow it";
        const LAYOUT: &str = "leave it out: Terraform's backend wants the table so";
        overrides::reject::<s3::Bucket>(scope, &[("bucket", NAME), ("bucket_prefix", NAME), REGION])?;
        overrides::reject::<s3::BucketServerSideEncryptionConfiguration>(scope, &[("rule", KEY)])?;
        if self.lock.table().is_none() {
            return Ok(());
        }
        overrides::reject::<dynamodb::Table>(
            scope,
            &[
                ("name", TABLE),
                ("hash_key", LAYOUT),
                ("range_key", LAYOUT),
                ("attribute", LAYOUT),
                ("server_side_encryption", KEY),
                REGION,
            ],
        )
    }

    fn checked_guests(&self, scope: &Scope<'_>) -> Result<Vec<Guest>> {
        let site = Site::of(scope)?;
        if let (Some(table), Some((account, _))) = (self.lock.table(), self.guests.first()) {
            return Err(Error::new(format!("the account {account} cannot lock its states by the table {table}"))
                .remedy("lock with StateLock::S3, or give that account a state store of its own"));
        }
        for (index, (account, prefix)) in self.guests.iter().enumerate() {
            let overlaps = |(_, other): &&(String, String)| prefix.starts_with(other) || other.starts_with(prefix);
            if let Some((other, known)) = self.guests[..index].iter().find(overlaps) {
                return Err(Error::new(format!(
                    "the states of {account} below {prefix:?} and those of {other} below {known:?} would be in each other's reach"
                ))
                .remedy("give every guest one prefix of its own, none of which begins with another one"));
            }
        }
        let guests = self.guests.iter().map(|guest| (guest, false));
        let readers = self.readers.iter().map(|reader| (reader, true));
        guests
            .chain(readers)
            .map(|((account, prefix), reads_only)| {
                let account: AccountId = account.parse()?;
                let wrong = |part: &str| matches!(part, "" | "." | "..") || part.contains(['*', '?']);
                if prefix.strip_suffix('/').is_none_or(|path| path.split('/').any(wrong)) {
                    return Err(Error::new(format!("{prefix:?} is no prefix for the states of {account}"))
                        .remedy("write the environment with a slash, such as prod/"));
                }
                Ok(Guest { account: Principal::account(site.partition(), account), prefix: prefix.clone(), reads_only })
            })
            .collect()
    }
}

impl Guest {
    fn statements(self, bucket: &s3::BucketHandle) -> Vec<Statement> {
        let Self { account, prefix, reads_only } = self;
        let below = |end: &str| [bucket.arn() + "/" + format!("{prefix}*{end}")];
        let allow =
            |actions: &[&'static str]| Statement::allow().principal(account.clone()).actions(actions.iter().copied());
        // Not narrowed to the prefix: without the right to list, S3 says of a state that is not there yet that it is
        // forbidden. It shows the keys of other states, not what is in them.
        let list = allow(&["s3:ListBucket"]).resources([bucket.arn()]);
        match reads_only {
            true => vec![list, allow(&["s3:GetObject"]).resources(below(""))],
            false => vec![
                list,
                allow(&["s3:GetObject", "s3:PutObject"]).resources(below("")),
                allow(&["s3:DeleteObject"]).resources(below(".tflock")),
            ],
        }
    }
}
