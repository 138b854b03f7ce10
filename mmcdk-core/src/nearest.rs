//! What somebody probably meant.

/// A remedy for a name that is unknown: `did you mean …?` where a candidate is near, else the candidates there are.
///
/// It takes time in proportion to the candidates, however many there are.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    /// Of more than these, the first in the order of the alphabet are as good as any.
    const RANKED: usize = 1_000;
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    if candidates.is_empty() {
        return "there are none".into();
    }
    let letters: Vec<char> = wanted.chars().collect();
    if let Some((_, near)) = best(&letters, &candidates, 1 + letters.len() / 4) {
        return format!("did you mean {near:?}?");
    }
    candidates.sort_unstable();
    candidates.dedup();
    if candidates.len() <= RANKED {
        candidates.sort_by_cached_key(|candidate| distance(&letters, candidate, usize::MAX));
    }
    let shown: Vec<String> = candidates.iter().take(SHOWN).map(|candidate| format!("{candidate:?}")).collect();
    let more = candidates.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there are {}{more}", shown.join(", "))
}

/// The nearest candidate within that distance; of several, the first in the order of the alphabet.
fn best<'a>(wanted: &[char], candidates: &[&'a str], within: usize) -> Option<(usize, &'a str)> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let limit = best.map_or(within, |(found, _)| found);
        if let Some(found) = distance(wanted, candidate, limit)
            && best.is_none_or(|known| (found, *candidate) < known)
        {
            best = Some((found, candidate));
        }
    }
    best
}

/// How many letters must be added, removed or changed to make one text of the other, if that is at most `limit`.
fn distance(left: &[char], right: &str, limit: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    // What both begin and end with costs nothing; names of a kind have much of it.
    let same = left.iter().zip(&right).take_while(|(l, r)| l == r).count();
    let (left, right) = (&left[same..], &right[same..]);
    let same = left.iter().rev().zip(right.iter().rev()).take_while(|(l, r)| l == r).count();
    let (left, right) = (&left[..left.len() - same], &right[..right.len() - same]);
    // What is further from the diagonal than the limit cannot be part of a short way.
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let first = i.saturating_sub(limit);
        let last = right.len().min(i.saturating_add(limit).saturating_add(1));
        let mut diagonal = row[first];
        row[first] = if first == 0 { i + 1 } else { usize::MAX - 1 };
        let mut shortest = row[first];
        for j in first..last {
            let changed = diagonal + usize::from(*l != right[j]);
            diagonal = row[j + 1];
            let above = if j + 1 == i.saturating_add(limit).saturating_add(1) { usize::MAX - 1 } else { diagonal };
            row[j + 1] = changed.min(row[j] + 1).min(above + 1);
            shortest = shortest.min(row[j + 1]);
        }
        if shortest > limit {
            return None;
        }
    }
    Some(row[right.len()]).filter(|distance| *distance <= limit)
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
        assert_eq!(nearest("abcd", ["abce", "abcd", "abcf"]), "did you mean \"abcd\"?");
        assert_eq!(nearest("abcx", ["abcz", "abcy"]), "did you mean \"abcy\"?");
    }

    /// The textbook's way, without a limit.
    fn plain(left: &str, right: &str) -> usize {
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

    proptest::proptest! {
        #[test]
        fn a_distance_within_the_limit_is_the_whole_distance(left in "[ab]{0,9}", right in "[abü]{0,9}", limit in 0_usize..12) {
            let letters: Vec<char> = left.chars().collect();
            let whole = plain(&left, &right);
            assert_eq!(distance(&letters, &right, limit), Some(whole).filter(|whole| *whole <= limit));
            assert_eq!(distance(&letters, &right, usize::MAX), Some(whole));
        }
    }
}
