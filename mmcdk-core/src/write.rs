//! Writing a synthesis to a folder: the only I/O of this crate.
//!
//! Each folder, of a stack or of files beside the stacks, has a manifest, `.mmcdk.json`, of the files that are ours. A run
//! stages what changes beside its place, renames it, and puts the new manifests in place last. What fails before the first
//! rename leaves everything as it was; what is killed later leaves the staged manifest, by which the next run knows what
//! is ours and mends it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::files::{File, MARK};
use crate::parallel;
use crate::synthesis::{Synthesis, SynthesizedStack};

const MANIFEST: &str = ".mmcdk.json";
const STAGE: &str = ".mmcdk-stage";

/// What [`Synthesis::write_to`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there, below the output folder.
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
    /// Folders of stacks that an earlier run wrote and this app does not have. They are not touched: destroy what they
    /// describe before you delete them.
    pub gone: Vec<PathBuf>,
}

impl Synthesis {
    /// Writes every stack to its folder below `out`: `<out>/<environment>/<stack>/*.tf.json`.
    ///
    /// Files that are as they should be are not touched. Only files of an earlier run are removed, and only if nobody
    /// edited them; state, lock files, `.terraform/` and everything else that is not ours stays. Other apps may write
    /// other stacks to the same folder.
    ///
    /// # Errors
    /// Where the folder cannot be written, or a file that is not ours stands where one must go. Nothing is changed then,
    /// unless a rename itself fails, which the next run mends.
    pub fn write_to(&self, out: impl AsRef<Path>) -> Result<Written> {
        let out = out.as_ref();
        if fs::metadata(out).is_ok_and(|found| !found.is_dir()) {
            return Err(Error::new("the output folder is a file").remedy("choose another folder").at(shown(out)));
        }
        let folders: Vec<Folder<'_>> = self.folders().collect();
        let staged = parallel::map(&folders, |folder| FolderWriter::new(out, folder.path()).stage(folder.files()));

        let (staged, errors) = split(staged);
        if !errors.is_empty() {
            staged.iter().for_each(StagedFolder::abandon);
            Error::gather(errors)?;
        }
        let (_, errors) = split(parallel::map(&staged, StagedFolder::put_in_place));
        Error::gather(errors)?;
        let (_, errors) = split(parallel::map(&staged, StagedFolder::finish));
        Error::gather(errors)?;

        let mut written = Written { gone: self.gone(out), ..Written::default() };
        staged.into_iter().for_each(|stack| written.add(stack));
        Ok(written)
    }

    /// Renders everything without writing it: each folder, mostly those of stacks, with its files.
    pub fn render(&self) -> Vec<(&str, Vec<File>)> {
        let folders: Vec<Folder<'_>> = self.folders().collect();
        parallel::map(&folders, |folder| (folder.path(), folder.files()))
    }

    /// The folders of stacks, and those of the files beside them.
    fn folders(&self) -> impl Iterator<Item = Folder<'_>> {
        let mut beside: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::new();
        for (path, bytes) in &self.state.files {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            beside.entry(folder).or_default().push((name, bytes));
        }
        let beside = beside.into_iter().map(|(path, files)| Folder::Beside(path, files));
        self.stacks().map(Folder::Stack).chain(beside)
    }

    /// Folders with a manifest beside the stacks of this app.
    fn gone(&self, out: &Path) -> Vec<PathBuf> {
        let parents: BTreeSet<&str> = self.stacks().map(|stack| stack.environment().unwrap_or_default()).collect();
        let ours: HashSet<PathBuf> = self.folders().map(|folder| folder.path().into()).collect();
        let mut gone = Vec::new();
        for parent in parents {
            let Ok(entries) = fs::read_dir(out.join(parent)) else { continue };
            for entry in entries.flatten() {
                let path = Path::new(parent).join(entry.file_name());
                if !ours.contains(&path) && entry.path().join(MANIFEST).is_file() {
                    gone.push(path);
                }
            }
        }
        gone.sort();
        gone
    }
}

/// A folder with a manifest of its own.
enum Folder<'a> {
    Stack(SynthesizedStack<'a>),
    /// Files beside the stacks.
    Beside(&'a str, Vec<(&'a str, &'a [u8])>),
}

impl<'a> Folder<'a> {
    fn path(&self) -> &'a str {
        match self {
            Self::Stack(stack) => stack.path(),
            Self::Beside(path, _) => path,
        }
    }

    fn files(&self) -> Vec<File> {
        match self {
            Self::Stack(stack) => stack.files(),
            Self::Beside(_, files) => {
                files.iter().map(|(name, bytes)| File { name: (*name).into(), bytes: bytes.to_vec() }).collect()
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

/// The files that are ours: their names and the digests that they had when we wrote them.
#[derive(Debug, Default, PartialEq)]
struct Manifest(BTreeMap<String, Vec<String>>);

impl Manifest {
    /// The manifest at a path; an empty one where there is none.
    fn read(path: &Path) -> Result<Self> {
        let Some(bytes) = read_if_there(path)? else { return Ok(Self::default()) };
        let wrong = |why: &dyn fmt::Display| {
            Error::new(format!("the manifest of an earlier run cannot be read: {why}"))
                .remedy("restore it, or delete it together with the generated files beside it")
                .at(shown(path))
        };
        let mut json: Json = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
        let files = json.get_mut("files").and_then(Json::as_object_mut).ok_or_else(|| wrong(&"it lists no files"))?;
        let digests = |json: Json| match json {
            Json::String(digest) => vec![digest],
            Json::Array(digests) => digests.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        // A name with a folder in it is none that we wrote, and following it could remove what is not ours.
        let plain = |name: &String| Path::new(name).file_name().is_some_and(|file| file == name.as_str());
        let files = std::mem::take(files).into_iter().filter(|(name, _)| plain(name));
        Ok(Self(files.map(|(name, json)| (name, digests(json))).collect()))
    }

    fn of(files: &[File]) -> Self {
        Self(files.iter().map(|file| (file.name.clone(), vec![digest(&file.bytes)])).collect())
    }

    fn join(&mut self, other: Self) {
        for (name, digests) in other.0 {
            let known = self.0.entry(name).or_default();
            for digest in digests {
                if !known.contains(&digest) {
                    known.push(digest);
                }
            }
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let digests = |digests: &Vec<String>| match digests.as_slice() {
            [digest] => json!(digest),
            digests => json!(digests),
        };
        let files: serde_json::Map<_, _> = self.0.iter().map(|(name, all)| (name.clone(), digests(all))).collect();
        let mut bytes = serde_json::to_vec_pretty(&json!({"//": MARK, "files": files})).expect("it is JSON already");
        bytes.push(b'\n');
        bytes
    }

    /// Whether a file of that content is as we wrote it.
    fn knows(&self, name: &str, bytes: &[u8]) -> bool {
        self.0.get(name).is_some_and(|digests| digests.contains(&digest(bytes)))
    }
}

/// The hash of Firefox and rustc (Fx), eight bytes at a time, over length and content: enough to see that somebody edited
/// a file.
fn digest(bytes: &[u8]) -> String {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    format!("{:016x}", words.fold(bytes.len() as u64, mix))
}

/// A folder to be written.
struct FolderWriter {
    /// Below the output folder.
    relative: PathBuf,
    folder: PathBuf,
    stage: PathBuf,
}

/// A folder whose changes are staged.
struct StagedFolder {
    at: FolderWriter,
    staged: Vec<String>,
    created: Vec<String>,
    unchanged: Vec<String>,
    overwritten: Vec<String>,
    removed: Vec<String>,
    kept: Vec<String>,
    new_manifest: bool,
}

impl FolderWriter {
    fn new(out: &Path, stack: &str) -> Self {
        let folder = out.join(stack);
        Self { relative: stack.into(), stage: folder.join(STAGE), folder }
    }

    fn stage(self, files: Vec<File>) -> Result<StagedFolder> {
        let fresh = !self.folder.exists();
        let earlier = if fresh { Manifest::default() } else { self.mend()? };
        let manifest = Manifest::of(&files);
        let mut stack = StagedFolder {
            staged: Vec::new(),
            created: Vec::new(),
            unchanged: Vec::new(),
            overwritten: Vec::new(),
            removed: Vec::new(),
            kept: Vec::new(),
            new_manifest: manifest != earlier,
            at: self,
        };
        let result = stack.stage_all(files, &manifest, &earlier, fresh);
        if result.is_err() {
            stack.abandon();
        }
        result.map(|()| stack)
    }

    /// The manifest of earlier runs. What a killed run staged is joined to it and cleaned away.
    fn mend(&self) -> Result<Manifest> {
        let place = self.folder.join(MANIFEST);
        let mut earlier = Manifest::read(&place)?;
        if self.stage.exists() {
            // A manifest that was not yet whole says nothing; its files were not renamed either.
            if let Ok(staged) = Manifest::read(&self.stage.join(MANIFEST)) {
                earlier.join(staged);
                let joined = self.stage.join("joined.json");
                write(&joined, &earlier.to_bytes())?;
                rename(&joined, &place)?;
            }
            fs::remove_dir_all(&self.stage).map_err(|error| failed("removed", &self.stage, error))?;
        }
        Ok(earlier)
    }
}

impl StagedFolder {
    fn stage_all(&mut self, files: Vec<File>, manifest: &Manifest, earlier: &Manifest, fresh: bool) -> Result<()> {
        if fresh {
            create_folder(&self.at.folder)?;
        }
        for name in earlier.0.keys().filter(|name| !manifest.0.contains_key(*name)) {
            if let Some(found) = read_if_there(&self.at.folder.join(name))? {
                let ours = earlier.knows(name, &found);
                if ours { &mut self.removed } else { &mut self.kept }.push(name.clone());
            }
        }
        for File { name, bytes } in files {
            let place = self.at.folder.join(&name);
            match if fresh { None } else { read_if_there(&place)? } {
                Some(found) if found == bytes => {
                    self.unchanged.push(name);
                    continue;
                }
                Some(found) if !earlier.0.contains_key(&name) && !is_marked(&found) => {
                    return Err(Error::new("a file that mmcdk did not write stands where it must write one")
                        .remedy("move it away, or choose another output folder")
                        .at(shown(&place)));
                }
                Some(found) if !earlier.knows(&name, &found) => self.overwritten.push(name.clone()),
                Some(_) => {}
                None => self.created.push(name.clone()),
            }
            self.begin()?;
            write(&self.at.stage.join(&name), &bytes)?;
            self.staged.push(name);
        }
        if self.new_manifest {
            self.begin()?;
            write(&self.at.stage.join(MANIFEST), &manifest.to_bytes())?;
        }
        Ok(())
    }

    /// Makes the folder for what is staged.
    fn begin(&self) -> Result<()> {
        match fs::create_dir(&self.at.stage) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed("created", &self.at.stage, error)),
            _ => Ok(()),
        }
    }

    /// Takes back what was staged. Whatever cannot be removed is found by the next run.
    fn abandon(&self) {
        let _ = fs::remove_dir_all(&self.at.stage);
        // Folders that hold nothing are ours or do not matter; others are left as they are.
        let mut folder = Some(self.at.folder.as_path());
        for _ in self.at.relative.components() {
            if folder.is_none_or(|folder| fs::remove_dir(folder).is_err()) {
                break;
            }
            folder = folder.and_then(Path::parent);
        }
    }

    fn put_in_place(&self) -> Result<()> {
        for name in &self.staged {
            rename(&self.at.stage.join(name), &self.at.folder.join(name))?;
        }
        for name in &self.removed {
            let place = self.at.folder.join(name);
            fs::remove_file(&place).map_err(|error| failed("removed", &place, error))?;
        }
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        if self.new_manifest {
            rename(&self.at.stage.join(MANIFEST), &self.at.folder.join(MANIFEST))?;
        }
        if self.new_manifest || !self.staged.is_empty() {
            fs::remove_dir(&self.at.stage).map_err(|error| failed("removed", &self.at.stage, error))?;
        }
        Ok(())
    }
}

impl Written {
    fn add(&mut self, stack: StagedFolder) {
        let StagedFolder { at, staged, created, unchanged, overwritten, removed, kept, new_manifest: _ } = stack;
        let below = |names: Vec<String>| names.into_iter().map(|name| at.relative.join(name)).collect::<Vec<_>>();
        self.updated.extend(below(staged.into_iter().filter(|name| !created.contains(name)).collect()));
        self.created.extend(below(created));
        self.unchanged.extend(below(unchanged));
        self.overwritten.extend(below(overwritten));
        self.removed.extend(below(removed));
        self.kept.extend(below(kept));
    }
}

/// Whether a file says of itself that it was generated.
fn is_marked(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(200)];
    start.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| failed("created", path, error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| failed("written", path, error))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| failed("replaced", to, error))
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(format!("it cannot be {what}: {error}"))
        .remedy("see to the folder's permissions and space, then run again")
        .caused_by(error)
        .at(shown(path))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
