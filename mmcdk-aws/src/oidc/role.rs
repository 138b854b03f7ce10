//! Roles that GitHub Actions assumes.

use std::time::Duration;

use mmcdk_core::{Construct, Error, Preview, Result, Scope, Value};

use super::provider::{self, OidcProviderOutputs};
use super::repository::Repository;
use super::subject::Subject;
use crate::overrides;
use crate::permissions::{Permissions, RoleToRead};
use crate::policy::{Condition, Operator, PolicyDocument, Principal, Statement};
use crate::resources::iam;
use crate::site::Site;

/// A role that jobs of one repository assume by GitHub's OpenID Connect, so that no static credential exists.
///
/// Only the subjects that are named get in. A role for plans reads, and pull requests may assume it; a role that can write is
/// bound to an environment, whose rules then decide.
///
/// # Creates
/// `aws_iam_role`; for permissions as many `aws_iam_policy` with `aws_iam_role_policy_attachment` as their size takes.
///
/// # Defaults
/// The form of subjects is that of repositories made before 15 July 2026 (see [`OidcRole::immutable`]); sessions last an
/// hour; the provider is that of the role's account. A role with permissions may read its own policies, so that a pipeline can
/// compare them with what a plan takes.
///
/// # Errors
/// A repository or subject that GitHub does not have; no subjects; pull requests, or every job, on a role that can write;
/// `ForAllValues` in a condition; a trust policy of more than 2,048 characters; more policies than the ten that a role takes.
///
/// # Replacement
/// Another name replaces the role.
///
/// # Example
/// ```
/// use mmcdk_aws::{OidcProvider, OidcRole, Permissions, Shared, Subject, values::Region};
/// use mmcdk_core::{App, Organisation, Result};
///
/// # fn main() -> Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let plan = Permissions::plan(app.stacks())?;
/// let mut bootstrap = app.stack("bootstrap", Shared::new(Region::UsEast1).account("111122223333"))?;
/// let github = bootstrap.add("github", OidcProvider::github())?;
/// let role = OidcRole::github("mikamirai/infrastructure")
///     .provider(&github)
///     .subjects([Subject::pull_request(), Subject::branch("main")])
///     .permissions(plan);
/// bootstrap.add("plan", role)?; // MM-use1-role-plan
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OidcRole {
    repository: String,
    ids: Option<(u64, u64)>,
    legacy: bool,
    subjects: Vec<Subject>,
    provider: Option<OidcProviderOutputs>,
    name: Option<String>,
    description: Option<String>,
    permissions: Option<Permissions>,
    roles_to_read: Vec<RoleToRead>,
    documents: Vec<PolicyDocument>,
    managed: Vec<Value<String>>,
    session: Duration,
    boundary: Option<Value<String>>,
    conditions: Vec<Condition>,
}

impl OidcRole {
    /// A role for jobs of that repository: `mikamirai/infrastructure`, in GitHub's case.
    pub fn github(repository: impl Into<String>) -> Self {
        Self {
            repository: repository.into(),
            ids: None,
            legacy: true,
            subjects: Vec::new(),
            provider: None,
            name: None,
            description: None,
            permissions: None,
            roles_to_read: Vec::new(),
            documents: Vec::new(),
            managed: Vec::new(),
            session: HOUR,
            boundary: None,
            conditions: Vec::new(),
        }
    }

    /// Subjects have the ids of owner and repository beside their names, which nobody else gets even after a name was given
    /// up. It is the form of repositories that were made, renamed or transferred after 15 July 2026, and of those that opted
    /// in. `gh api repos/OWNER/NAME --jq '.owner.id, .id'` tells the ids.
    #[must_use]
    pub fn immutable(mut self, owner_id: u64, repository_id: u64) -> Self {
        self.ids = Some((owner_id, repository_id));
        self.legacy = false;
        self
    }

    /// Takes subjects with ids and such without, while a repository moves from one form to the other.
    #[must_use]
    pub fn migrating(mut self, owner_id: u64, repository_id: u64) -> Self {
        self.ids = Some((owner_id, repository_id));
        self.legacy = true;
        self
    }

    /// The jobs that get in.
    #[must_use]
    pub fn subjects(mut self, subjects: impl IntoIterator<Item = Subject>) -> Self {
        self.subjects.extend(subjects);
        self
    }

    /// The provider by which the account believes GitHub, where it is in this app.
    #[must_use]
    pub fn provider(mut self, provider: &OidcProviderOutputs) -> Self {
        self.provider = Some(provider.clone());
        self
    }

    /// The role's name, instead of the convention's.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What the role is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// What the role may do, computed from stacks.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = Some(match self.permissions {
            Some(known) => known.and(permissions),
            None => permissions,
        });
        self
    }

    /// Lets it read the policies of other roles that this crate makes, with their boundaries. A role that plans needs it for the
    /// roles that apply: the pipeline compares what a plan takes with what they grant, before anything is applied. A role with
    /// permissions reads its own policies without this.
    ///
    /// A role is given by its outputs. A name alone is enough if the role has neither a boundary nor managed policies besides;
    /// [`RoleToRead`] adds those.
    ///
    /// # Errors
    /// If such a role is in another account.
    #[must_use]
    pub fn reads_policies_of(mut self, roles: impl IntoIterator<Item = impl Into<RoleToRead>>) -> Self {
        self.roles_to_read.extend(roles.into_iter().map(Into::into));
        self
    }

    /// A policy of one's own besides. It counts as writing unless all its actions begin with `Get`, `List` or `Describe`.
    #[must_use]
    pub fn policy(mut self, document: PolicyDocument) -> Self {
        self.documents.push(document);
        self
    }

    /// A managed policy besides, by its ARN. It counts as writing unless it is AWS's `ReadOnlyAccess`, `ViewOnlyAccess` or
    /// `SecurityAudit`.
    #[must_use]
    pub fn managed_policy(mut self, arn: impl Into<Value<String>>) -> Self {
        self.managed.push(arn.into());
        self
    }

    /// The longest session, from 1 to 12 hours. A workflow asks for its own duration, up to this.
    #[must_use]
    pub fn session(mut self, longest: Duration) -> Self {
        self.session = longest;
        self
    }

    /// The managed policy beyond which nothing is allowed, by its ARN.
    #[must_use]
    pub fn boundary(mut self, arn: impl Into<Value<String>>) -> Self {
        self.boundary = Some(arn.into());
        self
    }

    /// A further condition of the trust, such as on the claim `job_workflow_ref` of reusable workflows:
    /// `Condition::string_like("token.actions.githubusercontent.com:job_workflow_ref", "o/r/.github/workflows/x.yaml@*")`.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Whether the role can change anything, as far as can be known.
    fn can_write(&self) -> bool {
        self.permissions.as_ref().is_some_and(Permissions::can_write)
            || !self.documents.iter().all(PolicyDocument::only_reads)
            || !self.managed.iter().all(only_reads)
    }

    fn check(&self) -> Result<()> {
        if self.subjects.is_empty() {
            return Err(Error::new("no job can assume the role: it has no subjects")
                .remedy("name them: .subjects([Subject::environment(\"dev\")])"));
        }
        self.subjects.iter().try_for_each(Subject::check)?;
        if let Some(subject) = self.subjects.iter().find(|subject| subject.admits_pull_requests() && self.can_write()) {
            let whom = if subject.is_pattern() { "every job, of pull requests too," } else { "pull requests" };
            return Err(Error::new(format!("{whom} could assume a role that can write: the subject {subject}"))
                .remedy(
                    "bind the role to an environment, and give pull requests a role of their own that only reads",
                ));
        }
        let seconds = self.session.as_secs();
        if self.session.subsec_nanos() > 0 || !(HOUR.as_secs()..=12 * HOUR.as_secs()).contains(&seconds) {
            return Err(Error::new(format!("sessions of {:?} are asked for", self.session))
                .remedy("IAM takes 3,600 to 43,200 whole seconds"));
        }
        if let Some(condition) = self.conditions.iter().find(|condition| condition.passes_without_the_key()) {
            return Err(Error::new(format!(
                "{} on {} would let tokens in that lack the claim",
                condition.operator(),
                condition.key()
            ))
            .remedy("a claim has one value: leave the quantifier out"));
        }
        Ok(())
    }

    /// Its permissions with those to read the policies of roles.
    fn with_reading(&self, roles: &[RoleToRead], site: &Site, path: &str) -> Option<Permissions> {
        let reading = roles.iter().map(|role| role.permissions(site, path));
        self.permissions.iter().cloned().chain(reading).reduce(Permissions::and)
    }

    /// The role as it will be read, with what the context overrides.
    fn as_read(&self, scope: &Scope<'_>, site: &Site) -> Result<RoleToRead> {
        let role = iam::Role::new(Value::<String>::none()).name(self.name.clone());
        let role = scope.preview(role.permissions_boundary(self.boundary.clone()))?;
        let name = match role.name() {
            Some(name) => name.to_owned(),
            // An override makes it an expression or a prefix; the error says so.
            None => scope.name_of::<iam::Role>()?,
        };
        let policy = scope.preview(iam::Policy::new(Value::<String>::none()).name("x"))?;
        let boundary: Option<Value<String>> = role.argument("permissions_boundary");
        let read = RoleToRead::named(format!("{}{name}", literal_path(&role, "aws_iam_role")?))
            .policies_in(&literal_path(&policy, "aws_iam_policy")?)
            .policies(self.managed.iter().cloned().chain(boundary));
        Ok(read.in_account(site.account))
    }

    /// Whom the role trusts, for a provider of that ARN.
    fn trust(&self, repository: &Repository, host: &str, site: &Site, provider: Value<String>) -> PolicyDocument {
        let forms = [self.legacy.then_some(None), self.ids.map(Some)];
        let claims: Vec<String> = forms
            .into_iter()
            .flatten()
            .flat_map(|ids| self.subjects.iter().map(move |subject| subject.claim(repository, ids)))
            .collect();
        let operator = match self.subjects.iter().any(Subject::is_pattern) {
            true => Operator::StringLike,
            false => Operator::StringEquals,
        };
        let statement = Statement::allow()
            .principal(Principal::Federated(provider))
            .actions(["sts:AssumeRoleWithWebIdentity"])
            .condition(Condition::string_equals(format!("{host}:aud"), provider::audience(site.partition())))
            .condition(Condition::new(operator, format!("{host}:sub"), claims));
        PolicyDocument::new().statement(self.conditions.iter().cloned().fold(statement, Statement::condition))
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

/// Managed policies of a role, unless the account's quota was raised.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const MOST_POLICIES: usize = 10;

fn only_reads(policy_arn: &Value<String>) -> bool {
    let name = policy_arn.literal().and_then(|arn| arn.rsplit('/').next());
    name.is_some_and(|name| matches!(name, "ReadOnlyAccess" | "ViewOnlyAccess" | "SecurityAudit"))
}

/// What adding an [`OidcRole`] returns.
#[derive(Clone, Debug)]
pub struct OidcRoleOutputs {
    /// The role.
    pub role: iam::RoleHandle,
    /// Its policies.
    pub policies: Vec<iam::PolicyHandle>,
    read: RoleToRead,
}

impl From<&OidcRoleOutputs> for RoleToRead {
    fn from(outputs: &OidcRoleOutputs) -> Self {
        outputs.read.clone()
    }
}

impl Construct for OidcRole {
    type Output = OidcRoleOutputs;

    fn build(self, scope: &mut Scope<'_>) -> Result<OidcRoleOutputs> {
        self.check()?;
        let repository: Repository = self.repository.parse()?;
        let site = Site::of(scope)?;
        if let Some(subject) = self.subjects.iter().find(|subject| subject.admits_any_ref() && self.can_write()) {
            let warning = format!("whoever can push to the repository can assume a role that can write: {subject}");
            scope.warn(Error::new(warning).remedy("name the branch, or bind the role to an environment"));
        }
        let (host, provider) = match &self.provider {
            Some(outputs) if outputs.site.account != site.account || outputs.site.partition() != site.partition() => {
                return Err(Error::new("the role and its OIDC provider are in different accounts")
                    .remedy("add a provider in the role's account, and give the role that one"));
            }
            Some(outputs) => (outputs.host.clone(), outputs.provider.arn()),
            None => (provider::GITHUB.to_owned(), provider::arn(&site, provider::GITHUB, scope)?),
        };
        let of_known_length = format!("arn:{}:iam::000000000000:oidc-provider/{host}", site.partition());
        let size = self.trust(&repository, &host, &site, of_known_length.into()).size();
        if let Some(size) = size.filter(|size| *size > PolicyDocument::TRUST_LIMIT) {
            let limit = PolicyDocument::TRUST_LIMIT;
            return Err(Error::new(format!("the trust policy has {size} characters, and IAM takes {limit}"))
                .remedy("name fewer subjects, or put those with a common beginning into a pattern"));
        }
        for document in &self.documents {
            if let Some(size) = document.size().filter(|size| *size > PolicyDocument::MANAGED_LIMIT) {
                let limit = PolicyDocument::MANAGED_LIMIT;
                return Err(Error::new(format!("a policy of the role has {size} characters, and IAM takes {limit}"))
                    .remedy("split it into several"));
            }
        }
        if self.permissions.as_ref().is_some_and(Permissions::raises_itself) {
            scope.warn(
                Error::new("the role may make roles and write their policies, so it can give itself everything")
                    .remedy("bind what it makes by PermissionTable::boundary"),
            );
        }
        for note in self.permissions.iter().flat_map(Permissions::notes) {
            scope.warn(note);
        }
        let read = self.as_read(scope, &site)?;
        let role_name = read.name().rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(other) = self.roles_to_read.iter().find(|other| other.is_elsewhere(site.account)) {
            return Err(Error::new(format!(
                "the role {}, whose policies it reads, is in another account",
                other.name()
            ))
            .remedy("give each account a role that plans, and let it read the roles of its account"));
        }
        let own = self.permissions.is_some().then(|| read.clone());
        let roles: Vec<RoleToRead> = own.into_iter().chain(self.roles_to_read.iter().cloned()).collect();
        let account = site.account_id(scope)?;
        let mut documents = match self.with_reading(&roles, &site, &scope.path()) {
            Some(permissions) => permissions.documents_in(&account)?,
            None => Vec::new(),
        };
        documents.extend(RoleToRead::unknown_policies(&roles));
        let count = documents.len() + self.documents.len() + self.managed.len();
        if count > MOST_POLICIES {
            return Err(Error::new(format!("the role would need {count} policies, and IAM takes {MOST_POLICIES}"))
                .remedy("split the stacks over several roles"));
        }

        overrides::reject::<iam::Role>(
            scope,
            &[(
                "assume_role_policy",
                "use OidcRole::subjects and OidcRole::condition: whether pull requests may write is computed from them",
            )],
        )?;
        let trust = self.trust(&repository, &host, &site, provider);
        let Self { name, description, documents: own, managed, session, boundary, .. } = self;
        let description = description.unwrap_or_else(|| format!("GitHub Actions of {repository}"));
        let role = iam::Role::new(trust)
            .name(name)
            .description(description)
            .max_session_duration(session.as_secs())
            .permissions_boundary(boundary);
        let role = scope.place(role)?;
        let mut policies = Vec::new();
        for (number, document) in documents.into_iter().chain(own).enumerate() {
            policies.push(scope.add(
                &format!("policy-{}", number + 1),
                RolePolicy { role: role.clone(), document, name: format!("{role_name}-{}", number + 1) },
            )?);
        }
        for (number, arn) in managed.into_iter().enumerate() {
            scope.add(&format!("managed-{}", number + 1), iam::RolePolicyAttachment::new(arn, role.id()))?;
        }
        Ok(OidcRoleOutputs { role, policies, read })
    }
}

/// The path of a role or policy as it stands in ARNs before the name: empty, or `team/`.
fn literal_path(preview: &Preview, terraform_type: &str) -> Result<String> {
    let Some(path) = preview.argument::<String>("path") else { return Ok(String::new()) };
    match path.literal() {
        Some(path) => Ok(path.trim_start_matches('/').to_owned()),
        None => Err(Error::new(format!("set_on makes the path of {terraform_type} an expression"))
            .remedy("set a literal path such as \"/team/\": the role reads its policies by their ARNs")),
    }
}

/// One of a role's managed policies, attached.
struct RolePolicy {
    role: iam::RoleHandle,
    document: PolicyDocument,
    name: String,
}

impl Construct for RolePolicy {
    type Output = iam::PolicyHandle;

    fn build(self, scope: &mut Scope<'_>) -> Result<iam::PolicyHandle> {
        let Self { role, document, name } = self;
        let policy = scope.place(iam::Policy::new(document).name(name))?;
        scope.place(iam::RolePolicyAttachment::new(policy.arn(), role.id()))?;
        Ok(policy)
    }
}
