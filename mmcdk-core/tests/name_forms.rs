//! Names whose form depends on other arguments, and prefixes from which the provider makes names.

mod common;

use common::{Bucket, Lookup, Queue, block, refused, synthesize};
use mmcdk_core::{Construct, Local, Resource, Result, Scope, Value, serde_json};

/// The name of a queue, as it is written.
fn name_of(queue: Queue) -> Result<String> {
    let synthesis = synthesize(|stack| stack.add("core", queue).map(drop))?;
    synthesis.stack("dev/network")?.find::<Queue>("core")?.text("name")
}

fn queue() -> Queue {
    Queue::default()
}

fn fifo() -> Queue {
    queue().fifo(true)
}

fn zoned(zone: &str) -> Queue {
    queue().location(block::<String>("zone", zone))
}

fn partner(source: impl Into<Value<String>>) -> Queue {
    queue().partner(source)
}

fn named(queue: Queue, name: &str) -> Queue {
    queue.named(name)
}

#[test]
fn the_convention_adds_the_ending_that_another_argument_demands() -> Result<()> {
    for (queue, name) in [
        (queue(), "MM-dev-use1-queue-core"),
        (queue().fifo(false), "MM-dev-use1-queue-core"),
        (fifo(), "MM-dev-use1-queue-core.fifo"),
        (zoned("az4"), "MM-dev-use1-queue-core--az4--x"),
        (partner("acme/x"), "acme/x"),
        (named(fifo(), "orders.fifo"), "orders.fifo"),
        (named(zoned("az4"), "orders--az4--x"), "orders--az4--x"),
        (named(partner("acme/x"), "acme/x"), "acme/x"),
        (named(queue().fifo(Value::raw("var.fifo")), "orders.fifo"), "orders.fifo"),
        (named(queue().fifo(Value::raw("var.fifo")), "orders"), "orders"),
        (partner(Value::raw("var.source")), "${var.source}"),
    ] {
        let raw = synthesize(|stack| {
            stack.add("core", queue)?;
            stack.add("vars", variables()).map(drop)
        })?;
        assert_eq!(raw.stack("dev/network")?.find::<Queue>("core")?.text("name")?, name);
    }
    Ok(())
}

/// Declares the variables that the cases name.
fn variables() -> impl Construct<Output = ()> {
    struct Variables;
    impl Construct for Variables {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.raw_block("variable", serde_json::json!({"fifo": {}, "source": {}}))
        }
    }
    Variables
}

#[test]
fn a_given_name_without_its_ending_is_refused_with_a_remedy() {
    for (queue, parts) in [
        (named(fifo(), "orders"), &["\"orders\" does not end with \".fifo\"", "fifo = true", "\"orders.fifo\""][..]),
        (named(fifo(), ".fifo"), &["\".fifo\" does not end with"]),
        (named(queue(), "orders.fifo"), &["\"orders.fifo\" ends with \".fifo\"", "set fifo to true"]),
        (named(queue(), "orders.v2"), &["\"orders.v2\" has the character '.'"]),
        (named(fifo(), "orders.v2.fifo"), &["\"orders.v2.fifo\" has the character '.'"]),
        (named(zoned("az4"), "orders--az5--x"), &["does not end with \"--az4--x\", which location.zone requires"]),
        (named(partner("acme/x"), "acme/y"), &["\"acme/y\" is not \"acme/x\", which partner is"]),
        (queue().fifo(Value::raw("true")), &["only Terraform knows fifo", "give the name"]),
        (fifo().set_at("name", "orders"), &["\"orders\" does not end with \".fifo\""]),
        (queue().set_at("fifo", true), &["\"MM-dev-use1-queue-core\" does not end with \".fifo\""]),
    ] {
        refused(name_of(queue), &[&["dev/network/core"], parts].concat());
    }
}

#[test]
fn an_override_of_the_other_argument_is_checked_too() {
    let result =
        synthesize(|stack| stack.with(Local::new().set_on::<Queue>("fifo", true)).add("core", queue()).map(drop));
    refused(result, &["dev/network/core", "does not end with \".fifo\""]);
}

#[test]
fn the_ending_counts_toward_the_limit() {
    let name = "a".repeat(25);
    assert_eq!(name_of(named(fifo(), &format!("{name}.fifo"))).unwrap().len(), 30);
    refused(name_of(named(fifo(), &format!("{name}a.fifo"))), &["has 31 characters", "at most 30"]);
    let long = synthesize(|stack| stack.with(Local::new().purpose("a-long-one")).add("a", fifo()).map(drop));
    refused(long, &["\"MM-dev-use1-queue-a-long-one.fifo\"", "has 33 characters", "at most 30"]);
}

#[test]
fn a_prefix_leaves_room_for_what_the_provider_appends() -> Result<()> {
    let prefixed = |queue: Queue, prefix: &str| {
        let queue = queue.set::<String>("name_prefix", prefix);
        synthesize(|stack| stack.add("core", queue).map(drop))
    };
    prefixed(queue(), &"a".repeat(24))?;
    refused(prefixed(queue(), &"a".repeat(25)), &["name_prefix", "has 25 characters", "appends 6", "at most 24"]);
    prefixed(fifo(), &"a".repeat(19))?;
    refused(prefixed(fifo(), &"a".repeat(20)), &["name_prefix", "has 20 characters", "at most 19"]);
    refused(prefixed(queue(), "a.b"), &["name_prefix", "has the character '.'"]);
    let bucket = |prefix: &str| synthesize(|stack| stack.add("a", Bucket::default().bucket_prefix(prefix)).map(drop));
    bucket(&"a".repeat(24))?;
    refused(bucket(&"a".repeat(25)), &["dev/network/a", "bucket_prefix", "has 25 characters", "at most 24"]);
    refused(bucket("Capitals-"), &["bucket_prefix", "has the character 'C'"]);
    synthesize(|stack| {
        let known_later = stack.once("current", Lookup::default())?.id();
        stack.add("a", Bucket::default().bucket_prefix(known_later)).map(drop)
    })
    .map(drop)
}
