//! Accounts: another one than the environment's.

use super::Guard;
use super::subject::{Role, Subject, Text};
use super::violation::{Found, Violation, ViolationKind};

impl Guard {
    pub(super) fn check_accounts(&self, subject: &Subject<'_>, found: &mut Found) {
        subject.leaves(&mut |leaf| {
            let identifying = self.identified_by(subject, &leaf);
            for account in accounts(leaf.text).filter(|account| !self.is_trusted(account)) {
                let other = self.other(|other| other.accounts.iter().any(|known| known == account));
                let strict = !matches!(subject.role, Role::Before(_));
                let wrong = strict && self.account.is_some() && identifying == Some(account);
                if other.is_none() && !wrong {
                    continue;
                }
                let of = other.map_or(String::new(), |name| format!(" of {name:?}"));
                found.add(
                    Violation::new(&subject.address, ViolationKind::ForeignAccount, &leaf.path, leaf.shown(account))
                        .expected(match &self.account {
                            Some(own) => format!("the account {own} of {:?}", self.environment),
                            None => format!("no account of another environment than {:?}", self.environment),
                        })
                        .remedy(format!(
                            "the account{of} is not its own: check the credentials that planned and what refers \
                             to it, or trust it if it is meant"
                        )),
                );
            }
        });
    }

    fn is_trusted(&self, account: &str) -> bool {
        self.account.as_deref() == Some(account) || self.trusted_accounts.iter().any(|trusted| trusted == account)
    }

    /// The account that a text says the subject is in; none where it may well name another one, as a policy does.
    fn identified_by<'a>(&self, subject: &Subject<'_>, leaf: &Text<'a>) -> Option<&'a str> {
        let top = !leaf.path.contains(['.', '[']);
        let arn = || account_of_arn(leaf.text);
        let plain = || is_account(leaf.text).then_some(leaf.text);
        match (subject.role, leaf.path.as_ref()) {
            // Data sources are often of AWS itself or of a vendor, as images are; the caller is not.
            (Role::Data, "arn" | "account_id" | "id") if subject.terraform_type == "aws_caller_identity" => {
                plain().or_else(arn)
            }
            (Role::Data | Role::Output, _) => None,
            (Role::Invocation, name) if top => account_of_target(name, leaf.text),
            (Role::Provider { aws: true, .. }, path) if path.starts_with("allowed_account_ids") => plain(),
            (Role::Provider { aws: true, .. }, path) if path.starts_with("assume_role") => arn(),
            (Role::Provider { .. }, _) => None,
            (Role::Import, _) => arn(),
            (Role::Before(_) | Role::After(_), "arn" | "id") if top => arn(),
            (Role::Before(_) | Role::After(_), "owner_id" | "account_id")
                if !is_about_accounts(subject.terraform_type) =>
            {
                plain()
            }
            // What has no tags of its own is a part of what it names.
            (Role::Before(_) | Role::After(_), name)
                if top && !subject.is_taggable() && !is_about_accounts(subject.terraform_type) =>
            {
                account_of_target(name, leaf.text)
            }
            (Role::Before(_) | Role::After(_) | Role::Invocation, _) => None,
        }
    }
}

/// The account of what an argument names as its target.
fn account_of_target<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    // Who may act, what is shared and what a vendor offers is often of another account.
    let elsewhere = ["source_", "principal_"].into_iter().any(|start| name.starts_with(start))
        || matches!(name, "product_arn" | "resource_share_arn" | "share_arn");
    match name {
        // Also a part of an ARN: 111122223333:function:name.
        "function_name" | "queue_url" => accounts(text).next(),
        name if name.ends_with("_arn") && !elsewhere => account_of_arn(text),
        _ => None,
    }
}

/// Whether a type is about other accounts, as a member of an organisation is.
fn is_about_accounts(terraform_type: &str) -> bool {
    ["organization", "member", "admin", "_invit", "sharing"].into_iter().any(|word| terraform_type.contains(word))
}

/// The account in an ARN; none in those of AWS itself (`arn:aws:iam::aws:policy/…`) and those without one.
fn account_of_arn(text: &str) -> Option<&str> {
    let mut parts = text.strip_prefix("arn:")?.split(':');
    parts.nth(3).filter(|account| is_account(account))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of a text that look like accounts.
fn accounts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| is_account(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_tell_the_account() {
        for (arn, account) in [
            ("arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1", Some("111122223333")),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
            ("arn:aws:s3:::bucket", None),
            ("arn:aws:ssm:us-east-1::parameter/aws/service/ami", None),
            ("vpc-1", None),
        ] {
            assert_eq!(account_of_arn(arn), account, "{arn}");
        }
        let text = r#"{"AWS":"arn:aws:iam::111122223333:root"} 1111222233334 x444455556666 444455556666"#;
        assert_eq!(accounts(text).collect::<Vec<_>>(), ["111122223333", "444455556666"]);
    }
}
