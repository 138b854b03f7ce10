//! Accounts: another one than the environment's.

use super::Guard;
use super::inspect::{Inspector, Text};
use super::subject::{Role, Subject};
use super::violation::{Violation, ViolationKind};

impl Inspector<'_> {
    pub(super) fn check_accounts(&mut self, text: &Text<'_>) {
        let mut words = accounts(text.text).peekable();
        if words.peek().is_none() {
            return;
        }
        let (guard, subject) = (self.guard, self.subject);
        let identifying = identified_by(subject, text);
        for (start, account) in words.filter(|(_, account)| !guard.is_trusted(account)) {
            let other = guard.other(|other| other.accounts.iter().any(|known| known == account));
            let strict = !matches!(subject.role, Role::Before(_));
            let wrong = strict && guard.account.is_some() && identifying == Some(account);
            if other.is_none() && !wrong || self.imported.covers(text.text, &(start..start + account.len())) {
                continue;
            }
            let of = other.map_or(String::new(), |name| format!(" of {name:?}"));
            let found = text.shown(account).to_owned();
            self.add(
                Violation::new(subject.address, ViolationKind::ForeignAccount, &text.path.render(), found)
                    .expected(match &guard.account {
                        Some(own) => format!("the account {own} of {:?}", guard.environment),
                        None => format!("no account of another environment than {:?}", guard.environment),
                    })
                    .remedy(format!(
                        "the account{of} is not its own: check the credentials that planned and what refers \
                         to it, or trust it if it is meant: --foreign-account"
                    )),
            );
        }
    }
}

impl Guard {
    fn is_trusted(&self, account: &str) -> bool {
        self.account.as_deref() == Some(account) || self.trusted_accounts.iter().any(|trusted| trusted == account)
    }
}

/// The account that a text says the subject is in; none if it may well name another one, as a policy does.
fn identified_by<'t>(subject: &Subject<'_>, text: &Text<'t>) -> Option<&'t str> {
    let (argument, within) = (text.path.argument(), text.path.within().unwrap_or_default());
    let arn = || account_of_arn(text.text);
    let plain = || is_account(text.text).then_some(text.text);
    match (subject.role, argument.unwrap_or_default()) {
        // Data sources are often of AWS itself or of a vendor, as images are; the caller is not.
        (Role::Data, "arn" | "account_id" | "id") if subject.terraform_type == "aws_caller_identity" => {
            plain().or_else(arn)
        }
        (Role::Data | Role::Output | Role::Variable | Role::Configured { .. }, _) => None,
        (Role::Invocation, name) => account_of_target(name, text.text),
        (Role::Provider { aws: true, .. }, _) if within == "allowed_account_ids" => plain(),
        (Role::Provider { aws: true, .. }, _) if within == "assume_role" => arn(),
        (Role::Provider { .. }, _) => None,
        (Role::Import, "account_id") => plain(),
        (Role::Import, _) => arn(),
        (Role::Before(_) | Role::After(_), "arn" | "id") => arn(),
        (Role::Before(_) | Role::After(_), "owner_id" | "account_id") if !is_about_accounts(subject.terraform_type) => {
            plain()
        }
        // What has no tags of its own is a part of what it names.
        (Role::Before(_) | Role::After(_), name)
            if !subject.is_taggable() && !is_about_accounts(subject.terraform_type) =>
        {
            account_of_target(name, text.text)
        }
        (Role::Before(_) | Role::After(_), _) => None,
    }
}

/// The account of what an argument names as its target.
fn account_of_target<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    // Who may act, what is shared and what a vendor offers is often of another account.
    let elsewhere = ["source_", "principal_"].into_iter().any(|start| name.starts_with(start))
        || matches!(name, "product_arn" | "resource_share_arn" | "share_arn");
    match name {
        // Also a part of an ARN: 111122223333:function:name.
        "function_name" | "queue_url" => accounts(text).next().map(|(_, account)| account),
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

/// The words of a text that look like accounts, and where they begin.
fn accounts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.as_bytes().get(at..)?.iter().position(is_digit)?;
            let length = text.as_bytes()[start..].iter().take_while(|byte| is_digit(byte)).count();
            at = start + length;
            let alone =
                !text[..start].ends_with(char::is_alphanumeric) && !text[at..].starts_with(char::is_alphanumeric);
            if length == 12 && alone {
                return Some((start, &text[start..at]));
            }
        }
    })
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
        assert_eq!(accounts(text).map(|(_, account)| account).collect::<Vec<_>>(), ["111122223333", "444455556666"]);
    }
}
