//! What a plan says of the configuration: providers, and what is written out in it.

use std::collections::BTreeMap;
use std::fmt;

use mmcdk_core::Result;
use serde::Deserializer;
use serde::de::{self, Deserialize, MapAccess, Visitor};
use serde_derive::Deserialize;
use serde_json::{Map, Value as Json};

use super::change::ResourceMode;
use super::parse::or_default;
use super::text::JsonText;

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

/// A variable and the value that it had when the plan was made.
///
/// The value may be secret, whatever the plan says of it, so `Debug` does not show it.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Variable {
    /// The value.
    #[serde(default)]
    pub value: JsonText,
}

/// `configuration`, of the root module and all modules below it.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) providers: BTreeMap<String, ProviderConfig>,
    pub(crate) parts: Vec<ConfiguredPart>,
    /// The variables of the root module whose values are secret.
    pub(crate) secret_variables: Vec<String>,
}

/// Something in the configuration, with what is written out in it.
#[derive(Debug)]
pub(crate) struct ConfiguredPart {
    /// The address of its module, with the dot that follows; empty in the root module.
    module: String,
    kind: Kind,
    text: JsonText,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// An element of `resources` or of `actions`, which has its own address.
    Addressed,
    /// Expressions at that address.
    At(String),
    /// A value at that address.
    Plain(String),
}

/// What is written out in a part of the configuration.
#[derive(Debug, Default)]
pub(crate) struct WrittenOut {
    pub(crate) address: String,
    pub(crate) mode: ResourceMode,
    pub(crate) terraform_type: String,
    pub(crate) value: Json,
}

impl ConfiguredPart {
    /// What is written out in it. References to other values have none, and are left out.
    ///
    /// # Errors
    /// Those of [`JsonText::value`].
    pub(crate) fn written_out(&self) -> Result<WrittenOut> {
        let json = self.text.value()?;
        if let Kind::At(address) | Kind::Plain(address) = &self.kind {
            let value = match self.kind {
                Kind::Plain(_) => json,
                _ => constant(json).unwrap_or_default(),
            };
            return Ok(WrittenOut { address: format!("{}{address}", self.module), value, ..WrittenOut::default() });
        }
        let Json::Object(mut members) = json else { return Ok(WrittenOut::default()) };
        let mut text = |name: &str| match members.remove(name) {
            Some(Json::String(text)) => text,
            _ => String::new(),
        };
        let (address, mode, terraform_type) = (text("address"), text("mode"), text("type"));
        let expressions = members.remove("expressions").and_then(constant);
        let mut value = match expressions {
            Some(Json::Object(arguments)) => arguments,
            _ => Map::new(),
        };
        // Provisioners, the keys of `for_each`, and what newer versions add.
        value.extend(members.into_iter().filter_map(|(name, member)| Some((name, constant(member)?))));
        Ok(WrittenOut {
            address: format!("{}{address}", self.module),
            mode: mode.into(),
            terraform_type,
            value: Json::Object(value),
        })
    }
}

impl<'de> Deserialize<'de> for Configuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "or_default")]
            provider_config: BTreeMap<String, Provider>,
            #[serde(default, deserialize_with = "or_default")]
            root_module: Module,
        }
        #[derive(Deserialize)]
        struct Provider {
            #[serde(default)]
            full_name: String,
            alias: Option<String>,
            #[serde(default, deserialize_with = "or_default")]
            expressions: Map<String, Json>,
        }
        let Wire { provider_config, mut root_module } = or_default(from)?;
        let providers = provider_config.into_iter().map(|(key, provider)| {
            let Provider { full_name, alias, expressions } = provider;
            let constants =
                expressions.into_iter().filter_map(|(name, expression)| Some((name, constant(expression)?))).collect();
            (key, ProviderConfig { full_name, alias, constants })
        });
        let secret_variables = std::mem::take(&mut root_module.secret_variables);
        let mut parts = Vec::new();
        root_module.flatten("", &mut parts);
        Ok(Self { providers: providers.collect(), parts, secret_variables })
    }
}

/// A module as it is written. It is read member by member, since nothing in it may be left out.
#[derive(Default)]
struct Module {
    parts: Vec<(Kind, JsonText)>,
    secret_variables: Vec<String>,
    calls: Vec<(String, Call)>,
}

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    source: JsonText,
    #[serde(default)]
    expressions: JsonText,
    #[serde(default)]
    for_each_expression: JsonText,
    #[serde(default, deserialize_with = "or_default")]
    module: Module,
}

#[derive(Deserialize)]
struct VariableConfig {
    #[serde(default)]
    default: JsonText,
    #[serde(default)]
    sensitive: bool,
}

impl Module {
    fn flatten(self, prefix: &str, into: &mut Vec<ConfiguredPart>) {
        let part = |(kind, text)| ConfiguredPart { module: prefix.to_owned(), kind, text };
        into.extend(self.parts.into_iter().map(part));
        for (name, call) in self.calls {
            let Call { source, expressions, for_each_expression, module } = call;
            let address = format!("module.{name}");
            let texts = [
                (Kind::Plain(address.clone()), source),
                (Kind::At(address.clone()), expressions),
                (Kind::At(address), for_each_expression),
            ];
            into.extend(texts.into_iter().filter(|(_, text)| !text.is_null()).map(part));
            module.flatten(&format!("{prefix}module.{name}."), into);
        }
    }
}

impl<'de> Deserialize<'de> for Module {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Module;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a module")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Module, A::Error> {
                let mut module = Module::default();
                while let Some(name) = members.next_key::<String>()? {
                    match name.as_str() {
                        "resources" | "actions" => {
                            let all = members.next_value::<Option<Vec<JsonText>>>()?.unwrap_or_default();
                            module.parts.extend(all.into_iter().map(|text| (Kind::Addressed, text)));
                        }
                        "variables" => {
                            let all = members.next_value::<Option<BTreeMap<String, VariableConfig>>>()?;
                            for (name, VariableConfig { default, sensitive }) in all.unwrap_or_default() {
                                if sensitive {
                                    module.secret_variables.push(name);
                                } else {
                                    module.parts.push((Kind::Plain(format!("var.{name}")), default));
                                }
                            }
                        }
                        "outputs" => {
                            let all = members.next_value::<Option<BTreeMap<String, JsonText>>>()?.unwrap_or_default();
                            let outputs =
                                all.into_iter().map(|(name, text)| (Kind::At(format!("output.{name}")), text));
                            module.parts.extend(outputs);
                        }
                        "module_calls" => {
                            let all = members.next_value::<Option<BTreeMap<String, Call>>>()?;
                            module.calls.extend(all.unwrap_or_default());
                        }
                        _ => module.parts.push((Kind::At(name), members.next_value()?)),
                    }
                }
                Ok(module)
            }

            fn visit_unit<E: de::Error>(self) -> Result<Module, E> {
                Ok(Module::default())
            }
        }
        from.deserialize_any(Members)
    }
}

/// The value of an expression that is written out, or of a block with those in it.
fn constant(expression: Json) -> Option<Json> {
    match expression {
        Json::Object(mut members) => match members.remove("constant_value") {
            Some(value) => Some(value),
            None if members.get("references").is_some_and(Json::is_array) => None,
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

    fn read(configuration: Json) -> Configuration {
        serde_json::from_str(&configuration.to_string()).unwrap()
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
        let configuration = read(configuration);
        let east = &configuration.providers["aws.east"];
        assert!(east.is_aws());
        assert_eq!(east.region(), Some("us-east-1"));
        assert_eq!(east.allowed_account_ids().collect::<Vec<_>>(), ["111122223333"]);
        assert_eq!(east.constants["assume_role"], json!([{"role_arn": "arn:aws:iam::1:role/r"}]));
        assert!(!east.constants.contains_key("profile"));
    }

    #[test]
    fn everything_that_is_written_out_is_read() {
        let command = json!({"command": {"constant_value": "echo 1"}});
        let resource = json!({
            "address": "aws_eip.a", "mode": "managed", "type": "aws_eip", "name": "a", "provider_config_key": "aws",
            "schema_version": 0,
            "expressions": {
                "domain": {"constant_value": "vpc"}, "instance": {"references": ["aws_instance.a.id", "aws_instance.a"]},
                "block": [{"references": {"constant_value": "r"}, "x": {"references": []}}],
            },
            "provisioners": [{"type": "local-exec", "expressions": command}],
            "for_each_expression": {"constant_value": {"k": "v"}},
        });
        let module = |more: Json| {
            json!({"resources": [resource], "variables": {"v": {"default": "d"}, "s": {"default": "d", "sensitive": true}},
                "outputs": {"o": {"expression": {"constant_value": "out"}}}, "novelties": {"constant_value": 1},
                "module_calls": more})
        };
        let call = json!({"m": {"source": "./m", "expressions": {"in": {"constant_value": "x"}}, "module": module(json!({}))}});
        let configuration = read(json!({"root_module": module(call)}));
        assert_eq!(configuration.secret_variables, ["s"]);
        let mut found: Vec<String> = configuration
            .parts
            .iter()
            .map(|part| part.written_out().unwrap())
            .map(|part| format!("{} {}", part.address, part.value))
            .collect();
        found.sort();
        let resource = r#"{"block":[{"references":"r"}],"domain":"vpc","for_each_expression":{"k":"v"},"provisioners":[{"expressions":{"command":"echo 1"}}]}"#;
        let mut expected = Vec::new();
        for module in ["", "module.m."] {
            expected.push(format!("{module}aws_eip.a {resource}"));
            expected.push(format!("{module}var.v \"d\""));
            expected.push(format!(r#"{module}output.o {{"expression":"out"}}"#));
            expected.push(format!("{module}novelties 1"));
        }
        expected.push(r#"module.m {"in":"x"}"#.into());
        expected.push(r#"module.m "./m""#.into());
        expected.sort();
        assert_eq!(found, expected);
    }
}
