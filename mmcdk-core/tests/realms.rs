//! Names are unique in a realm: the places and the parent that a type says, and no further.

mod common;

use common::{Bucket, CLOUD, Lookup, Net, Role, User, app, refused};
use mmcdk_core::{App, Construct, Environment, Home, Local, Provider, Resource, Result, Scope, Stack, Value};

/// A stack of an environment in that account and region.
fn home(environment: &str, account: Option<&str>, region: &str) -> Home {
    let places = Local::new().place("region", region);
    let places = match account {
        Some(account) => places.place("account", account),
        None => places.unknown_place("account", "credentials"),
    };
    Home::of(Environment::new(environment)).provider(Provider::new(&CLOUD).local(places))
}

fn bucket(name: &str) -> Bucket {
    Bucket::default().bucket(name)
}

/// Adds a bucket `same` in each of the two homes, under two ids.
fn two(one: Home, another: Home) -> (App, Result<()>) {
    let mut app = app();
    app.stack("one", one).and_then(|mut stack| stack.add("a", bucket("same"))).unwrap();
    let second = app.stack("two", another).and_then(|mut stack| stack.add("b", bucket("same"))).map(drop);
    (app, second)
}

#[test]
fn names_are_unique_in_their_realm_and_free_outside_of_it() -> Result<()> {
    let here = || home("dev", Some("111"), "east");
    for other in [home("prod", Some("222"), "east"), home("prod", Some("111"), "west"), home("prod", None, "west")] {
        let (app, second) = two(here(), other);
        second?;
        assert_eq!(app.synth()?.warnings().len(), 0);
    }
    for other in [here(), home("prod", Some("111"), "east")] {
        refused(
            two(here(), other).1,
            &["two/b", "the bucket name \"same\" is that of dev/one/a", "purpose or qualifier"],
        );
    }
    Ok(())
}

#[test]
fn names_in_accounts_that_may_be_one_are_warned_of() -> Result<()> {
    let unknown = |environment| home(environment, None, "east");
    // Nothing in the program tells two stacks of one environment apart.
    refused(two(unknown("dev"), unknown("dev")).1, &["dev/two/b", "that of dev/one/a"]);
    for (one, another) in [
        (unknown("dev"), unknown("prod")),
        (unknown("dev"), home("prod", Some("111"), "east")),
        (home("dev", Some("111"), "east"), unknown("prod")),
    ] {
        let (app, second) = two(one, another);
        second?;
        let synthesis = app.synth()?;
        let [warning] = synthesis.warnings() else { panic!("{:?}", synthesis.warnings()) };
        let warning = warning.to_string();
        for part in ["prod/two/b", "\"same\"", "dev/one/a", "if both are in one account", "say which account"] {
            assert!(warning.contains(part), "{part} is missing in: {warning}");
        }
    }
    Ok(())
}

#[test]
fn an_argument_wins_over_the_place_of_the_context() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("one", home("dev", Some("111"), "east"))?;
    stack.add("a", bucket("same"))?;
    stack.add("b", bucket("same").set::<String>("region", "west"))?;
    refused(stack.add("c", bucket("same").set::<String>("region", "west")), &["dev/one/c", "that of dev/one/b"]);
    refused(stack.add("d", bucket("same").set::<String>("region", "east")), &["dev/one/d", "that of dev/one/a"]);
    Ok(())
}

#[test]
fn a_further_provider_is_another_place() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("one", home("dev", Some("111"), "east"))?;
    let west = stack.provider("west", Provider::new(&CLOUD).local(Local::new().place("region", "west")))?;
    stack.add("a", bucket("same"))?;
    stack.add("b", bucket("same").provider(&west))?;
    refused(stack.with(&west).add("c", bucket("same")), &["dev/one/c", "that of dev/one/b"]);
    Ok(())
}

#[test]
fn names_differ_by_case_only_if_the_service_says_so() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("one", home("dev", Some("111"), "east"))?;
    stack.add("a", Role::named("Deploy"))?;
    let clash = "the role name \"deploy\" is that of dev/one/a, apart from upper and lower case";
    refused(stack.add("b", Role::named("deploy")), &["dev/one/b", clash]);
    refused(stack.add("c", User::named("DEPLOY")), &["dev/one/c", "\"DEPLOY\" is that of dev/one/a"]);
    stack.add("d", Role::named("deployer"))?;
    refused(
        app.stack("two", home("dev", Some("111"), "west"))?.add("a", Role::named("deploy")),
        &["that of dev/one/a"],
    );
    app.stack("three", home("prod", Some("222"), "east"))?.add("a", Role::named("deploy"))?;
    let place = |name: &'static str| Bucket::default().set::<String>("region", name).bucket("same");
    let mut four = app.stack("four", home("prod", Some("222"), "east"))?;
    four.add("a", place("Mars"))?;
    four.add("b", place("mars")).map(drop)
}

/// The values that name a parent, in a stack with two nets, a bucket with a name, and something that is looked up.
fn parents(stack: &mut Stack<'_>) -> Result<Vec<(&'static str, Value<String>)>> {
    let net = stack.add("net", Net::new())?;
    let other = stack.with(Local::new().purpose("net")).add("other", Net::new())?;
    let named = stack.add("named", bucket("parent"))?;
    let looked_up = stack.once("current", Lookup::default())?;
    let literal = |text: &str| Value::text(text.to_owned());
    Ok(vec![
        ("net", net.id()),
        ("net", net.secret()),
        ("other", other.id()),
        ("named", named.id()),
        ("named", literal("parent")),
        ("absent", Value::none()),
        ("literal", literal("elsewhere")),
        ("looked up", looked_up.id()),
        ("part of what is looked up", looked_up.secret()),
        ("expression", Value::text("x-") + net.id()),
        ("raw", Value::raw("var.net")),
    ])
}

#[test]
fn names_are_unique_in_their_parent() -> Result<()> {
    let count = parents(&mut app().stack("one", home("dev", Some("111"), "east"))?)?.len();
    for (one, another) in (0..count).flat_map(|one| (0..count).map(move |another| (one, another))) {
        let mut app = app();
        let mut stack = app.stack("one", home("dev", Some("111"), "east"))?;
        let parents = parents(&mut stack)?;
        let within = |index: usize| bucket("same").net(parents[index].1.clone());
        stack.add("a", within(one))?;
        let second = stack.add("b", within(another)).map(drop);
        match parents[one].0 == parents[another].0 {
            true => refused(second, &["dev/one/b", "that of dev/one/a"]),
            false => second?,
        }
    }
    Ok(())
}

#[test]
fn an_imported_parent_is_the_one_it_was_imported_from() -> Result<()> {
    let mut app = app();
    let mut one = app.stack("one", home("dev", Some("111"), "east"))?;
    let net = one.add("net", Net::new())?;
    let other = one.with(Local::new().purpose("net")).add("other", Net::new())?;
    one.add("a", bucket("same").net(net.id()))?;
    let mut two = app.stack("two", home("dev", Some("111"), "east"))?;
    let (net, other) = (two.import("net", &net.id())?, two.import("other", &other.id())?);
    refused(two.add("b", bucket("same").net(net)), &["dev/two/b", "that of dev/one/a"]);
    two.add("c", bucket("same").net(other))?;
    Ok(())
}

#[test]
fn parts_of_two_parents_may_have_the_convention_s_name() -> Result<()> {
    struct Pair;
    impl Construct for Pair {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            for purpose in ["reader", "writer"] {
                let parent = scope.with(Local::new().purpose(purpose)).add(purpose, Bucket::default())?;
                scope.add(&format!("{purpose}-part"), Bucket::default().net(parent.id()))?;
            }
            Ok(())
        }
    }
    let mut app = app();
    app.stack("one", home("dev", Some("111"), "east"))?.add("pair", Pair)?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/one")?;
    for part in ["reader", "writer"] {
        let part = stack.find::<Bucket>(&format!("pair/{part}-part"))?;
        assert_eq!(part.text("bucket")?, "mm-dev-bucket-pair");
    }
    Ok(())
}
