//! Writing one folder: changes are staged beside their places, then renamed.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{
    create_folder, create_missing, failed, is_marked, is_marked_file, read_if_there, remove_file, remove_folder,
    remove_made, rename, shown, write,
};
use super::manifest::{MANIFEST, Manifest};
use crate::error::{Error, Result};
use crate::files::File;

const STAGE: &str = ".mmcdk-stage";

/// A folder to be written.
#[derive(Debug)]
pub(super) struct FolderWriter {
    /// Below the output folder.
    relative: PathBuf,
    folder: PathBuf,
    stage: PathBuf,
}

/// A folder whose changes are staged.
#[derive(Debug)]
pub(super) struct StagedFolder {
    at: FolderWriter,
    /// Folders that were made for this run, outermost first.
    made: Vec<PathBuf>,
    begun: bool,
    pub(super) staged: Vec<String>,
    pub(super) created: Vec<String>,
    pub(super) unchanged: Vec<String>,
    pub(super) overwritten: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) kept: Vec<String>,
    pub(super) stale: Vec<String>,
    manifest: Manifest,
    new_manifest: bool,
}

impl FolderWriter {
    pub(super) fn new(out: &Path, relative: &str) -> Self {
        // Joining nothing would add a slash.
        let folder = if relative.is_empty() { out.to_owned() } else { out.join(relative) };
        Self { relative: relative.into(), stage: folder.join(STAGE), folder }
    }

    /// Whether an earlier run wrote files here, or was killed when it did.
    pub(super) fn was_written(&self) -> bool {
        [&self.folder.join(MANIFEST), &self.stage].into_iter().any(|path| fs::symlink_metadata(path).is_ok())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stages these files. `manifest` makes the new manifest from the one of earlier runs.
    pub(super) fn stage(
        self,
        files: Vec<File>,
        manifest: impl FnOnce(&Self, &Manifest, &[File]) -> Manifest,
    ) -> Result<StagedFolder> {
        let fresh = !self.folder.exists();
        let earlier = if fresh { Manifest::default() } else { self.mend()? };
        let manifest = manifest(&self, &earlier, &files);
        let mut folder = StagedFolder {
            made: Vec::new(),
            begun: false,
            staged: Vec::new(),
            created: Vec::new(),
            unchanged: Vec::new(),
            overwritten: Vec::new(),
            removed: Vec::new(),
            kept: Vec::new(),
            stale: Vec::new(),
            new_manifest: manifest != earlier,
            manifest,
            at: self,
        };
        let result = folder.stage_all(files, &earlier, fresh);
        if result.is_err() {
            folder.abandon();
        }
        result.map(|()| folder)
    }

    /// The manifest of earlier runs. What a killed run staged is joined to it and cleaned away.
    fn mend(&self) -> Result<Manifest> {
        let place = self.folder.join(MANIFEST);
        let mut earlier = Manifest::read(&place)?;
        match fs::symlink_metadata(&self.stage) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(earlier),
            Err(error) => return Err(failed("read", &self.stage, error)),
            Ok(found) if found.is_dir() => {}
            // Writing through a symbolic link would change files elsewhere.
            Ok(_) => {
                return Err(Error::new("something that mmcdk did not make stands where it stages its changes")
                    .remedy("move it away")
                    .at(shown(&self.stage)));
            }
        }
        // A manifest that was not yet whole says nothing; its files were not renamed either.
        if let Ok(staged) = Manifest::read(&self.stage.join(MANIFEST)) {
            earlier.join(staged);
            let joined = self.stage.join("joined.json");
            write(&joined, &earlier.to_bytes())?;
            rename(&joined, &place)?;
        }
        remove_folder(&self.stage)?;
        Ok(earlier)
    }
}

impl StagedFolder {
    pub(super) fn relative(&self, name: &str) -> PathBuf {
        self.at.relative.join(name)
    }

    fn stage_all(&mut self, files: Vec<File>, earlier: &Manifest, fresh: bool) -> Result<()> {
        create_missing(&self.at.folder, &mut self.made)?;
        for name in earlier.files.keys().filter(|name| !self.manifest.files.contains_key(*name)) {
            if let Some(found) = read_if_there(&self.at.folder.join(name))? {
                let ours = earlier.knows(name, &found);
                if ours { &mut self.removed } else { &mut self.kept }.push(name.clone());
            }
        }
        if !fresh {
            self.stale = self.find_stale(&files);
        }
        for File { name, bytes } in files {
            let place = self.at.folder.join(&name);
            match if fresh { None } else { read_if_there(&place)? } {
                Some(found) if found == bytes => {
                    self.unchanged.push(name);
                    continue;
                }
                Some(found) if !earlier.files.contains_key(&name) && !is_marked(&found) => {
                    return Err(Error::new("a file that mmcdk did not write stands where it must write one")
                        .remedy("move it away, or choose another output folder")
                        .at(shown(&place)));
                }
                Some(found) if !earlier.knows(&name, &found) => self.overwritten.push(name.clone()),
                Some(_) => {}
                None => self.created.push(name.clone()),
            }
            self.begin()?;
            let stage = self.at.stage.join(&name);
            if let (true, Some(below), Some(parent)) = (name.contains('/'), stage.parent(), place.parent()) {
                create_folder(below)?;
                create_missing(parent, &mut self.made)?;
            }
            write(&stage, &bytes)?;
            self.staged.push(name);
        }
        if self.new_manifest && !self.manifest.is_empty() {
            self.begin()?;
            write(&self.at.stage.join(MANIFEST), &self.manifest.to_bytes())?;
        }
        Ok(())
    }

    /// Makes the folder for what is staged.
    fn begin(&mut self) -> Result<()> {
        if !self.begun {
            fs::create_dir(&self.at.stage).map_err(|error| failed("created", &self.at.stage, error))?;
            self.begun = true;
        }
        Ok(())
    }

    /// Generated files that this run does not write and no manifest lists, so that nothing says whether they may go.
    ///
    /// They are looked for where this run writes. Terraform reads such a file in the folder of a stack.
    fn find_stale(&self, files: &[File]) -> Vec<String> {
        let earlier: HashSet<&String> = self.removed.iter().chain(&self.kept).collect();
        let listed = |name: &String| self.manifest.files.contains_key(name) || earlier.contains(name);
        let folders: HashSet<&str> =
            files.iter().map(|file| file.name.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
        let mut stale: Vec<String> = folders
            .into_iter()
            .flat_map(|folder| {
                names_in(&self.at.folder.join(folder)).into_iter().map(move |name| match folder {
                    "" => name,
                    folder => format!("{folder}/{name}"),
                })
            })
            .filter(|name| !listed(name) && !name.ends_with(MANIFEST) && is_marked_file(&self.at.folder.join(name)))
            .collect();
        // What a program without a name wrote beside the stacks, it may have described elsewhere.
        if self.at.relative.as_os_str().is_empty() {
            let written: HashSet<&String> = files.iter().map(|file| &file.name).collect();
            stale.extend(self.manifest.unclaimed().filter(|name| !written.contains(name)).cloned());
        }
        stale.sort_unstable();
        stale
    }

    /// Takes back what was staged. Whatever cannot be removed is found by the next run.
    pub(super) fn abandon(&self) {
        if self.begun {
            let _ = fs::remove_dir_all(&self.at.stage);
        }
        remove_made(&self.made);
    }

    pub(super) fn put_in_place(&self) -> Result<()> {
        for name in &self.staged {
            rename(&self.at.stage.join(name), &self.at.folder.join(name))?;
        }
        self.removed.iter().try_for_each(|name| remove_file(&self.at.folder.join(name)))
    }

    pub(super) fn finish(&self) -> Result<()> {
        let place = self.at.folder.join(MANIFEST);
        match (self.new_manifest, self.manifest.is_empty()) {
            (true, false) => rename(&self.at.stage.join(MANIFEST), &place)?,
            (true, true) => remove_file(&place)?,
            (false, _) => {}
        }
        match self.begun {
            true => remove_folder(&self.at.stage),
            false => Ok(()),
        }
    }
}

/// The names of what is in a folder; nothing if it cannot be read.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
