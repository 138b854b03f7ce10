//! Finding and reading the provider's schema, which is not in the repository.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Codegen;
use crate::files;

/// What is generated from.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) schema: String,
    pub(crate) services: String,
    /// The provider's version, from the name of the file: `6.47.0`.
    pub(crate) version: String,
}

impl Inputs {
    /// Reads the files of the command line, or those that are found; `None` where there are none.
    pub(crate) fn find(root: &Path, options: &Codegen) -> Result<Option<Self>, String> {
        let given = options.schema.clone().or_else(|| std::env::var_os("MMCDK_SCHEMA").map(PathBuf::from));
        let Some(path) = given.or_else(|| newest(root)) else { return Ok(None) };
        let beside = || path.with_file_name("aws-services.json");
        let services = files::read(&options.services.clone().unwrap_or_else(beside))?;
        let version = version(&path).ok_or_else(|| {
            format!("{}: a schema's file name says its version: aws-VERSION.schema.json[.xz]", path.display())
        })?;
        Ok(Some(Self { schema: unpack(&path)?, services, version: dotted(version) }))
    }

    /// The versions that are asked for: later ones of the same major version only add to the schema.
    pub(crate) fn constraint(&self) -> String {
        let parts: Vec<&str> = self.version.split('.').take(2).collect();
        format!("~> {}", parts.join("."))
    }
}

/// The directory of the workspace: this package stands one level below.
pub(crate) fn repository() -> Result<PathBuf, String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(Path::to_owned).ok_or_else(|| "the repository's root was not found".to_owned())
}

/// The schema of the highest version in the two places where one may lie.
fn newest(root: &Path) -> Option<PathBuf> {
    let places = [root.join("schema"), root.join("../shared/schema")];
    let entries = places.iter().filter_map(|place| fs::read_dir(place).ok()).flatten().flatten();
    let versions = entries.filter_map(|entry| Some((version(&entry.path())?, entry.path())));
    versions.max().map(|(_, path)| path)
}

/// The version in the name of a schema's file.
fn version(path: &Path) -> Option<Vec<u64>> {
    let name = path.file_name()?.to_str()?.strip_prefix("aws-")?;
    let version = name.strip_suffix(".xz").unwrap_or(name).strip_suffix(".schema.json")?;
    version.split('.').map(|part| part.parse().ok()).collect()
}

fn dotted(version: Vec<u64>) -> String {
    let parts: Vec<String> = version.iter().map(u64::to_string).collect();
    parts.join(".")
}

/// The text of a file, which may be compressed.
fn unpack(path: &Path) -> Result<String, String> {
    if path.extension().is_none_or(|extension| extension != "xz") {
        return files::read(path);
    }
    let packed = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    lzma_rs::xz_decompress(&mut packed.as_slice(), &mut bytes)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_is_found() {
        // A folder within the folder, since what stands beside the root is looked at too.
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let schemas = root.join("schema");
        fs::create_dir_all(&schemas).unwrap();
        for name in
            ["aws-6.9.0.schema.json", "aws-6.10.0.schema.json.xz", "aws-services.json", "other-7.0.0.schema.json"]
        {
            fs::write(schemas.join(name), "").unwrap();
        }
        assert_eq!(newest(&root), Some(schemas.join("aws-6.10.0.schema.json.xz")));
    }

    #[test]
    fn a_version_is_asked_for_by_its_first_two_numbers() {
        let inputs = Inputs { schema: String::new(), services: String::new(), version: "6.47.0".to_owned() };
        assert_eq!(inputs.constraint(), "~> 6.47");
    }
}
