//! What the guard of an environment is told besides what the program describes.

use std::net::IpAddr;

use super::deployment::is_account;
use crate::problems::Problems;

/// The settings of a guard, each as the program's command line takes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GuardSettings {
    settings: Vec<(Setting, String)>,
    refuse_destroy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Setting {
    Tag,
    ReadableTag,
    ForeignAccount,
    ForeignName,
    ForeignCidr,
    AllowDestroy,
}

impl Setting {
    fn flag(self) -> &'static str {
        match self {
            Self::Tag => "--tag",
            Self::ReadableTag => "--readable-tag",
            Self::ForeignAccount => "--foreign-account",
            Self::ForeignName => "--foreign-name",
            Self::ForeignCidr => "--foreign-cidr",
            Self::AllowDestroy => "--allow-destroy",
        }
    }

    fn accepts(self, value: &str) -> bool {
        let is_line = !value.trim().is_empty() && value.trim() == value && !value.contains(char::is_control);
        is_line
            && match self {
                Self::Tag | Self::ReadableTag => true,
                Self::ForeignAccount => is_account(value),
                Self::ForeignName => value.contains(char::is_alphanumeric),
                Self::ForeignCidr => is_range(value),
                Self::AllowDestroy => is_address(value),
            }
    }

    /// What is wrong with a value, and what to write.
    fn problem(self) -> (&'static str, &'static str) {
        match self {
            Self::Tag => ("is not the key of a tag", "write one such as Environment"),
            Self::ReadableTag => ("is not the value of a tag", "write one such as shared"),
            Self::ForeignAccount => ("is not an account", "write its 12 digits"),
            Self::ForeignName => {
                ("is not a name", "write one such as MM-hub-use1-bus-central, with * for what differs")
            }
            Self::ForeignCidr => ("is not an address range", "write one such as 10.0.0.0/16"),
            Self::AllowDestroy => (
                "is no address that may be destroyed",
                "write it as the plan does, such as aws_s3_bucket.trail; for what holds no data also aws_subnet.core_*",
            ),
        }
    }
}

impl GuardSettings {
    pub(super) fn add(&mut self, setting: Setting, value: impl Into<String>) {
        self.settings.push((setting, value.into()));
    }

    pub(super) fn refuse_destroy(&mut self) {
        self.refuse_destroy = true;
    }

    pub(super) fn check(&self, place: &str, problems: &mut Problems) {
        for (setting, value) in self.settings.iter().filter(|(setting, value)| !setting.accepts(value)) {
            let (problem, remedy) = setting.problem();
            problems.add(place, format!("{value:?} {problem}"), remedy);
        }
        if self.settings.iter().filter(|(setting, _)| *setting == Setting::Tag).nth(1).is_some() {
            problems.add(place, "two tags name the environment", "leave one .tag away");
        }
    }

    /// The arguments of the command line, one in each line; empty if there are none.
    pub(super) fn lines(&self) -> String {
        let settings = self.settings.iter().map(|(setting, value)| format!("{}={value}", setting.flag()));
        let refuse = self.refuse_destroy.then(|| "--refuse-destroy".to_owned());
        settings.chain(refuse).collect::<Vec<_>>().join("\n")
    }
}

/// `10.0.0.0/16`, `fd00::/8`.
fn is_range(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// `aws_s3_bucket.trail`, `module.logs.aws_s3_bucket.all["a b"]`, `*.core_*`: the same rule as that of the guard, which a test
/// compares, since this crate depends on the core alone.
fn is_address(address: &str) -> bool {
    let segments = segments(address);
    let [modules @ .., terraform_type, label] = segments.as_slice() else { return false };
    let begins = terraform_type.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    segments.iter().all(|segment| !segment.is_empty())
        && modules.iter().all(|module| !module.contains('*'))
        && (begins && !terraform_type.contains('*') || *terraform_type == "*")
        && !label.starts_with('*')
}

/// The parts of an address between its dots. A dot in a key separates nothing: `aws_eip.all["a.b"]`.
fn segments(address: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let separates = |character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' => return !quoted,
            _ => {}
        }
        false
    };
    address.split(separates).collect()
}

#[cfg(test)]
mod tests {
    use mmcdk::terraform::AddressPattern;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_setting_is_checked_before_it_becomes_an_argument() {
        for (setting, good, bad) in [
            (Setting::Tag, &["Environment", "team:env"][..], &["", " x", "a\nb"][..]),
            (Setting::ReadableTag, &["shared", "all of us"], &["", "a\nb"]),
            (Setting::ForeignAccount, &["111122223333"], &["1111", "1111-2222-3333", ""]),
            (Setting::ForeignName, &["MM-hub-*", "bus"], &["*", "", "a\tb"]),
            (Setting::ForeignCidr, &["10.0.0.0/16", "fd00::/8"], &["10.0.0.0", "10.0.0.0/33", "x/8", ""]),
            (
                Setting::AllowDestroy,
                &["aws_s3_bucket.a", "aws_s3_bucket.all[\"a b\"]", "aws_subnet.core_*", "*.core_*"],
                &["", "bucket", "-x.y", "aws_s3_bucket.a\naws_s3_bucket.b", "aws_s3_bucket.a ", "*.*", "aws_*.a"],
            ),
        ] {
            for (values, accepted) in [(good, true), (bad, false)] {
                for value in values {
                    let mut settings = GuardSettings::default();
                    settings.add(setting, *value);
                    let mut problems = Problems::default();
                    settings.check("pipeline/dev", &mut problems);
                    assert_eq!(problems.into_result().is_ok(), accepted, "{setting:?} {value:?}");
                }
            }
        }
    }

    #[track_caller]
    fn check_as_the_guard_does(address: &str) -> bool {
        let accepted = Setting::AllowDestroy.accepts(address);
        assert_eq!(accepted, address.parse::<AddressPattern>().is_ok(), "{address:?}");
        accepted
    }

    #[test]
    fn an_address_is_accepted_if_the_guard_accepts_it() {
        for address in [
            "aws_s3_bucket.a",
            "aws_subnet.core_*",
            "*.core_*",
            "*.core_*_a",
            "module.x.aws_eip.a*",
            "module.x[\"a.b\"].aws_eip.all[\"c.d\"]",
            "aws_eip.all[*]",
        ] {
            assert!(check_as_the_guard_does(address), "{address}");
        }
        for address in [
            "",
            "core",
            "*",
            "*.*",
            "*.*a",
            ".a",
            "aws_eip.",
            "aws_eip..a",
            "aws_subnet.*",
            "aws_*.core",
            "-x.y",
            "module.x.aws_*.core",
            "module.*.aws_eip.a",
            "module.x.*",
            "module.x.aws_eip.*",
            "aws_eip.a ",
            "a.b\nc.d",
        ] {
            assert!(!check_as_the_guard_does(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_an_address_here_alone(address in "[a_0*.\"\\\\\\[\\] \n-]{0,12}") {
            check_as_the_guard_does(&address);
        }
    }
}
