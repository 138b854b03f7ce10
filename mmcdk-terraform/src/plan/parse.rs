//! From bytes to a plan, or to what the bytes seem to be instead.

use mmcdk_core::{Error, Result};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use super::Plan;

/// How a plan becomes JSON.
pub(super) const SHOW: &str = "write it with: terraform show -json plan.out > plan.json";

pub(super) fn plan(bytes: &[u8]) -> Result<Plan> {
    let json = json(bytes)?;
    let Json::Object(members) = &json else {
        return Err(Error::new("this is JSON, but no plan").remedy(SHOW));
    };
    recognise(members)?;
    // The message of serde may quote a value, and values may be secret: what was expected is enough.
    serde_json::from_value(json).map_err(|error| {
        let message = error.to_string();
        let expected = message.rfind("expected ").map_or("", |start| &message[start..]);
        let missing = if message.starts_with("missing field") { &message } else { expected };
        Error::new(format!("the plan is not of the form that Terraform writes: {missing}")).remedy(SHOW)
    })
}

/// Reads `null` as nothing.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn json(bytes: &[u8]) -> Result<Json> {
    let refused = |what: &str| Err(Error::new(what.to_owned()).remedy(SHOW));
    if bytes.starts_with(b"PK\x03\x04") {
        return refused("this is the plan itself, not the plan as JSON");
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::new("the plan is UTF-16 text, as PowerShell's > writes it")
            .remedy("write it as UTF-8: terraform show -json plan.out | Out-File -Encoding utf8 plan.json"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return refused("there is nothing where a plan should be");
    }
    serde_json::from_slice(bytes).or_else(|error| {
        let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Json>().next();
        match first {
            Some(Ok(Json::Object(members))) => {
                recognise(&members)?;
                refused("something follows the plan")
            }
            _ => refused(&format!("this is no JSON (line {}, column {})", error.line(), error.column())),
        }
    })
}

/// Refuses what is no plan, and says what it seems to be.
fn recognise(members: &Map<String, Json>) -> Result<()> {
    let has = |name: &str| members.contains_key(name);
    let refused = |what: &str| Err(Error::new(what.to_owned()).remedy(SHOW));
    if has("lineage") || has("serial") {
        return refused("this is a state file, not a plan");
    }
    if has("@level") {
        return refused("these are the messages of terraform plan -json, not a plan");
    }
    let Some(version) = members.get("format_version").and_then(Json::as_str) else {
        return refused("this is JSON, but no plan: it has no format_version");
    };
    if has("values") {
        return refused("this is a state, not a plan");
    }
    if !["planned_values", "resource_changes", "configuration", "output_changes"].into_iter().any(has) {
        return refused("this is JSON of Terraform, but no plan");
    }
    match version.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(Error::new(format!("the plan is of the format {version:?}, and only 1.x is known"))
            .remedy("plan with a Terraform or OpenTofu of version 1, or use a newer mmcdk")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let nested = format!("{}{}", r#"{"format_version":"1.0","resource_changes":"#, "[".repeat(100_000));
        assert!(plan(nested.as_bytes()).is_err());
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
