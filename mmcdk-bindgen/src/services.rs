//! Which module each type goes to.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;

/// The modules of a provider with many types, and the module of each type.
#[derive(Debug, Deserialize)]
pub struct Services {
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) resources: BTreeMap<String, String>,
    pub(crate) data_sources: BTreeMap<String, String>,
}

/// A module's name for readers.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
}

impl Services {
    /// Reads `{"services": {module: {"name": …}}, "resources": {type: module}, "data_sources": {type: module}}`.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON of that form.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::new(format!("the list of services cannot be read: {error}")))
    }
}
