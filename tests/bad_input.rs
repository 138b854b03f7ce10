//! Wrong input is refused with the construct's path, the value and what would do, and nothing is written.

mod common;

use common::{dev::dev, mikamirai, prod::prod, refused, synthesize};
use mmcdk::prelude::*;

fn network(vpc: Vpc) -> Result<Synthesis> {
    synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        app.stack("network", &dev)?.add("core", vpc).map(drop)
    })
}

fn vpc(cidr: &str) -> Vpc {
    Vpc::new(cidr).zones(["a", "b"])
}

#[test]
fn addresses() {
    for (wrong, parts) in [
        (vpc("10.1.0.9/16"), &["dev/network/core: ", "10.1.0.9/16 has host bits", "write 10.1.0.0/16"][..]),
        (vpc("10.0.0.0/15"), &["dev/network/core: ", "10.0.0.0/15", "/16 to /28"]),
        (vpc("10.0.0.0/29"), &["dev/network/core: ", "10.0.0.0/29", "/16 to /28"]),
        (vpc("10.0.0.0/24"), &["dev/network/core: ", "/32", "prefix length from 16 to 28"]),
        (vpc("ten"), &["dev/network/core: ", "\"ten\"", "10.1.0.0/16"]),
        (
            vpc("10.1.0.0/16").tiers([
                Tier::public().prefix_length(20),
                Tier::isolated("data", 2).cidr("a", "10.1.0.0/24").cidr("b", "10.1.1.0/24"),
            ]),
            &["10.1.0.0/20 of tier \"public\"", "10.1.0.0/24 of tier \"data\"", "overlap"],
        ),
    ] {
        refused(network(wrong), parts);
    }
}

#[test]
fn addresses_across_environments() {
    let overlapping = |second: Vpc| {
        synthesize(|app| {
            dev(app)?;
            let prod = mikamirai::environment("prod", Region::UsEast1);
            app.stack("network", &prod)?.add("core", second).map(drop)
        })
    };
    refused(
        overlapping(vpc("10.1.16.0/20")),
        &["prod/network/core: ", "10.1.16.0/20 overlaps 10.1.0.0/16 of dev/network/core"],
    );
    assert!(overlapping(vpc("10.1.0.0/16").allow_overlap()).is_ok());
    assert!(overlapping(vpc("10.2.0.0/16")).is_ok());
}

#[test]
fn zones_and_tiers() {
    for (wrong, parts) in [
        (Vpc::new("10.1.0.0/16"), &["dev/network/core: ", "no zones", ".zones([\"a\", \"b\"])"][..]),
        (Vpc::new("10.1.0.0/16").zones(["a", "a"]), &["us-east-1a is named twice"]),
        (Vpc::new("10.1.0.0/16").zones(["a", "us-east-1a"]), &["us-east-1a is named twice"]),
        (Vpc::new("10.1.0.0/16").zones(["us-west-2a"]), &["dev/network/core: ", "us-west-2a"]),
        (Vpc::new("10.1.0.0/16").zones(["A"]), &["\"A\""]),
        (vpc("10.1.0.0/16").tiers([]), &["no tiers"]),
        (
            vpc("10.1.0.0/16").tiers([Tier::public(), Tier::isolated("public", 3)]),
            &["\"public\" (number 0)", "number 3"],
        ),
        (vpc("10.1.0.0/16").tiers([Tier::public(), Tier::isolated("data", 0)]), &["same name or number"]),
        (vpc("10.1.0.0/16").tiers([Tier::isolated("Data", 2)]), &["\"Data\"", "write \"data\""]),
        (vpc("10.1.0.0/16").tiers([Tier::isolated("nat", 2)]), &["\"nat\""]),
        (vpc("10.1.0.0/16").tiers([Tier::private()]).nat(NatStrategy::SingleGateway), &["NAT needs a public tier"]),
        (vpc("10.1.0.0/16").dns_support(false), &["DNS hostnames need DNS support"]),
        (
            vpc("10.1.0.0/16").nat(NatInstance::new(InstanceType::T3Micro).ami("ubuntu")),
            &["dev/network/core/nat-instance-a: ", "\"ubuntu\""],
        ),
    ] {
        refused(network(wrong), parts);
    }
}

#[test]
fn names() {
    let bucket = |bucket: s3::Bucket| {
        synthesize(|app| {
            let dev = mikamirai::environment("dev", Region::UsEast1);
            app.stack("storage", &dev)?.add("data", bucket).map(drop)
        })
    };
    for (name, part) in [
        ("My-Bucket", "'M'"),
        ("10.0.0.1", "IP address"),
        ("ab", "has 2 characters"),
        ("xn--bucket", "\"xn--\""),
        ("bucket-s3alias", "\"-s3alias\""),
    ] {
        refused(bucket(s3::Bucket::new().bucket(name)), &["dev/storage/data: ", &format!("{name:?}"), part]);
    }
    let long = synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        let mut stack = app.stack("storage", &dev)?;
        let local = Local::new().purpose("a-purpose-that-is-much-longer-than-any-bucket-name-can-be-in-s3");
        stack.with(local).add("data", s3::Bucket::new()).map(drop)
    });
    refused(long, &["dev/storage/data: ", "mm-dev-use1-s3-a-purpose", "at most 63"]);
    let twice = synthesize(|app| {
        let dev = mikamirai::environment("dev", Region::UsEast1);
        app.stack("a", &dev)?.add("trail", Trail::new())?;
        app.stack("b", &dev)?.add("trail", Trail::new()).map(drop)
    });
    refused(twice, &["dev/b/trail: ", "mm-dev-use1-s3-cloudtrail", "dev/a/trail", "qualifier"]);
}

#[test]
fn environments_and_accounts() {
    let with = |account: &str| {
        synthesize(|app| {
            let dev = Environment::new("dev", Region::UsEast1).account(account);
            app.stack("network", &dev).map(drop)
        })
    };
    refused(with("12345"), &["dev: ", "\"12345\""]);
    let changed = synthesize(|app| {
        app.stack("a", Environment::new("dev", Region::UsEast1).account("111122223333"))?;
        app.stack("b", Environment::new("dev", Region::UsEast1).account("444455556666")).map(drop)
    });
    refused(changed, &["\"dev\"", "account", "111122223333", "444455556666"]);
    let region = synthesize(|app| {
        app.stack("a", Environment::new("dev", Region::UsEast1))?;
        app.stack("b", Environment::new("dev", Region::UsWest2)).map(drop)
    });
    refused(region, &["\"dev\"", "region", "us-east-1", "us-west-2"]);
    let twice = synthesize(|app| {
        dev(app)?;
        dev(app)
    });
    refused(twice, &["dev/network: ", "already a stack"]);
    let unique = synthesize(|app| {
        let mut stack = app.stack("network", Environment::new("dev", Region::UsEast1))?;
        stack.add("trail", Trail::new().unique_bucket_name()).map(drop)
    });
    refused(unique, &["dev/network/trail: ", "needs the account"]);
}

#[test]
fn a_text_that_cannot_be_read_says_where() {
    /// Each reads a text that is wrong, with the line at which it does.
    type Reading = fn() -> (u32, Result<()>);
    macro_rules! readings {
        ($($text:literal as $kind:ty),* $(,)?) => {
            [$((stringify!($kind), (|| {
                let read = || {
                    $text.parse::<$kind>()?;
                    Ok(())
                };
                (line!(), read())
            }) as Reading)),*]
        };
    }
    let readings = readings![
        "us-esat-1" as Region,
        "a" as Zone,
        "1234" as AccountId,
        "soon" as Days,
        "2 days" as LogRetention,
        "t3" as InstanceType,
        "x87" as Architecture,
        "amazon" as Partition,
        "mikamirai" as Repository,
    ];
    for (kind, read) in readings {
        let (line, result) = read();
        refused(result, &[&format!("tests/bad_input.rs:{line}: \"")]);
        struct Reads(Reading);
        impl Construct for Reads {
            type Output = ();
            fn build(self, _: &mut Scope<'_>) -> Result<()> {
                self.0().1
            }
        }
        let inside = synthesize(|app| app.stack("a", Environment::new("dev", Region::UsEast1))?.add("it", Reads(read)));
        let message = inside.expect_err(kind).to_string();
        assert!(message.starts_with("dev/a/it: \""), "{kind}: {message}");
    }
}

#[test]
fn a_zone_of_a_declared_region_is_not_unusual() {
    const NEW: Region = Region::declare("sa-west-1", "saw1", Partition::Aws);
    const RENAMED: Region = Region::declare("us-east-1", "ue1", Partition::Aws);
    for (region, zone, unusual) in [
        (NEW, "a", false),
        (NEW, "h", false),
        (RENAMED, "f", false),
        (RENAMED, "h", true),
        (Region::UsEast1, "f", false),
        (Region::UsEast1, "h", true),
    ] {
        let synthesis = synthesize(|app| {
            let mut stack = app.stack("network", mikamirai::environment("dev", region))?;
            stack.add("core", Vpc::new("10.1.0.0/16").zones([zone])).map(drop)
        });
        let synthesis = synthesis.expect("it is accepted");
        let warnings: Vec<String> = synthesis.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(!warnings.is_empty(), unusual, "{region}{zone}: {warnings:?}");
        assert!(warnings.iter().all(|warning| warning.contains("are abcdef;")), "{warnings:?}");
    }
}

#[test]
fn tags() {
    let tagged = |tags: Tags| {
        let mut app = App::new(mikamirai::organisation());
        let dev = mikamirai::environment("dev", Region::UsEast1);
        let result = app
            .stack("network", (&dev, Local::new().tags(tags)))
            .and_then(|mut stack| stack.add("eip", ec2::Eip::new()).map(drop));
        result.and_then(|()| app.synth())
    };
    refused(tagged(Tags::from([("AWS:x", "1")])), &["dev/network/eip: ", "\"AWS:x\"", "reserved"]);
    refused(tagged(Tags::from([("x", "y".repeat(257))])), &["dev/network/eip: ", "257 characters", "at most 256"]);
    let many: Tags = (0..38).map(|n| (format!("t{n}"), "1")).collect();
    refused(tagged(many), &["dev/network/eip: ", "51 tags"]);
    let missing = synthesize(|app| {
        let bare = Environment::new("bare", Region::UsEast1).tags([("Owner", "me")]);
        let mut stack = app.stack("network", &bare)?;
        stack.add("core", vpc("10.9.0.0/16")).map(drop)
    });
    refused(
        missing,
        &[
            "bare/network/core: ",
            "aws_vpc.core lacks the mandatory tags Project, Team, CostCenter",
            "bare/network/core/private-b",
        ],
    );
}

#[test]
fn nothing_is_written() {
    let folder = std::env::temp_dir().join(format!("mmcdk-bad-input-{}", std::process::id()));
    let result = synthesize(|app| {
        dev(app)?;
        prod(app)?;
        let mut stack = app.stack("more", mikamirai::environment("dev", Region::UsEast1))?;
        stack.add("eip", ec2::Eip::new().address(Value::raw("aws_eip.missing.id"))).map(drop)
    })
    .and_then(|synthesis| synthesis.write_to(&folder));
    refused(result, &["dev/more/eip: ", "aws_eip.missing", "aws_eip.eip"]);
    assert!(!folder.exists());
}
