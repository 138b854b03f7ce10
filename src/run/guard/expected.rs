//! What belongs to an environment, read from what the program describes.

use std::collections::{BTreeSet, HashSet};

use mmcdk_aws::values::Region;
use mmcdk_aws::{FOUNDATION_TYPES, GovernedAccounts, RESOURCE_TYPES, STATEFUL_TYPES, Site};
use mmcdk_core::serde_json::Value as Json;
use mmcdk_core::{Error, Found, Mode, Result, Synthesis, SynthesizedStack};
use mmcdk_terraform::{Guard, OtherEnvironment, StateAddress, is_network};

/// The resource types of Terraform itself. It holds only what the configuration gives it:
/// <https://developer.hashicorp.com/terraform/language/resources/terraform-data>.
const BUILT_IN: [&str; 1] = ["terraform_data"];

/// The tag that names the environment, and its value there.
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

impl Tag {
    /// The tag of environments that the organisation declares, or the tag of another key.
    ///
    /// Another tag has one value: the environment's name if anything carries that, else the only value there is. Whatever
    /// else the program tags is not evidence, since that may be the mistake.
    pub(super) fn of(synthesis: &Synthesis, environment: &str, key: Option<&str>) -> Result<Option<Self>> {
        match key {
            Some(key) => match tag_value(synthesis, environment, key)? {
                Some(value) => Ok(Some(Self { key: key.to_owned(), value })),
                None => Err(Error::new(format!("nothing of {environment:?} has a tag {key:?}"))
                    .remedy("name the tag that names the environment, or leave --tag out")),
            },
            None => Ok(declared(synthesis, environment)
                .map(|(key, value)| Self { key: key.to_owned(), value: value.to_owned() })),
        }
    }
}

/// The tag of an environment, as it is declared.
fn declared<'a>(synthesis: &'a Synthesis, environment: &str) -> Option<(&'a str, &'a str)> {
    synthesis.stacks().find(|stack| stack.environment() == Some(environment))?.environment_tag()
}

/// The one value that a tag has in an environment; none if nothing has the tag.
fn tag_value(synthesis: &Synthesis, environment: &str, key: &str) -> Result<Option<String>> {
    if let Some((_, value)) = declared(synthesis, environment).filter(|(declared, _)| *declared == key) {
        return Ok(Some(value.to_owned()));
    }
    let stacks: Vec<_> = synthesis.stacks().filter(|stack| stack.environment() == Some(environment)).collect();
    let values = literals(managed(&stacks).filter_map(|found| found.tag(key).ok()));
    if values.contains(environment) {
        return Ok(Some(environment.to_owned()));
    }
    let others: BTreeSet<&str> = synthesis.stacks().filter_map(|stack| stack.environment()).collect();
    let own: Vec<&String> = values.iter().filter(|value| !others.contains(value.as_str())).collect();
    match own.as_slice() {
        [] if values.is_empty() => Ok(None),
        [value] => Ok(Some((*value).clone())),
        _ => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            Err(Error::new(format!("{environment:?} has no single value of the tag {key:?}: {}", values.join(", ")))
                .remedy(format!("tag everything of it with {environment:?}, or name another tag by --tag")))
        }
    }
}

/// What there is to say where no tag names the environment.
pub(super) fn no_tag(environment: &str) -> Error {
    Error::new(format!("this program declares no tag that names {environment:?}, so tags are not checked"))
        .remedy("declare one by Organisation::environment_tag, or name the tag by --tag")
}

/// The guard of an environment, for the plan of one of its stacks.
pub(super) fn guard(
    synthesis: &Synthesis,
    environment: &str,
    stacks: &[SynthesizedStack<'_>],
    stack: SynthesizedStack<'_>,
    tag: Option<&Tag>,
) -> Result<Guard> {
    let shared: Vec<_> = synthesis.stacks().filter(|stack| stack.environment().is_none()).collect();
    let readable = stacks.iter().chain(&shared);
    // Also of what is made by a provider for another region, whose names have that.
    let found = || stacks.iter().flat_map(SynthesizedStack::all);
    let further: BTreeSet<String> = found().filter_map(|found| found.name_glob()).collect();
    let elsewhere = found().filter_map(|found| Some((found.name_glob()?, region(found.fact()))));
    let of_any = found().filter_map(|found| Some((found.name_glob_of_any_environment()?, region(found.fact()))));
    let convention =
        synthesis.stacks().map(|stack| (stack.name_glob_of_any_environment(), region(stack.fact().copied())));
    let mut guard = Guard::new(environment)
        .regions(regions(&[stack]))
        .trusted_accounts(accounts(stacks).into_iter().chain(accounts(&shared)))
        .trusted_accounts(stacks.iter().flat_map(GovernedAccounts::of).map(|account| account.to_string()))
        .names(stacks.iter().map(SynthesizedStack::name_glob))
        .names(&further)
        .names_elsewhere(everywhere(elsewhere.chain(forms_of(stacks))))
        .convention(everywhere(of_any.chain(convention)))
        .known_names(managed(stacks).chain(managed(&shared)).filter_map(|found| name(&found)))
        .cidrs(ranges(stacks))?
        .state(state(stack, "terraform.tfstate"))
        .readable_states(readable.map(|stack| state(*stack, &format!("{}/terraform.tfstate", stack.path()))))
        .readable_states(stack.all().filter_map(|found| remote_state(&found)))
        .imported_states(imported(stack))
        .stateful(STATEFUL_TYPES.iter().copied())
        .foundation(FOUNDATION_TYPES.iter().copied())
        .known_types(RESOURCE_TYPES.iter().copied().chain(BUILT_IN));
    if let Some(account) = stack.fact::<Site>().and_then(|site| site.account) {
        guard = guard.account(account.to_string());
    }
    guard = match tag {
        Some(Tag { key, value }) => {
            let shared = literals(managed(&shared).filter_map(|found| found.tag(key).ok()));
            guard.tag(key).tag_values([value]).readable_tag_values(shared)
        }
        None => guard.untagged(),
    };
    let others: BTreeSet<&str> =
        synthesis.stacks().filter_map(|stack| stack.environment()).filter(|other| *other != environment).collect();
    // Roles of two accounts may have the same name, but no two buckets may.
    let own: BTreeSet<String> = managed(stacks)
        .filter(|found| found.terraform_type() != "aws_s3_bucket")
        .filter_map(|found| name(&found))
        .collect();
    let inhabited = regions(stacks);
    for other in others {
        let stacks: Vec<_> = synthesis.stacks().filter(|stack| stack.environment() == Some(other)).collect();
        guard = guard.other_environment(
            OtherEnvironment::new(other)
                .tag_values(tag.and_then(|tag| tag_value(synthesis, other, &tag.key).ok()?))
                .accounts(accounts(&stacks))
                .regions(regions(&stacks).difference(&inhabited).copied())
                .names(names_of(&stacks))
                .known_names(managed(&stacks).filter_map(|found| name(&found)).filter(|name| !own.contains(name)))
                .cidrs(ranges(&stacks))?
                .states(stacks.iter().map(|stack| state(*stack, &format!("{}/terraform.tfstate", stack.path())))),
        );
    }
    Ok(guard)
}

fn managed<'a>(stacks: &[SynthesizedStack<'a>]) -> impl Iterator<Item = Found<'a>> {
    stacks.iter().flat_map(SynthesizedStack::all).filter(|found| found.mode() == Mode::Managed)
}

/// Globs of the names of stacks, in whatever region.
fn names_of(stacks: &[SynthesizedStack<'_>]) -> BTreeSet<String> {
    everywhere(forms_of(stacks))
}

/// A glob of names, and the region that it stands in.
type Form = (String, Option<Region>);

fn forms_of(stacks: &[SynthesizedStack<'_>]) -> impl Iterator<Item = Form> {
    stacks.iter().map(|stack| (stack.name_glob(), region(stack.fact().copied())))
}

fn region(site: Option<Site>) -> Option<Region> {
    site.map(|site| site.region)
}

/// Globs of names, and the same with each other region in place of their own: `MM-*-use1-*`, `MM-*-euw1-*`.
///
/// Thousands of names have few forms, so each is written once for all regions.
fn everywhere(forms: impl Iterator<Item = Form>) -> BTreeSet<String> {
    let distinct: HashSet<Form> = forms.collect();
    distinct.iter().flat_map(|(glob, region)| in_each_region(glob, *region)).collect()
}

/// A glob, and the same with each other region in place of its own.
///
/// They name the regions, since a star for them would take in names that have no region and so are of no environment.
fn in_each_region(glob: &str, region: Option<Region>) -> impl Iterator<Item = String> {
    let bounded = |text: &str, start: usize, end: usize| {
        !text[..start].ends_with(char::is_alphanumeric) && !text[end..].starts_with(char::is_alphanumeric)
    };
    let place = region.and_then(|region| {
        let code = region.code();
        let mut places = glob.rmatch_indices(code).map(|(start, code)| (start, start + code.len()));
        places.find(|(start, end)| bounded(glob, *start, *end))
    });
    let elsewhere = place.into_iter().flat_map(move |(start, end)| {
        Region::all().map(move |region| format!("{}{}{}", &glob[..start], region.code(), &glob[end..]))
    });
    elsewhere.chain([glob.to_owned()])
}

/// The texts that are no expressions.
fn literals(texts: impl Iterator<Item = String>) -> BTreeSet<String> {
    texts.filter(|text| !text.contains("${")).collect()
}

/// The name of a resource; of a raw one, of which nothing is known, what its arguments say.
fn name(found: &Found<'_>) -> Option<String> {
    let argument = |name: &str| found.text(name).ok().filter(|text| !text.contains("${"));
    found.name().map(str::to_owned).or_else(|| argument("name")).or_else(|| argument("bucket"))
}

/// Where a stack, and what it makes by other providers, stands.
fn sites(stack: &SynthesizedStack<'_>) -> Vec<Site> {
    stack.all().filter_map(|found| found.fact::<Site>()).chain(stack.fact().copied()).collect()
}

fn regions(stacks: &[SynthesizedStack<'_>]) -> BTreeSet<&'static str> {
    stacks.iter().flat_map(sites).map(|site| site.region.name()).collect()
}

/// The accounts in which the stacks, and what they make by other providers, stand.
fn accounts(stacks: &[SynthesizedStack<'_>]) -> BTreeSet<String> {
    let of_stacks = stacks.iter().filter_map(|stack| stack.fact::<Site>().copied());
    let of_resources = stacks.iter().flat_map(SynthesizedStack::all).filter_map(|found| found.fact::<Site>());
    of_stacks.chain(of_resources).filter_map(|site| Some(site.account?.to_string())).collect()
}

/// The address ranges of the environment's networks; none where one of them is known only to Terraform, since what lies
/// in that would look foreign.
fn ranges(stacks: &[SynthesizedStack<'_>]) -> BTreeSet<String> {
    let blocks: Option<BTreeSet<String>> = managed(stacks)
        .filter(|found| is_network(found.terraform_type()))
        .map(|found| found.text("cidr_block").ok().filter(|block| !block.contains("${")))
        .collect();
    blocks.unwrap_or_default()
}

/// Where the state of a stack is; a local one is the file at that path.
fn state(stack: SynthesizedStack<'_>, local: &str) -> StateAddress {
    stack.state().map_or_else(|| StateAddress::local(local), StateAddress::from)
}

/// The states of other environments that a stack imports from.
fn imported(stack: SynthesizedStack<'_>) -> Vec<StateAddress> {
    let elsewhere = |other: &SynthesizedStack<'_>| {
        other.environment().is_some_and(|environment| Some(environment) != stack.environment())
    };
    let imported = stack.imported_stacks().filter(elsewhere);
    imported.map(|other| state(other, &format!("{}/terraform.tfstate", other.path()))).collect()
}

/// What a remote state that the program itself describes reads.
fn remote_state(found: &Found<'_>) -> Option<StateAddress> {
    if found.terraform_type() != "terraform_remote_state" {
        return None;
    }
    let Ok(Json::Object(config)) = found.argument("config") else { return None };
    StateAddress::of(&found.text("backend").ok()?, &config, found.text("workspace").ok().as_deref())
}
