//! What the runner says of what it has written.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use mmcdk_core::{Error, Synthesis, Written};

/// One error without those that were found with it.
pub(super) fn line(error: &Error) -> String {
    let path = error.path().map(|path| format!("{path}: ")).unwrap_or_default();
    let remedy = error.suggestion().map(|remedy| format!("\n  {remedy}")).unwrap_or_default();
    format!("{path}{}{remedy}", error.problem())
}

/// A line for each stack, then what deserves attention.
pub(super) fn written(synthesis: &Synthesis, written: &Written, out: &Path) -> String {
    let mut text = String::new();
    let counts = [
        ("new", by_folder(&written.created)),
        ("changed", by_folder(&written.updated)),
        ("unchanged", by_folder(&written.unchanged)),
        ("removed", by_folder(&written.removed)),
    ];
    for stack in synthesis.stacks() {
        let files: Vec<String> = counts
            .iter()
            .filter_map(|(what, counts)| Some(format!("{} {what}", counts.get(Path::new(stack.path()))?)))
            .collect();
        let (resources, outputs) = (stack.all().count(), stack.outputs().count());
        let folder = out.join(stack.path());
        text += &format!(
            "{}: {} and {} in {} ({})\n",
            stack.path(),
            plural(resources, "resource"),
            plural(outputs, "output"),
            folder.display(),
            plural_list(&files),
        );
    }
    let of_stacks: HashSet<&Path> = synthesis.stacks().map(|stack| Path::new(stack.path())).collect();
    let all = [(&written.created, "new"), (&written.updated, "changed"), (&written.unchanged, "unchanged")];
    for (paths, what) in all {
        let beside = paths.iter().filter(|path| path.parent().is_none_or(|folder| !of_stacks.contains(folder)));
        beside.for_each(|path| text += &format!("{} ({what})\n", out.join(path).display()));
    }
    for warning in synthesis.warnings() {
        text += &format!("warning: {}\n", line(warning));
    }
    for (paths, what) in [
        (&written.overwritten, "was edited by hand; the edits are gone"),
        (&written.kept, "is no longer wanted, but was edited by hand: delete it yourself"),
        (
            &written.gone,
            "is of a stack that this program does not describe: if it is gone for good, destroy what is there, then delete the folder",
        ),
    ] {
        for path in paths {
            text += &format!("warning: {} {what}\n", out.join(path).display());
        }
    }
    text
}

/// How many of the files each folder has.
fn by_folder(files: &[PathBuf]) -> HashMap<&Path, usize> {
    let mut counts = HashMap::new();
    for folder in files.iter().filter_map(|file| file.parent()) {
        *counts.entry(folder).or_default() += 1;
    }
    counts
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn plural_list(files: &[String]) -> String {
    match files {
        [] => "no files".into(),
        files => format!("files: {}", files.join(", ")),
    }
}
