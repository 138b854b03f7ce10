//! Account IDs.

use std::fmt;
use std::str::FromStr;

use mmcdk_core::Value;

use super::ParseError;

/// The ID of an AWS account: exactly twelve digits, of which the first may be zeros.
///
/// It is a text and not a number: a spreadsheet or a YAML file that drops the zeros makes another ID of it. See
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html>.
///
/// ```
/// use mmcdk_aws::values::AccountId;
///
/// const LOGS: AccountId = AccountId::new("012345678901");
/// assert_eq!("012345678901".parse(), Ok(LOGS));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// An account ID that stands in the program. For text from outside there is [`FromStr`].
    ///
    /// # Panics
    ///
    /// Unless it is twelve digits. In a constant that is a compile error.
    pub const fn new(digits: &str) -> Self {
        match Self::read(digits) {
            Some(id) => id,
            None => panic!("an account ID is exactly 12 digits"),
        }
    }

    /// The twelve digits.
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(&self.0) {
            Ok(digits) => digits,
            Err(_) => unreachable!(),
        }
    }

    const fn read(text: &str) -> Option<Self> {
        let Some((digits, [])) = text.as_bytes().split_first_chunk::<12>() else {
            return None;
        };
        let mut i = 0;
        while i < digits.len() {
            if !digits[i].is_ascii_digit() {
                return None;
            }
            i += 1;
        }
        Some(Self(*digits))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountId").field(&self.as_str()).finish()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AccountId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(id) = Self::read(text) {
            return Ok(id);
        }
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let remedy = match Self::read(&digits) {
            Some(id) => format!("write {id}, without hyphens and spaces"),
            None if !digits.is_empty() && digits.len() < 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                "write all twelve digits, also zeros at the beginning".to_owned()
            }
            None => "write exactly twelve digits, such as 111122223333".to_owned(),
        };
        Err(ParseError::new("account ID", text, "is not an AWS account ID", remedy))
    }
}

impl From<AccountId> for Value<String> {
    fn from(id: AccountId) -> Self {
        id.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_are_kept_as_they_are() {
        for text in ["111122223333", "000000000001"] {
            let id: AccountId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(AccountId::new(text), id);
            assert_eq!(Value::from(id).literal(), Some(text));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_would_do() {
        let check = |text: &str, remedy: &str| {
            let error = text.parse::<AccountId>().unwrap_err();
            assert_eq!(error.to_string(), format!("{text:?} is not an AWS account ID; {remedy}"));
            assert!(std::panic::catch_unwind(|| AccountId::new(text)).is_err());
        };
        check("12345678901", "write all twelve digits, also zeros at the beginning");
        check("1111-2222-3333", "write 111122223333, without hyphens and spaces");
        for text in ["", "1111222233334", "11112222333a", "１１１１", "arn:aws:iam::111122223333:root"] {
            check(text, "write exactly twelve digits, such as 111122223333");
        }
    }
}
