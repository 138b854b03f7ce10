//! Types with limits of tags of their own, the choice of their tags, and the tags of raw resources.

mod common;

use common::{Net, Role, Signer, Thing, dev, organisation, refused, synthesize, synthesize_for};
use mmcdk_core::{Any, App, Block, Local, Map, Organisation, RawResource, Result, Value};

/// Three mandatory tags, which with the environment's and the name are more than a thing may carry.
fn strict() -> Organisation {
    organisation().mandatory_tags(["Owner", "Environment", "Backup"]).tags([("Backup", "daily"), ("Team", "a")])
}

fn tags_of(organisation: Organisation, local: Local, thing: Thing) -> Result<Vec<String>> {
    let synthesis = synthesize_for(organisation, |stack| stack.with(local).add("core", thing).map(drop))?;
    Ok(synthesis.stack("dev/network")?.find::<Thing>("core")?.tag_keys())
}

#[test]
fn a_type_that_may_have_fewer_tags_carries_those_that_are_chosen() -> Result<()> {
    refused(
        tags_of(strict(), Local::new(), Thing::default()),
        &["dev/network/core", "5 tags", "may have 4", "only_tags_on"],
    );
    let here = || Local::new().only_tags_on::<Thing>(["Owner", "Environment"]);
    assert_eq!(tags_of(strict(), here(), Thing::default())?, ["Environment", "Owner"]);
    let everywhere = || strict().only_tags_on::<Thing>(["Owner", "Environment", "Name"]);
    assert_eq!(tags_of(everywhere(), Local::new(), Thing::default())?, ["Environment", "Name", "Owner"]);
    // The nearest choice counts; the resource's own tags and that of the environment are always there.
    assert_eq!(tags_of(everywhere(), here(), Thing::default())?, ["Environment", "Owner"]);
    let own = Thing::default().tags([("Kind", "x"), ("Owner", "me")]);
    assert_eq!(tags_of(strict(), here(), own)?, ["Environment", "Kind", "Owner"]);
    let only_own = Local::new().only_tags_on::<Thing>(["Kind"]);
    assert_eq!(tags_of(strict(), only_own, Thing::default().tags([("Kind", "x")]))?, ["Environment", "Kind"]);
    Ok(())
}

#[test]
fn a_choice_of_tags_is_for_types_with_few_and_names_tags_that_are_set() {
    let typo = Local::new().only_tags_on::<Thing>(["Owner", "Enviroment"]);
    refused(
        tags_of(strict(), typo, Thing::default()),
        &["dev/network/core", "the tag \"Enviroment\" for cloud_object", "Environment"],
    );
    let result = synthesize_for(strict(), |stack| {
        stack.with(Local::new().only_tags_on::<Net>(["Owner"])).add("core", Net::new()).map(drop)
    });
    refused(result, &["dev/network/core", "the tags of cloud_net cannot be chosen", "50"]);
    // What is chosen is still mandatory.
    let without = Local::new().only_tags_on::<Thing>(["Owner"]).without_tag("Owner");
    refused(tags_of(strict(), without, Thing::default()), &["\"Owner\"", "nothing sets it"]);
}

#[test]
fn keys_differ_by_case_only_if_the_type_says_so() -> Result<()> {
    let both = || Local::new().tag("owner", "b");
    refused(
        synthesize(|stack| stack.with(both()).add("core", Role::default()).map(drop)),
        &["dev/network/core", "the tags \"Owner\" and \"owner\" have one key", "keep one"],
    );
    refused(
        synthesize(|stack| stack.add("core", Role::default().tags([("OWNER", "b")])).map(drop)),
        &["\"OWNER\" and \"Owner\" have one key"],
    );
    let merged = synthesize(|stack| {
        let net = stack.add("net", Net::new())?;
        let tags: Value<Map<String>> = net.tags_all().merge([("OWNER", "b")]);
        stack.add("core", Role::default().tags(tags)).map(drop)
    });
    refused(merged, &["have one key"]);
    let synthesis = synthesize(|stack| stack.with(both()).add("core", Net::new()).map(drop))?;
    assert_eq!(synthesis.stack("dev/network")?.find::<Net>("core")?.tag("owner")?, "b");
    Ok(())
}

#[test]
fn characters_and_empty_values_follow_the_type() -> Result<()> {
    let signer = |key: &str, value: &str| {
        let tags = Signer::default().tags([(key, value)]);
        synthesize(|stack| stack.add("core", tags).map(drop)).map(drop)
    };
    let net = |key: &str, value: &str| {
        synthesize(|stack| stack.add("core", Net::new().tags([(key, value)])).map(drop)).map(drop)
    };
    signer("a-b", "a b")?;
    for (key, value, parts) in [
        ("a b", "x", &["the key of tag \"a b\"", "' '", "the letters a to z, digits and \"-\""][..]),
        ("\u{e9}", "x", &["the key of tag", "'\u{e9}'"]),
        ("a", "\u{e9}", &["the value of tag", "'\u{e9}'"]),
        ("a", "", &["the value of tag \"a\" = \"\" has 0 characters", "at least 1"]),
    ] {
        refused(signer(key, value), &[&["dev/network/core"], parts].concat());
        net(key, value)?;
    }
    Ok(())
}

/// A stack with one raw resource.
fn raw(organisation: Organisation, resource: RawResource) -> Result<mmcdk_core::Synthesis> {
    synthesize_for(organisation, |stack| {
        stack.add("core", resource)?;
        stack.add("net", Net::new().tags([("Purpose", "x")])).map(drop)
    })
}

#[test]
fn a_raw_resource_carries_the_tags_of_its_place() -> Result<()> {
    let tags: Value<Any> = Value::<Map<String>>::map([("Owner", "me")]).any();
    let synthesis = raw(strict(), RawResource::new("cloud_net").set("tags", tags))?;
    let found = synthesis.stack("dev/network")?.at("cloud_net.core")?;
    assert_eq!(found.tag_keys(), ["Backup", "Environment", "Owner", "Team"]);
    assert_eq!(found.tag("Owner")?, "me");
    // Types that the provider does not tag, and data sources, stay as they are.
    for (resource, address) in
        [(RawResource::new("cloud_link"), "cloud_link.core"), (RawResource::data("cloud_net"), "data.cloud_net.core")]
    {
        let synthesis = raw(strict(), resource)?;
        assert_eq!(synthesis.stack("dev/network")?.at(address)?.tag_keys().len(), 0);
    }
    Ok(())
}

#[test]
fn tags_are_filled_into_blocks_that_a_raw_resource_has_as_values() -> Result<()> {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
    for tag in [r#"[{"key": "Color", "value": "blue"}]"#, r#"{"key": "Color", "value": "blue"}"#] {
        let synthesis = raw(strict(), RawResource::new("cloud_group").set("tag", json(tag)))?;
        let group = synthesis.stack("dev/network")?.at("cloud_group.core")?;
        assert_eq!(group.argument("tag.0.key")?, "Color", "{tag}");
        assert!(group.argument("tag.1.key").is_ok(), "the tags of its place come besides: {group:?}");
    }
    let expression = RawResource::new("cloud_group").set("tag", Value::<Any>::raw("local.tags"));
    refused(raw(strict(), expression), &["dev/network/core", "tag is an expression", "give it as blocks"]);
    Ok(())
}

#[test]
fn mandatory_tags_bind_raw_resources() {
    let mandatory = || organisation().mandatory_tags(["Purpose"]);
    refused(
        raw(mandatory(), RawResource::new("cloud_net")),
        &["dev/network/core", "cloud_net.core lacks the mandatory tag Purpose"],
    );
    let each = RawResource::new("cloud_group").block("tag", Block::new().set::<String>("key", "Other"));
    refused(raw(mandatory(), each), &["cloud_group.core lacks the mandatory tag Purpose"]);
    let purpose = Block::new().set::<String>("key", "Purpose").set::<String>("value", "x");
    raw(mandatory(), RawResource::new("cloud_group").block("tag", purpose)).unwrap();
    let tags: Value<Any> = Value::<Map<String>>::map([("Purpose", "x")]).any();
    raw(mandatory(), RawResource::new("cloud_net").set("tags", tags)).unwrap();
    raw(mandatory(), RawResource::new("cloud_link")).unwrap();
    // A limit of the type binds it as well.
    refused(raw(strict(), RawResource::new("cloud_object").set("tags", many())), &["may have 4"]);
}

fn many() -> Value<Any> {
    Value::<Map<String>>::map(["a", "b", "c"].map(|key| (key, "x"))).any()
}

#[test]
fn a_choice_of_tags_is_a_part_of_the_environment() {
    let mut app = App::new(organisation());
    app.stack("one", dev()).unwrap();
    let other = mmcdk_core::Environment::new("dev")
        .local(Local::new().region("use1").tag("Environment", "dev").only_tags_on::<Thing>(["Owner"]));
    refused(app.stack("two", other).map(drop), &["the tags left out"]);
}
