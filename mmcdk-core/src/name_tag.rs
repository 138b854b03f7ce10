//! The tag that holds a resource's name: it is the resource's own and comes from no context.

use crate::error::{Error, Result};
use crate::facts::TagFacts;
use crate::provider::{Provider, ProviderRef};
use crate::state::{AppState, StackState};
use crate::tags::{Shown, TagSet, TagText};

/// Checks that neither the tags of a resource's place nor those of its provider name everything alike.
pub(crate) fn check(
    app: &AppState,
    stack: usize,
    tags: &TagFacts,
    place: &TagSet,
    provider: Option<&ProviderRef>,
    provider_name: &str,
) -> Result<()> {
    let Some(key) = tags.name_key else { return Ok(()) };
    if let Some(text) = place.get(key) {
        return Err(rejected(key, text, &origin(app, stack, key)));
    }
    let configuration = configuration(&app.stacks[stack], provider_name, provider);
    match configuration.into_iter().flat_map(Provider::default_tags).find(|(known, _)| *known == key) {
        Some((_, node)) => {
            let named = format!("the default tags of the provider {provider_name:?}");
            Err(rejected(key, &node.clone().into(), &named))
        }
        None => Ok(()),
    }
}

fn rejected(key: &str, text: &TagText, origin: &str) -> Error {
    Error::new(format!("the tag {} of {origin} would give everything the same name", Shown(key, text)))
        .remedy("take it out there; names follow the convention, and a resource may carry that tag itself")
}

/// Where a tag of a resource's place was given, the outermost place if there are several.
fn origin(app: &AppState, stack: usize, key: &str) -> String {
    let stack = &app.stacks[stack];
    let environment = stack.environment.as_ref().and_then(|name| app.environments.get(name));
    if app.organisation.tags.keys().any(|known| known == key) {
        return "the organisation".into();
    }
    match environment.filter(|environment| environment.local.given_tags().keys().any(|known| known == key)) {
        Some(environment) => format!("the environment {:?}", environment.name),
        None if stack.context.tags.contains(key) => format!("the stack {:?}", stack.path),
        None => "its context".into(),
    }
}

/// The configuration that a resource uses.
fn configuration<'a>(stack: &'a StackState, name: &str, provider: Option<&ProviderRef>) -> Option<&'a Provider> {
    let alias = provider.map(ProviderRef::alias);
    let of_type =
        |(known, provider): &&(Option<String>, Provider)| known.as_deref() == alias && provider.facts.name == name;
    stack.providers.iter().find(of_type).map(|(_, provider)| provider)
}
