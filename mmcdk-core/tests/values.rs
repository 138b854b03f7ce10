//! What a value may hold: numbers that Terraform has, and a depth that a thread can recurse over.

mod common;

use common::{Link, Machine, Net, app, block, dev, refused, synthesize};
use mmcdk_core::{
    Any, Block, Construct, List, Local, Map, Number, Object, ObjectBody, ObjectType, Provider, RawResource, Resource,
    Result, Scope, Set, Value,
};
use serde_json::{Value as Json, json};

struct Pair(f64);

impl ObjectType for Pair {
    fn into_object(self) -> ObjectBody {
        ObjectBody::new(&["a", "b"]).set::<Number>("a", self.0)
    }
}

/// Every place of a program that takes a number, as a net with that number in it.
fn nets_with(number: f64) -> Vec<(&'static str, Net)> {
    let list = || Value::<List<Number>>::list([1.0, number]);
    let map = || Value::<Map<Number>>::map([("k", number)]);
    let raw: Value<Map<Number>> = Value::raw("local.m");
    let net = Net::new;
    vec![
        ("cloud_net.x", net().set::<Number>("x", number)),
        ("cloud_net.x", net().set::<Number>("x", number as f32)),
        ("cloud_net.x", net().set::<Number>("x", Some(number))),
        ("cloud_net.x", net().set::<Any>("x", number)),
        ("cloud_net.x", net().set::<List<Number>>("x", vec![1.0, number])),
        ("cloud_net.x", net().set::<List<Number>>("x", list())),
        ("cloud_net.x", net().set::<Set<Number>>("x", [number])),
        ("cloud_net.x", net().set::<List<List<Number>>>("x", vec![vec![number]])),
        ("cloud_net.x", net().set::<Map<Number>>("x", map())),
        ("cloud_net.x", net().set::<Map<Number>>("x", raw.merge(map()))),
        ("cloud_net.x", net().set::<Pair>("x", Pair(number))),
        ("cloud_net.x", net().set::<Object>("x", Value::object([("a", number.into())]))),
        ("cloud_net.x", net().set::<String>("x", Value::json(map()))),
        ("cloud_net.x", net().set::<String>("x", Value::json(Value::<Number>::from(number)))),
        ("cloud_net.x", net().set::<String>("x", Value::text("a") + Value::<Number>::from(number).cast::<String>())),
        ("cloud_net.x", net().set::<Number>("x", list().index(1))),
        ("cloud_net.x", net().set_at("x", number)),
        ("cloud_net.x", net().set_at("x.y.z", number)),
        ("lifecycle.x", net().set_at("lifecycle.x", number)),
        ("cloud_net.tags", net().tags([("a", Value::<Number>::from(number).cast::<String>())])),
        ("the id to adopt", net().adopt(Value::<Number>::from(number).cast::<String>())),
    ]
}

#[test]
fn a_number_that_terraform_lacks_is_an_error_wherever_it_stands() -> Result<()> {
    for (number, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let mut app = app();
        let mut stack = app.stack("network", dev())?;
        let problem = format!("{shown} is not a number");
        for (argument, net) in nets_with(number) {
            refused(stack.add("a", net), &["dev/network/a", argument, &problem, "finite"]);
        }
        let link = || Link::new("x").ends(block::<Number>("n", number));
        refused(stack.add("a", link()), &["dev/network/a", "cloud_link.end.n", &problem]);
        let local = Local::new().set_on::<Net>("x", number);
        refused(stack.with(local).add("a", Net::new()), &["dev/network/a", "cloud_net.x", &problem]);
        let local = Local::new().tag("t", Value::<Number>::from(number).cast::<String>());
        refused(stack.with(local).add("a", Net::new()), &["dev/network/a", "cloud_net.tags", &problem]);
        stack.require_provider("random", "hashicorp/random", "~> 3.6")?;
        let raw = || RawResource::new("random_pet");
        refused(stack.add("a", raw().set("n", number)), &["dev/network/a", "random_pet.n", &problem]);
        refused(
            stack.add("a", raw().block("b", Block::new().set::<Number>("n", number))),
            &["random_pet.b.n", &problem],
        );
        refused(stack.output("o", Value::<Number>::from(number)), &["dev/network: output o", &problem]);
        let provider = Provider::new(&common::CLOUD).set::<Number>("n", number);
        refused(stack.provider("west", provider), &["dev/network", "cloud.west.n", &problem]);

        // An import makes an output of the other stack.
        let net = stack.add("net", Net::new())?;
        let mixed = Value::<List<Any>>::list([net.id().any(), number.into()]);
        refused(app.stack("eks", dev())?.import("mixed", &mixed), &["dev/eks", &problem]);
    }
    Ok(())
}

#[test]
fn finite_numbers_are_written_as_they_are() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let numbers: [(Value<Number>, &str); 12] = [
        (0.1_f32.into(), "0.1"),
        (0.1_f64.into(), "0.1"),
        (16_777_216_f32.into(), "16777216"),
        (f64::MAX.into(), "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE.into(), "2.2250738585072014e-308"),
        ((-0.0).into(), "0"),
        (u64::MAX.into(), "18446744073709551615"),
        (i64::MIN.into(), "-9223372036854775808"),
        (usize::MAX.into(), "18446744073709551615"),
        ((-1_i8).into(), "-1"),
        ((-1_isize).into(), "-1"),
        (1_i16.into(), "1"),
    ];
    for (index, (number, _)) in numbers.iter().enumerate() {
        stack.output(&format!("n{index}"), number)?;
    }
    let synthesis = app.synth()?;
    for (index, (_, text)) in numbers.iter().enumerate() {
        assert_eq!(synthesis.stack("dev/network")?.output(&format!("n{index}"))?.to_string(), *text);
    }
    Ok(())
}

/// Every way to nest something, `levels` deep, as a net with it.
fn nested(levels: usize) -> Vec<(&'static str, Net)> {
    let fold =
        |wrap: &dyn Fn(Value<Any>) -> Value<Any>| (0..levels).fold(Value::<Any>::from("x"), |inner, _| wrap(inner));
    let json = |wrap: &dyn Fn(Json) -> Json| Value::<Any>::from((0..levels).fold(json!("x"), |inner, _| wrap(inner)));
    let list = || fold(&|inner| Value::<List<Any>>::list([inner]).any());
    let net = |value: Value<Any>| Net::new().set::<Any>("x", value);
    vec![
        ("lists", net(list())),
        ("sets", net(fold(&|inner| Value::<Set<Any>>::set([inner]).any()))),
        ("maps", net(fold(&|inner| Value::<Map<Any>>::map([("k", inner)]).any()))),
        ("objects", net(fold(&|inner| Value::object([("k", inner)]).any()))),
        ("one element of a set", net(fold(&|inner| inner.cast::<Set<Any>>().one()))),
        ("steps", net(fold(&|inner| Value::<List<Any>>::list([inner.cast::<Object>().attribute::<Any>("a")]).any()))),
        (
            "merged maps",
            net(fold(&|inner| {
                Value::<Map<Any>>::map([("k", inner)]).merge(Value::<Map<Any>>::raw_unchecked("local.m")).any()
            })),
        ),
        (
            "joined lists",
            net(fold(&|inner| Value::<List<Any>>::list([(Value::text("a") + inner.cast::<String>()).any()]).any())),
        ),
        ("documents of JSON", net(json(&|inner| Json::Array(vec![inner])))),
        ("documents of objects", net(json(&object_of))),
        ("a list in a document", net(Value::json(list()).any())),
        ("a list in a block", Net::new().set_at("b.c", list())),
        ("a list in tags", Net::new().tags([("t", list().cast::<String>())])),
        ("a list in an override", Net::new().set_at("x", list())),
        ("a path", Net::new().set_at(vec!["a"; levels + 1].join("."), 1)),
        ("arguments of object type", net(list().cast::<Object>().merge_into_object())),
    ]
}

/// An object with a deep member and a flat one. The macro `json!` would go through all of it.
fn object_of(inner: Json) -> Json {
    Json::Object([("a".to_owned(), json!([1])), ("b".to_owned(), inner)].into_iter().collect())
}

trait MergeIntoObject {
    fn merge_into_object(self) -> Value<Any>;
}

impl MergeIntoObject for Value<Object> {
    fn merge_into_object(self) -> Value<Any> {
        struct Holder(Value<Object>);
        impl ObjectType for Holder {
            fn into_object(self) -> ObjectBody {
                ObjectBody::new(&["a"]).set::<Object>("a", self.0)
            }
        }
        Value::<Holder>::from(Holder(self)).any()
    }
}

fn nested_blocks(levels: usize) -> Link {
    let block = (0..levels).fold(Block::new().set::<bool>("x", true), |inner, _| Block::new().blocks("b", inner, 0, 0));
    Link::new("x").ends(block)
}

struct RawBlocks(Json, bool);

impl Construct for RawBlocks {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        match self.1 {
            true => scope.raw_block("locals", self.0),
            false => scope.raw_block_unchecked("locals", self.0),
        }
    }
}

#[test]
fn what_is_nested_too_deep_is_an_error_and_fills_no_stack() {
    const DEEP: usize = 50_000;
    for levels in [101, DEEP] {
        for (name, net) in nested(levels) {
            let placed = synthesize(|stack| stack.add("a", net).map(drop)).map(|_| name);
            refused(placed, &["dev/network/a", "more than 100 levels deep"]);
        }
        let too_deep = ["dev/network/a", "more than 100 levels deep"];
        refused(synthesize(|stack| stack.add("a", nested_blocks(levels)).map(drop)), &too_deep);
        for checked in [true, false] {
            let body = (0..levels).fold(json!([]), |inner, _| object_of(inner));
            refused(synthesize(|stack| stack.add("a", RawBlocks(body, checked))), &too_deep);
        }
    }
    // What was made and never placed.
    drop((nested(DEEP), nested_blocks(DEEP)));
}

#[test]
fn what_is_nested_deep_enough_for_anything_is_placed_compared_and_rendered() -> Result<()> {
    for (name, net) in nested(48) {
        let copy = net.clone();
        let synthesis = synthesize(|stack| {
            stack.add("a", net)?;
            stack.add("b", copy).map(drop)
        });
        let synthesis = synthesis.unwrap_or_else(|error| panic!("{name}: {error}"));
        let rendered = synthesis.render();
        let file = rendered[0].1.iter().find(|file| file.name == "a.tf.json").unwrap();
        serde_json::from_slice::<Json>(&file.bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    synthesize(|stack| stack.add("a", nested_blocks(48)).map(drop)).map(drop)
}

#[test]
fn what_only_grows_longer_is_not_nested() {
    let text = (0..10_000).fold(Value::text(""), |text, _| text + Value::<String>::raw("local.a") + "-");
    let map = (0..10_000).fold(Value::<Map<String>>::raw("local.a"), |map, _| map.merge([("a", "b")]));
    let step = (0..10_000).fold(Value::<Object>::raw("local.a"), |object, _| object.attribute("b"));
    let net = Net::new().set::<String>("x", text).set::<Map<String>>("y", map).set::<Object>("z", step);
    assert!(synthesize(|stack| stack.add("a", net.remove_at("x").remove_at("y").remove_at("z")).map(drop)).is_ok());
}

#[test]
fn a_document_within_a_document_counts_for_more() {
    let nested = |levels: usize| (0..levels).fold(Value::text("\""), |inner, _| Value::json(inner));
    assert!(nested(8).to_json().as_str().unwrap().len() < 1_000);
    let placed = synthesize(|stack| stack.add("a", Net::new().set::<String>("x", nested(40))).map(drop));
    refused(placed, &["dev/network/a", "cloud_net.x", "levels deep"]);
}

/// A list in lists.
fn lists(levels: usize) -> Value<Any> {
    (0..levels).fold(Value::<Any>::from("x"), |inner, _| Value::<List<Any>>::list([inner]).any())
}

/// Wraps what a preview shows of an argument in as many lists again and again, and places the result.
struct Rounds(usize);

impl Construct for Rounds {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        let mut value = Value::<Any>::from("x");
        for _ in 0..self.0 {
            let wrapped = (0..40).fold(value, |inner, _| Value::<List<Any>>::list([inner]).any());
            let preview = scope.preview(Net::new().set::<Any>("x", wrapped))?;
            value = preview.argument("x").expect("it is set");
        }
        scope.place(Net::new().set::<Any>("x", value)).map(drop)
    }
}

#[test]
fn depth_is_counted_along_every_way_of_a_value() -> Result<()> {
    let too_deep = ["dev/network/a", "more than 100 levels deep"];
    // What is read from a preview and put into another value.
    synthesize(|stack| stack.add("a", Rounds(2)))?;
    refused(synthesize(|stack| stack.add("a", Rounds(3))), &too_deep);
    // A tag's value stands within a map, which may stand within a block.
    let tag = |levels: usize| Local::new().tag("t", lists(levels).cast::<String>());
    synthesize(|stack| stack.with(tag(97)).add("a", Net::new()).map(drop))?;
    refused(synthesize(|stack| stack.with(tag(100)).add("a", Net::new()).map(drop)), &too_deep);
    refused(synthesize(|stack| stack.with(tag(99)).add("a", Machine::default()).map(drop)), &too_deep);
    // An override stands as deep as its path.
    let path = |parts: usize| vec!["a"; parts].join(".");
    let set_at = |parts: usize, levels: usize| {
        synthesize(|stack| stack.add("a", Net::new().set_at(path(parts), lists(levels))).map(drop))
    };
    set_at(40, 40)?;
    refused(set_at(60, 60), &too_deep);
    let local = Local::new().set_on::<Net>(path(60), lists(60));
    refused(synthesize(|stack| stack.with(local).add("a", Net::new()).map(drop)), &too_deep);
    let lifecycle = || Net::new().set_at(format!("lifecycle.{}", path(60)), lists(60));
    refused(synthesize(|stack| stack.add("a", lifecycle()).map(drop)), &too_deep);
    Ok(())
}
