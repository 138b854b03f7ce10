//! What a plan says of the state it was made against, and of the configured providers.

use std::collections::BTreeMap;
use std::fmt;

use mmcdk_core::Result;
use serde::Deserializer;
use serde_derive::Deserialize;
use serde_json::{Map, Value as Json};

use super::change::ResourceMode;
use super::parse::or_default;

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
    pub values: Json,
    /// `true` where a value is secret, in the shape of `values`.
    #[serde(default)]
    pub sensitive_values: Json,
}

impl fmt::Debug for StateResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateResource").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A configured provider, as far as its configuration is constant.
///
/// Values may be secret, so `Debug` shows the provider alone.
#[non_exhaustive]
pub struct ProviderConfig {
    /// The address of the provider: `registry.terraform.io/hashicorp/aws`.
    pub full_name: String,
    /// The alias; none for the default configuration.
    pub alias: Option<String>,
    /// The arguments whose values are written out, and nested blocks with those of theirs.
    pub constants: Map<String, Json>,
}

impl fmt::Debug for ProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig").field("full_name", &self.full_name).finish_non_exhaustive()
    }
}

impl ProviderConfig {
    /// Whether it is the AWS provider.
    pub fn is_aws(&self) -> bool {
        self.full_name.ends_with("/aws")
    }

    /// Its region, where it is written out.
    pub fn region(&self) -> Option<&str> {
        self.constants.get("region")?.as_str()
    }

    /// The accounts it may work in, where they are written out.
    pub fn allowed_account_ids(&self) -> impl Iterator<Item = &str> {
        self.constants
            .get("allowed_account_ids")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
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

/// The providers of `configuration`.
pub(super) fn providers<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, ProviderConfig>, D::Error> {
    #[derive(Default, Deserialize)]
    struct Configuration {
        #[serde(default, deserialize_with = "or_default")]
        provider_config: BTreeMap<String, Provider>,
    }
    #[derive(Deserialize)]
    struct Provider {
        #[serde(default)]
        full_name: String,
        alias: Option<String>,
        #[serde(default, deserialize_with = "or_default")]
        expressions: Map<String, Json>,
    }
    let configuration: Configuration = or_default(from)?;
    let providers = configuration.provider_config.into_iter().map(|(key, provider)| {
        let Provider { full_name, alias, expressions } = provider;
        let constants =
            expressions.into_iter().filter_map(|(name, expression)| Some((name, constant(expression)?))).collect();
        (key, ProviderConfig { full_name, alias, constants })
    });
    Ok(providers.collect())
}

/// The value of an expression that is written out, or of a block with those in it.
fn constant(expression: Json) -> Option<Json> {
    match expression {
        Json::Object(mut members) => match members.remove("constant_value") {
            Some(value) => Some(value),
            None if members.contains_key("references") => None,
            None => Some(Json::Object(
                members.into_iter().filter_map(|(name, member)| Some((name, constant(member)?))).collect(),
            )),
        },
        Json::Array(blocks) => Some(Json::Array(blocks.into_iter().filter_map(constant).collect())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn modules_are_flattened() {
        let module =
            |address: &str, children: Json| json!({"resources": [{"address": address}], "child_modules": children});
        let nested = module("m.b", json!([module("m.n.c", Json::Null)]));
        let state = json!({"values": {"root_module": module("a", json!([nested]))}});
        let addresses: Vec<_> = resources(state).unwrap().into_iter().map(|resource| resource.address).collect();
        assert_eq!(addresses, ["a", "m.b", "m.n.c"]);
        assert!(resources(json!({"format_version": "1.0"})).unwrap().is_empty());
    }

    #[test]
    fn constants_of_providers_are_read_and_expressions_left_out() {
        let configuration = json!({"provider_config": {"aws.east": {
            "full_name": "registry.terraform.io/hashicorp/aws",
            "alias": "east",
            "expressions": {
                "region": {"constant_value": "us-east-1"},
                "profile": {"references": ["var.profile"]},
                "allowed_account_ids": {"constant_value": ["111122223333"]},
                "assume_role": [
                    {"role_arn": {"constant_value": "arn:aws:iam::1:role/r"}, "session_name": {"references": []}},
                ],
            },
        }}});
        let providers = providers(configuration).unwrap();
        let east = &providers["aws.east"];
        assert!(east.is_aws());
        assert_eq!(east.region(), Some("us-east-1"));
        assert_eq!(east.allowed_account_ids().collect::<Vec<_>>(), ["111122223333"]);
        assert_eq!(east.constants["assume_role"], json!([{"role_arn": "arn:aws:iam::1:role/r"}]));
        assert!(!east.constants.contains_key("profile"));
    }
}
