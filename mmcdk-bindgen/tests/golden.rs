//! A small made-up provider: its generated code is compared with `tests/golden/expected`.
//!
//! After a wanted change: `UPDATE_GOLDEN=1 cargo test -p mmcdk-bindgen --test golden`.

use std::fs;
use std::path::{Path, PathBuf};

use mmcdk_bindgen::{Error, Generated, Generator, Overlay, Schema, Services, Settings};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(golden(name)).unwrap()
}

fn settings(services: Option<Services>) -> Settings {
    Settings {
        provider: "registry.example.com/acme/toy".to_owned(),
        prefix: "toy_".to_owned(),
        name: "toy".to_owned(),
        source: "acme/toy".to_owned(),
        constraint: "~> 1.2".to_owned(),
        version: "1.2.3".to_owned(),
        command: "cargo test -p mmcdk-bindgen".to_owned(),
        services,
    }
}

fn generate(schema: &str, overlay: &str) -> Result<Generated, Error> {
    let services = Services::from_json(&text("services.json"))?;
    Generator::new(&Schema::from_json(schema)?, &Overlay::from_json(overlay)?, settings(Some(services))).generate()
}

/// Expects one problem that says all of this.
#[track_caller]
fn refused(schema: &str, overlay: &str, words: &[&str]) {
    let error = generate(schema, overlay).expect_err("this should be refused");
    let found = error.problems().iter().any(|problem| words.iter().all(|word| problem.contains(word)));
    assert!(found, "{words:?} are not in one of:\n{error}");
}

/// An overlay with one more resource or another one for it.
fn overlay_with(name: &str, entry: serde_json::Value) -> String {
    let mut overlay: serde_json::Value = serde_json::from_str(&text("overlay.json")).unwrap();
    overlay["resources"][name] = entry;
    overlay.to_string()
}

#[test]
fn the_generated_code_is_the_golden_code() {
    let generated = generate(&text("schema.json"), &text("overlay.json")).unwrap();
    let sources = generated.sources.iter().map(|(path, text)| (golden("expected").join(path), text));
    let tests = generated.tests.iter().map(|(path, text)| (golden("expected/tests").join(path), text));
    for (path, text) in sources.chain(tests) {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        let remedy = "if this is wanted, run UPDATE_GOLDEN=1 cargo test -p mmcdk-bindgen --test golden";
        assert!(*text == expected, "{} differs; {remedy}", path.display());
    }
}

#[test]
fn the_order_of_the_schema_does_not_matter() {
    let schema = text("schema.json");
    let reversed = reversed(&serde_json::from_str(&schema).unwrap());
    assert_ne!(reversed, schema);
    let sources = |schema: &str| generate(schema, &text("overlay.json")).unwrap().sources;
    assert_eq!(sources(&schema), sources(&reversed));
}

/// The document with the members of each object from the last to the first.
fn reversed(json: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    match json {
        Json::Object(members) => {
            let mut parts: Vec<String> =
                members.iter().map(|(key, json)| format!("{key:?}:{}", reversed(json))).collect();
            parts.reverse();
            format!("{{{}}}", parts.join(","))
        }
        Json::Array(elements) => {
            let parts: Vec<String> = elements.iter().map(reversed).collect();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn without_services_there_is_one_module() {
    let (schema, overlay) = (text("schema.json"), text("overlay.json"));
    let (schema, overlay) = (Schema::from_json(&schema).unwrap(), Overlay::from_json(&overlay).unwrap());
    let generated = Generator::new(&schema, &overlay, settings(None)).generate().unwrap();
    let modules: Vec<&str> = generated.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(modules, ["toy"]);
    assert!(generated.sources[Path::new("toy.rs")].contains("pub struct ShelfBoard(Body);"));
}

/// An entry of a type with a name, and more of it.
fn named(argument: &str, rule: &str, more: serde_json::Value) -> serde_json::Value {
    let realm = serde_json::json!({"of": "house", "source": "https://example.com/names"});
    let mut name = serde_json::json!({"argument": argument, "rule": rule, "realm": realm});
    name.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::json!({"name": name})
}

#[test]
fn an_overlay_entry_that_matches_nothing_fails() {
    let schema = text("schema.json");
    let check = |entry, words: &[&str]| refused(&schema, &overlay_with("toy_object", entry), words);
    refused(&schema, &overlay_with("toy_bag", serde_json::json!({})), &["the schema has no toy_bag"]);
    check(serde_json::json!({"segment": "thing"}), &["toy_object", "nothing uses the segment"]);
    check(named("e", "box", serde_json::json!({})), &["toy_object", "no string argument e"]);
    check(named("a", "bag", serde_json::json!({})), &["toy_object", "no rule bag"]);
    check(named("a", "box", serde_json::json!({"unless": ["z"]})), &["no argument z"]);
    for (realm, words) in [
        (serde_json::json!({"of": "city", "source": "x"}), "there is no realm city"),
        (serde_json::json!({"of": "none", "ignores_case": true, "source": "x"}), "names without a realm clash nowhere"),
        (serde_json::json!({"of": "house", "source": ""}), "its realm has no source"),
        (
            serde_json::json!({"of": "house", "within": {"z": ""}, "source": "x"}),
            "no argument z that could name its parent",
        ),
        (serde_json::json!({"of": "house", "pool": "toy_bag", "source": "x"}), "no toy_bag, whose name should stand"),
    ] {
        check(named("a", "box", serde_json::json!({"realm": realm})), &[words]);
    }
    check(serde_json::json!({"tags": [{"argument": "tags"}]}), &["no such place of tags"]);
    check(serde_json::json!({"tags": [{"each": {"block": "part", "flag": "size"}}]}), &["no such place of tags"]);
    check(serde_json::json!({"arguments": {"part.x": "y"}}), &["no argument part.x"]);
    check(serde_json::json!({"blocks": {"pieces": "Piece"}}), &["no block or object pieces"]);
    refused(
        &schema,
        r#"{"rules": {"r": {"what": "r", "min": 1, "max": 2, "chars": "a", "source": ""}}}"#,
        &["no type uses r"],
    );
    refused(&schema, r#"{"realms": {"town": ["town"]}}"#, &["no type uses town"]);
}

/// The toy overlay with lists of what must not be destroyed unnoticed; boxes have an argument `lid` and a name that ends
/// in `box`.
fn overlay_with_lists(endings: &[&str], arguments: &[&str], lists: serde_json::Value) -> String {
    let mut overlay: serde_json::Value = serde_json::from_str(&text("overlay.json")).unwrap();
    overlay["candidates"] = serde_json::json!({"endings": endings, "arguments": arguments});
    for (list, types) in lists.as_object().unwrap() {
        overlay[list] = types.clone();
    }
    overlay.to_string()
}

#[test]
fn a_type_that_may_hold_data_is_listed_or_excluded_with_a_reason() {
    let schema = text("schema.json");
    let check = |endings: &[&str], arguments: &[&str], lists, words: &[&str]| {
        refused(&schema, &overlay_with_lists(endings, arguments, lists), words);
    };
    let none = || serde_json::json!({});
    check(&["box"], &[], none(), &["toy_box may hold data, since its name ends in box"]);
    check(&[], &["lid"], none(), &["toy_box may hold data, since it has the argument lid"]);
    check(&[], &["screw"], none(), &["toy_box may hold data, since it has the argument screws"]);
    check(
        &[],
        &[],
        serde_json::json!({"stateful": {"toy_bag": "x"}}),
        &["stateful: the schema has no resource toy_bag"],
    );
    check(&[], &[], serde_json::json!({"foundation": {"toy_bag": "x"}}), &["foundation: the schema has no resource"]);
    check(&[], &[], serde_json::json!({"foundation": {"toy_box": " "}}), &["foundation: toy_box has no reason"]);
    check(&[], &[], serde_json::json!({"disposable": {"toy_box": "x"}}), &["disposable: toy_box is not a candidate"]);
    let twice = serde_json::json!({"stateful": {"toy_box": "x"}, "foundation": {"toy_box": "y"}});
    check(&["box"], &[], twice, &["toy_box is in stateful and in foundation"]);

    let judged = serde_json::json!({"stateful": {"toy_box": "what is in it is lost"}, "foundation": {"toy_shelf_board": "boxes stand on it"}});
    let overlay = overlay_with_lists(&["box"], &["lid"], judged);
    let facts = &generate(&schema, &overlay).unwrap().sources[Path::new("facts.rs")];
    for table in [
        "STATEFUL_TYPES: &[(&str, &str)] = &[\n    (\"toy_box\", \"what is in it is lost\"),\n];",
        "FOUNDATION_TYPES: &[(&str, &str)] = &[\n    (\"toy_shelf_board\", \"boxes stand on it\"),\n];",
    ] {
        assert!(facts.contains(table), "{table} is not in\n{facts}");
    }
    let excluded = serde_json::json!({"disposable": {"toy_box": "it is always empty"}});
    generate(&schema, &overlay_with_lists(&["box"], &[], excluded)).unwrap();
}

#[test]
fn two_things_of_one_name_fail() {
    let schema = text("schema.json");
    let same = overlay_with("toy_object", serde_json::json!({"rust": "Box"}));
    refused(&schema, &same, &["boxes: toy_box and toy_object are both `Box`", "overlay"]);
    let same = overlay_with("toy_object", serde_json::json!({"arguments": {"a": "b"}}));
    refused(&schema, &same, &["resource toy_object", "a and b are both `b`"]);
    let bad = overlay_with("toy_object", serde_json::json!({"rust": "String"}));
    refused(&schema, &bad, &["toy_object", "`String` cannot name a Rust type"]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let error = Schema::from_json(
        r#"{"provider_schemas": {"p": {"resource_schemas": {"a": {"block": {"attributes": {"b": {"type": "date"}}}}}}}}"#,
    );
    assert!(error.unwrap_err().to_string().contains("\"date\" is not a type of Terraform"));
    refused(r#"{"provider_schemas": {"other": {}}}"#, "{}", &["has no provider", "it has: other"]);
    let map = text("schema.json")
        .replace(r#""nesting_mode": "set", "min_items": 2"#, r#""nesting_mode": "map", "min_items": 2"#);
    refused(&map, &text("overlay.json"), &["toy_object", "part is a map of blocks"]);
    let overlay = Overlay::from_json(r#"{"resource": {}}"#);
    assert!(overlay.unwrap_err().to_string().contains("unknown field `resource`"));
}
