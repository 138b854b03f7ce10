//! What keeps a deployer of roles to what it may do itself.

use crate::policy::{Condition, Operator, PolicyDocument, Statement};

/// Denies identities without the boundary of that ARN, and changing it. A denial holds whatever else is allowed.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
pub(super) fn document(boundary: &str) -> PolicyDocument {
    let unbound = [
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
    ];
    PolicyDocument::new()
        .statement(
            Statement::deny().sid("OnlyWithinTheBoundary").actions(unbound).resources(["*"]).condition(Condition::new(
                Operator::ArnNotEquals,
                "iam:PermissionsBoundary",
                [boundary],
            )),
        )
        .statement(
            Statement::deny()
                .sid("NeverWithoutIt")
                .actions(["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"])
                .resources(["*"]),
        )
        .statement(
            Statement::deny()
                .sid("NeverAnotherOne")
                .actions([
                    "iam:CreatePolicyVersion",
                    "iam:DeletePolicy",
                    "iam:DeletePolicyVersion",
                    "iam:SetDefaultPolicyVersion",
                ])
                .resources([boundary]),
        )
}
