//! A list of what was generated, by which an edit by hand is told where there is no schema to generate from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version of the schema, and a digest for each generated file.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Digests {
    schema: String,
    files: BTreeMap<String, String>,
}

impl Digests {
    /// The list's own file, beside the generated types.
    pub(crate) const FILE: &str = "digests.json";

    /// The digests of these files, whose paths are relative to the repository.
    pub(crate) fn of(schema: &str, files: &BTreeMap<PathBuf, String>) -> Self {
        let files = files.iter().map(|(path, text)| (slashed(path), digest(text.as_bytes())));
        Self { schema: schema.to_owned(), files: files.collect() }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("{}: {error}; run `cargo xtask codegen`", Self::FILE))
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The files that are not as they were generated, or not there.
    pub(crate) fn mismatches(&self, root: &Path) -> Vec<PathBuf> {
        let differs = |path: &str, expected: &str| match std::fs::read(root.join(path)) {
            Ok(bytes) => digest(&bytes) != expected,
            Err(_) => true,
        };
        let files = self.files.iter().filter(|(path, expected)| differs(path, expected));
        files.map(|(path, _)| path.into()).collect()
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }
}

/// The same on every system.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// 64-bit FNV-1a: stable and short. It guards against slips, not against malice.
fn digest(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_fnv_1a() {
        assert_eq!(digest(b""), "cbf29ce484222325");
        assert_eq!(digest(b"a"), "af63dc4c8601ec8c");
        assert_eq!(digest(b"foobar"), "85944171f73967e8");
    }

    #[test]
    fn an_edited_and_a_missing_file_are_told() {
        let root = tempfile::tempdir().unwrap();
        let files = ["same", "edited", "missing"].map(|name| (PathBuf::from(name), "text".to_owned()));
        let digests = Digests::of("1.2.3", &files.into());
        let digests = Digests::parse(&digests.to_text()).unwrap();
        std::fs::write(root.path().join("same"), "text").unwrap();
        std::fs::write(root.path().join("edited"), "text, edited").unwrap();
        assert_eq!(digests.mismatches(root.path()), [PathBuf::from("edited"), PathBuf::from("missing")]);
    }
}
