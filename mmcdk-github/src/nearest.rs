//! What somebody probably meant.

/// `did you mean …?` where a known name is near, else the names that are known.
pub(crate) fn remedy<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known.iter().map(|name| (distance(wanted, name), *name)).min();
    match nearest {
        None => "there are none".into(),
        Some((changes, name)) if changes <= 1 + wanted.len() / 4 => format!("did you mean {name:?}?"),
        Some(_) => {
            let shown: Vec<String> = known.iter().take(8).map(|name| format!("{name:?}")).collect();
            let more = if known.len() > shown.len() { ", …" } else { "" };
            format!("there are {}{more}", shown.join(", "))
        }
    }
}

/// How many letters must be added, removed or changed to make one name of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let first: Vec<usize> = (0..=to.len()).collect();
    let last = from.chars().fold(first, |above, letter| {
        let mut row = vec![above[0] + 1];
        for (index, other) in to.iter().enumerate() {
            let change = above[index] + usize::from(letter != *other);
            row.push(change.min(above[index + 1] + 1).min(row[index] + 1));
        }
        row
    });
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_else_all_are_shown() {
        assert_eq!(remedy("prd", ["dev", "prod"]), "did you mean \"prod\"?");
        assert_eq!(remedy("staging", ["dev", "prod"]), "there are \"dev\", \"prod\"");
        assert_eq!(remedy("dev", []), "there are none");
    }
}
