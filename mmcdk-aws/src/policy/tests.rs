use super::*;

#[track_caller]
fn check(statement: Statement, json: &str) {
    statement.check().unwrap();
    assert_eq!(Value::json(statement.into_value()).to_json(), json);
}

#[track_caller]
fn refused(statement: Statement, problem: &str) {
    let message = PolicyDocument::new().statement(statement).to_value().unwrap_err().to_string();
    assert!(message.contains(problem), "{message}");
}

fn on_all() -> Statement {
    Statement::allow().actions(["s3:GetObject"]).resources(["*"])
}

#[test]
fn principals_stand_by_their_kind() {
    let all = [
        Principal::service("a.amazonaws.com"),
        Principal::account(crate::values::Partition::Aws, crate::values::AccountId::new("111122223333")),
        Principal::Federated("arn:aws:iam::111122223333:oidc-provider/x".into()),
        Principal::service("b.amazonaws.com"),
    ];
    check(
        all.into_iter().fold(Statement::allow().actions(["sts:AssumeRole"]), Statement::principal),
        concat!(
            r#"{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com"],"#,
            r#""AWS":"arn:aws:iam::111122223333:root","Federated":"arn:aws:iam::111122223333:oidc-provider/x"},"#,
            r#""Action":"sts:AssumeRole"}"#,
        ),
    );
    let everybody = Statement::deny().sid("S").principal(Principal::Everybody).actions(["s3:*"]).resources(["*"]);
    check(everybody, r#"{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#);
}

#[test]
fn conditions_stand_by_operator_and_key() {
    check(
        Statement::allow()
            .actions(["s3:GetObject", "s3:PutObject"])
            .resources(["*"])
            .condition(Condition::string_equals("a:a", "1"))
            .condition(Condition::bool("a:b", true))
            .condition(Condition::new(Operator::StringEquals, "a:c", ["2", "3"]))
            .condition(Condition::arn_like("a:d", "arn:aws:iam::*:role/x"))
            .condition(Condition::string_like("a:e", "x*").for_any_value())
            .condition(Condition::string_equals("a:f", "x").if_exists()),
        concat!(
            r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*","#,
            r#""Condition":{"StringEquals":{"a:a":"1","a:c":["2","3"]},"Bool":{"a:b":"true"},"#,
            r#""ArnLike":{"a:d":"arn:aws:iam::*:role/x"},"ForAnyValue:StringLike":{"a:e":"x*"},"#,
            r#""StringEqualsIfExists":{"a:f":"x"}}}"#,
        ),
    );
}

#[test]
fn actions_may_be_left_out_of_what_is_denied() {
    let statement = Statement::deny().not_actions(["iam:*"]).resources(["*"]);
    check(statement, r#"{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}"#);
    refused(Statement::allow().not_actions(["iam:*"]).resources(["*"]), "allows everything but some actions");
    refused(on_all().not_actions(["iam:*"]), "both actions and actions left out");
}

#[test]
fn what_iam_would_refuse_is_refused() {
    let message = |document: PolicyDocument| document.to_value().unwrap_err().to_string();
    assert!(message(PolicyDocument::new()).contains("no statements"));
    let twice = PolicyDocument::new().statement(on_all().sid("A")).statement(on_all().sid("A"));
    assert!(message(twice).contains("two statements have the id \"A\""));
    refused(Statement::allow().resources(["*"]), "the statement number 1: it has no actions");
    refused(Statement::allow().actions(["s3:GetObject"]), "neither resources nor principals");
    for action in ["s3", "s3:", ":GetObject", "s3:Get Object", "arn:aws:s3"] {
        refused(Statement::allow().actions([action]).resources(["*"]), &format!("{action:?} is no action"));
    }
    refused(Statement::allow().actions(["s3:GetObject"]).resources(["bucket"]), "\"bucket\" is no resource");
    refused(on_all().sid("a b"), "its id \"a b\"");
    refused(on_all().condition(Condition::string_equals("Environment", "dev")), "has no prefix");
    refused(on_all().condition(Condition::new(Operator::Bool, "a:b", [""; 0])), "has no values");
    refused(on_all().condition(Condition::new(Operator::Bool, "a:b", ["yes"])), "\"yes\" is no value for Bool on a:b");
    refused(on_all().condition(Condition::new(Operator::IpAddress, "aws:SourceIp", ["office"])), "\"office\"");
    for value in ["many", "NaN", "inf"] {
        refused(on_all().condition(Condition::new(Operator::NumericLessThan, "a:b", [value])), &format!("{value:?}"));
    }
    refused(on_all().condition(Condition::arn_like("aws:SourceArn", "role/x")), "\"role/x\"");
    refused(on_all().condition(Condition::null("a:b", true).if_exists()), "NullIfExists is no operator");
    let either = on_all().condition(Condition::bool("a:b", true)).condition(Condition::bool("a:b", false));
    refused(either, "two conditions Bool on a:b");
    let either = on_all().condition(Condition::bool("a:b", true)).condition(Condition::bool("A:b", false));
    refused(either, "two conditions Bool on A:b");
}

#[test]
fn what_opens_more_than_it_says_is_refused() {
    refused(on_all().principal(Principal::Everybody), "it allows everybody");
    refused(on_all().principal(Principal::Aws("*".into())), "it allows everybody");
    for open in [
        Condition::bool("aws:SecureTransport", true),
        Condition::string_equals("aws:PrincipalOrgID", "o-1").if_exists(),
        Condition::new(Operator::StringNotEquals, "aws:PrincipalOrgID", ["o-1"]),
        Condition::string_like("aws:PrincipalArn", "*"),
    ] {
        refused(on_all().principal(Principal::Everybody).condition(open), "it allows everybody");
    }
    let narrowed = Condition::string_equals("aws:PrincipalOrgID", "o-1");
    assert!(on_all().principal(Principal::Everybody).condition(narrowed).check().is_ok());

    let all = || Condition::string_equals("aws:TagKeys", "x").for_all_values();
    refused(on_all().condition(all()), "ForAllValues:StringEquals on aws:TagKeys allows requests that lack the key");
    refused(on_all().condition(all()).condition(Condition::null("aws:TagKeys", true)), "lack the key");
    assert!(on_all().condition(all()).condition(Condition::null("aws:TagKeys", false)).check().is_ok());
    let deny = Statement::deny().actions(["s3:*"]).resources(["*"]);
    assert!(deny.condition(all()).check().is_ok());
}

#[test]
fn the_size_is_that_of_the_text() {
    let document = PolicyDocument::new().statement(on_all());
    let text = document.to_value().unwrap().to_json();
    assert_eq!(document.size(), Some(text.as_str().unwrap().len()));
    let reference = Statement::allow().actions(["s3:GetObject"]).resources([Value::raw("aws_s3_bucket.x.arn")]);
    assert_eq!(PolicyDocument::new().statement(reference).size(), None);
    assert_eq!(PolicyDocument::new().size(), None);
}
