//! Where the state is: what the program says, and what `terraform init` has initialised.

use std::fmt;
use std::fs;
use std::path::Path;

use mmcdk_core::{Error, Result};
use serde_json::{Map, Value as Json};

/// The file in which `terraform init` keeps what it has initialised.
const INITIALISED: &str = "terraform init writes .terraform/terraform.tfstate; name that file";

/// Where a state is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateAddress {
    /// In a file.
    Local {
        /// Its path. Leading `./` and `../` are not part of it, since each stack reads from another folder.
        path: String,
    },
    /// In an object of S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key of the object.
        key: String,
    },
}

impl StateAddress {
    /// The file at that path.
    pub fn local(path: impl Into<String>) -> Self {
        let path = path.into();
        let mut rest = path.as_str();
        while let Some(shorter) = rest.strip_prefix("./").or_else(|| rest.strip_prefix("../")) {
            rest = shorter;
        }
        Self::Local { path: rest.to_owned() }
    }

    /// The object of S3 with that key.
    pub fn s3(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self::S3 { bucket: bucket.into(), key: key.into() }
    }

    /// Where a backend of that type, with those settings, keeps the state of a workspace; none for backends other than
    /// `s3` and `local`.
    pub fn of(backend: &str, config: &Map<String, Json>, workspace: Option<&str>) -> Option<Self> {
        let text = |name: &str| config.get(name).and_then(Json::as_str);
        let workspace = workspace.filter(|workspace| !matches!(*workspace, "" | "default"));
        match backend {
            "s3" => {
                let (bucket, key) = (text("bucket")?, text("key")?);
                Some(Self::s3(
                    bucket,
                    match workspace {
                        Some(workspace) => {
                            let prefix = text("workspace_key_prefix").filter(|prefix| !prefix.is_empty());
                            format!("{}/{workspace}/{key}", prefix.unwrap_or("env:"))
                        }
                        None => key.to_owned(),
                    },
                ))
            }
            "local" => {
                let path = text("path").unwrap_or("terraform.tfstate");
                Some(Self::local(match workspace {
                    Some(workspace) => {
                        format!("{}/{workspace}/{path}", text("workspace_dir").unwrap_or("terraform.tfstate.d"))
                    }
                    None => path.to_owned(),
                }))
            }
            _ => None,
        }
    }
}

impl From<mmcdk_core::StateLocation> for StateAddress {
    fn from(location: mmcdk_core::StateLocation) -> Self {
        Self::s3(location.bucket, location.key)
    }
}

impl fmt::Display for StateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { path } => f.write_str(path),
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

/// The backend that `terraform init` has initialised.
///
/// A plan as JSON does not tell against which state it was made; `.terraform/terraform.tfstate` does.
///
/// # Example
///
/// ```
/// use mmcdk_terraform::{BackendConfig, StateAddress};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let backend = BackendConfig::from_json(
///     br#"{"version": 3, "backend": {"type": "s3", "config": {"bucket": "state", "key": "dev/terraform.tfstate"}}}"#,
/// )?;
/// assert_eq!(backend.address(), Some(StateAddress::s3("state", "dev/terraform.tfstate")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BackendConfig {
    kind: String,
    config: Map<String, Json>,
    workspace: Option<String>,
}

impl fmt::Debug for BackendConfig {
    // A backend's settings may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendConfig").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl BackendConfig {
    /// The backend in those bytes.
    ///
    /// # Errors
    /// Where they are not what `terraform init` writes.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let wrong = |what: &str| Error::new(what.to_owned()).remedy(INITIALISED);
        let json: Json = serde_json::from_slice(bytes).map_err(|error| {
            wrong(&format!("the initialised backend is no JSON (line {}, column {})", error.line(), error.column()))
        })?;
        if json.get("version").and_then(Json::as_u64).is_some_and(|version| version > 3) {
            return Err(wrong("this is a state, not the initialised backend"));
        }
        let backend = json.get("backend").filter(|backend| backend.is_object());
        let backend = backend.ok_or_else(|| wrong("there is no backend in the file of the initialised backend"))?;
        match (backend.get("type"), backend.get("config")) {
            (Some(Json::String(kind)), config) => Ok(Self {
                kind: kind.clone(),
                config: config.and_then(Json::as_object).cloned().unwrap_or_default(),
                workspace: None,
            }),
            _ => Err(wrong("the initialised backend has no type")),
        }
    }

    /// The backend of a folder for which none is configured: files in it.
    pub fn local() -> Self {
        Self { kind: "local".into(), config: Map::new(), workspace: None }
    }

    /// The backend in the file at that path, `.terraform/terraform.tfstate`, with the workspace that the file
    /// `environment` beside it selects.
    ///
    /// # Errors
    /// Where the file cannot be read, and those of [`BackendConfig::from_json`]; the error names the file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let at = |error: Error| error.at(path.display().to_string());
        let bytes = fs::read(path).map_err(|error| {
            at(Error::new(format!("the initialised backend cannot be read: {error}")).remedy(INITIALISED))
        })?;
        let backend = Self::from_json(&bytes).map_err(at)?;
        match fs::read_to_string(path.with_file_name("environment")) {
            Ok(workspace) => Ok(backend.workspace(workspace.trim())),
            Err(_) => Ok(backend),
        }
    }

    /// The same backend with that workspace, instead of `default` or the selected one: what `TF_WORKSPACE` says.
    #[must_use]
    pub fn workspace(mut self, workspace: impl Into<String>) -> Self {
        self.workspace = Some(workspace.into());
        self
    }

    /// Its type: `s3`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Where it keeps the state; none for backends other than `s3` and `local`.
    pub fn address(&self) -> Option<StateAddress> {
        StateAddress::of(&self.kind, &self.config, self.workspace.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_counts_in_the_workspace() {
        let file = |config: &str| format!(r#"{{"version": 3, "backend": {{"type": "s3", "config": {config}}}}}"#);
        let read = |config: &str| BackendConfig::from_json(file(config).as_bytes()).unwrap();
        let plain = read(r#"{"bucket": "b", "key": "dev/k", "workspace_key_prefix": null}"#);
        for (backend, key) in [
            (plain.clone(), "dev/k"),
            (plain.clone().workspace("default"), "dev/k"),
            (plain.clone().workspace("prod"), "env:/prod/dev/k"),
            (plain.clone().workspace("prod").workspace("default"), "dev/k"),
            (read(r#"{"bucket": "b", "key": "k", "workspace_key_prefix": "w"}"#).workspace("prod"), "w/prod/k"),
        ] {
            assert_eq!(backend.address(), Some(StateAddress::s3("b", key)));
        }
        assert_eq!(read(r#"{"bucket": "b"}"#).address(), None);
        let local = BackendConfig::local();
        assert_eq!(local.address(), Some(StateAddress::local("terraform.tfstate")));
        let prod = local.workspace("prod").address();
        assert_eq!(prod, Some(StateAddress::local("terraform.tfstate.d/prod/terraform.tfstate")));
    }

    #[test]
    fn a_local_path_is_the_same_from_every_folder() {
        for path in
            ["dev/network/terraform.tfstate", "../../dev/network/terraform.tfstate", "./dev/network/terraform.tfstate"]
        {
            assert_eq!(StateAddress::local(path).to_string(), "dev/network/terraform.tfstate");
        }
    }

    #[test]
    fn other_files_are_refused() {
        for (bytes, problem) in [
            ("", "no JSON"),
            ("{}", "no backend"),
            (r#"{"version": 4, "serial": 1}"#, "a state"),
            (r#"{"version": 3, "backend": null}"#, "no backend"),
            (r#"{"version": 3, "backend": {"config": {}}}"#, "no type"),
        ] {
            let error = BackendConfig::from_json(bytes.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(problem), "{bytes}: {error}");
        }
        let error = BackendConfig::read("no/such/file").unwrap_err();
        assert!(error.to_string().starts_with("no/such/file: "), "{error}");
    }

    #[test]
    fn the_workspace_stands_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terraform.tfstate");
        fs::write(&path, r#"{"version": 3, "backend": {"type": "s3", "config": {"bucket": "b", "key": "k"}}}"#)
            .unwrap();
        assert_eq!(BackendConfig::read(&path).unwrap().address(), Some(StateAddress::s3("b", "k")));
        fs::write(folder.path().join("environment"), "prod\n").unwrap();
        assert_eq!(BackendConfig::read(&path).unwrap().address(), Some(StateAddress::s3("b", "env:/prod/k")));
    }
}
