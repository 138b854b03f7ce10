//! What the arguments of a resource say.

use mmcdk_core::serde_json::Value as Json;

/// The values at a path such as `replica.kms_key_arn`: of every block if there are several, and each element of a list.
pub(super) fn values<'j>(body: &'j Json, path: &str) -> Vec<&'j Json> {
    let mut here = vec![body];
    for part in path.split('.') {
        here = here.into_iter().flat_map(elements).filter_map(|json| json.get(part)).collect();
    }
    here.into_iter().flat_map(elements).filter(|value| !value.is_null()).collect()
}

/// The texts among them.
pub(super) fn texts<'j>(body: &'j Json, path: &str) -> Vec<&'j str> {
    values(body, path).into_iter().filter_map(Json::as_str).collect()
}

/// Whether an argument is given at that path, and is not `false`.
pub(super) fn given(body: &Json, path: &str) -> bool {
    values(body, path).into_iter().any(|value| *value != Json::Bool(false))
}

/// Whether an argument may have that value: expressions may have any.
pub(super) fn may_be(body: &Json, path: &str, value: &str) -> bool {
    texts(body, path).into_iter().any(|text| text == value || is_expression(text))
}

/// Whether the text of an argument may contain that part.
pub(super) fn may_contain(body: &Json, path: &str, part: &str) -> bool {
    texts(body, path).into_iter().any(|text| text.contains(part) || is_expression(text))
}

/// Whether only Terraform knows what a text will be: it has `${` or `%{`, and not as text, which is written `$${` or `%%{`.
pub(super) fn is_expression(text: &str) -> bool {
    let rest = text.replace("$${", "").replace("%%{", "");
    rest.contains("${") || rest.contains("%{")
}

/// What a text of Terraform JSON stands for; none if only Terraform knows.
pub(super) fn literal(text: String) -> Option<String> {
    (!is_expression(&text)).then(|| text.replace("$${", "${").replace("%%{", "%{"))
}

/// The address in an expression that is one reference: `aws_kms_key.a` in `${aws_kms_key.a.arn}`.
pub(super) fn referent(text: &str) -> Option<&str> {
    let expression = text.strip_prefix("${")?.strip_suffix('}')?;
    let (address, _attribute) = expression.rsplit_once('.')?;
    Some(address)
}

fn elements(json: &Json) -> Vec<&Json> {
    match json {
        Json::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmcdk_core::serde_json::json;

    #[test]
    fn arguments_are_found_in_every_block() {
        let body = json!({
            "replica": [{"key": "a"}, {"key": "${x.y.arn}"}, {}],
            "one": {"inner": {"key": "b"}},
            "list": ["c", "d"], "empty": [], "off": false, "on": true, "number": 0, "nothing": null,
        });
        for (path, expected) in [
            ("replica.key", &["a", "${x.y.arn}"][..]),
            ("one.inner.key", &["b"]),
            ("list", &["c", "d"]),
            ("list.key", &[]),
            ("absent.key", &[]),
        ] {
            assert_eq!(texts(&body, path), expected, "{path}");
        }
        for (path, expected) in [
            ("replica", true),
            ("replica.key", true),
            ("list", true),
            ("on", true),
            ("number", true),
            ("empty", false),
            ("off", false),
            ("nothing", false),
            ("absent", false),
        ] {
            assert_eq!(given(&body, path), expected, "{path}");
        }
        assert!(may_be(&body, "one.inner.key", "b") && !may_be(&body, "one.inner.key", "c"));
        assert!(may_be(&body, "replica.key", "any"), "an expression may be anything");
        assert!(may_contain(&body, "list", "c") && !may_contain(&body, "one.inner.key", "c"));
        for (text, expected) in [
            ("plain", Some("plain")),
            ("a ${x}", None),
            ("%{ if x }a%{ endif }", None),
            ("$${ecs-cluster-arn}", Some("${ecs-cluster-arn}")),
            ("100%%{x}", Some("100%{x}")),
            ("$${a} ${b}", None),
        ] {
            assert_eq!(literal(text.to_owned()).as_deref(), expected, "{text}");
            assert_eq!(is_expression(text), expected.is_none(), "{text}");
        }
        assert_eq!(referent("${data.x.y.arn}"), Some("data.x.y"));
        assert_eq!(referent("a-${x.y.arn}"), None);
        assert_eq!(referent("plain"), None);
    }
}
