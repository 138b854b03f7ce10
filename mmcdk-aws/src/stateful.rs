//! The types that hold what cannot be made again.

/// The Terraform types of AWS that hold data, keys or histories, which are lost when they are destroyed.
///
/// A plan that destroys or replaces one of them needs a permission: `guard … --allow-destroy ADDRESS`.
pub const STATEFUL_TYPES: &[&str] = &[
    "aws_acmpca_certificate_authority",
    "aws_backup_vault",
    "aws_cloudwatch_log_group",
    "aws_codecommit_repository",
    "aws_cognito_identity_pool",
    "aws_cognito_user_pool",
    "aws_db_instance",
    "aws_directory_service_directory",
    "aws_docdb_cluster",
    "aws_docdbelastic_cluster",
    "aws_dsql_cluster",
    "aws_dynamodb_global_table",
    "aws_dynamodb_table",
    "aws_ebs_snapshot",
    "aws_ebs_volume",
    "aws_ecr_repository",
    "aws_ecrpublic_repository",
    "aws_efs_file_system",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_elasticache_serverless_cache",
    "aws_elasticsearch_domain",
    "aws_fsx_lustre_file_system",
    "aws_fsx_ontap_file_system",
    "aws_fsx_ontap_volume",
    "aws_fsx_openzfs_file_system",
    "aws_fsx_openzfs_volume",
    "aws_fsx_windows_file_system",
    "aws_glacier_vault",
    "aws_keyspaces_table",
    "aws_kinesis_stream",
    "aws_kms_external_key",
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_lightsail_database",
    "aws_memorydb_cluster",
    "aws_mq_broker",
    "aws_msk_cluster",
    "aws_msk_serverless_cluster",
    "aws_neptune_cluster",
    "aws_neptunegraph_graph",
    "aws_opensearch_domain",
    "aws_opensearchserverless_collection",
    "aws_organizations_account",
    "aws_rds_cluster",
    "aws_rds_global_cluster",
    "aws_redshift_cluster",
    "aws_redshiftserverless_namespace",
    "aws_route53_zone",
    "aws_s3_bucket",
    "aws_s3_directory_bucket",
    "aws_s3tables_table",
    "aws_s3tables_table_bucket",
    "aws_secretsmanager_secret",
    "aws_sqs_queue",
    "aws_timestreaminfluxdb_db_instance",
    "aws_timestreamwrite_table",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            match entry.file_type().expect("it is a file or a folder").is_dir() {
                true => sources(&entry.path(), found),
                false => found.push(entry.path()),
            }
        }
    }

    #[test]
    fn every_type_is_one_of_the_provider_and_they_are_sorted() {
        assert!(STATEFUL_TYPES.is_sorted_by(|left, right| left < right));
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resources"), &mut files);
        let generated: String = files.iter().map(|file| fs::read_to_string(file).expect("it is text")).collect();
        for known in STATEFUL_TYPES {
            let facts = format!("terraform_type: \"{known}\", mode: Mode::Managed");
            assert!(generated.contains(&facts), "the provider has no {known}");
        }
    }
}
