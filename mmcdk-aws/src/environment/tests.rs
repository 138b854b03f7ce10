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
