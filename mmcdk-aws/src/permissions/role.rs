//! What a role that exists grants, and what it lacks for a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mmcdk_core::serde_json::{self, Value as Json};
use mmcdk_core::{Error, Result};

use super::Permissions;
use super::explain::{AllowedOn, Reason, shown_conditions};
use super::grants::{ACCOUNT, Because};
use super::pack;
pub(super) use crate::policy::covers;
use crate::policy::{Facts, ReadPolicy, Request, Verdict, judge};

/// The policies that a role has in AWS: those that allow, and the boundary beyond which nothing is allowed.
///
/// What else decides in AWS is not part of it: policies of resources and of the organization, and of a session.
#[derive(Clone, Debug, Default)]
pub struct DeployedRole {
    policies: Vec<ReadPolicy>,
    boundary: Option<ReadPolicy>,
}

/// What a role lacks: an action that it is not allowed on some resources.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lacking {
    /// The action: `ec2:CreateNatGateway`.
    pub action: String,
    /// Why it is not allowed.
    pub why: Refusal,
    /// What it is needed on, and under which conditions.
    pub on: Vec<AllowedOn>,
    /// What needs it.
    pub reasons: Vec<Reason>,
}

/// Why an action is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No policy of the role allows it.
    NotAllowed,
    /// A policy denies it: the statement's Sid, if it has one.
    Denied(Option<String>),
    /// The role's boundary does not allow it.
    BeyondBoundary,
}

/// What a role lacks, and what is not certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// What the role lacks, sorted by action.
    pub lacking: Vec<Lacking>,
    /// The condition keys of its policies on which something depends that the program does not know, such as
    /// `aws:sourceip`.
    pub depends: BTreeSet<String>,
}

impl DeployedRole {
    /// The role whose policies stand in a text: JSON objects one after the other, each a policy as `{"Policy": …}` or the
    /// boundary as `{"Boundary": …}`. What `aws iam get-role-policy` and `aws iam get-policy-version` print, and the lines
    /// that `policies` prints, are policies too; other objects are left out.
    ///
    /// # Errors
    /// Returns an error if it is not such JSON, or has no policy.
    pub fn from_json(text: &str) -> Result<Self> {
        let mut role = Self::default();
        for document in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
            let document = document.map_err(|error| {
                Error::new(format!("the policies of the role are not JSON (line {})", error.line()))
                    .remedy("write them as {\"Policy\": …}, one after the other")
            })?;
            let known = |name: &str| Some(&document[name]).filter(|policy| policy.is_object());
            let printed = known("document").filter(|_| document["kind"] == "identity");
            let by_cli = known("PolicyDocument").or(document.pointer("/PolicyVersion/Document"));
            if let Some(boundary) = known("Boundary") {
                role.boundary = Some(ReadPolicy::from_json(boundary)?);
            }
            if let Some(policy) = known("Policy").or(printed).or(by_cli) {
                role.policies.push(ReadPolicy::from_json(policy)?);
            }
        }
        match role.policies.is_empty() {
            true => {
                Err(Error::new("the role has no policies").remedy("write them as {\"Policy\": …}, one after the other"))
            }
            false => Ok(role),
        }
    }

    fn judge(&self, request: &Request<'_>) -> Result<(), Outcome> {
        match judge(&self.policies, request) {
            Verdict::Missing => return Err(Outcome::Refused(Refusal::NotAllowed)),
            Verdict::Denied(sid) => return Err(Outcome::Refused(Refusal::Denied(sid))),
            Verdict::Depends(keys) => return Err(Outcome::Depends(keys)),
            Verdict::Allowed => {}
        }
        match self.boundary.as_ref().map(|boundary| judge(std::slice::from_ref(boundary), request)) {
            None | Some(Verdict::Allowed) => Ok(()),
            Some(Verdict::Depends(keys)) => Err(Outcome::Depends(keys)),
            Some(Verdict::Missing) => Err(Outcome::Refused(Refusal::BeyondBoundary)),
            Some(Verdict::Denied(sid)) => Err(Outcome::Refused(Refusal::Denied(sid))),
        }
    }
}

/// Why something is not simply allowed.
enum Outcome {
    Refused(Refusal),
    Depends(BTreeSet<String>),
}

impl Permissions {
    /// What of these a role does not grant.
    pub fn compare(&self, role: &DeployedRole) -> Comparison {
        let mut comparison = Comparison::default();
        let mut lacking = AllLacking::default();
        for (grant, because) in &self.grants.0 {
            let conditions = pack::conditions(grant, because);
            let mut facts = Facts::of(conditions.iter().map(|((operator, key), values)| (&**operator, &**key, values)));
            if grant.action == "ec2:CreateTags" {
                facts.tagging_in_ec2();
            }
            if let Some(boundary) = self.boundary_of(because) {
                facts.set("iam:PermissionsBoundary", boundary);
            }
            let resource = grant.resource.replace(ACCOUNT, "*");
            let request = Request { action: &grant.action, resource: &resource, facts: &facts };
            match role.judge(&request) {
                Ok(()) => {}
                Err(Outcome::Depends(keys)) => comparison.depends.extend(keys),
                Err(Outcome::Refused(why)) => {
                    let on = AllowedOn { resource, conditions: shown_conditions(&conditions) };
                    lacking.add(&grant.action, why, on, because);
                }
            }
        }
        comparison.lacking = lacking.0;
        comparison
    }

    /// The role that these policies make, if they are given to one.
    pub(super) fn as_role(&self) -> Result<DeployedRole> {
        let documents = self.documents()?;
        let read = |text: String| serde_json::from_str(&text).ok().and_then(|json| ReadPolicy::from_json(&json).ok());
        let texts = documents.iter().filter_map(|document| document.to_value().ok()?.literal_json());
        Ok(DeployedRole { policies: texts.filter_map(read).collect(), boundary: None })
    }

    /// The boundary of the role that all reasons are about, where it is known: none where that role has no boundary.
    fn boundary_of(&self, because: &Because) -> Option<Option<String>> {
        let mut known =
            because.reasons.iter().map(|reason| self.boundaries.get(&(reason.stack.clone(), reason.subject.clone())));
        let first = known.next()??;
        known.all(|other| other == Some(first)).then(|| first.clone())
    }
}

/// The boundaries of roles, by the stack and the address of what is about the role.
pub(super) type Boundaries = BTreeMap<(String, String), Option<String>>;

/// What is lacking, each action once for each reason why. Grants come sorted by action.
#[derive(Default)]
struct AllLacking(Vec<Lacking>);

impl AllLacking {
    fn add(&mut self, action: &str, why: Refusal, on: AllowedOn, because: &Because) {
        let mut of_action = self.0.iter_mut().rev().take_while(|one| one.action == action);
        let one = match of_action.find(|one| one.why == why) {
            Some(one) => one,
            None => {
                self.0.push(Lacking { action: action.to_owned(), why, on: Vec::new(), reasons: Vec::new() });
                self.0.last_mut().expect("it was just added")
            }
        };
        one.on.push(on);
        for reason in &because.reasons {
            if !one.reasons.contains(reason) {
                one.reasons.push(reason.clone());
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("not allowed"),
            Self::Denied(Some(sid)) => write!(f, "denied by the statement {sid}"),
            Self::Denied(None) => f.write_str("denied"),
            Self::BeyondBoundary => f.write_str("beyond the role's boundary"),
        }
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, why, on, reasons } = self;
        write!(f, "{action} is {why}")?;
        for on in on {
            write!(f, "\n  on {on}")?;
        }
        for reason in reasons.iter().take(MOST_REASONS) {
            write!(f, "\n  to {reason}")?;
        }
        match reasons.len().saturating_sub(MOST_REASONS) {
            0 => Ok(()),
            more => write!(f, "\n  and for {more} more"),
        }
    }
}

/// The reasons that are shown: more would hide what else is lacking.
const MOST_REASONS: usize = 3;
