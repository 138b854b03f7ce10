//! Reads the input files that a program names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mmcdk_core::{Error, Result};

/// The text of a file, or of the `*.tf.json` files of a folder, one after the other.
pub(super) fn read(path: &str) -> Result<String> {
    try_read(Path::new(path)).map_err(|error| {
        Error::new(format!("the input cannot be read: {error}"))
            .remedy("paths of inputs are relative to the folder that the program runs in")
            .at(path)
    })
}

fn try_read(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return fs::read_to_string(path);
    }
    let entries: Vec<PathBuf> =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    let is_terraform =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".tf.json"));
    let mut files: Vec<PathBuf> = entries.into_iter().filter(is_terraform).collect();
    files.sort();
    match files.is_empty() {
        true => Err(io::Error::new(io::ErrorKind::NotFound, "the folder has no *.tf.json files")),
        false => files.iter().map(fs::read_to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_text_and_a_folder_those_of_its_terraform_files() {
        let folder = std::env::temp_dir().join(format!("mmcdk-inputs-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        for (name, text) in [("b.tf.json", "2\n"), ("a.tf.json", "1\n"), ("notes.txt", "3\n")] {
            fs::write(path(name), text).unwrap();
        }
        fs::create_dir(path("empty")).unwrap();
        assert_eq!(read(&path("")).unwrap(), "1\n2\n");
        assert_eq!(read(&path("notes.txt")).unwrap(), "3\n");
        for (missing, expected) in [("none", "cannot be read"), ("empty", "no *.tf.json files")] {
            let error = read(&path(missing)).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains(missing), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
