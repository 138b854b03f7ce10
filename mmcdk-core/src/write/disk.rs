//! The calls to the file system, with errors that say what cannot be done.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::MARK;

pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

pub(super) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| failed("created", path, error))
}

/// Creates a folder and those that it is in, and notes in `made` which of them were not there, outermost first.
pub(super) fn create_missing(folder: &Path, made: &mut Vec<PathBuf>) -> Result<()> {
    let missing = folder.ancestors().take_while(|folder| fs::symlink_metadata(folder).is_err());
    let missing: Vec<PathBuf> = missing.filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned).collect();
    made.extend(missing.into_iter().rev());
    create_folder(folder)
}

/// Removes the folders that a run made, so far as they are empty.
pub(super) fn remove_made(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| failed("written", path, error))
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| failed("replaced", to, error))
}

pub(super) fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| failed("removed", path, error))
}

pub(super) fn remove_folder(path: &Path) -> Result<()> {
    fs::remove_dir_all(path).map_err(|error| failed("removed", path, error))
}

/// How far from the start of a file its mark can be.
const REACH: usize = 200;

/// Whether a file says of itself that it was generated.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(REACH)];
    start.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}

/// Whether the file at that path says of itself that it was generated. What cannot be read does not say so.
pub(super) fn is_marked_file(path: &Path) -> bool {
    let mut start = Vec::with_capacity(REACH);
    // Opening a pipe would wait for its other end.
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    is_file
        && fs::File::open(path).and_then(|file| file.take(REACH as u64).read_to_end(&mut start)).is_ok()
        && is_marked(&start)
}

pub(super) fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(format!("it cannot be {what}: {error}"))
        .remedy("check the folder's permissions and free space, then run again")
        .caused_by(error)
        .at(shown(path))
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
