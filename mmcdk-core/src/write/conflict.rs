//! A file in the middle of a merge, as git leaves it.

/// Both sides of a file in a merge conflict, and the common base if git wrote that too; the file itself if there is no
/// conflict.
///
/// <https://git-scm.com/docs/git-merge#_how_conflicts_are_presented>
pub(super) fn sides(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    if !lines.iter().any(|line| Mark::of(line) == Some(Mark::Ours)) {
        return vec![bytes.to_vec()];
    }
    let with_base = lines.iter().any(|line| Mark::of(line) == Some(Mark::Base));
    let wanted = [Some(Mark::Ours), with_base.then_some(Mark::Base), Some(Mark::Theirs)];
    wanted.into_iter().flatten().map(|side| one_side(&lines, side)).collect()
}

/// What a line of a conflict begins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Ours,
    Base,
    Theirs,
    End,
}

impl Mark {
    fn of(line: &[u8]) -> Option<Self> {
        [(&b"<<<<<<<"[..], Self::Ours), (b"|||||||", Self::Base), (b"=======", Self::Theirs), (b">>>>>>>", Self::End)]
            .into_iter()
            .find_map(|(text, mark)| line.starts_with(text).then_some(mark))
    }
}

/// The lines outside of conflicts, and those of one side.
fn one_side(lines: &[&[u8]], side: Mark) -> Vec<u8> {
    let mut within = None;
    let mut text = Vec::new();
    for line in lines {
        match Mark::of(line) {
            Some(Mark::End) => within = None,
            Some(mark) => within = Some(mark),
            None if within.is_none_or(|within| within == side) => text.extend_from_slice(line),
            None => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_has_its_sides() {
        let sides = |text: &str| -> Vec<String> {
            sides(text.as_bytes()).into_iter().map(|side| String::from_utf8(side).unwrap()).collect()
        };
        assert_eq!(sides("a\nb"), ["a\nb"]);
        assert_eq!(sides("a\n<<<<<<< HEAD\nb\n=======\nc\nd\n>>>>>>> x\ne\n"), ["a\nb\ne\n", "a\nc\nd\ne\n"]);
        assert_eq!(
            sides("<<<<<<< HEAD\r\nb\r\n||||||| 123\r\n=======\r\nc\r\n>>>>>>> x\r\nz"),
            ["b\r\nz", "z", "c\r\nz"]
        );
    }
}
