//! From bytes to a plan, or to what the bytes seem to be instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use mmcdk_core::{Error, Result};
use serde::Deserializer;
use serde::de::{Deserialize, IgnoredAny};
use serde_derive::Deserialize;
use serde_json::error::Category;

use super::Plan;
use super::change::{ActionInvocation, Change, DeferredActionInvocation, DeferredChange, ResourceChange};
use super::configuration::{Configuration, Variable};
use super::state::{self, StateResource};
use super::text::{TOO_DEEP, read_parts_of};

/// How a plan becomes JSON.
pub(super) const SHOW: &str = "write it with: terraform show -json plan.out > plan.json";

/// A plan as it is written, with what tells it apart from other files.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    terraform_version: Option<String>,
    #[serde(default)]
    errored: bool,
    applyable: Option<bool>,
    complete: Option<bool>,
    #[serde(default, deserialize_with = "or_default")]
    resource_drift: Vec<ResourceChange>,
    #[serde(default, deserialize_with = "or_default")]
    deferred_changes: Vec<DeferredChange>,
    #[serde(default, deserialize_with = "or_default")]
    action_invocations: Vec<ActionInvocation>,
    #[serde(default, deserialize_with = "or_default")]
    deferred_action_invocations: Vec<DeferredActionInvocation>,
    #[serde(default, deserialize_with = "state::resources")]
    prior_state: Vec<StateResource>,
    #[serde(default, deserialize_with = "or_default")]
    variables: BTreeMap<String, Variable>,
    format_version: Option<String>,
    planned_values: Option<IgnoredAny>,
    resource_changes: Option<Vec<ResourceChange>>,
    configuration: Option<Configuration>,
    output_changes: Option<BTreeMap<String, Change>>,
    lineage: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    #[serde(rename = "@level")]
    level: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
}

/// What tells a plan apart from other files.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default, deserialize_with = "lenient")]
    format_version: Option<String>,
    planned_values: Option<IgnoredAny>,
    resource_changes: Option<IgnoredAny>,
    configuration: Option<IgnoredAny>,
    output_changes: Option<IgnoredAny>,
    lineage: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    #[serde(rename = "@level")]
    level: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
}

pub(super) fn plan(bytes: Vec<u8>) -> Result<Plan> {
    let file = text(bytes)?;
    let wire: Wire =
        read_parts_of(&file, |text| serde_json::from_str(text)).map_err(|error| explain(file.as_bytes(), &error))?;
    wire.into_plan()
}

/// Reads `null` as nothing.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Wire {
    fn into_plan(self) -> Result<Plan> {
        let seen = |is_there: bool| is_there.then_some(IgnoredAny);
        let head = Head {
            format_version: self.format_version,
            planned_values: self.planned_values,
            resource_changes: seen(self.resource_changes.is_some()),
            configuration: seen(self.configuration.is_some()),
            output_changes: seen(self.output_changes.is_some()),
            lineage: self.lineage,
            serial: self.serial,
            level: self.level,
            values: self.values,
        };
        let format_version = head.recognize()?;
        let mut configuration = self.configuration.unwrap_or_default();
        Ok(Plan {
            format_version,
            terraform_version: self.terraform_version,
            errored: self.errored,
            applyable: self.applyable,
            complete: self.complete,
            resource_changes: self.resource_changes.unwrap_or_default(),
            resource_drift: self.resource_drift,
            deferred_changes: self.deferred_changes,
            action_invocations: self.action_invocations,
            deferred_action_invocations: self.deferred_action_invocations,
            output_changes: self.output_changes.unwrap_or_default(),
            prior_resources: self.prior_state,
            providers: std::mem::take(&mut configuration.providers),
            variables: self.variables,
            configuration,
        })
    }
}

impl Head {
    /// The version of the format, or what the file seems to be if it is not a plan.
    fn recognize(self) -> Result<String> {
        let rejected = |what: &str| Err(Error::new(what.to_owned()).remedy(SHOW));
        if self.lineage.is_some() || self.serial.is_some() {
            return rejected("this is a state file, not a plan");
        }
        if self.level.is_some() {
            return rejected("these are the messages of terraform plan -json, not a plan");
        }
        let Some(version) = self.format_version else {
            return rejected("this is JSON, but no plan: it has no format_version");
        };
        if self.values.is_some() {
            return rejected("this is a state, not a plan");
        }
        let parts = [self.planned_values, self.resource_changes, self.configuration, self.output_changes];
        if parts.iter().all(Option::is_none) {
            return rejected("this is JSON of Terraform, but no plan");
        }
        match version.split('.').next() {
            Some("1") => Ok(version),
            _ => Err(Error::new(format!("the plan is of the format {version:?}, and only 1.x is known"))
                .remedy("plan with a Terraform or OpenTofu of version 1, or use a newer mmcdk")),
        }
    }
}

/// The text without a byte order mark, unless it cannot be JSON at all.
fn text(bytes: Vec<u8>) -> Result<Arc<String>> {
    let rejected = |what: &str| Err(Error::new(what.to_owned()).remedy(SHOW));
    if bytes.starts_with(b"PK\x03\x04") {
        return rejected("this is the plan itself, not the plan as JSON");
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::new("the plan is UTF-16 text, as PowerShell's > writes it")
            .remedy("write it as UTF-8: terraform show -json plan.out | Out-File -Encoding utf8 plan.json"));
    }
    let Ok(text) = String::from_utf8(bytes) else { return rejected("this is no JSON, which is UTF-8 text") };
    let text = match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    };
    match text.trim_ascii().is_empty() {
        true => rejected("there is nothing where a plan should be"),
        false => Ok(Arc::new(text)),
    }
}

/// Why bytes cannot be read as a plan, and what they seem to be instead.
fn explain(bytes: &[u8], error: &serde_json::Error) -> Error {
    // The message of serde may quote a value, and values may be secret: what was expected is enough.
    let message = error.to_string();
    if message.contains(TOO_DEEP) {
        return Error::new("the plan is nested too deeply to be read").remedy(SHOW);
    }
    let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Head>().next();
    let problem = match (error.classify(), first) {
        (_, Some(Ok(head))) => match head.recognize() {
            Err(known) => return known,
            Ok(_) if error.classify() == Category::Data => {
                let expected = message.rfind("expected ").map_or("", |start| &message[start..]);
                let missing = if message.starts_with("missing field") { message.as_str() } else { expected };
                let missing = missing.split(" at line ").next().unwrap_or_default();
                format!("the plan is not of the form that Terraform writes: {missing}")
            }
            Ok(_) => "something follows the plan".into(),
        },
        (Category::Data, _) => "this is JSON, but no plan".into(),
        _ => format!("this is no JSON (line {}, column {})", error.line(), error.column()),
    };
    Error::new(problem).remedy(SHOW)
}

/// A text, or nothing if it is something else.
fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(bytes: &[u8]) -> Result<Plan> {
        super::plan(bytes.to_vec())
    }

    #[test]
    fn what_is_no_plan_is_named() {
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("{}".bytes().flat_map(|byte| [byte, 0])).collect();
        let cases: [(&[u8], &str); 16] = [
            (b"", "nothing where a plan should be"),
            (b" \n", "nothing where a plan should be"),
            (b"PK\x03\x04\x14\x00", "the plan itself"),
            (&utf16, "UTF-16"),
            (b"Terraform will perform the following actions", "no JSON (line 1, column 1)"),
            (b"{\"format_version\":", "no JSON"),
            (b"\xFF\x00\x80", "no JSON"),
            (b"[1]", "no plan"),
            (b"{}", "no format_version"),
            (br#"{"version": 4, "serial": 3, "lineage": "x", "resources": []}"#, "a state file"),
            (br#"{"format_version": "1.0", "values": {"root_module": {}}}"#, "a state, not a plan"),
            (br#"{"format_version": "1.0", "valid": true}"#, "no plan"),
            (b"{\"@level\":\"info\",\"@message\":\"x\"}\n{\"@level\":\"info\"}", "terraform plan -json"),
            (br#"{"format_version": "2.0", "resource_changes": []}"#, "\"2.0\""),
            (br#"{"format_version": "1.2", "resource_changes": []} x"#, "something follows"),
            (br#"{"format_version": "1.2", "resource_changes": [{"address": "a"}]}"#, "missing field `change`"),
        ];
        for (bytes, problem) in cases {
            let error = plan(bytes).unwrap_err();
            assert!(error.to_string().contains(problem), "{:?}: {error}", String::from_utf8_lossy(bytes));
            assert!(error.suggestion().is_some(), "{error}");
        }
    }

    /// Wherever the nesting is: in a part that is read, that is kept as text, or that is left out.
    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        for nested in [deep(200_000), objects(200_000)] {
            for plan_of in [
                format!(r#"{{"format_version":"1.2","resource_changes":{nested}}}"#),
                format!(
                    r#"{{"format_version":"1.2","resource_changes":[{{"address":"a","change":{{"actions":["create"],"after":{nested}}}}}]}}"#
                ),
                format!(r#"{{"format_version":"1.2","configuration":{{"root_module":{{"resources":[{nested}]}}}}}}"#),
                format!(
                    r#"{{"format_version":"1.2","configuration":{{"provider_config":{{"aws":{{"expressions":{nested}}}}}}}}}"#
                ),
                format!(r#"{{"format_version":"1.2","output_changes":{{}},"variables":{{"x":{{"value":{nested}}}}}}}"#),
                nested.clone(),
            ] {
                let error = plan(plan_of.as_bytes()).unwrap_err().to_string();
                assert!(
                    ["nested too deeply", "no plan", "not of the form"].iter().any(|part| error.contains(part)),
                    "{:.90}: {error}",
                    plan_of
                );
            }
            // Nothing of it is read.
            let _ =
                plan(format!(r#"{{"format_version":"1.2","prior_state":{nested},"output_changes":{{}}}}"#).as_bytes());
        }
        assert!(plan(format!(r#"{{"format_version":"1.2","planned_values":{}}}"#, deep(200_000)).as_bytes()).is_ok());
        let modules = r#"{"child_modules":["#.repeat(50_000);
        let modules = format!(
            r#"{{"format_version":"1.2","output_changes":{{}},"prior_state":{{"values":{{"root_module":{modules}"#
        );
        assert!(plan(modules.as_bytes()).unwrap_err().to_string().contains("nested too deeply"));
    }

    #[test]
    fn an_error_quotes_no_value() {
        let bytes = br#"{"format_version": "1.2", "resource_changes": [{"address": "a", "change": "hunter2"}]}"#;
        let error = plan(bytes).unwrap_err();
        assert!(error.to_string().contains("expected struct Change"), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn what_newer_versions_add_is_ignored() {
        let read = plan(
            br#"{"format_version": "1.9", "resource_changes": null, "prior_state": null, "configuration": null,
                 "novelties": [1], "planned_values": {}}"#,
        );
        let read = read.unwrap();
        assert!(read.is_empty() && !read.errored && read.applyable.is_none());
    }
}
