//! Writing a synthesis to a folder: the only I/O of this crate.
//!
//! The folder of each stack has a manifest, `.mmcdk.json`, of the files that are ours; the manifest of the output folder
//! lists the files beside the stacks, and which program wrote them. A run stages what changes beside its place, renames it,
//! and puts the new manifests in place last. What fails before the first rename leaves everything as it was; what is killed
//! later leaves the staged manifest, by which the next run knows what is ours and mends it. One run at a time writes to an
//! output folder.

mod conflict;
mod disk;
mod folder;
mod gone;
mod lock;
mod manifest;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::File;
use crate::parallel;
use crate::synthesis::{Synthesis, SynthesizedStack};

use disk::shown;
use folder::{FolderWriter, StagedFolder};
use gone::Described;
use lock::Lock;
use manifest::Manifest;

/// What [`Synthesis::write_to`] did. All paths are below the output folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there.
    pub created: Vec<PathBuf>,
    /// Files with another content than before.
    pub updated: Vec<PathBuf>,
    /// Files that were as they should be; they were not touched.
    pub unchanged: Vec<PathBuf>,
    /// Files of an earlier run that are no longer wanted, and were removed.
    pub removed: Vec<PathBuf>,
    /// Files among the updated ones that somebody had edited: their edits are gone.
    pub overwritten: Vec<PathBuf>,
    /// Files that are no longer wanted, but were edited, so they are still there: Terraform reads them.
    pub kept: Vec<PathBuf>,
    /// Generated files that this run does not write, in folders where it writes, and that no manifest gives to a program:
    /// the manifest was lost, or the program has no name. They are still there, and Terraform reads them.
    pub stale: Vec<PathBuf>,
    /// Folders of stacks that an earlier run wrote and this app does not have. They are not touched: destroy what they
    /// describe before you delete them.
    pub gone: Vec<PathBuf>,
}

impl Synthesis {
    /// Writes every stack to its folder below `out`, `<out>/<environment>/<stack>/*.tf.json`, and the files beside the
    /// stacks.
    ///
    /// Files that are as they should be are not touched. Only files of an earlier run are removed, and only if nobody
    /// edited them; state, lock files, `.terraform/` and everything else that is not ours stays. Line ends that git
    /// changed to those of Windows are not an edit.
    ///
    /// Other apps may write other stacks to the same folder. A run waits up to 10 seconds for another one to end.
    ///
    /// Files beside the stacks are never removed by this function, since nothing says which app wrote them: they are
    /// reported as [`stale`](Written::stale). Name the program by [`write_as`](Self::write_as) instead.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written, if another run still writes to it, or if a file that is not ours
    /// stands where one must go. Nothing is changed then, unless a rename itself fails, which the next run mends.
    pub fn write_to(&self, out: impl AsRef<Path>) -> Result<Written> {
        self.write(out.as_ref(), None)
    }

    /// Writes like [`write_to`](Self::write_to), as the program of that name.
    ///
    /// The manifests record the name. So a later run of the same program removes the files beside the stacks that it no
    /// longer describes, and reports every stack that it no longer describes, even the last one of an environment. What
    /// other programs wrote to the same folder stays. A program under a new name is another one.
    ///
    /// # Errors
    /// Returns an error in the cases of [`write_to`](Self::write_to).
    pub fn write_as(&self, program: &str, out: impl AsRef<Path>) -> Result<Written> {
        self.write(out.as_ref(), Some(program))
    }

    /// Renders everything without writing it: each folder, mostly those of stacks, with its files.
    pub fn render(&self) -> Vec<(&str, Vec<File>)> {
        let stacks: Vec<SynthesizedStack<'_>> = self.stacks().collect();
        let mut folders = parallel::map(&stacks, |stack| (stack.path(), stack.files()));
        for (path, bytes) in &self.state.files {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let file = File { name: name.into(), bytes: bytes.clone() };
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, files)) => files.push(file),
                None => folders.push((folder, vec![file])),
            }
        }
        folders
    }

    fn write(&self, out: &Path, program: Option<&str>) -> Result<Written> {
        // An empty path is the current folder to everything but opening it.
        let out = if out.as_os_str().is_empty() { Path::new(".") } else { out };
        if fs::metadata(out).is_ok_and(|found| !found.is_dir()) {
            return Err(Error::new("the output folder is a file").remedy("choose another folder").at(shown(out)));
        }
        let lock = Lock::take(out)?;
        let folders: Vec<Folder<'_>> = self.stacks().map(Folder::Stack).chain([Folder::Beside(self)]).collect();
        let staged = parallel::map(&folders, |folder| folder.stage(out, program));

        let (staged, errors) = split(staged);
        let staged: Vec<StagedFolder> = staged.into_iter().flatten().collect();
        if !errors.is_empty() {
            staged.iter().for_each(StagedFolder::abandon);
            lock.abandon();
            Error::gather(errors)?;
        }
        let (_, errors) = split(parallel::map(&staged, StagedFolder::put_in_place));
        Error::gather(errors)?;
        let (_, errors) = split(parallel::map(&staged, StagedFolder::finish));
        Error::gather(errors)?;

        let mut written = Written { gone: self.described(program).gone(out), ..Written::default() };
        staged.into_iter().for_each(|folder| written.add(folder));
        Ok(written)
    }

    fn described<'a>(&'a self, program: Option<&'a str>) -> Described<'a> {
        Described {
            program,
            stacks: self.stacks().map(|stack| stack.path()).collect(),
            parents: self.stacks().map(|stack| stack.environment().unwrap_or_default()).collect(),
        }
    }

    fn files_beside(&self) -> Vec<File> {
        self.state.files.iter().map(|(name, bytes)| File { name: name.clone(), bytes: bytes.clone() }).collect()
    }
}

/// A folder with a manifest of its own.
enum Folder<'a> {
    Stack(SynthesizedStack<'a>),
    /// The output folder, with the files beside the stacks.
    Beside(&'a Synthesis),
}

impl Folder<'_> {
    /// Stages the folder's files; nothing if it neither has files nor ever had any.
    fn stage(&self, out: &Path, program: Option<&str>) -> Result<Option<StagedFolder>> {
        match self {
            Self::Stack(stack) => {
                let manifest =
                    |_: &FolderWriter, earlier: &Manifest, files: &[File]| Manifest::of_stack(earlier, files, program);
                FolderWriter::new(out, stack.path()).stage(stack.files(), manifest).map(Some)
            }
            Self::Beside(synthesis) => {
                let (writer, files) = (FolderWriter::new(out, ""), synthesis.files_beside());
                if files.is_empty() && !writer.was_written() {
                    return Ok(None);
                }
                let manifest = |writer: &FolderWriter, earlier: &Manifest, files: &[File]| {
                    let there = |name: &str| writer.folder().join(name).is_file();
                    Manifest::beside(earlier, files, program, there)
                };
                writer.stage(files, manifest).map(Some)
            }
        }
    }
}

fn split<T>(results: Vec<Result<T>>) -> (Vec<T>, Vec<Error>) {
    let mut values = Vec::with_capacity(results.len());
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => errors.push(error),
        }
    }
    (values, errors)
}

impl Written {
    fn add(&mut self, folder: StagedFolder) {
        let below = |names: &[String]| names.iter().map(|name| folder.relative(name)).collect::<Vec<_>>();
        let created: HashSet<&String> = folder.created.iter().collect();
        let updated: Vec<String> = folder.staged.iter().filter(|name| !created.contains(name)).cloned().collect();
        self.created.extend(below(&folder.created));
        self.updated.extend(below(&updated));
        self.unchanged.extend(below(&folder.unchanged));
        self.removed.extend(below(&folder.removed));
        self.overwritten.extend(below(&folder.overwritten));
        self.kept.extend(below(&folder.kept));
        self.stale.extend(below(&folder.stale));
    }
}
