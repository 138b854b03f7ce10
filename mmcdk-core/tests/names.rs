//! Names: the organisation's convention fills them, types check them, and no two are equal.

mod common;

use common::{Bucket, CLOUD, Link, Lookup, Net, app, dev, home, organisation, refused, synthesize, synthesize_for};
use mmcdk_core::{
    Any, App, Construct, Environment, Error, Home, Lifecycle, Local, Map, Organisation, Provider, Resource, Result,
    Scope, Value,
};

/// The name of a bucket that is placed in that context.
fn name_in(local: Local) -> Result<String> {
    let synthesis = synthesize(|stack| stack.with(local).add("core", Bucket::default()).map(drop))?;
    synthesis.stack("dev/network")?.find::<Bucket>("core")?.text("bucket")
}

#[test]
fn the_convention_fills_what_is_known() -> Result<()> {
    for (local, name) in [
        (Local::new(), "mm-dev-use1-bucket-core"),
        (Local::new().zone("use1a"), "mm-dev-use1-use1a-bucket-core"),
        (Local::new().purpose("logs"), "mm-dev-use1-bucket-logs"),
        (Local::new().qualifier("data"), "mm-dev-use1-bucket-data"),
        (Local::new().qualifier("data").purpose("x"), "mm-dev-use1-bucket-data-x"),
        (Local::new().resource("trail"), "mm-dev-use1-trail-core"),
        (Local::new().region("usw2"), "mm-dev-usw2-bucket-core"),
    ] {
        assert_eq!(name_in(local)?, name);
    }
    Ok(())
}

#[test]
fn the_convention_is_the_organisations() -> Result<()> {
    for (pattern, name) in [
        ("{resource}.{environment}.{prefix}", "net.dev.MM"),
        ("{prefix}/{resource}", "MM/net"),
        ("{zone}-{resource}", "net"),
    ] {
        let synthesis = synthesize_for(organisation().pattern(pattern), |s| s.add("a", Net::new()).map(drop))?;
        assert_eq!(synthesis.stack("dev/network")?.find::<Net>("a")?.name(), Some(name));
    }
    let wrong = App::new(Organisation::new("MM").pattern("{prefix}-{kind}")).stack("a", dev()).map(drop);
    refused(wrong, &["organisation", "{prefix}-{kind}", "unknown part {kind}", "{resource}"]);
    Ok(())
}

#[test]
fn a_shared_stack_has_no_environment_in_its_names() -> Result<()> {
    let mut app = app();
    app.stack("bootstrap", Home::shared())?.add("state", Net::new())?;
    assert_eq!(app.synth()?.stack("bootstrap")?.find::<Net>("state")?.name(), Some("MM-net-state"));
    Ok(())
}

#[test]
fn a_given_name_is_checked_and_never_altered() -> Result<()> {
    let named = |name: &str| synthesize(|stack| stack.add("a", Bucket::default().bucket(name)).map(drop));
    let synthesis = named("by-hand")?;
    assert_eq!(synthesis.stack("dev/network")?.named::<Bucket>("by-hand")?.text("bucket")?, "by-hand");
    let long = "a".repeat(31);
    for (name, part) in [
        ("By-Hand", "'B'"),
        (&long, "has 31 characters, bucket names have at most 30"),
        ("ab", "at least 3"),
        ("-abc", "begins or ends"),
        ("10.0.0.1", "'.'"),
    ] {
        refused(named(name), &["dev/network/a", &format!("{name:?}"), part]);
    }
    Ok(())
}

#[test]
fn a_conventional_name_over_the_limit_is_an_error_that_shows_it() {
    let result = synthesize(|stack| stack.add("a-very-long-purpose", Bucket::default()).map(drop));
    refused(
        result,
        &[
            "dev/network/a-very-long-purpose",
            "\"mm-dev-use1-bucket-a-very-long-purpose\"",
            "38",
            "at most 30",
            "purpose",
        ],
    );
}

#[test]
fn a_name_prefix_stands_for_the_name() -> Result<()> {
    let synthesis = synthesize(|stack| {
        stack.add("a", Bucket::default().bucket_prefix("x-"))?;
        stack.with(Local::new().purpose("a")).add("b", Bucket::default()).map(drop)
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert!(!stack.find::<Bucket>("a")?.has("bucket"));
    assert_eq!(stack.find::<Bucket>("b")?.text("bucket")?, "mm-dev-use1-bucket-a");
    Ok(())
}

#[test]
fn a_name_that_is_an_expression_is_left_to_terraform() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let net = stack.add("net", Net::new())?;
        stack.add("a", Bucket::default().bucket(Value::text("x-") + net.id())).map(drop)
    })?;
    let bucket = synthesis.stack("dev/network")?.find::<Bucket>("a")?;
    assert_eq!(bucket.text("bucket")?, "x-${cloud_net.net.id}");
    assert_eq!(bucket.tag("Name")?, "x-${cloud_net.net.id}");
    assert_eq!(bucket.name(), None);
    Ok(())
}

#[test]
fn two_resources_of_a_type_with_one_name_are_an_error_in_the_whole_app() -> Result<()> {
    let mut app = app();
    app.stack("one", dev())?.add("a", Bucket::default())?;
    let mut two = app.stack("two", dev())?;
    refused(
        two.add("a", Bucket::default()),
        &["dev/two/a", "bucket name \"mm-dev-use1-bucket-a\"", "that of dev/one/a", "purpose or qualifier"],
    );
    two.with(Local::new().qualifier("two")).add("a", Bucket::default())?;
    // Only a type's own names clash: a tag is no identity, and another environment has other names.
    two.add("b", Net::new())?;
    two.with(Local::new().purpose("b")).add("c", Net::new())?;
    app.stack("two", home("prod"))?.add("a", Bucket::default())?;
    app.synth().map(drop)
}

#[test]
fn an_overridden_name_is_the_name() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let here = || Bucket::default();
    stack.add("a", here().set_at("bucket", "one"))?;
    stack.with(Local::new().purpose("a")).add("b", here())?;
    refused(stack.add("c", here().set_at("bucket", "one")), &["dev/network/c", "\"one\"", "dev/network/a"]);
    let synthesis = app.synth()?;
    assert_eq!(synthesis.stack("dev/network")?.named::<Bucket>("one")?.path(), "a");
    Ok(())
}

#[test]
fn a_construct_may_ask_for_a_name_before_it_places_the_resource() -> Result<()> {
    struct Asks;
    impl Construct for Asks {
        type Output = String;
        fn build(self, scope: &mut Scope<'_>) -> Result<String> {
            let name = scope.name_of::<Bucket>()?;
            let placed = scope.place(Bucket::default());
            placed.map(|_| name)
        }
    }
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let name = stack.add("core", Asks)?;
    refused(stack.add("a-very-long-purpose", Asks), &["dev/network/a-very-long-purpose", "at most 30"]);
    assert_eq!(app.synth()?.stack("dev/network")?.find::<Bucket>("core")?.text("bucket")?, name);
    Ok(())
}

#[test]
fn a_name_is_free_again_when_its_construct_failed() -> Result<()> {
    struct Fails;
    impl Construct for Fails {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.add("bucket", Bucket::default())?;
            Err(Error::new("no"))
        }
    }
    let synthesis = synthesize(|stack| {
        let _ = stack.add("core", Fails);
        stack.add("core", Bucket::default()).map(drop)
    })?;
    assert_eq!(synthesis.stack("dev/network")?.resources::<Bucket>().len(), 1);
    Ok(())
}

#[test]
fn types_without_names_get_none() -> Result<()> {
    let synthesis = synthesize(|stack| {
        stack.once("current", Lookup::default())?;
        stack.add("link", Link::new("x").ends(common::block::<String>("a", "b"))).map(drop)
    })?;
    for found in synthesis.stack("dev/network")?.all() {
        assert_eq!(found.name(), None, "{}", found.address());
    }
    Ok(())
}

#[test]
fn a_further_provider_brings_its_region_to_names_and_to_what_is_shared() -> Result<()> {
    let synthesis = synthesize(|stack| {
        let west = Provider::new(&CLOUD).set::<String>("region", "us-west-2").local(Local::new().region("usw2"));
        let west = stack.provider("us-west-2", west)?;
        stack.add("a", Bucket::default().provider(&west))?;
        stack.with(&west).add("b", Bucket::default())?;
        let here = stack.once("current", Lookup::default())?;
        let there = stack.with(&west).once("current", Lookup::default())?;
        assert_ne!(here.id(), there.id());
        Ok(())
    })?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<Bucket>("a")?.text("bucket")?, "mm-dev-usw2-bucket-a");
    assert_eq!(stack.find::<Bucket>("b")?.text("bucket")?, "mm-dev-usw2-bucket-b");
    assert_eq!(stack.resources::<Lookup>().len(), 2);
    Ok(())
}

#[test]
fn one_environment_name_with_two_contents_is_an_error() -> Result<()> {
    let environment = |account: &str, region: &str, tag: &str| {
        Environment::new("dev").fact("account", account).local(Local::new().region(region).tag("Team", tag))
    };
    let mut app = app();
    app.stack("one", environment("111", "use1", "a"))?;
    for (other, part) in [
        (environment("222", "use1", "a"), "account"),
        (environment("111", "usw2", "a"), "names"),
        (environment("111", "use1", "b"), "\"Team\" = \"b\""),
        (environment("111", "use1", "a").tag_value("Development"), "the tag value \"Development\""),
        (environment("111", "use1", "a").fact("owner", "x"), "facts"),
    ] {
        refused(app.stack("two", other).map(drop), &["the environment \"dev\"", part, "make the environment once"]);
    }
    app.stack("two", environment("111", "use1", "a"))?;
    Ok(())
}

#[test]
fn an_environment_and_a_shared_stack_cannot_have_one_folder() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?;
    refused(app.stack("dev", Home::shared()).map(drop), &["\"dev\"", "both an environment and a shared stack"]);
    app.stack("prod", Home::shared())?;
    refused(app.stack("network", home("prod")).map(drop), &["\"prod\"", "both an environment and a shared stack"]);
    refused(app.stack("network", dev()).map(drop), &["dev/network", "already a stack"]);
    Ok(())
}

#[test]
fn a_name_that_is_a_tag_is_checked_as_one() -> Result<()> {
    let named = |name: &str| synthesize(|stack| stack.add("a", Net::new().tags([("Name", name)])).map(drop));
    assert_eq!(named("Mine + not yours")?.stack("dev/network")?.find::<Net>("a")?.name(), Some("Mine + not yours"));
    refused(named("${x}"), &["dev/network/a", "Name", "'$'"]);
    let tags: Value<Map<String>> = [("Name", "x".repeat(257))].into();
    refused(synthesize(|stack| stack.add("a", Net::new().tags(tags)).map(drop)), &["257 characters", "256"]);
    Ok(())
}

#[test]
fn a_fixed_name_warns_if_its_resource_is_created_before_the_old_one_is_destroyed() -> Result<()> {
    let warnings = |resource: Bucket| -> Result<Vec<String>> {
        let synthesis = synthesize(|stack| stack.add("a", resource).map(drop))?;
        Ok(synthesis.warnings().iter().map(ToString::to_string).collect())
    };
    let first = || Lifecycle::new().create_before_destroy();
    for fixed in [Bucket::default(), Bucket::default().bucket("by-hand")] {
        let found = warnings(fixed.lifecycle(first()))?;
        assert_eq!(found.len(), 1, "{found:?}");
        for part in ["dev/network/a: ", "cloud_bucket.a", "bucket_prefix", "create_before_destroy"] {
            assert!(found[0].contains(part), "{part} is missing in {}", found[0]);
        }
    }
    assert!(warnings(Bucket::default().bucket("by-hand"))?.is_empty());
    assert!(warnings(Bucket::default().bucket_prefix("by-hand").lifecycle(first()))?.is_empty());
    let unnamed = synthesize(|stack| stack.add("net", Net::new().lifecycle(first())).map(drop))?;
    assert!(unnamed.warnings().is_empty());
    Ok(())
}

#[test]
fn a_preview_is_what_is_placed() -> Result<()> {
    let seen = |local: Local, bucket: Bucket| -> Result<(Option<String>, String, String)> {
        let mut preview = None;
        let synthesis = synthesize(|stack| {
            let mut scope = stack.with(local);
            scope.add("a", Probe { bucket, preview: &mut preview }).map(drop)
        })?;
        let placed = synthesis.stack("dev/network")?.find::<Bucket>("a")?.body().to_string();
        let (name, shown) = preview.expect("it was taken");
        Ok((name, shown, placed))
    };
    for (local, bucket, name) in [
        (Local::new(), Bucket::default(), Some("mm-dev-use1-bucket-a")),
        (Local::new(), Bucket::default().bucket("given"), Some("given")),
        (Local::new().set_on::<Bucket>("bucket", "other"), Bucket::default().bucket("given"), Some("other")),
        (Local::new().set_on::<Bucket>("bucket", Value::<Any>::raw("terraform.workspace")), Bucket::default(), None),
        (Local::new().tag("Team", "a").set_on::<Bucket>("size", 3), Bucket::default(), Some("mm-dev-use1-bucket-a")),
    ] {
        let (known, shown, placed) = seen(local, bucket)?;
        assert_eq!(known.as_deref(), name);
        assert_eq!(shown, placed);
    }
    Ok(())
}

/// Notes what a bucket will be, and places it.
struct Probe<'a> {
    bucket: Bucket,
    preview: &'a mut Option<(Option<String>, String)>,
}

impl Construct for Probe<'_> {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        let preview = scope.preview(self.bucket.clone())?;
        let all = preview.arguments().map(|argument| (argument.to_owned(), preview.json(argument)));
        let all: std::collections::BTreeMap<_, _> = all.collect();
        let json = mmcdk_core::serde_json::to_value(all).expect("it is JSON").to_string();
        *self.preview = Some((preview.name().map(str::to_owned), json));
        scope.place(self.bucket).map(drop)
    }
}

/// Notes the name that a bucket will have, and places it.
struct Names(Bucket);

impl Construct for Names {
    type Output = Option<String>;

    fn build(self, scope: &mut Scope<'_>) -> Result<Option<String>> {
        let preview = scope.preview(self.0.clone())?;
        scope.place(self.0)?;
        Ok(preview.name().map(str::to_owned))
    }
}

#[test]
fn a_preview_follows_the_provider_of_the_resource() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("network", dev())?;
    let west = stack.provider("west", Provider::new(&CLOUD).local(Local::new().region("usw2").tag("Team", "west")))?;
    let name = stack.add("a", Names(Bucket::default().provider(&west)))?;
    let mut other = app.stack("other", dev())?;
    refused(other.add("a", Names(Bucket::default().provider(&west))), &["dev/other/a", "belongs to another stack"]);
    let synthesis = app.synth()?;
    let placed = synthesis.stack("dev/network")?.find::<Bucket>("a")?;
    assert_eq!(name.as_deref(), placed.argument("bucket")?.as_str());
    assert_eq!(name.as_deref(), Some("mm-dev-usw2-bucket-a"));
    Ok(())
}
