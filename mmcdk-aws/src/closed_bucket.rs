//! What every bucket of a construct has: encryption, no public access, one owner, TLS only, old versions that expire.

use mmcdk_core::{Resource, Result, Scope, Value};

use crate::policy::{Condition, PolicyDocument, Principal, Statement};
use crate::resources::s3;
use crate::values::Days;

/// Encrypts the bucket, by S3 itself or a KMS key, and closes it to everybody but those whom the statements name. It is
/// placed beside the bucket, at the scope's own path.
pub(crate) fn close(
    scope: &mut Scope<'_>,
    bucket: &s3::BucketHandle,
    kms_key: Option<Value<String>>,
    statements: impl IntoIterator<Item = Statement>,
) -> Result<s3::BucketPolicyHandle> {
    type Encryption = s3::BucketServerSideEncryptionConfigurationApplyServerSideEncryptionByDefaultBlock;
    let rule = match kms_key {
        None => s3::BucketServerSideEncryptionConfigurationRuleBlock::new()
            .apply_server_side_encryption_by_default(Encryption::new("AES256")),
        // Bucket keys make one request to KMS for many objects.
        Some(key) => s3::BucketServerSideEncryptionConfigurationRuleBlock::new()
            .apply_server_side_encryption_by_default(Encryption::new("aws:kms").kms_master_key_id(key))
            .bucket_key_enabled(true),
    };
    scope.place(s3::BucketServerSideEncryptionConfiguration::new(bucket.id(), rule))?;
    let public_access = scope.place(
        s3::BucketPublicAccessBlock::new(bucket.id())
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true),
    )?;
    scope.place(s3::BucketOwnershipControls::new(
        bucket.id(),
        s3::BucketOwnershipControlsRuleBlock::new("BucketOwnerEnforced"),
    ))?;
    let tls_only = Statement::deny()
        .sid("DenyInsecureTransport")
        .principal(Principal::Everybody)
        .actions(["s3:*"])
        .resources([bucket.arn(), bucket.arn() + "/*"])
        .condition(Condition::bool("aws:SecureTransport", false));
    let policy = PolicyDocument::new().statement(tls_only).statements(statements);
    // S3 refuses changes of a bucket's settings that come at the same time.
    scope.place(s3::BucketPolicy::new(bucket.id(), policy).depends_on(&public_access))
}

/// Versions the bucket; what was replaced or deleted is gone after so many days, and objects after `current`, where that is
/// given.
pub(crate) fn expire(
    scope: &mut Scope<'_>,
    bucket: &s3::BucketHandle,
    current: Option<Days>,
    noncurrent: Days,
) -> Result<()> {
    let versioning = scope.place(s3::BucketVersioning::new(
        bucket.id(),
        s3::BucketVersioningVersioningConfigurationBlock::new("Enabled"),
    ))?;
    let rule = s3::BucketLifecycleConfigurationRuleBlock::new("expire", "Enabled")
        .filter(s3::BucketLifecycleConfigurationFilterBlock::new())
        .expiration(current.map(|days| s3::BucketLifecycleConfigurationExpirationBlock::new().days(days)))
        .noncurrent_version_expiration(s3::BucketLifecycleConfigurationNoncurrentVersionExpirationBlock::new(
            noncurrent,
        ))
        .abort_incomplete_multipart_upload(
            s3::BucketLifecycleConfigurationAbortIncompleteMultipartUploadBlock::new().days_after_initiation(7),
        );
    // Noncurrent versions are there only once versioning is on.
    scope.place(s3::BucketLifecycleConfiguration::new(bucket.id()).rule(rule).depends_on(&versioning))?;
    Ok(())
}
