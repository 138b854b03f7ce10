//! The manifest of a folder: which of its files are ours, and who wrote them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::conflict;
use super::disk::{read_if_there, shown};
use crate::beside;
use crate::error::{Error, Result};
use crate::files::{File, MARK};

pub(super) const MANIFEST: &str = ".mmcdk.json";

/// The files of a folder that are ours: their names and the digests that they had when we wrote them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Manifest {
    /// The program that last changed the folder of a stack, if it has a name.
    pub(super) program: Option<String>,
    pub(super) files: BTreeMap<String, Vec<String>>,
    /// Which program wrote which of the files beside the stacks.
    pub(super) programs: BTreeMap<String, BTreeSet<String>>,
}

impl Manifest {
    /// The manifest at a path; an empty one if there is none.
    ///
    /// A manifest in a merge conflict is read as both sides together, since either side's files can be in the folder.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let Some(bytes) = read_if_there(path)? else { return Ok(Self::default()) };
        let wrong = |why: &dyn fmt::Display| {
            Error::new(format!("the manifest of an earlier run cannot be read: {why}"))
                .remedy("restore it, or delete it together with the generated files beside it")
                .at(shown(path))
        };
        let mut all = Self::default();
        for side in conflict::sides(&bytes) {
            let json = serde_json::from_slice(&side).map_err(|error| wrong(&error))?;
            all.join(Self::from_json(json).ok_or_else(|| wrong(&"it lists no files"))?);
        }
        Ok(all)
    }

    /// The manifest of the folder of a stack, after a run that writes these files.
    ///
    /// The program that made the last change stays named, so that several programs can describe one stack without changing
    /// its manifest in turn.
    pub(super) fn of_stack(earlier: &Self, files: &[File], program: Option<&str>) -> Self {
        let files = digests(files);
        let (ours, theirs) = (program.map(str::to_owned), earlier.program.clone());
        let program = if files == earlier.files { theirs.or(ours) } else { ours.or(theirs) };
        Self { program, files, programs: BTreeMap::new() }
    }

    /// The manifest of the files beside the stacks, after a run that writes these.
    ///
    /// Files of other programs stay listed. A file that nobody claims stays listed too, as long as it is there: the run
    /// of a program without a name wrote it.
    pub(super) fn beside(earlier: &Self, files: &[File], program: Option<&str>, there: impl Fn(&str) -> bool) -> Self {
        let mut manifest = Self { files: digests(files), ..Self::default() };
        for (owner, claims) in earlier.programs.iter().filter(|(owner, _)| Some(owner.as_str()) != program) {
            manifest.programs.insert(owner.clone(), claims.clone());
        }
        for (name, known) in &earlier.files {
            let others = manifest.programs.values().any(|claims| claims.contains(name));
            let nobodys = || !earlier.programs.values().any(|claims| claims.contains(name)) && there(name);
            if others || nobodys() {
                manifest.files.entry(name.clone()).or_insert_with(|| known.clone());
            }
        }
        if let Some(program) = program.filter(|_| !files.is_empty()) {
            manifest.programs.insert(program.to_owned(), files.iter().map(|file| file.name.clone()).collect());
        }
        manifest
    }

    /// The files that no program claims.
    pub(super) fn unclaimed(&self) -> impl Iterator<Item = &String> {
        self.files.keys().filter(|name| !self.programs.values().any(|claims| claims.contains(*name)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.programs.is_empty()
    }

    /// Adds what another manifest of the folder lists.
    pub(super) fn join(&mut self, other: Self) {
        let Self { program, files, programs } = other;
        self.program = self.program.take().or(program);
        for (name, digests) in files {
            let known = self.files.entry(name).or_default();
            for digest in digests {
                if !known.contains(&digest) {
                    known.push(digest);
                }
            }
        }
        for (program, claims) in programs {
            self.programs.entry(program).or_default().extend(claims);
        }
    }

    /// Whether a file of that content is as we wrote it.
    pub(super) fn knows(&self, name: &str, bytes: &[u8]) -> bool {
        self.files.get(name).is_some_and(|digests| digests.contains(&digest(bytes)))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { program, files, programs } = self;
        let digests = |digests: &Vec<String>| match digests.as_slice() {
            [digest] => json!(digest),
            digests => json!(digests),
        };
        let files: Map<_, _> = files.iter().map(|(name, all)| (name.clone(), digests(all))).collect();
        let mut json = json!({"//": MARK, "files": files});
        if let Some(program) = program {
            json["program"] = json!(program);
        }
        if !programs.is_empty() {
            json["programs"] = json!(programs);
        }
        // The order of keys must not depend on how serde_json was built.
        json.sort_all_objects();
        let mut bytes = serde_json::to_vec_pretty(&json).expect("it is JSON already");
        bytes.push(b'\n');
        bytes
    }

    fn from_json(mut json: Json) -> Option<Self> {
        let files = std::mem::take(json.get_mut("files")?.as_object_mut()?);
        let digests = |json: Json| match json {
            Json::String(digest) => vec![digest],
            Json::Array(digests) => digests.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        // We never wrote a name that leaves the folder, and following it could remove what is not ours.
        let files = files.into_iter().filter(|(name, _)| beside::is_below(name));
        let claims = |claims: &Json| {
            claims.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let programs = json["programs"].as_object().into_iter().flatten();
        Some(Self {
            program: json["program"].as_str().map(str::to_owned),
            files: files.map(|(name, json)| (name, digests(json))).collect(),
            programs: programs.map(|(program, json)| (program.clone(), claims(json))).collect(),
        })
    }
}

fn digests(files: &[File]) -> BTreeMap<String, Vec<String>> {
    files.iter().map(|file| (file.name.clone(), vec![digest(&file.bytes)])).collect()
}

/// The hash of Firefox and rustc (Fx), eight bytes at a time, over length and content: enough to see that somebody edited
/// a file. A line end counts the same in the form of Windows, which git can write when it checks a file out.
fn digest(bytes: &[u8]) -> String {
    let unix: Vec<u8>;
    let bytes = match bytes.contains(&b'\r') {
        false => bytes,
        true => {
            unix = without_carriage_returns(bytes);
            &unix
        }
    };
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    format!("{:016x}", words.fold(bytes.len() as u64, mix))
}

/// The bytes with every `\r\n` as `\n`.
fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let followed = |index: usize| bytes.get(index + 1) == Some(&b'\n');
    let kept = bytes.iter().enumerate().filter(|(index, byte)| **byte != b'\r' || !followed(*index));
    kept.map(|(_, byte)| *byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_windows_have_the_same_digest() {
        assert_eq!(digest(b"a\r\nb\r\n"), digest(b"a\nb\n"));
        assert_ne!(digest(b"a\rb\n"), digest(b"ab\n"));
        assert_ne!(digest(b"a\n\nb"), digest(b"a\nb"));
    }

    #[test]
    fn a_manifest_is_read_back_as_it_was() {
        let files =
            [File { name: "a".into(), bytes: b"x".to_vec() }, File { name: "b/c".into(), bytes: b"y".to_vec() }];
        for manifest in [
            Manifest::of_stack(&Manifest::default(), &files, None),
            Manifest::of_stack(&Manifest::default(), &files, Some("dev")),
            Manifest::beside(&Manifest::default(), &files, Some("dev"), |_| true),
        ] {
            let json = serde_json::from_slice(&manifest.to_bytes()).unwrap();
            assert_eq!(Manifest::from_json(json).unwrap(), manifest);
        }
    }
}
