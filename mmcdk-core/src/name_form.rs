//! Names whose form depends on other arguments: their endings, and the prefixes from which the provider makes them.

use crate::block::Block;
use crate::error::{Error, Result};
use crate::facts::{NameArgument, NameForm};
use crate::value::Node;

/// The ending that the other arguments demand of a name.
enum Ending {
    /// None of the forms applies.
    No,
    Text(String, &'static NameForm),
    /// Only Terraform knows the argument.
    Unknown(&'static NameForm, Node),
}

/// The conventional name with the ending that the other arguments demand.
pub(crate) fn conventional(argument: &'static NameArgument, block: &Block, name: String) -> Result<Node> {
    let name = match ending(argument, block) {
        Ending::No => name,
        Ending::Text(text, NameForm { whole: true, .. }) => text,
        Ending::Text(suffix, _) => {
            let name = name + &suffix;
            argument.rule.check_before(&name, &suffix)?;
            name
        }
        Ending::Unknown(NameForm { whole: true, .. }, node) => return Ok(node),
        Ending::Unknown(form, _) => {
            return Err(Error::new(format!(
                "only Terraform knows {}, on which the form of the {} name depends",
                form.argument, argument.rule.what
            ))
            .remedy(format!("give {} a literal value, or give the name", form.argument)));
        }
    };
    Ok(Node::Text(name.into()))
}

/// Checks a name that is given against its rule and its form.
pub(crate) fn check(argument: &'static NameArgument, block: &Block, name: &str) -> Result<()> {
    check_form(argument, block, name)?;
    let suffix = match ending(argument, block) {
        Ending::No => String::new(),
        Ending::Text(suffix, _) => suffix,
        Ending::Unknown(form, _) => {
            let known = form.suffix.rsplit('}').next().unwrap_or_default();
            if name.ends_with(known) { known.to_owned() } else { String::new() }
        }
    };
    if suffix == name { Ok(()) } else { argument.rule.check_before(name, &suffix) }
}

/// Checks that a name has the ending which the other arguments demand, and no other.
pub(crate) fn check_form(argument: &'static NameArgument, block: &Block, name: &str) -> Result<()> {
    let what = argument.rule.what;
    match ending(argument, block) {
        Ending::Unknown(..) => Ok(()),
        Ending::Text(text, NameForm { whole: true, argument, .. }) => match name == text {
            true => Ok(()),
            false => Err(Error::new(format!("the {what} name {name:?} is not {text:?}, which {argument} is"))
                .remedy("leave the name out, and it is the same")),
        },
        Ending::Text(suffix, form) => match name.strip_suffix(suffix.as_str()) {
            Some(stem) if !stem.is_empty() => Ok(()),
            _ => {
                let why = form.value.map_or_else(String::new, |value| format!(" = {value}"));
                Err(Error::new(format!(
                    "the {what} name {name:?} does not end with {suffix:?}, which {}{why} requires",
                    form.argument
                ))
                .remedy(format!("write {:?}, or leave the name to the convention", format!("{name}{suffix}"))))
            }
        },
        Ending::No => {
            let other = argument
                .forms
                .iter()
                .find(|form| !form.whole && !form.suffix.contains("{}") && name.ends_with(form.suffix));
            other.map_or(Ok(()), |form| {
                let value = form.value.unwrap_or("a value");
                Err(Error::new(format!("the {what} name {name:?} ends with {:?}", form.suffix))
                    .remedy(format!("set {} to {value}, or leave the ending out", form.argument)))
            })
        }
    }
}

/// Checks the arguments to which the provider appends characters to make a name.
pub(crate) fn check_prefixes(argument: &'static NameArgument, block: &Block) -> Result<()> {
    let ending = match ending(argument, block) {
        Ending::Text(suffix, form) if !form.whole => suffix.chars().count(),
        _ => 0,
    };
    for (prefix, appended) in argument.prefixes {
        if let Some(Node::Text(given)) = block.node(prefix) {
            argument.rule.check_prefix(prefix, given, appended + ending)?;
        }
    }
    Ok(())
}

fn ending(argument: &'static NameArgument, block: &Block) -> Ending {
    for form in argument.forms {
        let Some(node) = block.first_at(form.argument) else { continue };
        let value = match node {
            Node::Text(text) => text.to_string(),
            Node::Bool(value) => value.to_string(),
            Node::Number(number) => number.to_string(),
            node => return Ending::Unknown(form, node.clone()),
        };
        if form.value.is_none_or(|wanted| wanted == value) {
            return Ending::Text(form.suffix.replace("{}", &value), form);
        }
    }
    Ending::No
}
