//! The check of tags for whoever has only jq.

use serde_json::Value as Json;

/// A program for jq that lists what in a plan has the environment tag of another environment, or could have it and has
/// none, and ends with `true` or `false`.
///
/// It is run with `-n`, so that it reads the input itself and refuses what is not one plan alone:
/// `jq -n -e -r -f guard.jq plan.json`. The exit code is 0 or 1, and another one than 0 for what is no plan, is empty, or
/// is several. Without `-n` every plan is refused; nothing at all passes then, which no program can help.
///
/// It sees tags alone. What has no tags, such as a bucket policy or a route, and what lies in another account or state,
/// is for the [`Guard`](crate::Guard).
///
/// # Example
///
/// ```
/// let program = mmcdk_terraform::jq_filter("Environment", "dev");
/// std::fs::write(std::env::temp_dir().join("guard.jq"), program)?;
/// // jq -n -e -r -f guard.jq plan.json
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn jq_filter(tag_key: &str, environment: &str) -> String {
    // Both are JSON texts, which jq reads as they are: a backslash in them is doubled, so none begins an interpolation.
    let (key, environment) = (Json::from(tag_key), Json::from(environment));
    format!(
        r#"# jq -n -e -r -f guard.jq plan.json
# Lists what in a plan has another {key} tag than {environment}, or could have it and has none.
def found: [.tags, .tags_all | objects | .[{key}] | select(. != null)]
  + [.tag | arrays | .[] | objects | select(.key == {key}) | .value | select(. != null)];
def foreign: found | map(select(. != {environment})) | length > 0;
def untagged: (found | length) == 0;

if . != null then
  error("the input is not read by -n: jq -n -e -r -f guard.jq plan.json")
else
  [inputs]
end
| if length != 1 then
  error("this is not one plan alone")
else
  .[0]
end
| if type != "object" or has("format_version") == false or has("values")
  or (has("planned_values") or has("resource_changes") or has("configuration") or has("output_changes") | not) then
  error("this is no plan: terraform show -json plan.out > plan.json")
elif .errored == true then
  error("planning stopped at an error")
else
  [ .resource_changes // [] | .[]
    | select(([.change.before, .change.after] | map(objects | select(foreign)) | length > 0)
        or (.mode != "data" and ((.type == "aws_autoscaling_group") as $blocks
          | .change.after | type == "object" and ($blocks or has("tags_all")) and untagged)))
    | .address ]
  | unique
  | .[], length == 0
end
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_names_are_quoted() {
        let program = jq_filter(r#"a"b\(1)"#, "dev");
        assert!(program.contains(r#".["a\"b\\(1)"]"#), "{program}");
    }
}
