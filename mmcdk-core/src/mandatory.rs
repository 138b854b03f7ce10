//! Whether a resource carries the mandatory tags of its organisation.

use crate::error::Error;
use crate::tags::is_same_key;

/// A tag that a resource carries; without a value if only Terraform knows that. Of a key that is there twice the last counts.
pub(crate) type Carried<'a> = (&'a str, Option<&'a str>);

/// What is wrong with the mandatory tags of the resource at an address, an error for each kind of fault.
pub(crate) fn faults<'k>(address: &str, carried: &[Carried<'_>], keys: impl Iterator<Item = &'k str>) -> Vec<Error> {
    let mut missing = Vec::new();
    let mut empty = Vec::new();
    let mut faults = Vec::new();
    for key in keys {
        match carried.iter().rfind(|(known, _)| *known == key) {
            Some((_, Some(value))) if value.trim().is_empty() => empty.push(key),
            Some(_) => {}
            None => match carried.iter().find(|(known, _)| is_same_key(known, key)) {
                Some((other, _)) => faults.push(
                    Error::new(format!("{address} lacks the mandatory tag {key}, but has {other:?} in another case"))
                        .remedy(format!("write the key as {key:?}")),
                ),
                None => missing.push(key),
            },
        }
    }
    const PLACES: &str = "on the organisation, the environment, the stack or this resource";
    if !empty.is_empty() {
        let (noun, are) = if empty.len() == 1 { ("tag", "is") } else { ("tags", "are") };
        let problem = format!("the mandatory {noun} {} of {address} {are} empty", empty.join(", "));
        faults.insert(0, Error::new(problem).remedy(format!("give a value {PLACES}")));
    }
    if !missing.is_empty() {
        let (noun, them) = if missing.len() == 1 { ("tag", "it") } else { ("tags", "them") };
        let problem = format!("{address} lacks the mandatory {noun} {}", missing.join(", "));
        faults.insert(0, Error::new(problem).remedy(format!("set {them} {PLACES}")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mandatory_tag_is_there_by_its_exact_key_and_has_a_value() {
        let check = |carried: &[Carried<'_>], expected: &[&str]| {
            let faults = faults("a.b", carried, ["Owner", "Team"].into_iter());
            let problems: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            problems.iter().zip(expected).for_each(|(problem, part)| assert!(problem.contains(part), "{problem}"));
        };
        let team = ("Team", Some("a"));
        check(&[("Owner", Some("a")), team], &[]);
        check(&[("Owner", None), team], &[]);
        check(&[team], &["a.b lacks the mandatory tag Owner; set it on the organisation"]);
        check(&[], &["a.b lacks the mandatory tags Owner, Team; set them on"]);
        for empty in ["", " ", "\t"] {
            check(&[("Owner", Some(empty)), team], &["the mandatory tag Owner of a.b is empty; give a value on"]);
        }
        check(&[("Owner", Some("")), ("Team", Some(""))], &["the mandatory tags Owner, Team of a.b are empty"]);
        for other in ["owner", "OWNER", "oWner"] {
            let part =
                format!("lacks the mandatory tag Owner, but has {other:?} in another case; write the key as \"Owner\"");
            check(&[(other, Some("a")), team], &[&part]);
        }
        check(&[("owner", Some("a")), ("Owner", Some("a")), team], &[]);
        check(&[("owner", Some("a")), ("Owner", Some(""))], &["lacks the mandatory tag Team", "Owner of a.b is empty"]);
    }
}
