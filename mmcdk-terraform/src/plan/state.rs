//! What a plan says of the state it was made against.

use std::fmt;

use mmcdk_core::Result;
use serde::Deserializer;
use serde_derive::Deserialize;

use super::change::ResourceMode;
use super::parse::or_default;
use super::text::JsonText;

/// A resource in the state, or a data source that was read.
///
/// Values may be secret, so `Debug` shows the address alone.
#[derive(Deserialize)]
#[non_exhaustive]
pub struct StateResource {
    /// The address: `module.a.aws_vpc.core[0]`.
    pub address: String,
    /// Whether it is a resource or a data source.
    #[serde(default)]
    pub mode: ResourceMode,
    /// The Terraform type: `aws_vpc`.
    #[serde(rename = "type", default)]
    pub terraform_type: String,
    /// The address of its provider.
    #[serde(default)]
    pub provider_name: String,
    /// The key of an object that an interrupted replacement has left behind; none for the current one.
    #[serde(rename = "deposed_key")]
    pub deposed: Option<String>,
    /// Its arguments and attributes.
    #[serde(default)]
    pub values: JsonText,
    /// `true` where a value is secret, in the shape of `values`.
    #[serde(default)]
    pub sensitive_values: JsonText,
}

impl fmt::Debug for StateResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateResource").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The resources of `prior_state`, of the root module and all modules below it.
pub(super) fn resources<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<StateResource>, D::Error> {
    #[derive(Default, Deserialize)]
    struct State {
        #[serde(default, deserialize_with = "or_default")]
        values: Values,
    }
    #[derive(Default, Deserialize)]
    struct Values {
        #[serde(default, deserialize_with = "or_default")]
        root_module: Module,
    }
    #[derive(Default, Deserialize)]
    struct Module {
        #[serde(default, deserialize_with = "or_default")]
        resources: Vec<StateResource>,
        #[serde(default, deserialize_with = "or_default")]
        child_modules: Vec<Module>,
    }
    fn flatten(module: Module, into: &mut Vec<StateResource>) {
        into.extend(module.resources);
        module.child_modules.into_iter().for_each(|module| flatten(module, into));
    }
    let state: State = or_default(from)?;
    let mut all = Vec::new();
    flatten(state.values.root_module, &mut all);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn read(state: Json) -> serde_json::Result<Vec<StateResource>> {
        resources(&mut serde_json::Deserializer::from_str(&state.to_string()))
    }

    #[test]
    fn modules_are_flattened() {
        let module =
            |address: &str, children: Json| json!({"resources": [{"address": address}], "child_modules": children});
        let nested = module("m.b", json!([module("m.n.c", Json::Null)]));
        let state = json!({"values": {"root_module": module("a", json!([nested]))}});
        let addresses: Vec<_> = read(state).unwrap().into_iter().map(|resource| resource.address).collect();
        assert_eq!(addresses, ["a", "m.b", "m.n.c"]);
        assert!(read(json!({"format_version": "1.0"})).unwrap().is_empty());
    }
}
