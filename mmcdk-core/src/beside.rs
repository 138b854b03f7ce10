//! Paths of files beside the stacks.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// How long a name in a path can be on common file systems, in bytes.
const LONGEST: usize = 255;

/// Names that Windows keeps for devices, with any extension.
/// <https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file#naming-conventions>
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The same, followed by a digit.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// How the names of our own files and folders begin: the manifest, the stage, the lock.
const OWN: &str = ".mmcdk";

/// Whether the path leads to a place below the folder that it is relative to, on every system.
pub(crate) fn is_below(path: &str) -> bool {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    path.split('/').all(plain)
}

/// Checks that a path below the output folder can be written on every system, and that it is not one of our own.
pub(crate) fn check_path(path: &str) -> Result<()> {
    let reject = |problem: String, remedy: &str| Err(Error::new(problem).remedy(remedy).at(path));
    if !is_below(path) {
        return reject(
            "it is not a plain path below the output folder".into(),
            "write it as .github/workflows/terraform.yaml",
        );
    }
    for part in path.split('/') {
        if starts_with_ignoring_case(part, OWN) {
            return reject(format!("names that begin with {OWN} are mmcdk's own"), "choose another name");
        }
        if part.len() > LONGEST {
            return reject(format!("a name in it has {} bytes", part.len()), "write at most 255 bytes between slashes");
        }
        if let Some(letter) = part.chars().find(|letter| letter.is_control() || "<>\"|?*".contains(*letter)) {
            return reject(format!("Windows does not allow {letter:?} in a name"), "leave the character out");
        }
        if part.ends_with(['.', ' ']) {
            return reject(
                format!("Windows drops the last character of {part:?}"),
                "end the name with something other than a dot or a space",
            );
        }
        if is_device(part) {
            return reject(format!("{part:?} is the name of a device on Windows"), "choose another name");
        }
    }
    Ok(())
}

/// Checks that a further file does not stand where another one does. Names that differ in case alone are one name on
/// macOS and Windows.
pub(crate) fn check_free(path: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let lower = path.to_lowercase();
    for known in files.keys() {
        let other = known.to_lowercase();
        let problem = if known == path {
            "there is already a file at that path".to_owned()
        } else if other == lower {
            format!("it differs from {known} in case alone, so that it is the same file on macOS and Windows")
        } else if is_in(&other, &lower) {
            format!("it would be both a file and the folder of {known}")
        } else if is_in(&lower, &other) {
            format!("{known} would be both a file and its folder")
        } else {
            continue;
        };
        return Err(Error::new(problem).remedy("choose another path for one of them").at(path));
    }
    Ok(())
}

/// Whether the path leads into that folder, or to it, on a file system that ignores case.
pub(crate) fn leads_into(path: &str, folder: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case(folder))
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether Windows takes the name for a device.
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |device: &&str| {
        stem.strip_prefix(*device).is_some_and(|digit| {
            let mut letters = digit.chars();
            matches!((letters.next(), letters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.iter().any(numbered)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
