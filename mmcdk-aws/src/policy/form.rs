//! Forms with `*` and `?`, as policies have them.

/// Whether a form with `*` and `?` matches everything that another one matches.
pub(crate) fn covers(form: &str, asked: &str) -> bool {
    let (form, asked): (Vec<char>, Vec<char>) = (form.chars().collect(), asked.chars().collect());
    let (mut at, mut here) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while here < asked.len() {
        match form.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some('?') if asked[here] != '*' => (at, here) = (at + 1, here + 1),
            Some(letter) if *letter == asked[here] => (at, here) = (at + 1, here + 1),
            // The last star takes one more.
            _ => match &mut star {
                Some((form_at, asked_at)) => {
                    *asked_at += 1;
                    (at, here) = (*form_at + 1, *asked_at);
                }
                None => return false,
            },
        }
    }
    form[at..].iter().all(|letter| *letter == '*')
}

/// Whether something is matched by both of two forms with `*` and `?`. The parts of ARNs are compared one by one, since what
/// stands for a star in the account of one does not go on in the resource of the other.
pub(super) fn overlaps(one: &str, other: &str) -> bool {
    let parts = |form: &str| form.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (one_parts, other_parts) = (parts(one), parts(other));
    match one_parts.len() == 6 && other_parts.len() == 6 {
        true => one_parts.iter().zip(&other_parts).all(|(one, other)| texts_overlap(one, other)),
        false => texts_overlap(one, other),
    }
}

fn texts_overlap(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // For each beginning of the other form, whether it overlaps with the beginning of the first that was seen.
    let mut reached = vec![true];
    reached.extend((1..=other.len()).map(|length| other[..length].iter().all(|letter| *letter == '*')));
    for letter in one {
        let mut next = vec![reached[0] && letter == '*'];
        for (index, against) in other.iter().enumerate() {
            let same = letter == *against || letter == '?' || *against == '?';
            let star = letter == '*' || *against == '*';
            next.push(if star { reached[index + 1] || next[index] } else { reached[index] && same });
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_covers_what_it_matches_whatever_stands_for_the_stars() {
        for (form, asked, expected) in [
            ("*", "*", true),
            ("a*", "abc", true),
            ("a*", "a*", true),
            ("a*", "*", false),
            ("a?c", "abc", true),
            ("a?c", "a?c", true),
            ("a?c", "a*c", false),
            ("a*c", "ab*c", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("arn:aws:s3:::mm-dev-*", "arn:aws:s3:::mm-dev-use1-s3-x", true),
            ("arn:aws:s3:::mm-dev-*", "arn:aws:s3:::mm-dev", false),
            ("arn:aws:s3:::mm-dev-*", "arn:aws:s3:::mm-dev-*", true),
            ("arn:aws:s3:::mm-dev-use1-*", "arn:aws:s3:::mm-dev-*", false),
            ("", "", true),
            ("**", "", true),
        ] {
            assert_eq!(covers(form, asked), expected, "{form} {asked}");
            assert!(!expected || overlaps(form, asked), "{form} {asked}");
        }
        for (one, other, expected) in [
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("a?c", "abd", false),
            ("a?c", "a*", true),
            ("*", "", true),
            ("?", "", false),
            ("subnet/*", "subnet/subnet-1", true),
            ("subnet/subnet-1", "subnet/subnet-2", false),
            ("a*b*c", "*x*", true),
            ("arn:aws:ec2:*:*:vpc/vpc-1", "arn:aws:ec2:us-east-1:1:subnet/*", false),
            ("arn:aws:ec2:*:*:vpc/vpc-1", "arn:aws:ec2:us-east-1:1:vpc/*", true),
            ("arn:aws:ec2:*", "arn:aws:ec2:us-east-1:1:vpc/*", true),
        ] {
            assert_eq!((overlaps(one, other), overlaps(other, one)), (expected, expected), "{one} {other}");
        }
    }
}
