//! Names: of another environment, wherever one stands in a text.

use super::Guard;
use super::glob::Glob;
use super::subject::Subject;
use super::violation::{Found, Violation, ViolationKind};

/// What environments are usually called. A program that describes one environment alone knows no others by name.
const USUAL: [&str; 16] = [
    "dev",
    "development",
    "int",
    "integration",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "uat",
];

const CHECK: &str = "check which state and which program this was planned with, and what refers to it";

/// A name of another environment.
#[derive(Debug, PartialEq)]
struct Foreign<'a> {
    name: &'a str,
    environment: Option<&'a str>,
}

impl Guard {
    pub(super) fn check_names(&self, subject: &Subject<'_>, found: &mut Found) {
        if self.convention.is_empty() && self.others.is_empty() {
            return;
        }
        let punctuation = self.punctuation();
        subject.leaves(&mut |leaf| {
            for Foreign { name, environment } in self.foreign_names(leaf.text, &punctuation) {
                let own: Vec<&str> = self.names.iter().map(Glob::text).collect();
                found.add(
                    Violation::new(&subject.address, ViolationKind::ForeignName, &leaf.path, leaf.shown(name))
                        .expected(match own.as_slice() {
                            [] => format!("a name of {:?}", self.environment),
                            own => format!("a name of {:?} such as {}", self.environment, own.join(" or ")),
                        })
                        .remedy(match environment {
                            Some(other) => format!("it is of {other:?}: {CHECK}"),
                            None => CHECK.into(),
                        }),
                );
            }
        });
    }

    /// The names in a text that are of another environment.
    ///
    /// A text is cut where no name goes on, as in ARNs, paths and policies; a name begins there or after punctuation.
    fn foreign_names<'a>(&'a self, text: &'a str, punctuation: &str) -> Vec<Foreign<'a>> {
        let verdicts = self.verdicts(text, punctuation).into_iter();
        let foreign = verdicts.filter_map(|(name, verdict)| match verdict {
            Verdict::Own => None,
            Verdict::Foreign(environment) => Some(Foreign { name, environment }),
        });
        foreign.collect()
    }

    /// Whether names of the environment are in a subject, and none of another one.
    pub(super) fn has_own_names_alone(&self, subject: &Subject<'_>) -> bool {
        let punctuation = self.punctuation();
        let (mut own, mut foreign) = (false, false);
        subject.leaves(&mut |leaf| {
            for (_, verdict) in self.verdicts(leaf.text, &punctuation) {
                match verdict {
                    Verdict::Own => own = true,
                    Verdict::Foreign(_) => foreign = true,
                }
            }
        });
        own && !foreign
    }

    fn verdicts<'a>(&'a self, text: &'a str, punctuation: &str) -> Vec<(&'a str, Verdict<'a>)> {
        let part_of_names = |character: char| character.is_alphanumeric() || punctuation.contains(character);
        let mut verdicts = Vec::new();
        for token in text.split(|character: char| !part_of_names(character)).filter(|token| !token.is_empty()) {
            let lower = token.to_ascii_lowercase();
            let starts = lower.char_indices().scan(false, |in_word, (index, character)| {
                let start = !*in_word;
                *in_word = character.is_alphanumeric();
                Some((index, start))
            });
            for (index, _) in starts.filter(|(_, start)| *start) {
                if let Some(verdict) = self.judge(&lower[index..]) {
                    verdicts.push((&token[index..], verdict));
                    break;
                }
            }
        }
        verdicts
    }

    /// What a name in lower case is, if it is one.
    fn judge(&self, name: &str) -> Option<Verdict<'_>> {
        let trimmed = name.trim_end_matches(['-', '_', '.']);
        // What speaks for another environment comes first: the program that is under review may have taken over one of
        // its names by mistake.
        if let Some(other) = self.other(|other| other.known_names.contains(trimmed)) {
            return Some(Verdict::Foreign(Some(other)));
        }
        let weight = |globs: &[Glob]| globs.iter().filter(|glob| glob.matches(name)).map(Glob::weight).max();
        // The environment "dev" has MM-dev-*, and so has "dev-eu" MM-dev-eu-*: the one that says more is meant.
        let own = weight(&self.names).max(weight(&self.names_elsewhere));
        let other = self.others.iter().filter_map(|other| Some((weight(&other.names)?, other.name.as_str()))).max();
        match (own, other) {
            (own, Some((other, environment))) if own.is_none_or(|own| own < other) => {
                Some(Verdict::Foreign(Some(environment)))
            }
            (Some(_), _) => Some(Verdict::Own),
            _ if self.known_names.contains(trimmed) && !self.names_an_environment(name) => Some(Verdict::Own),
            _ => weight(&self.convention).map(|_| Verdict::Foreign(None)),
        }
    }

    /// Whether a name of the convention has another environment's name where its own would be: `MM-prod-use1-x`, and
    /// not `MM-ci-use1-x` of what all share.
    fn names_an_environment(&self, name: &str) -> bool {
        let own = |word: &str| {
            let mut own = self.tag_values.iter().chain([&self.environment]);
            own.any(|own| own.eq_ignore_ascii_case(word))
        };
        let others = self.others.iter().flat_map(|other| other.tag_values.iter().chain([&other.name]));
        // The environment may well be called otherwise in short: "dev" is "development".
        let environment = self.environment.to_ascii_lowercase();
        let usual = USUAL.into_iter().filter(|word| !word.starts_with(&environment) && !environment.starts_with(word));
        let words: Vec<String> = others
            .map(|word| word.to_ascii_lowercase())
            .chain(usual.map(str::to_owned))
            .filter(|word| !own(word))
            .collect();
        let rests = self.convention.iter().filter(|glob| glob.matches(name)).filter_map(|glob| glob.after_start(name));
        let begins = |rest: &str, word: &str| {
            rest.strip_prefix(word).is_some_and(|more| !more.starts_with(char::is_alphanumeric))
        };
        rests.into_iter().any(|rest| words.iter().any(|word| begins(rest, word)))
    }

    /// The characters besides letters and digits that names have.
    fn punctuation(&self) -> String {
        let globs = self
            .names
            .iter()
            .chain(&self.names_elsewhere)
            .chain(&self.convention)
            .chain(self.others.iter().flat_map(|other| &other.names));
        "-_".chars().chain(globs.flat_map(Glob::punctuation)).collect()
    }
}

enum Verdict<'a> {
    Own,
    Foreign(Option<&'a str>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OtherEnvironment;

    #[track_caller]
    fn check(guard: &Guard, text: &str, expected: &[&str]) {
        let foreign = guard.foreign_names(text, &guard.punctuation());
        assert_eq!(foreign.iter().map(|foreign| foreign.name).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn names_are_found_in_every_text() {
        let guard = Guard::new("dev")
            .names(["MM-dev-use1-*"])
            .convention(["MM-*-use1-*"])
            .known_names(["MM-ci-use1-role-deploy"]);
        for (text, expected) in [
            ("MM-dev-use1-vpc-core", &[][..]),
            ("MM-prod-use1-vpc-core", &["MM-prod-use1-vpc-core"]),
            ("mm-prod-use1-s3-cloudtrail", &["mm-prod-use1-s3-cloudtrail"]),
            ("arn:aws:s3:::mm-prod-use1-s3-cloudtrail/AWSLogs/*", &["mm-prod-use1-s3-cloudtrail"]),
            ("arn:aws:iam::111122223333:role/path/MM-prod-use1-role-flow", &["MM-prod-use1-role-flow"]),
            (r#"{"Resource":["arn:aws:s3:::mm-dev-use1-a","arn:aws:s3:::mm-prod-use1-b"]}"#, &["mm-prod-use1-b"]),
            ("mm-prod-use1-s3-a.s3.amazonaws.com", &["mm-prod-use1-s3-a"]),
            ("MM-prod-use1-role-a:MM-prod-use1-policy-b", &["MM-prod-use1-role-a", "MM-prod-use1-policy-b"]),
            ("kubernetes.io/cluster/MM-prod-use1-eks-main", &["MM-prod-use1-eks-main"]),
            ("logs-of-MM-prod-use1-vpc-core", &["MM-prod-use1-vpc-core"]),
            ("/aws/vpc/MM-dev-use1-logs-flow", &[]),
            ("arn:aws:iam::1:role/MM-ci-use1-role-deploy", &[]),
            ("MM-use1-role-shared", &[]),
            ("xMM-prod-use1-vpc-core", &[]),
            ("MM-prod-euw1-vpc-core", &[]),
            ("größe-MM-prod-use1-ä", &["MM-prod-use1-ä"]),
            ("", &[]),
        ] {
            check(&guard, text, expected);
        }
    }

    #[test]
    fn names_of_known_environments_are_found_although_the_convention_does_not_tell() {
        let guard = Guard::new("dev")
            .names(["*-dev"])
            .convention(["*-*"])
            .other_environment(OtherEnvironment::new("prod").names(["*-prod"]).known_names(["acme.data", "data"]));
        for (text, expected) in [
            ("vpc-core-dev", &[][..]),
            ("vpc-core-prod", &["vpc-core-prod"]),
            ("some-other-name", &[]),
            ("acme.data", &[]),
            ("data", &[]),
        ] {
            check(&guard, text, expected);
        }
    }

    #[test]
    fn a_name_of_another_environment_stays_foreign_although_the_program_has_it() {
        let known =
            ["mm-prod-use1-s3-data", "MM-live-use1-s3-x", "MM-ci-use1-role-x", "MM-terraform-lock", "acme-data"];
        let guard = Guard::new("dev").names(["MM-dev-use1-*"]).convention(["MM-*-use1-*"]).known_names(known);
        check(&guard, "mm-prod-use1-s3-data", &["mm-prod-use1-s3-data"]);
        for name in ["MM-ci-use1-role-x", "MM-terraform-lock", "MM-live-use1-s3-x", "acme-data"] {
            check(&guard, name, &[]);
        }
        let live = OtherEnvironment::new("prod").tag_values(["Live"]).known_names(["acme-data"]);
        let guard = guard.other_environment(live);
        for name in ["mm-prod-use1-s3-data", "MM-live-use1-s3-x", "acme-data"] {
            check(&guard, name, &[name]);
        }
        let development = Guard::new("dev").convention(["MM-*-use1-*"]).known_names(["MM-development-use1-s3-x"]);
        check(&development, "MM-development-use1-s3-x", &[]);
        // An environment that is itself called so.
        let test = Guard::new("x").tag_values(["test"]).convention(["MM-*-use1-*"]).known_names(["MM-test-use1-a"]);
        check(&test, "MM-test-use1-a", &[]);
    }

    #[test]
    fn of_two_environments_the_one_that_says_more_is_meant() {
        let eu = OtherEnvironment::new("dev-eu").names(["MM-dev-eu-*"]).known_names(["acme-data"]);
        let guard = Guard::new("dev").names(["MM-dev-*"]).known_names(["MM-dev-eu-own"]).other_environment(eu);
        check(&guard, "MM-dev-vpc-core", &[]);
        check(&guard, "MM-dev-eu-vpc-core", &["MM-dev-eu-vpc-core"]);
        check(&guard, "MM-dev-eu-own", &["MM-dev-eu-own"]);
        check(&guard, "arn:aws:s3:::acme-data/x", &["acme-data"]);
        check(&guard, "acme-data-2", &[]);
    }
}
