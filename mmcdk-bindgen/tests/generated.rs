//! The golden code of the made-up provider, compiled and used. `golden.rs` compares it with what is generated.

use mmcdk_core::{App, Home, ObjectType, Organisation, Resource, Value};

#[allow(unreachable_pub)]
#[rustfmt::skip]
#[path = "golden/expected/facts.rs"]
mod facts;

#[allow(clippy::all, deprecated, dead_code, unreachable_pub)]
#[rustfmt::skip]
#[path = "golden/expected/boxes.rs"]
mod boxes;

#[allow(clippy::all, deprecated, dead_code, unreachable_pub)]
#[rustfmt::skip]
#[path = "golden/expected/shelf.rs"]
mod shelf;

#[test]
fn generated_types_render_what_was_set() {
    let lid = boxes::BoxLidBlock::new("red")
        .hinge([boxes::BoxLidHingeBlock::new().screws(4), boxes::BoxLidHingeBlock::new()]);
    let foot = boxes::BoxFootBlock::new().height(2);
    let limits = boxes::BoxLimitsObject::new().most(3);
    let rule = boxes::BoxRuleObject::new().from(80).limits([limits]);
    let toy = boxes::Box::new("that", [lid])
        .r#type("crate")
        .self_(true)
        .provider_("mine")
        .clone_(1)
        .any_thing(7)
        .hinge(boxes::BoxHingeBlock::new("iron"))
        .side([boxes::BoxSideBlock::new().foot(foot.clone())])
        .bottom(boxes::BoxBottomBlock::new().foot([foot.clone(), foot]))
        .switch(boxes::Lever::new())
        .rule([rule]);
    let expected = serde_json::json!({
        "this": "that", "lid": {"colour": "red", "hinge": [{"screws": 4}, {}]},
        "type": "crate", "self": true, "provider": "mine", "clone": 1, "anything": 7,
        "hinge": {"material": "iron"}, "side": {"foot": {"height": 2}}, "bottom": {"foot": [{"height": 2}, {"height": 2}]},
        "switch": {}, "rule": [{"from": 80, "limits": [{"most": 3}], "protocol": null}],
        "name": "T-crate-toys", "tags": {"Name": "T-crate-toys"},
    });
    assert_eq!(rendered(toy), expected);
}

#[test]
#[allow(deprecated)]
fn unset_members_of_nested_attributes_are_left_out() {
    let deep = boxes::ObjectDeepObject::new().level(1);
    let settings = [boxes::ObjectSettingsObject::new("k").deep(deep), boxes::ObjectSettingsObject::new("l")];
    let parts = vec![boxes::ObjectPartBlock::new(1), boxes::ObjectPartBlock::new(2)];
    let required = boxes::ObjectRequired { a: "a".into(), b: true.into(), c: 3.into(), d: ["d"].into(), part: parts };
    let body = rendered(boxes::Object::new(required).settings(settings));
    assert_eq!(body["settings"], serde_json::json!([{"key": "k", "deep": {"level": 1}}, {"key": "l"}]));
    assert_eq!(body["part"], serde_json::json!([{"size": 1}, {"size": 2}]));
}

#[test]
fn handles_know_what_is_sensitive() {
    let mut app = App::new(Organisation::new("T"));
    let mut stack = app.stack("toys", Home::shared()).unwrap();
    let toy = stack.add("toys", boxes::Box::new("that", boxes::BoxLidBlock::new("red"))).unwrap();
    assert!(toy.password().is_sensitive());
    assert!(toy.hinge().is_sensitive(), "a part of the block is");
    assert!(!toy.lid().is_sensitive());
    let colour: Value<String> = toy.lid().index(0).attribute("colour");
    assert_eq!(colour.to_json(), "${toy_box.toys.lid[0].colour}");
    assert_eq!(toy.clone_().to_json(), "${toy_box.toys.clone}");
}

#[test]
fn objects_write_every_member() {
    let object = Value::from(boxes::BoxLimitsObject::new());
    assert_eq!(object.to_json(), serde_json::json!({"most": null}));
    let _: mmcdk_core::ObjectBody = boxes::BoxLimitsObject::new().into_object();
}

#[test]
fn facts_come_from_schema_and_overlay() {
    let facts = boxes::Box::FACTS;
    assert_eq!((facts.terraform_type, facts.segment), ("toy_box", "crate"));
    assert_eq!(facts.name.as_ref().map(|name| name.unless), Some(["name_prefix"].as_slice()));
    assert_eq!(facts.tags.as_ref().map(|tags| tags.places.len()), Some(2));
    assert_eq!(shelf::Board::FACTS.segment, "shelf-board");
    assert!(boxes::data::Box::FACTS.tags.is_none());
}

fn rendered<R: Resource>(resource: R) -> serde_json::Value {
    let mut app = App::new(Organisation::new("T"));
    app.stack("stack", Home::shared()).unwrap().add("toys", resource).unwrap();
    let synthesis = app.synth().unwrap();
    synthesis.stack("stack").unwrap().find::<R>("toys").unwrap().body()
}
