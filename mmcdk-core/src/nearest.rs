//! What somebody probably meant.

/// A remedy for a name that is unknown: `did you mean …?` where a candidate is near, else the candidates there are.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let mut ranked: Vec<(usize, &str)> =
        candidates.into_iter().map(|candidate| (distance(wanted, candidate), candidate)).collect();
    ranked.sort();
    ranked.dedup();
    let Some((best, nearest)) = ranked.first() else { return "there are none".into() };
    if *best <= 1 + wanted.chars().count() / 4 {
        return format!("did you mean {nearest:?}?");
    }
    let shown: Vec<String> = ranked.iter().take(SHOWN).map(|(_, candidate)| format!("{candidate:?}")).collect();
    let more = ranked.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there are {}{more}", shown.join(", "))
}

/// How many letters must be added, removed or changed to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let changed = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_one_is_suggested_and_else_all_are_shown() {
        assert_eq!(nearest("cor", ["core", "flow"]), "did you mean \"core\"?");
        assert_eq!(nearest("network", ["core", "flow"]), "there are \"core\", \"flow\"");
        assert_eq!(nearest("x", []), "there are none");
        assert!(nearest("zzzzzz", ["a", "b", "c", "d", "e", "f"]).ends_with("and 1 more"));
    }
}
