//! Stacks that an earlier run wrote and the program does not describe any more.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::is_marked_file;
use super::manifest::{MANIFEST, Manifest};
use crate::id;

/// What a run describes.
#[derive(Debug)]
pub(super) struct Described<'a> {
    pub(super) program: Option<&'a str>,
    /// The paths of its stacks: `dev/network`.
    pub(super) stacks: HashSet<&'a str>,
    /// The folders in which its stacks are: those of environments, and `""` if it has shared stacks.
    pub(super) parents: HashSet<&'a str>,
}

impl Described<'_> {
    /// The folders of stacks below `out` that are gone from the program: those that it wrote itself, and, in the folders
    /// of its own stacks, those that nobody claims.
    pub(super) fn gone(&self, out: &Path) -> Vec<PathBuf> {
        let mut gone = Vec::new();
        for first in ids_in(out) {
            gone.extend(self.is_gone(out, "", &first).then(|| first.clone()));
            for second in ids_in(&out.join(&first)) {
                gone.extend(self.is_gone(out, &first, &second).then(|| format!("{first}/{second}")));
            }
        }
        gone.sort_unstable();
        gone.into_iter().map(PathBuf::from).collect()
    }

    fn is_gone(&self, out: &Path, parent: &str, id: &str) -> bool {
        let path = if parent.is_empty() { id.to_owned() } else { format!("{parent}/{id}") };
        if self.stacks.contains(path.as_str()) {
            return false;
        }
        let folder = out.join(&path);
        let manifest = folder.join(MANIFEST);
        if !manifest.is_file() && !is_marked_file(&folder.join("terraform.tf.json")) {
            return false;
        }
        // A manifest that cannot be read says nothing of its program.
        match Manifest::read(&manifest).unwrap_or_default().program {
            Some(owner) => self.program == Some(&owner),
            None => self.parents.contains(parent),
        }
    }
}

/// The folders in a folder whose names can be those of an environment or a stack.
fn ids_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| id::check(name).is_ok() && folder.join(name).is_dir()).collect()
}
