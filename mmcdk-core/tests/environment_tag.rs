//! The tag of environments: declared once, set on everything, contradicted by nothing.

mod common;

use common::{Bucket, CLOUD, Group, Lookup, Machine, Net, Template, block, dev, organisation, refused};
use mmcdk_core::{
    App, Block, Construct, Environment, Home, Local, Map, Organisation, Provider, RawResource, Resource, Result, Stack,
    Value,
};
use serde_json::{Value as Json, json};

const DEV: (&str, &str) = ("Environment", "dev");
const PROD: (&str, &str) = ("Environment", "prod");

fn environment(name: &str) -> Environment {
    Environment::new(name).local(Local::new().region("use1"))
}

/// The error of one stack of dev.
#[track_caller]
fn check_refused(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>, parts: &[&str]) {
    let mut app = App::new(organisation());
    let mut stack = app.stack("network", dev()).unwrap();
    stack.require_provider("cloud", "test/cloud", "~> 1.0").unwrap();
    refused(describe(&mut stack), parts);
}

#[test]
fn everything_in_an_environment_carries_its_tag() -> Result<()> {
    let organisation = Organisation::new("MM");
    for (organisation, environment, expected) in [
        (organisation.clone(), environment("dev"), json!({"Environment": "dev", "Name": "MM-dev-use1-net-a"})),
        (
            organisation.clone(),
            environment("prod").tag_value("production"),
            json!({"Environment": "production", "Name": "MM-prod-use1-net-a"}),
        ),
        (
            organisation.clone().environment_tag("stage"),
            environment("dev").tag_value("Development"),
            json!({"Name": "MM-dev-use1-net-a", "stage": "Development"}),
        ),
        // A tag of the organisation is for what has no nearer one, such as shared stacks.
        (
            organisation.clone().tags([("Environment", "shared")]),
            environment("dev"),
            json!({"Environment": "dev", "Name": "MM-dev-use1-net-a"}),
        ),
        (organisation.without_environment_tag(), environment("dev"), json!({"Name": "MM-dev-use1-net-a"})),
    ] {
        let key = organisation.clone();
        let mut app = App::new(organisation);
        app.stack("network", environment)?.add("a", Net::new())?;
        app.stack("dns", Home::shared())?.add("a", Net::new())?;
        let synthesis = app.synth()?;
        let (network, dns) = (synthesis.stacks().next().unwrap(), synthesis.stack("dns")?);
        assert_eq!(network.find::<Net>("a")?.argument("tags")?, expected, "{key:?}");
        match network.environment_tag() {
            Some((key, value)) => assert_eq!(expected[key], value),
            None => assert!(expected.get("Environment").is_none()),
        }
        assert_eq!(network.environment_tag_key(), network.environment_tag().map(|(key, _)| key));
        assert_eq!((dns.environment_tag(), dns.environment_tag_key()), (None, network.environment_tag_key()));
    }
    Ok(())
}

#[test]
fn a_tag_that_contradicts_the_environments_is_rejected_wherever_it_is_given() {
    const CONTRADICTS: &str = "the tag \"Environment\" = \"prod\" contradicts the environment's \"dev\"";
    let at = |path: &'static str| [path, CONTRADICTS, "leave it out", "tag_value(\"prod\") on the environment"];
    let stack = |home: Home| App::new(organisation()).stack("network", home).map(drop);
    let tag = || Local::new().tags([PROD]);
    refused(stack(Home::of(environment("dev").local(tag()))), &at("dev: "));
    refused(stack(Home::of(environment("dev")).with(tag())), &at("dev/network: "));
    refused(stack(Home::of(environment("dev")).provider(Provider::new(&CLOUD).local(tag()))), &at("dev/network: "));

    check_refused(|stack| stack.provider("a", Provider::new(&CLOUD).local(tag())).map(drop), &at("dev/network: "));
    let defaults =
        || Provider::new(&CLOUD).blocks::<Block>("default_tags", Block::new().set::<Map<String>>("tags", [PROD]));
    check_refused(|stack| stack.provider("a", defaults()).map(drop), &at("dev/network: "));
    refused(stack(Home::of(environment("dev")).provider(defaults())), &at("dev/network: "));

    let at = at("dev/network/a: ");
    check_refused(|stack| stack.with(tag()).add("a", Net::new()).map(drop), &at);
    check_refused(|stack| stack.add("a", Net::new().tags([PROD])).map(drop), &at);
    check_refused(|stack| stack.add("a", Bucket::default().tags([PROD])).map(drop), &at);
    check_refused(
        |stack| {
            let other = stack.add("other", Net::new())?;
            stack.add("a", Net::new().tags(other.tags_all().merge([PROD]))).map(drop)
        },
        &at,
    );
    check_refused(
        |stack| {
            let other = stack.add("other", Net::new())?;
            let tags = Value::<Map<String>>::from([PROD]).merge(other.tags_all());
            stack.add("a", Net::new().set_at("tags", tags.any())).map(drop)
        },
        &at,
    );
    check_refused(|stack| stack.add("a", Net::new().set_at("tags.Environment", "prod")).map(drop), &at);
    check_refused(
        |stack| {
            let local = Local::new().set_on::<Net>("tags.Environment", "prod");
            stack.with(local).add("a", Net::new()).map(drop)
        },
        &at,
    );
    check_refused(|stack| stack.add("a", Machine::default().set::<Map<String>>("volume_tags", [PROD])).map(drop), &at);
    let disk = || block::<String>("device", "x").set::<Map<String>>("tags", [PROD]);
    check_refused(|stack| stack.add("a", Machine::default().disks(disk())).map(drop), &at);
    let volume = || block::<String>("resource_type", "volume").set::<Map<String>>("tags", [PROD]);
    check_refused(|stack| stack.add("a", Template::default().specifications(volume())).map(drop), &at);
    let tag = || block::<String>("key", PROD.0).set::<String>("value", PROD.1);
    check_refused(|stack| stack.add("a", Group::default().tag(tag())).map(drop), &at);
    check_refused(
        |stack| stack.add("a", RawResource::new("cloud_net").set("tags", json!({PROD.0: PROD.1}))).map(drop),
        &at,
    );
}

#[test]
fn a_tag_that_may_contradict_the_environments_is_rejected_too() {
    let unknown = || Value::<String>::raw("var.environment");
    check_refused(
        |stack| stack.with(Local::new().tag("Environment", unknown())).add("a", Net::new()).map(drop),
        &["dev/network/a: ", "\"Environment\" = var.environment may contradict", "leave it out"],
    );
    for key in ["environment", "ENVIRONMENT"] {
        check_refused(
            |stack| stack.add("a", Net::new().tags([(key, "dev")])).map(drop),
            &["dev/network/a: ", key, "in another case", &format!("environment_tag({key:?})")],
        );
    }
}

#[test]
fn a_tag_that_repeats_the_environments_is_accepted() -> Result<()> {
    let mut app = App::new(organisation());
    let mut stack = app.stack("network", Home::of(environment("dev").local(Local::new().tags([DEV]))))?;
    stack.with(Local::new().tags([DEV])).add("a", Net::new().tags([DEV]))?;
    // What is looked for may be of another environment; the guard of plans judges that.
    stack.add("looked-for", Lookup::default().tags([PROD]))?;
    let mut shared = app.stack("dns", Home::shared())?;
    shared.add("a", Net::new().tags([PROD]))?;
    app.synth().map(drop)
}

#[test]
fn two_environments_never_have_one_tag() -> Result<()> {
    let mut app = App::new(organisation());
    app.stack("network", environment("prod").tag_value("production"))?;
    for other in [environment("dev").tag_value("production"), environment("production")] {
        refused(
            app.stack("network", other).map(drop),
            &["its tag \"Environment\" = \"production\" is that of the environment \"prod\"", "tag_value"],
        );
    }
    let mut app = App::new(organisation().without_environment_tag());
    app.stack("network", environment("prod").tag_value("production"))?;
    app.stack("network", environment("production")).map(drop)
}

#[test]
fn mandatory_tags_agree_with_the_tag_of_environments() -> Result<()> {
    let stack = |organisation: Organisation| App::new(organisation).stack("a", environment("dev")).map(drop);
    refused(
        stack(organisation().mandatory_tags(["Owner", "environment"])),
        &["organisation: ", "\"environment\" is the tag of environments, \"Environment\", in another case"],
    );
    refused(stack(organisation().mandatory_tags(["Owner", " "])), &["organisation: ", "an empty key"]);
    stack(organisation().mandatory_tags(["Environment"]))?;
    stack(organisation().mandatory_tags(["environment"]).environment_tag("environment"))?;
    stack(organisation().mandatory_tags(["environment"]).without_environment_tag())
}

#[test]
fn an_environments_tag_is_never_empty() {
    let stack = |organisation: Organisation, environment| App::new(organisation).stack("a", environment).map(drop);
    refused(stack(organisation().environment_tag(" "), environment("dev")), &["organisation: ", "the key", "\" \""]);
    refused(stack(organisation(), environment("dev").tag_value("")), &["dev: ", "the value", "\"\""]);
}

/// Sets an argument of a typed resource as a whole, after its tags are in place.
fn set_typed<R: Resource + Construct + Default>(
    stack: &mut Stack<'_>,
    argument: &'static str,
    value: Json,
) -> Result<()> {
    stack.add("a", R::default().set_at(argument, value)).map(drop)
}

#[test]
fn a_contradiction_is_rejected_in_every_place_of_a_typed_and_a_raw_resource() {
    type SetTyped = fn(&mut Stack<'_>, &'static str, Json) -> Result<()>;
    const PARTS: [&str; 2] = ["dev/network/a: ", "\"Environment\" = \"prod\" contradicts the environment's \"dev\""];
    let tags = || json!({PROD.0: PROD.1});
    let places: [(&str, SetTyped, &str, Json); 6] = [
        ("cloud_net", set_typed::<Net>, "tags", tags()),
        ("cloud_machine", set_typed::<Machine>, "volume_tags", tags()),
        ("cloud_machine", set_typed::<Machine>, "root", json!({"tags": tags()})),
        ("cloud_machine", set_typed::<Machine>, "disk", json!([{"device": "x"}, {"device": "y", "tags": tags()}])),
        ("cloud_group", set_typed::<Group>, "tag", json!([{"key": PROD.0, "value": PROD.1}])),
        (
            "cloud_template",
            set_typed::<Template>,
            "specification",
            json!([{"resource_type": "volume", "tags": tags()}]),
        ),
    ];
    for (terraform_type, set_typed, argument, value) in places {
        check_refused(|stack| set_typed(stack, argument, value.clone()), &PARTS);
        let raw = RawResource::new(terraform_type).set(argument, value);
        check_refused(|stack| stack.add("a", raw).map(drop), &PARTS);
    }
    let tag = block::<String>("key", PROD.0).set::<String>("value", PROD.1);
    let tagged = |block: Block| block.set::<Map<String>>("tags", [PROD]);
    for (terraform_type, nested, block) in [
        ("cloud_group", "tag", tag),
        ("cloud_machine", "root", tagged(Block::new())),
        ("cloud_machine", "disk", tagged(block::<String>("device", "x"))),
        ("cloud_template", "specification", tagged(block::<String>("resource_type", "volume"))),
    ] {
        let raw = RawResource::new(terraform_type).block(nested, block);
        check_refused(|stack| stack.add("a", raw).map(drop), &PARTS);
    }
    // Nothing is known of the type, but its tags have the usual name.
    let unknown = RawResource::new("cloud_unknown").set("tags", tags());
    check_refused(|stack| stack.add("a", unknown).map(drop), &PARTS);
}
