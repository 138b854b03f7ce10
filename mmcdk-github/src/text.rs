//! Texts of a workflow: literals, and expressions that GitHub evaluates.

use std::fmt;

use mmcdk_core::{Error, Result};

/// A text of a workflow: literals and [`Expression`]s, one after the other.
///
/// A literal is taken as it is. One that contains `${{` is refused, since GitHub would evaluate it: only an
/// [`Expression`] becomes `${{ … }}`.
///
/// ```
/// use mmcdk_github::{Expression, Text};
///
/// let name = Text::from("plan of ").then(Expression::matrix("stack"));
/// assert_eq!(name.to_string(), "plan of ${{ matrix.stack }}");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Expression(Expression),
}

impl Text {
    /// This text and another one behind it.
    #[must_use]
    pub fn then(mut self, next: impl Into<Text>) -> Self {
        for part in next.into().parts {
            match (self.parts.last_mut(), part) {
                // Two literals that make `${{` together are one literal to GitHub.
                (Some(Part::Literal(known)), Part::Literal(more)) => known.push_str(&more),
                (_, part) => self.parts.push(part),
            }
        }
        self
    }

    /// Its expressions.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Literal(_) => None,
        })
    }

    pub(crate) fn check(&self) -> Result<()> {
        for part in &self.parts {
            match part {
                Part::Literal(literal) => check_literal(literal)?,
                Part::Expression(expression) => expression.check()?,
            }
        }
        Ok(())
    }
}

fn check_literal(literal: &str) -> Result<()> {
    match literal.contains("${{") {
        true => Err(Error::new(format!("the literal {literal:?} contains ${{{{, which GitHub would evaluate"))
            .remedy("make it an Expression, as in Expression::new(\"github.sha\")")),
        false => Ok(()),
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(literal) => f.write_str(literal),
            Part::Expression(expression) => write!(f, "${{{{ {expression} }}}}"),
        })
    }
}

impl From<&str> for Text {
    fn from(literal: &str) -> Self {
        literal.to_owned().into()
    }
}

impl From<String> for Text {
    fn from(literal: String) -> Self {
        Self { parts: vec![Part::Literal(literal)] }
    }
}

impl From<&String> for Text {
    fn from(literal: &String) -> Self {
        literal.as_str().into()
    }
}

impl From<Expression> for Text {
    fn from(expression: Expression) -> Self {
        Self { parts: vec![Part::Expression(expression)] }
    }
}

/// How long an expression may be.
const LONGEST: usize = 21_000;

/// An [expression](https://docs.github.com/en/actions/reference/workflows-and-actions/expressions) that GitHub
/// evaluates, without the `${{ }}` around it.
///
/// ```
/// use mmcdk_github::Expression;
///
/// let on_main = Expression::github("event_name").equals("push").and(Expression::github("ref").equals("refs/heads/main"));
/// assert_eq!(on_main.to_string(), "github.event_name == 'push' && github.ref == 'refs/heads/main'");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    strength: Strength,
}

/// How tightly the outermost operator of an expression binds, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Strength {
    /// Written by hand, so unknown.
    Unknown,
    Or,
    And,
    Equality,
    Value,
}

impl Expression {
    /// An expression as it is written in a workflow: `hashFiles('Cargo.lock')`.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { text: expression.into(), strength: Strength::Unknown }
    }

    fn value(text: String) -> Self {
        Self { text, strength: Strength::Value }
    }

    /// A member of the `github` context: `github.sha`.
    pub fn github(member: &str) -> Self {
        Self::value(format!("github.{member}"))
    }

    /// A member of the `runner` context: `runner.temp`.
    pub fn runner(member: &str) -> Self {
        Self::value(format!("runner.{member}"))
    }

    /// The value of a key of the job's matrix.
    pub fn matrix(key: &str) -> Self {
        Self::value(format!("matrix.{key}"))
    }

    /// An output of an earlier step of the job.
    pub fn step_output(step: &str, output: &str) -> Self {
        Self::value(format!("steps.{step}.outputs.{output}"))
    }

    /// An output of a job that this one needs.
    pub fn job_output(job: &str, output: &str) -> Self {
        Self::value(format!("needs.{job}.outputs.{output}"))
    }

    /// How a job that this one needs has ended: `success`, `failure`, `cancelled` or `skipped`.
    pub fn job_result(job: &str) -> Self {
        Self::value(format!("needs.{job}.result"))
    }

    /// A secret of the repository, the organisation or the job's environment.
    pub fn secret(name: &str) -> Self {
        Self::value(format!("secrets.{name}"))
    }

    /// Whether nobody has cancelled the run: a job or step with this condition runs after failures, too.
    pub fn not_cancelled() -> Self {
        Self::value("!cancelled()".into())
    }

    /// Whether it is equal to another one, or to a literal.
    #[must_use]
    pub fn equals(self, other: impl Into<Expression>) -> Self {
        self.compared("==", other.into())
    }

    /// Whether it differs from another one, or from a literal.
    #[must_use]
    pub fn differs_from(self, other: impl Into<Expression>) -> Self {
        self.compared("!=", other.into())
    }

    fn compared(self, operator: &str, other: Expression) -> Self {
        let text = format!("{} {operator} {}", self.within(Strength::Value), other.within(Strength::Value));
        Self { text, strength: Strength::Equality }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Expression) -> Self {
        let text = format!("{} && {}", self.within(Strength::And), other.within(Strength::And));
        Self { text, strength: Strength::And }
    }

    /// The one or, where it is empty or false, the other.
    #[must_use]
    pub fn or(self, other: Expression) -> Self {
        let text = format!("{} || {}", self.within(Strength::Or), other.within(Strength::Or));
        Self { text, strength: Strength::Or }
    }

    fn within(&self, strength: Strength) -> String {
        match self.strength >= strength {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }

    /// The second parts of the properties of a context that it reads: `a` and `b` of `needs.a.result && needs.b`.
    pub(crate) fn members<'a>(&'a self, context: &str) -> Vec<&'a str> {
        let mut members = Vec::new();
        // Splitting at quotes leaves the literals at the odd places.
        for part in self.text.split('\'').step_by(2) {
            for (at, _) in part.match_indices(context) {
                let begins = !part[..at].ends_with(|before: char| is_name(before) || before == '.');
                let Some(rest) = part[at + context.len()..].strip_prefix('.').filter(|_| begins) else { continue };
                let end = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
                members.extend((end > 0).then(|| &rest[..end]));
            }
        }
        members
    }

    /// Whether it reads the event or the name of a pull request's branch, or all of the context that they are in.
    pub(crate) fn reads_what_strangers_write(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        text.split('\'').step_by(2).any(|part| {
            part.match_indices("github").any(|(at, name)| {
                let rest = &part[at + name.len()..];
                let alone = !part[..at].ends_with(|before: char| is_name(before) || before == '.')
                    && !rest.starts_with(is_name);
                // Without spaces, which may stand around the dot.
                let member: String = rest.chars().filter(|letter| !letter.is_whitespace()).collect();
                let end =
                    member.strip_prefix('.').map_or("", |member| member.split(|c| !is_name(c)).next().unwrap_or(""));
                alone && matches!(end, "" | "event" | "head_ref")
            })
        })
    }

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str, remedy: &str| {
            Err(Error::new(format!("the expression {:?} {why}", self.text)).remedy(remedy.to_owned()))
        };
        if self.text.trim().is_empty() {
            return refuse("is empty", "write one, such as github.sha");
        }
        if self.text.contains('\n') {
            return refuse("has several lines", "write it in one line");
        }
        if self.text.len() > LONGEST {
            return Err(Error::new(format!("an expression has {} characters", self.text.len()))
                .remedy(format!("GitHub takes {LONGEST}; make it shorter")));
        }
        let outside: Vec<&str> = self.text.split('\'').step_by(2).collect();
        if self.text.matches('\'').count() % 2 == 1 {
            return refuse("has a literal without an end", "close it with ', and write a ' within a literal as ''");
        }
        if outside.iter().any(|part| part.contains("}}") || part.contains("${{")) {
            return refuse("has ${{ }} of its own", "leave them out; they are added when it is written");
        }
        Ok(())
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

impl From<&str> for Expression {
    /// The literal, within quotes: what [`equals`](Expression::equals) compares with.
    fn from(literal: &str) -> Self {
        Self::value(format!("'{}'", literal.replace('\'', "''")))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_an_expression_is_evaluated() {
        assert!(Text::from("${{ secrets.KEY }}").check().is_err());
        assert!(Text::from("costs $").then("{{ 5 }}").check().is_err());
        assert!(Text::from("costs $5 {{ }}").then(Expression::secret("KEY")).check().is_ok());
    }

    #[test]
    fn malformed_expressions_are_refused() {
        for text in ["", " ", "${{ github.sha }}", "a }} ${{ b", "github.ref == 'main", "a\nb"] {
            assert!(Expression::new(text).check().is_err(), "{text}");
        }
        assert!(Expression::new("format('}} ${{ {0}', github.sha)").check().is_ok());
    }

    #[test]
    fn operators_keep_their_operands_together() {
        let [a, b] = ["a", "b"].map(Expression::github);
        let either = a.clone().or(b.clone());
        assert_eq!(either.clone().and(a.clone()).to_string(), "(github.a || github.b) && github.a");
        assert_eq!(a.clone().and(b).or(a.clone()).to_string(), "github.a && github.b || github.a");
        assert_eq!(Expression::new("x || y").and(a).to_string(), "(x || y) && github.a");
        assert_eq!(either.equals("it's").to_string(), "(github.a || github.b) == 'it''s'");
    }

    #[test]
    fn what_an_expression_reads_is_found() {
        let expression = Expression::new("needs.a-1.result == 'needs.x.y' && xneeds.z || needs.b.outputs[matrix.k]");
        assert_eq!(expression.members("needs"), ["a-1", "b"]);
        assert_eq!(expression.members("matrix"), ["k"]);
        assert!(expression.members("steps").is_empty());
    }

    #[test]
    fn what_strangers_write_is_known() {
        for text in [
            "github.event.issue.title",
            "GitHub.Event.comment.body",
            "github.head_ref || github.ref",
            "github['event'].issue.title",
            "toJSON(github)",
            "github . head_ref",
            "format('{0}', github.event)",
        ] {
            assert!(Expression::new(text).reads_what_strangers_write(), "{text}");
        }
        for text in
            ["github.event_name == 'github.event.x'", "github.sha", "my.github.event", "needs.github", "x.github-a"]
        {
            assert!(!Expression::new(text).reads_what_strangers_write(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_literal_opens_an_expression(parts in prop::collection::vec("[a${} ]{0,4}", 1..4)) {
            let text = parts.iter().fold(Text::default(), |text, part| text.then(part));
            prop_assert_eq!(text.check().is_err(), parts.concat().contains("${{"));
            prop_assert_eq!(text.to_string(), parts.concat());
        }

        #[test]
        fn a_literal_of_an_expression_ends_where_it_ends(literal in "[a'${}& ]{0,8}") {
            let expression = Expression::github("ref").equals(literal.as_str());
            prop_assert!(expression.check().is_ok());
            let text = expression.to_string();
            let inner = text.strip_prefix("github.ref == '").unwrap().strip_suffix('\'').unwrap();
            prop_assert_eq!(inner.replace("''", "'"), literal);
        }
    }
}
