//! The realms of AWS: names are unique where the service says so, and no further.

use mmcdk_aws::resources::{dynamodb, ec2, iam, logs, s3};
use mmcdk_aws::values::Region;
use mmcdk_aws::{AwsProvider, Environment};
use mmcdk_core::{App, Construct, Local, Organisation, Resource, Result, Scope, Stack};

const ONE: &str = "111122223333";
const TWO: &str = "444455556666";

fn app() -> App {
    App::new(Organisation::new("MM"))
}

fn dev() -> Environment {
    Environment::new("dev", Region::UsEast1).account(ONE)
}

/// What places one resource with a fixed name.
type Place = fn(&mut Stack<'_>, &str) -> Result<()>;

fn role(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, iam::Role::new("{}").name("dms-vpc-role")).map(drop)
}

fn role_in_other_case(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, iam::Role::new("{}").name("DMS-VPC-Role")).map(drop)
}

fn log_group(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, logs::CloudwatchLogGroup::new().name("/aws/lambda/orders")).map(drop)
}

fn table(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, dynamodb::Table::new().name("orders")).map(drop)
}

fn table_in_capitals(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, dynamodb::Table::new().name("ORDERS")).map(drop)
}

fn bucket(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, s3::Bucket::new().bucket("mm-orders")).map(drop)
}

fn group(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, ec2::SecurityGroup::new().name("web").vpc_id("vpc-1")).map(drop)
}

fn group_in_capitals(stack: &mut Stack<'_>, id: &str) -> Result<()> {
    stack.add(id, ec2::SecurityGroup::new().name("WEB").vpc_id("vpc-1")).map(drop)
}

/// Whether two of them clash in one region, in two regions, and in two accounts.
#[track_caller]
fn check(first: Place, second: Place, [same, regions, accounts]: [bool; 3]) {
    let other = Environment::new("prod", Region::UsEast1).account(TWO);
    let by_role = Environment::new("prod", Region::UsEast1).assume_role(format!("arn:aws:iam::{TWO}:role/deploy"));
    let china = Environment::new("prod", Region::CnNorth1).account(TWO);
    let clashes = |describe: &dyn Fn(&mut App) -> Result<()>| {
        let mut app = app();
        app.stack("one", dev()).and_then(|mut stack| first(&mut stack, "a")).unwrap();
        match describe(&mut app) {
            Ok(()) => {
                assert_eq!(app.synth().unwrap().warnings().len(), 0);
                false
            }
            Err(error) => {
                assert!(error.to_string().contains("is that of dev/one/a"), "{error}");
                true
            }
        }
    };
    assert_eq!(clashes(&|app| second(&mut app.stack("two", dev())?, "b")), same, "in one region");
    assert_eq!(clashes(&|app| second(&mut app.stack("two", dev().in_region(Region::UsWest2))?, "b")), regions);
    assert_eq!(clashes(&|app| second(&mut app.stack("two", &other)?, "b")), accounts, "in two accounts");
    assert_eq!(clashes(&|app| second(&mut app.stack("two", &by_role)?, "b")), accounts, "in the account of a role");
    assert!(!clashes(&|app| second(&mut app.stack("two", &china)?, "b")), "in another partition");
}

#[test]
fn names_are_unique_where_the_service_says_so() {
    check(role, role, [true, true, false]);
    check(role, role_in_other_case, [true, true, false]);
    check(log_group, log_group, [true, false, false]);
    check(table, table, [true, false, false]);
    check(table, table_in_capitals, [false, false, false]);
    check(bucket, bucket, [true, true, true]);
    check(group, group, [true, false, false]);
    check(group, group_in_capitals, [true, false, false]);
}

#[test]
fn the_region_of_a_resource_is_its_realm() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("one", dev())?;
    let west = stack.provider("west", AwsProvider::new(Region::UsWest2))?;
    table(&mut stack, "a")?;
    stack.add("b", dynamodb::Table::new().name("orders").provider(&west))?;
    stack.add("c", dynamodb::Table::new().name("orders").region("eu-west-1"))?;
    let error = stack.add("d", dynamodb::Table::new().name("orders").region("us-west-2")).unwrap_err();
    assert!(error.to_string().contains("is that of dev/one/b"), "{error}");
    Ok(())
}

#[test]
fn names_in_accounts_that_are_not_given_are_warned_of() -> Result<()> {
    let mut app = app();
    role(&mut app.stack("one", Environment::new("dev", Region::UsEast1))?, "a")?;
    role(&mut app.stack("one", Environment::new("prod", Region::UsEast1))?, "a")?;
    let synthesis = app.synth()?;
    let [warning] = synthesis.warnings() else { panic!("{:?}", synthesis.warnings()) };
    assert!(warning.to_string().contains("they clash if both are in one account"), "{warning}");
    Ok(())
}

#[test]
fn security_groups_of_two_vpcs_may_have_one_name() -> Result<()> {
    let mut app = app();
    let mut stack = app.stack("one", dev())?;
    let web = || ec2::SecurityGroup::new().name("web");
    // The tag of a VPC is not its identity.
    let vpcs: Vec<_> = ["one", "two"]
        .map(|id| stack.add(id, ec2::Vpc::new().cidr_block("10.1.0.0/16").tags([("Name", "same")])))
        .into_iter()
        .collect::<Result<_>>()?;
    stack.add("web-one", web().vpc_id(vpcs[0].id()))?;
    stack.add("web-two", web().vpc_id(vpcs[1].id()))?;
    let error = stack.add("again", web().vpc_id(vpcs[1].id())).unwrap_err();
    assert!(error.to_string().contains("is that of dev/one/web-two"), "{error}");
    Ok(())
}

#[test]
fn inline_policies_of_two_roles_may_have_one_name() -> Result<()> {
    struct Pair;
    impl Construct for Pair {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            for purpose in ["reader", "writer"] {
                let role = scope.with(Local::new().purpose(purpose)).add(purpose, iam::Role::new("{}"))?;
                scope.add(&format!("{purpose}-policy"), iam::RolePolicy::new("{}", role.name()))?;
                scope.add(&format!("{purpose}-inline"), iam::RolePolicy::new("{}", role.id()).name("inline"))?;
            }
            Ok(())
        }
    }
    let mut app = app();
    let mut stack = app.stack("one", dev())?;
    stack.add("pair", Pair)?;
    let by_name = iam::RolePolicy::new("{}", "MM-dev-use1-role-writer").name("inline");
    let error = stack.add("by-name", by_name).unwrap_err();
    assert!(error.to_string().contains("is that of dev/one/pair/writer-inline"), "{error}");
    app.synth().map(drop)
}
