//! Overrides that a construct cannot follow.

use mmcdk_core::{Error, Resource, Result, Scope};

/// Rejects overrides of arguments from which a construct computes something else, each with what to write instead. A path
/// counts by its first part.
pub(crate) fn reject<R: Resource>(scope: &Scope<'_>, arguments: &[(&str, &str)]) -> Result<()> {
    let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    for path in scope.overrides_of::<R>() {
        if let Some((argument, instead)) = arguments.iter().find(|(argument, _)| *argument == first(path)) {
            let of = R::FACTS.terraform_type;
            return Err(Error::new(format!(
                "set_on sets {path} of {of}, and the construct computes other things from {argument}"
            ))
            .remedy(*instead));
        }
    }
    Ok(())
}

/// What to write instead of an override of `region`.
pub(crate) const REGION: (&str, &str) =
    ("region", "add the construct with a provider of that region: stack.with(&provider).add(…)");
