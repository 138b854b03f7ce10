//! Tags: gathered down the tree, nearest wins, rendered on every resource that can carry them, checked against limits.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{
    Bucket, CLOUD, Group, Link, Machine, Net, Template, Thing, app, block, dev, organisation, refused, synthesize,
    synthesize_for,
};
use mmcdk_core::{
    App, Block, Environment, Home, Local, Map, Organisation, Provider, RawResource, Resource, Result, Synthesis, Tags,
    Value,
};
use serde_json::{Value as Json, json};

/// The body of what stands at `a`.
#[track_caller]
fn body(synthesis: Result<Synthesis>) -> Json {
    let synthesis = synthesis.unwrap();
    let found = synthesis.stack("dev/network").unwrap().all().find(|found| found.path() == "a").unwrap();
    found.body()
}

/// The tags of a `Net` at `a` that were given on the resource, in a context.
#[track_caller]
fn tags_in(local: Local, own: impl Into<Value<Map<String>>>) -> Json {
    body(synthesize(|stack| stack.with(local).add("a", Net::new().tags(own)).map(drop)))["tags"].take()
}

fn none() -> Value<Map<String>> {
    Value::none()
}

#[test]
fn the_nearest_tag_wins() -> Result<()> {
    let mut app = mmcdk_core::App::new(organisation().tags([("A", "org"), ("B", "org"), ("C", "org"), ("D", "org")]));
    let environment = Environment::new("dev").local(Local::new().tags([("B", "env"), ("C", "env"), ("D", "env")]));
    let home = Home::of(environment).with(Local::new().tags([("C", "stack"), ("D", "stack")]));
    let mut stack = app.stack("network", home)?;
    stack.with(Local::new().tag("D", "scope")).add("a", Net::new())?;
    stack.add("b", Net::new().tags([("D", "own"), ("Owner", "own")]))?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/network")?;
    let (a, b) = (stack.find::<Net>("a")?, stack.find::<Net>("b")?);
    let name = "MM-dev-net-a";
    assert_eq!(
        a.argument("tags")?,
        json!({
            "A": "org", "B": "env", "C": "stack", "D": "scope", "Environment": "dev", "Name": name, "Owner": "platform",
        })
    );
    assert_eq!((b.tag("D")?, b.tag("Owner")?, b.tag("C")?), ("own".into(), "own".into(), "stack".into()));
    assert_eq!(a.tag_keys(), ["A", "B", "C", "D", "Environment", "Name", "Owner"]);
    Ok(())
}

#[test]
fn tags_can_be_left_out_in_a_subtree_or_on_a_type() {
    let without = Local::new().without_tag("Owner");
    assert_eq!(tags_in(without, none()), json!({"Environment": "dev", "Name": "MM-dev-use1-net-a"}));
    let on_nets = Local::new().without_tag_on::<Net>("Owner").without_tag_on::<Bucket>("Environment");
    assert_eq!(tags_in(on_nets.clone(), none()), json!({"Environment": "dev", "Name": "MM-dev-use1-net-a"}));
    // What the resource itself says stays.
    assert_eq!(tags_in(on_nets, [("Owner", "me")])["Owner"], "me");
    // A nearer tag of an excluded key is there again, and a nearer exclusion takes a tag out.
    assert_eq!(tags_in(Local::new().without_tag("Owner").tag("Owner", "new"), none())["Owner"], "new");
    let over = Local::new().tag("X", "1").over(Local::new().without_tag("X"));
    assert_eq!(tags_in(over, none())["X"], Json::Null);
}

#[test]
fn missing_mandatory_tags_are_reported_all_at_once() {
    let organisation = || organisation().mandatory_tags(["Owner", "Team", "CostCenter"]);
    let result = synthesize_for(organisation(), |stack| {
        stack.add("a", Net::new())?;
        stack.add("b", Net::new().tags([("Team", "x")]))?;
        stack.add("c", Net::new().tags([("Team", "x"), ("CostCenter", "1")]))?;
        stack.add("d", Link::new("x").ends(block::<String>("a", "b"))).map(drop)
    });
    let error = result.unwrap_err();
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{error}");
    for (line, parts) in lines.iter().zip([
        ["dev/network/a", "cloud_net.a lacks the mandatory tags Team, CostCenter", "set them on the organisation"],
        ["dev/network/b", "cloud_net.b lacks the mandatory tag CostCenter", "set it on the organisation"],
    ]) {
        parts.iter().for_each(|part| assert!(line.contains(part), "{line}"));
    }
    let excluded = synthesize_for(organisation().tags([("Team", "x"), ("CostCenter", "1")]), |stack| {
        stack.with(Local::new().without_tag("Owner")).add("a", Net::new()).map(drop)
    });
    refused(excluded, &["dev/network/a", "Owner"]);
}

#[test]
fn a_mandatory_tag_counts_wherever_it_was_given() {
    let check = |describe: fn(&mut mmcdk_core::Stack<'_>) -> Result<()>| {
        synthesize_for(organisation().mandatory_tags(["Team"]), describe)
    };
    let added = check(|stack| {
        let other = stack.add("other", Net::new().tags([("Team", "x")]))?;
        stack.add("merged", Net::new().tags(other.tags_all().merge([("Team", "y")])))?;
        stack.add("set-at", Net::new().set_at("tags.Team", "z"))?;
        let tag = block::<String>("key", "Team").set::<String>("value", "x");
        stack.add("group", Group::default().tag(tag)).map(drop)
    });
    assert!(added.is_ok(), "{added:?}");
    refused(check(|stack| stack.add("a", Group::default()).map(drop)), &["cloud_group.a lacks", "Team"]);
    refused(
        check(|stack| stack.add("a", Net::new().tags([("Team", "x")]).remove_at("tags.Team")).map(drop)),
        &["Team"],
    );
}

#[test]
fn a_mandatory_tag_that_is_empty_or_in_another_case_is_named() {
    let check = |describe: fn(&mut mmcdk_core::Stack<'_>) -> Result<()>, parts: &[&str]| {
        refused(synthesize_for(organisation().mandatory_tags(["Team"]), describe), parts);
    };
    const EMPTY: [&str; 2] = ["dev/network/a: the mandatory tag Team of cloud_", "is empty; give a value"];
    const CASE: [&str; 2] = ["dev/network/a: cloud_", "lacks the mandatory tag Team, but has \"team\" in another case"];
    let tag = |key: &'static str, value: &'static str| block::<String>("key", key).set::<String>("value", value);
    check(|stack| stack.add("a", Net::new().tags([("Team", "")])).map(drop), &EMPTY);
    check(|stack| stack.with(Local::new().tag("Team", " ")).add("a", Bucket::default()).map(drop), &EMPTY);
    check(|stack| stack.add("a", Net::new().tags([("Team", "x")]).set_at("tags.Team", "")).map(drop), &EMPTY);
    check(|stack| stack.add("a", Net::new().tags([("team", "x")])).map(drop), &CASE);
    check(|stack| stack.with(Local::new().tag("team", "x")).add("a", Machine::default()).map(drop), &CASE);
    let group = |tag| {
        synthesize_for(organisation().mandatory_tags(["Team"]), |stack| {
            stack.add("a", Group::default().tag(tag)).map(drop)
        })
    };
    refused(group(tag("Team", "")), &EMPTY);
    refused(group(tag("team", "x")), &CASE);
}

#[test]
fn a_name_is_never_given_to_everything() {
    let named = || Local::new().tag("Name", "mine");
    let rejected = |origin: &str, result: Result<()>| {
        let tag = format!("the tag \"Name\" = \"mine\" of {origin} would give everything the same name");
        refused(result, &["dev/network/a: ", &tag, "take it out there"]);
    };
    let in_stack = |organisation: Organisation, home: Home| {
        App::new(organisation).stack("network", home)?.add("a", Net::new()).map(drop)
    };
    let environment = || Environment::new("dev");
    rejected("the organisation", in_stack(organisation().tags([("Name", "mine")]), dev()));
    rejected("the environment \"dev\"", in_stack(organisation(), Home::of(environment().local(named()))));
    rejected("the stack \"dev/network\"", in_stack(organisation(), dev().with(named())));
    let provider = || Provider::new(&CLOUD).local(named());
    rejected("the stack \"dev/network\"", in_stack(organisation(), Home::of(environment()).provider(provider())));
    let defaults = || {
        Provider::new(&CLOUD)
            .blocks::<Block>("default_tags", Block::new().set::<Map<String>>("tags", [("Name", "mine")]))
    };
    const DEFAULTS: &str = "the default tags of the provider \"cloud\"";
    rejected(DEFAULTS, in_stack(organisation(), Home::of(environment()).provider(defaults())));
    let scoped = |describe: fn(&mut mmcdk_core::Stack<'_>, Local) -> Result<()>| {
        synthesize(|stack| describe(stack, named())).map(drop)
    };
    rejected("its context", scoped(|stack, named| stack.with(named).add("a", Net::new()).map(drop)));
    rejected("its context", scoped(|stack, named| stack.with(named).add("a", Bucket::default()).map(drop)));
    rejected("its context", scoped(|stack, named| stack.with(named).add("a", Group::default()).map(drop)));
    let aliased = |provider: Provider| {
        synthesize(|stack| {
            let provider = stack.provider("west", provider)?;
            stack.add("a", Net::new().provider(&provider)).map(drop)
        })
        .map(drop)
    };
    rejected("its context", aliased(provider()));
    rejected(DEFAULTS, aliased(defaults()));
    // What has no tags is not named by them.
    let link = || Link::new("x").ends(block::<String>("a", "b"));
    assert!(synthesize(|stack| stack.with(named()).add("a", link()).map(drop)).is_ok());
}

#[test]
fn a_name_that_is_given_to_a_resource_changes_that_tag_alone() -> Result<()> {
    let describe = |name: Option<&'static str>| {
        synthesize(move |stack| {
            let tags = || Value::<Map<String>>::map(name.map(|name| ("Name", name)));
            stack.add("net", Net::new().tags(tags()))?;
            stack.add("bucket", Bucket::default().tags(tags()))?;
            stack.add("machine", Machine::default().tags(tags()))?;
            stack.add("template", Template::default().tags(tags()))?;
            stack.add("other", Net::new()).map(drop)
        })
    };
    let (plain, named) = (describe(None)?, describe(Some("mine"))?);
    let (plain, named) = (plain.stack("dev/network")?, named.stack("dev/network")?);
    for (before, after) in plain.all().zip(named.all()) {
        let mut expected = before.body();
        if before.path() != "other" {
            expected["tags"]["Name"] = "mine".into();
        }
        assert_eq!(after.body(), expected);
    }
    Ok(())
}

#[test]
fn a_resource_that_was_undone_lacks_nothing() -> Result<()> {
    let synthesis = synthesize_for(organisation().mandatory_tags(["Team"]), |stack| {
        let team = || Local::new().tag("Team", "x");
        stack.with(team()).add("a", Bucket::default())?;
        // Same name: it is not placed, so its tags do not matter either.
        refused(stack.with(Local::new().purpose("a")).add("b", Bucket::default()), &["that of dev/network/a"]);
        Ok(())
    })?;
    assert_eq!(synthesis.stack("dev/network")?.all().count(), 1);
    Ok(())
}

#[test]
fn the_clouds_limits_are_checked_everywhere() {
    let many = |count: usize| (0..count).map(|n| (format!("k{n}"), "v".to_owned())).collect::<Vec<_>>();
    let long = "v".repeat(257);
    for (key, value, part) in [
        ("aws:x", "v", "\"aws:x\" = \"v\" begins with \"aws:\", which is reserved"),
        ("AwS:x", "v", "reserved"),
        ("", "v", "0 characters"),
        (&"k".repeat(129), "v", "129 characters; 1 to 128"),
        ("k", &long, "257 characters; at most 256"),
        ("k", "a|b", "'|'"),
        ("k{", "v", "'{'"),
    ] {
        let own = || Value::<Map<String>>::map([(key, value)]);
        refused(synthesize(|s| s.add("a", Net::new().tags(own())).map(drop)), &["dev/network/a", part]);
        refused(synthesize(|s| s.with(Local::new().tag(key, value)).add("a", Net::new()).map(drop)), &[part]);
        refused(
            synthesize(|s| {
                let other = s.add("other", Net::new())?;
                s.add("a", Net::new().tags(other.tags_all().merge(own()))).map(drop)
            }),
            &["dev/network/a", part],
        );
        let tag = block::<String>("key", key).set::<String>("value", value);
        refused(synthesize(|s| s.add("a", Group::default().tag(tag)).map(drop)), &["dev/network/a", part]);
    }
    // Owner, Environment and Name come on top.
    assert!(synthesize(|s| s.add("a", Net::new().tags(many(47))).map(drop)).is_ok());
    refused(synthesize(|s| s.add("a", Net::new().tags(many(48))).map(drop)), &["51 tags, a resource may have 50"]);
    let scope = Local::new().tags(many(48).into_iter().collect::<Tags>());
    refused(synthesize(|s| s.with(scope.clone()).add("a", Group::default()).map(drop)), &["51 tags"]);
}

#[test]
fn a_tag_without_a_value_or_given_twice_is_an_error() {
    let own = |entries: Vec<(&'static str, Option<&'static str>)>| {
        synthesize(|stack| stack.add("a", Net::new().tags(Value::map(entries))).map(drop))
    };
    refused(own(vec![("k", None)]), &["dev/network/a", "the tag \"k\" has no value", "leave the tag out"]);
    refused(own(vec![("k", Some("1")), ("k", Some("2"))]), &["dev/network/a", "\"k\" twice"]);
    let merged = synthesize(|stack| {
        let other = stack.add("other", Net::new())?;
        stack.add("a", Net::new().tags(other.tags_all().merge([("k", "1"), ("k", "2")]))).map(drop)
    });
    refused(merged, &["dev/network/a", "\"k\" twice"]);
    let context = Local::new().tag("k", Value::none());
    refused(synthesize(|stack| stack.with(context).add("a", Net::new()).map(drop)), &["\"k\" has no value"]);
}

#[test]
fn tags_that_are_known_win_over_those_of_an_expression() {
    let tags = |merge: fn(Value<Map<String>>) -> Value<Map<String>>| {
        let synthesis = synthesize(|stack| {
            let other = stack.add("other", Net::new())?;
            stack.add("a", Net::new().tags(merge(other.tags_all()))).map(drop)
        });
        body(synthesis)["tags"].take()
    };
    let merged = |known: &str| format!("${{merge(cloud_net.other.tags_all, {{{known}}})}}");
    for (given, known) in [
        (tags(|other| other), r#""Environment" = "dev", "Name" = "MM-dev-use1-net-a", "Owner" = "platform""#),
        (
            tags(|other| other.merge([("Name", "mine"), ("Owner", "me")])),
            r#""Environment" = "dev", "Name" = "mine", "Owner" = "me""#,
        ),
        (
            tags(|other| {
                Value::<Map<String>>::from([("Owner", "me"), ("Team", "a")]).merge(other).merge([("Team", "b")])
            }),
            r#""Environment" = "dev", "Name" = "MM-dev-use1-net-a", "Owner" = "me", "Team" = "b""#,
        ),
    ] {
        assert_eq!(given, merged(known));
    }
}

/// What Terraform makes of the tags of a `Net`, if the net whose tags are merged in carries those.
fn merged_by_terraform(tags: impl FnOnce(Value<Map<String>>) -> Value<Map<String>>, others: &Json) -> Json {
    let synthesis = synthesize(|stack| {
        let other = stack.add("other", Net::new())?;
        stack.add("a", Net::new().tags(tags(other.tags_all()))).map(drop)
    });
    let rendered = body(synthesis)["tags"].as_str().unwrap().to_owned();
    let expression = rendered.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap();
    let expression = format!("jsonencode({})", expression.replace("cloud_net.other.tags_all", &others.to_string()));
    let folder = tempfile::tempdir().unwrap();
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(folder.path())
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("terraform is installed");
    console.stdin.take().unwrap().write_all(expression.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    assert!(output.status.success(), "{expression}");
    let text: String = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
#[ignore = "needs terraform"]
fn terraform_keeps_the_tags_that_the_program_gives() {
    let others = json!({"Environment": "prod", "Name": "theirs", "Owner": "them", "Team": "theirs", "Cost": "1"});
    let known =
        json!({"Environment": "dev", "Name": "MM-dev-use1-net-a", "Owner": "platform", "Team": "theirs", "Cost": "1"});
    assert_eq!(merged_by_terraform(|other| other, &others), known);
    let own = || Value::<Map<String>>::from([("Owner", "me"), ("Team", "mine")]);
    let mut expected = known;
    expected["Owner"] = "me".into();
    expected["Team"] = "mine".into();
    assert_eq!(merged_by_terraform(|other| other.merge(own()), &others), expected);
    assert_eq!(merged_by_terraform(|other| own().merge(other), &others), expected);
}

#[test]
fn tags_may_hold_references() {
    let synthesis = synthesize(|stack| {
        let net = stack.add("net", Net::new())?;
        let local = Local::new().tag("Net", Value::text("${") + net.id());
        stack.with(local).add("a", Net::new().tags([("Own", net.id())])).map(drop)
    });
    let tags = body(synthesis)["tags"].take();
    assert_eq!((&tags["Net"], &tags["Own"]), (&json!("$${${cloud_net.net.id}"), &json!("${cloud_net.net.id}")));
}

#[test]
fn odd_places_are_filled() {
    let all = json!({"Environment": "dev", "Name": "MM-dev-use1-machine-a", "Owner": "platform"});
    let machine = |machine: Machine| body(synthesize(|stack| stack.add("a", machine).map(drop)));
    let plain = machine(Machine::default());
    assert_eq!(plain, json!({"tags": all, "root": {"tags": all}}));

    let disk = block::<String>("device", "x").set::<Map<String>>("tags", [("Own", "1")]);
    let disks = machine(Machine::default().disks(vec![disk, block::<String>("device", "y")]));
    assert_eq!(disks["disk"][0]["tags"]["Own"], "1");
    assert_eq!(disks["disk"][0]["tags"]["Owner"], "platform");
    assert_eq!(disks["disk"][1], json!({"device": "y", "tags": all}));

    let volume: Value<Map<String>> = [("Own", "1")].into();
    let volumes = machine(Machine::default().set::<Map<String>>("volume_tags", volume));
    assert_eq!(volumes["volume_tags"]["Owner"], "platform");
    assert!(volumes.get("root").is_none(), "{volumes}");
}

#[test]
fn tags_become_blocks_where_the_type_wants_them_so() {
    let own = block::<String>("key", "Owner").set::<String>("value", "me");
    let group = body(synthesize(|stack| stack.add("a", Group::default().tag(own)).map(drop)));
    assert_eq!(
        group["tag"],
        json!([
            {"key": "Owner", "value": "me"},
            {"key": "Environment", "value": "dev", "propagate": true},
            {"key": "Name", "value": "MM-dev-use1-group-a", "propagate": true},
        ])
    );
}

#[test]
fn what_a_template_makes_is_tagged() {
    let own = || block::<String>("resource_type", "volume").set::<Map<String>>("tags", [("Own", "1")]);
    let template = body(synthesize(|stack| stack.add("a", Template::default().specifications(own())).map(drop)));
    let kinds: Vec<_> = template["specification"].as_array().unwrap().iter().map(|one| &one["resource_type"]).collect();
    assert_eq!(kinds, ["volume", "machine"]);
    assert_eq!(template["specification"][0]["tags"]["Own"], "1");
    assert_eq!(template["specification"][1]["tags"], template["tags"]);
}

#[test]
fn types_without_tags_get_none() -> Result<()> {
    let mut app = app();
    app.stack("network", dev())?.add("a", Link::new("x").ends(block::<String>("a", "b")))?;
    let synthesis = app.synth()?;
    let link = synthesis.stack("dev/network")?.find::<Link>("a")?;
    assert_eq!(link.body(), json!({"target": "x", "end": {"a": "b"}}));
    assert!(link.tag_keys().is_empty());
    Ok(())
}

#[test]
fn mandatory_tags_are_looked_for_in_what_is_placed() {
    let check = |describe: &dyn Fn(&mut mmcdk_core::Stack<'_>) -> Result<()>| {
        synthesize_for(organisation().mandatory_tags(["Team"]), |stack| describe(stack)).map(drop)
    };
    let raw = || Value::<Map<String>>::raw("local.tags");
    let locals = |stack: &mut mmcdk_core::Stack<'_>| stack.declare("local.tags");
    let carried: [&dyn Fn() -> Value<Map<String>>; 3] =
        [&|| raw().merge([("Team", "a")]), &|| Value::from([("Team", "a")]).merge(raw()), &|| {
            Value::from([("Team", "")]).merge([("Team", "a")])
        }];
    for tags in carried {
        check(&|stack| {
            locals(stack)?;
            stack.add("a", Net::new().set_at("tags", tags().any())).map(drop)
        })
        .unwrap();
    }
    let list = json!([{"key": "Team", "value": "a"}]);
    check(&|stack| stack.add("a", Group::default().set_at("tag", list.clone())).map(drop)).unwrap();

    let missing = &["dev/network/a", "lacks the mandatory tag Team"];
    let merged = raw().merge([("Owner", "a")]);
    refused(
        check(&|stack| {
            locals(stack)?;
            stack.add("a", Net::new().set_at("tags", merged.clone().any())).map(drop)
        }),
        missing,
    );
    let team = || Local::new().tag("Team", "a");
    refused(check(&|stack| stack.with(team()).add("a", Net::new().remove_at("tags")).map(drop)), missing);
    refused(check(&|stack| stack.with(team()).add("a", Group::default().remove_at("tag")).map(drop)), missing);
}

#[test]
fn mandatory_tags_follow_the_provider_of_the_resource() -> Result<()> {
    let chosen = || Local::new().only_tags_on::<Thing>(["Owner"]);
    let organisation = || organisation().mandatory_tags(["Team"]);
    let west = |stack: &mut mmcdk_core::Stack<'_>| stack.provider("west", Provider::new(&CLOUD).local(chosen()));
    // The provider's context chooses the tags, and Team is not among them.
    synthesize_for(organisation(), |stack| {
        let west = west(stack)?;
        stack.add("a", Thing::default().provider(&west)).map(drop)
    })?;
    let default = synthesize_for(organisation(), |stack| {
        west(stack)?;
        stack.add("a", Thing::default()).map(drop)
    });
    refused(default, &["dev/network/a", "lacks the mandatory tag Team"]);
    Ok(())
}

#[test]
fn tags_that_are_given_as_a_block_are_rejected() {
    let tags = || block::<String>("Own", "1");
    let raw = |terraform_type: &str, name: &'static str, nested: Block| {
        let raw = RawResource::new(terraform_type).block(name, nested);
        synthesize(|stack| stack.add("a", raw).map(drop))
    };
    let parts = &["dev/network/a", "tags is given as a block", "give it as a map"];
    refused(raw("cloud_net", "tags", tags()), parts);
    refused(raw("cloud_machine", "disk", Block::new().blocks("tags", tags(), 0, 0)), parts);
}
