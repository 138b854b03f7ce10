//! Constructs of your own: `cargo run --example custom_construct` writes synth/sandbox/storage/*.tf.json.
//!
//! A construct is a struct that describes, and a `build` that adds resources and other constructs. The library's own
//! constructs are made in the same way.

mod mikamirai;

use mmcdk::prelude::*;

fn main() -> ExitCode {
    mmcdk::run(mikamirai::organisation(), storage)
}

/// Where raw data comes in and where results are kept.
pub fn storage(app: &mut App) -> Result<()> {
    let sandbox = mikamirai::environment("sandbox", Region::UsEast1);
    let mut storage = app.stack("storage", (&sandbox, Local::new().tag("Service", "storage")))?;

    let lake = storage.add("lake", Lake::new(Days(30)))?;
    storage.output("raw_bucket", lake.raw.id())?;
    storage.output("results_bucket", lake.results.id())
}

/// Two private buckets: one for raw data that expires, one for results that stay.
pub struct Lake {
    keep_raw: Days,
}

impl Lake {
    /// A lake that keeps raw data for so long.
    pub fn new(keep_raw: Days) -> Self {
        Self { keep_raw }
    }
}

/// What adding a [`Lake`] returns.
pub struct LakeOutputs {
    /// The bucket of raw data.
    pub raw: s3::BucketHandle,
    /// The bucket of results.
    pub results: s3::BucketHandle,
}

impl Construct for Lake {
    type Output = LakeOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<LakeOutputs> {
        // Names are the convention's: mm-sandbox-use1-s3-raw and mm-sandbox-use1-s3-results.
        let raw = scope.with(Local::new().purpose("raw")).add("raw", PrivateBucket)?;
        let results = scope.with(Local::new().purpose("results")).add("results", PrivateBucket)?;
        scope.add(
            "raw-expiry",
            s3::BucketLifecycleConfiguration::new(raw.id()).rule(
                s3::BucketLifecycleConfigurationRuleBlock::new("expire", "Enabled")
                    .filter(s3::BucketLifecycleConfigurationFilterBlock::new())
                    .expiration(s3::BucketLifecycleConfigurationExpirationBlock::new().days(self.keep_raw)),
            ),
        )?;
        Ok(LakeOutputs { raw, results })
    }
}

/// A bucket that is encrypted, versioned and closed to the public.
pub struct PrivateBucket;

impl Construct for PrivateBucket {
    type Output = s3::BucketHandle;

    fn build(self, scope: &mut Scope<'_>) -> Result<s3::BucketHandle> {
        let bucket = scope.place(s3::Bucket::new())?;
        scope.place(s3::BucketVersioning::new(
            bucket.id(),
            s3::BucketVersioningVersioningConfigurationBlock::new("Enabled"),
        ))?;
        scope.place(s3::BucketServerSideEncryptionConfiguration::new(
            bucket.id(),
            s3::BucketServerSideEncryptionConfigurationRuleBlock::new().apply_server_side_encryption_by_default(
                s3::BucketServerSideEncryptionConfigurationApplyServerSideEncryptionByDefaultBlock::new("aws:kms"),
            ),
        ))?;
        scope.place(
            s3::BucketPublicAccessBlock::new(bucket.id())
                .block_public_acls(true)
                .block_public_policy(true)
                .ignore_public_acls(true)
                .restrict_public_buckets(true),
        )?;
        Ok(bucket)
    }
}
