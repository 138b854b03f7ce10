//! Comparing and writing generated files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The generated files, and the directories in which nothing else may stand.
#[derive(Debug)]
pub(crate) struct Tree {
    files: BTreeMap<PathBuf, String>,
    owned: Vec<PathBuf>,
}

impl Tree {
    pub(crate) fn new(files: BTreeMap<PathBuf, String>, owned: Vec<PathBuf>) -> Self {
        Self { files, owned }
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether everything is on the disk as it would be written; else what is not.
    pub(crate) fn check(&self, root: &Path) -> Result<(), Vec<PathBuf>> {
        let differing = self.differing(root).map(|(path, _)| path.clone());
        let stale: Vec<PathBuf> = differing.chain(self.leftovers(root)).collect();
        if stale.is_empty() { Ok(()) } else { Err(stale) }
    }

    /// Writes what differs, removes what is no longer generated, and counts both.
    pub(crate) fn write(&self, root: &Path) -> Result<usize, String> {
        let mut changed = 0;
        for (path, text) in self.differing(root) {
            let path = root.join(path);
            let parent = path.parent().unwrap_or(root);
            fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
            changed += 1;
        }
        for path in self.leftovers(root) {
            fs::remove_file(root.join(&path)).map_err(|error| format!("{}: {error}", path.display()))?;
            changed += 1;
        }
        Ok(changed)
    }

    fn differing(&self, root: &Path) -> impl Iterator<Item = (&PathBuf, &String)> {
        self.files.iter().filter(move |(path, text)| fs::read(root.join(path)).ok().as_deref() != Some(text.as_bytes()))
    }

    /// The files of the owned directories that are not generated.
    fn leftovers(&self, root: &Path) -> Vec<PathBuf> {
        let mut leftovers = Vec::new();
        for directory in &self.owned {
            // A directory that is not there yet has nothing in it.
            let entries = fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
            let paths = entries.map(|entry| directory.join(entry.file_name()));
            leftovers.extend(paths.filter(|path| !self.files.contains_key(path)));
        }
        leftovers.sort();
        leftovers
    }
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::new([("made/a.rs".into(), "a".to_owned())].into(), vec!["made".into()])
    }

    #[test]
    fn only_what_differs_is_written() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(tree().check(root.path()), Err(vec!["made/a.rs".into()]));
        assert_eq!(tree().write(root.path()), Ok(1));
        assert_eq!(tree().check(root.path()), Ok(()));
        assert_eq!(tree().write(root.path()), Ok(0));
    }

    #[test]
    fn what_is_no_longer_generated_is_removed() {
        let root = tempfile::tempdir().unwrap();
        tree().write(root.path()).unwrap();
        fs::write(root.path().join("made/old.rs"), "").unwrap();
        assert_eq!(tree().check(root.path()), Err(vec!["made/old.rs".into()]));
        assert_eq!(tree().write(root.path()), Ok(1));
        assert!(!root.path().join("made/old.rs").exists());
    }
}
