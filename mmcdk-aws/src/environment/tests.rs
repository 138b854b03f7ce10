use mmcdk_core::{App, Organisation};

use super::*;

fn environment(name: &str) -> Environment {
    Environment::new(name, Region::UsEast1).account("111122223333")
}

#[track_caller]
fn check_rejected(result: Result<()>, parts: &[&str]) {
    let message = result.expect_err("it must be rejected").to_string();
    parts.iter().for_each(|part| assert!(message.contains(part), "{part:?} is missing in: {message}"));
}

#[test]
fn the_accounts_that_an_environment_governs_are_a_fact_of_its_stacks() -> Result<()> {
    const MEMBERS: [AccountId; 2] = [AccountId::new("222222222222"), AccountId::new("333333333333")];
    let management = || environment("management").governs(["333333333333"]).governs([MEMBERS[0], MEMBERS[1]]);
    let mut app = App::new(Organisation::new("MM"));
    app.stack("budgets", management())?;
    app.stack("trails", management().in_region(Region::EuWest1))?;
    app.stack("network", environment("dev"))?;
    let governed: Vec<Vec<AccountId>> = app.stacks().map(|stack| GovernedAccounts::of(&stack).collect()).collect();
    assert_eq!(governed, [MEMBERS.to_vec(), MEMBERS.to_vec(), Vec::new()]);
    let other = app.stack("more", management().governs(["444444444444"])).map(drop);
    check_rejected(other, &["management: ", "governed accounts", "444444444444", "make the environment once"]);
    let wrong = app.stack("network", environment("prod").governs(["1234"])).map(drop);
    check_rejected(wrong, &["prod: ", "\"1234\" is not an AWS account ID", "twelve digits"]);
    Ok(())
}

#[test]
fn a_role_that_cannot_act_where_its_environment_is_is_rejected() {
    const REGION: Region = Region::UsEast1;
    const ACCOUNT: &str = "111122223333";
    for (profile, role, parts) in [
        ("p", "deploy", ["\"deploy\" is not the ARN of a role", "arn:aws:iam::111122223333:role/deploy"]),
        ("p", "", ["\"\" is not the ARN of a role", "arn:aws:iam::111122223333:role/deploy"]),
        ("p", "arn:aws:iam::444455556666:role/a", ["acts in the account 444455556666, not in 111122223333", "correct"]),
        ("p", "arn:aws-cn:iam::111122223333:role/a", ["the partition aws-cn, not in aws", "or another region"]),
        (" ", "arn:aws:iam::111122223333:role/a", ["the profile has an empty name", "leave it out"]),
    ] {
        let check = |home: Result<Home>, at: &str| {
            let stack = home.and_then(|home| App::new(Organisation::new("MM")).stack("a", home).map(drop));
            check_rejected(stack, &[&[at], &parts[..]].concat());
        };
        let dev = Environment::new("dev", REGION).account(ACCOUNT).profile(profile).assume_role(role);
        check((&dev).into_home(), "dev: ");
        check(dev.in_region(Region::UsWest2).into_home(), "dev: ");
        let shared = Shared::new(REGION).account(ACCOUNT).profile(profile).assume_role(role);
        check(shared.into_home(), "shared: ");
        let provider = || AwsProvider::new(REGION).account(AccountId::new(ACCOUNT)).profile(profile).assume_role(role);
        check(Ok(Home::shared().provider(provider().into())), "a: aws.");
        let mut app = App::new(Organisation::new("MM"));
        let aliased = app.stack("a", environment("dev")).unwrap().provider("other", provider()).map(drop);
        check_rejected(aliased, &[&["dev/a: aws.other."], &parts[..]].concat());
    }
}

#[test]
fn an_environment_stays_in_its_partition() -> Result<()> {
    let mut app = App::new(Organisation::new("MM"));
    app.stack("a", environment("dev").in_region(Region::EuWest1))?;
    let china = app.stack("b", environment("dev").in_region(Region::CnNorth1)).map(drop);
    check_rejected(china, &["dev: cn-north-1 is in the partition aws-cn", "an environment of its own"]);
    Ok(())
}

#[test]
fn a_name_or_another_environments_tag_for_everything_is_rejected() {
    use crate::resources::ec2;
    for (tag, parts) in [
        (("Name", "mine"), ["/a: ", "would give everything the same name"]),
        (("Environment", "prod"), ["dev", "contradicts the environment's \"dev\""]),
    ] {
        let check = |home: Result<Home>| {
            let mut app = App::new(Organisation::new("MM"));
            let placed = home.and_then(|home| app.stack("network", home)?.add("a", ec2::Eip::new()).map(drop));
            check_rejected(placed, &parts);
        };
        let tagged = || environment("dev").tags([tag]);
        check(tagged().into_home());
        check(tagged().in_region(Region::UsWest2).into_home());
        check((&environment("dev"), Local::new().tags([tag])).into_home());
        if tag.0 == "Name" {
            check(Shared::new(Region::UsEast1).tags([tag]).into_home());
        }
    }
}
