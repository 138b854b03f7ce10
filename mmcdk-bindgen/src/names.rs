//! Rust names for Terraform's, and the refusal of two things with one name.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Keywords that Rust lets stand as `r#type`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Keywords that cannot be written raw.
const NEVER_RAW: &[&str] = &["self", "super", "crate", "_"];

/// What a setter would hide: associated functions and the methods of the traits that generated types implement.
const SETTERS: &[&str] = &[
    "new",
    "default",
    "clone",
    "into",
    "body_mut",
    "into_body",
    "into_object",
    "depends_on",
    "lifecycle",
    "provider",
    "set_at",
    "remove_at",
];

/// What a method of a handle would hide.
const ATTRIBUTES: &[&str] = &["clone", "into", "from_anchor", "anchor"];

/// Type names that generated code itself needs from the prelude.
const PRELUDE: &[&str] = &["String", "Vec", "Option", "Some", "None", "Into", "From", "Default", "Self"];

/// The Rust name of a setter: a trailing `_` where it would hide something, `r#` where it is a keyword.
pub(crate) fn setter(name: &str) -> String {
    method(name, SETTERS)
}

/// The Rust name of a handle's method.
pub(crate) fn attribute(name: &str) -> String {
    method(name, ATTRIBUTES)
}

fn method(name: &str, taken: &[&str]) -> String {
    let snake = snake(name);
    if taken.contains(&snake.as_str()) { format!("{snake}_") } else { identifier(snake) }
}

/// The Rust name of a field.
pub(crate) fn field(name: &str) -> String {
    identifier(snake(name))
}

/// The Rust name of a parameter; `this` is what the function itself calls the new value.
pub(crate) fn parameter(name: &str) -> String {
    if name == "this" { "this_".to_owned() } else { field(name) }
}

/// The name of a static.
pub(crate) fn constant(name: &str) -> String {
    name.to_snake_case().to_uppercase()
}

/// The Rust name of a type.
pub(crate) fn camel(name: &str) -> String {
    name.to_upper_camel_case()
}

/// Terraform's names are nearly always snake case already, and then stay as they are.
fn snake(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let snake = if plain { name.to_owned() } else { name.to_snake_case() };
    if snake.starts_with(|c: char| c.is_ascii_digit()) { format!("_{snake}") } else { snake }
}

fn identifier(name: String) -> String {
    if NEVER_RAW.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// Whether a text is a Rust type name that generated code can use.
pub(crate) fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !PRELUDE.contains(&name)
}

/// Whether a text is a Rust name of a method or module.
pub(crate) fn is_method_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && identifier(name.to_owned()) == name
}

/// The names of one place and what each stands for.
pub(crate) struct Names<'a> {
    place: &'a str,
    taken: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(place: &'a str) -> Self {
        Self { place, taken: BTreeMap::new() }
    }

    /// Takes a name, or says what has it already.
    pub(crate) fn take(&mut self, name: &str, what: &str, remedy: &str, problems: &mut Vec<String>) {
        match self.taken.get(name) {
            Some(other) => problems.push(format!("{}: {other} and {what} are both `{name}`; {remedy}", self.place)),
            None => {
                self.taken.insert(name.to_owned(), what.to_owned());
            }
        }
    }
}
