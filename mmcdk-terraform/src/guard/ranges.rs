//! Address ranges: networks outside the environment's.

use std::net::IpAddr;

use ipnet::IpNet;
use mmcdk_core::Result;

use super::inspect::{Inspector, Text};
use super::networks::is_network;
use super::subject::{Role, Subject};
use super::violation::{Found, Violation, ViolationKind};
use super::{Guard, no_range};

pub(super) fn parse(cidrs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<IpNet>> {
    cidrs.into_iter().map(|cidr| cidr.as_ref().parse().map_err(|_| no_range(cidr.as_ref()))).collect()
}

/// How long an address can be written: `ffff:…:ffff/128`.
const LONGEST: usize = 43;

impl Inspector<'_> {
    /// Addresses of another environment in any argument, such as a rule of a security group or a route.
    ///
    /// What was there before may be what the plan takes away.
    pub(super) fn check_addresses(&mut self, text: &Text<'_>) {
        let guard = self.guard;
        if guard.others.iter().all(|other| other.cidrs.is_empty()) || matches!(self.subject.role, Role::Before(_)) {
            return;
        }
        for (start, word) in words(text.text) {
            let Some(range) = range(word) else { continue };
            let is_within = |ranges: &[IpNet]| ranges.iter().any(|known| known.contains(&range));
            if is_within(&guard.cidrs) || is_within(&guard.trusted_cidrs) {
                continue;
            }
            let Some(other) = guard.other(|other| is_within(&other.cidrs)) else { continue };
            if self.imported.covers(text.text, &(start..start + word.len())) {
                continue;
            }
            let found = text.shown(word).to_owned();
            let violation = guard.foreign_range(self.subject.address, &text.path.render(), found, Some(other));
            self.add(violation);
        }
    }
}

impl Guard {
    /// The block of a network, which must be one of the environment's.
    pub(super) fn check_network(&self, subject: &Subject<'_>, found: &mut Found) {
        let managed = matches!(subject.role, Role::Before(_) | Role::After(_));
        if !managed || !is_network(subject.terraform_type) {
            return;
        }
        let Some(block) = subject.text("cidr_block").filter(|block| !block.is_empty()) else { return };
        let parsed = block.parse::<IpNet>().ok();
        let within = |ranges: &[IpNet]| parsed.is_some_and(|block| ranges.iter().any(|range| range.contains(&block)));
        let others = self.other(|other| within(&other.cidrs));
        // What cannot be read as a range is none of the environment's either.
        let unjudged = self.cidrs.is_empty() || matches!(subject.role, Role::Before(_));
        if within(&self.cidrs) || unjudged && others.is_none() {
            return;
        }
        found.add(self.foreign_range(subject.address, "cidr_block", subject.shown("cidr_block", block), others));
    }

    fn foreign_range(&self, address: &str, attribute: &str, found: String, other: Option<&str>) -> Violation {
        let own: Vec<String> = self.cidrs.iter().map(ToString::to_string).collect();
        Violation::new(address, ViolationKind::ForeignRange, attribute, found)
            .expected(match own.as_slice() {
                [] => format!("addresses of {:?}", self.environment),
                own => format!("addresses of {:?}: {}", self.environment, own.join(", ")),
            })
            .remedy(match other {
                Some(other) => format!(
                    "the addresses are of {other:?}: check which program this was planned with and what refers to \
                     them, or trust them if they are meant: --foreign-cidr"
                ),
                None => "check which program this was planned with, or describe the range in the environment's program"
                    .into(),
            })
    }
}

/// The words of a text that may be addresses, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'/');
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.as_bytes().get(at..)?.iter().position(is_part)?;
            let length = text.as_bytes()[start..].iter().take_while(|byte| is_part(byte)).count();
            at = start + length;
            let run = &text[start..at];
            // Behind a scheme or another word's colon, and before the end of a sentence.
            let scheme = run.rfind("//").map_or(0, |slashes| slashes + 2);
            let colon = usize::from(run[scheme..].starts_with(':') && !run[scheme..].starts_with("::"));
            let from = scheme + colon;
            let word = run[from..].trim_end_matches(['.', '/', ':']);
            let is_address = word.matches('.').nth(2).is_some() || word.matches(':').nth(1).is_some();
            if is_address && word.len() <= LONGEST {
                return Some((start + from, word));
            }
        }
    })
}

/// `10.2.0.0/16`, `10.2.0.1`; also with a port, as in an address to connect to.
fn range(word: &str) -> Option<IpNet> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(IpNet::from);
    let before_port = || word.split_once(':').filter(|(host, _)| host.contains('.')).map(|(host, _)| host);
    word.parse().ok().or_else(|| address(word)).or_else(|| address(before_port()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_range_is_refused() {
        assert_eq!(parse(["10.1.0.0/16", "fd00::/8"]).unwrap().len(), 2);
        for text in ["", "10.1.0.0", "10.1.0.0/33", "dev"] {
            assert!(parse([text]).unwrap_err().to_string().contains(&format!("{text:?} is no address range")));
        }
    }

    #[test]
    fn addresses_are_found_in_texts() {
        for (text, expected) in [
            ("10.2.0.0/16", &["10.2.0.0/16"][..]),
            ("sg-1_ingress_tcp_80_80_10.2.0.0/16", &["10.2.0.0/16"]),
            ("connect to 10.2.3.4:5432.", &["10.2.3.4/32"]),
            ("http://10.2.3.4/x fd00:2::/32", &["10.2.3.4/32", "fd00:2::/32"]),
            ("version 5.7.12, 1.11.4 and arn:aws:iam::111122223333:role/x", &[]),
            ("10.2.0.0/99", &[]),
        ] {
            let found: Vec<String> = words(text).filter_map(|(_, word)| Some(range(word)?.to_string())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
