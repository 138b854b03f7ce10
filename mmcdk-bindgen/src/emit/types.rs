//! Structs, setters and handles.

use std::collections::BTreeMap;

use super::{Core, facts, plain_text};
use crate::arguments::{Argument, ArgumentKind, Attribute, MOST_PARAMETERS, RustType};
use crate::names;
use crate::parts::{Part, PartKind};
use crate::plan::TypePlan;

/// Everything of one resource type or data source.
pub(super) fn items(plan: &TypePlan, core: &Core) -> String {
    let mut text = String::new();
    resource(&mut text, plan, core);
    handle(&mut text, plan, core);
    for item in plan.parts.iter().filter(|part| !part.shared) {
        text.push('\n');
        part(&mut text, item, core);
    }
    text
}

/// The parts that several types share, each once.
pub(super) fn shared_parts(types: &[TypePlan], core: &Core) -> String {
    let shared: BTreeMap<&str, &Part> =
        types.iter().flat_map(|plan| &plan.parts).filter(|part| part.shared).map(|part| (&*part.rust, part)).collect();
    let mut text = String::new();
    for item in shared.into_values() {
        text.push('\n');
        part(&mut text, item, core);
    }
    text
}

fn resource(text: &mut String, plan: &TypePlan, core: &Core) {
    let (rust, body) = (&plan.rust, core.name("Body"));
    text.push_str(&format!("/// {}\n", about(plan)));
    structure(text, rust, &body, plan.deprecated);
    let arguments = Arguments { rust, what: &format!("`{}`", plan.terraform), body: &body, all: &plan.arguments };
    arguments.write(text, core);
    text.push_str(&format!(
        "impl {resource} for {rust} {{
    const FACTS: &'static {facts} = {value};
    type Handle = {rust}Handle;
    fn body_mut(&mut self) -> &mut {body} {{ &mut self.0 }}
}}
",
        resource = core.name("Resource"),
        facts = core.name("TypeFacts"),
        value = facts::of_type(plan, core),
    ));
}

/// The first line of a type's documentation.
fn about(plan: &TypePlan) -> String {
    let kind = if plan.managed { "resource" } else { "data source" };
    let mut about = format!("The {kind} `{}`.", plan.terraform);
    if let Some(name) = &plan.facts.name {
        about.push_str(&format!(" Its `{}` is made by the naming convention, unless it is given.", name.argument));
    }
    if !plan.facts.tags.is_empty() {
        about.push_str(" It is tagged.");
    }
    if plan.deprecated {
        about.push_str(" Deprecated.");
    }
    if let Some(description) = &plan.description {
        about.push(' ');
        about.push_str(&plain_text(description));
    }
    about
}

fn structure(text: &mut String, rust: &str, body: &str, deprecated: bool) {
    deprecation(text, "", deprecated);
    text.push_str(&format!("#[derive(Clone)] #[must_use]\npub struct {rust}({body});\n"));
}

fn deprecation(text: &mut String, indent: &str, deprecated: bool) {
    if deprecated {
        text.push_str(indent);
        text.push_str("#[deprecated]\n");
    }
}

fn handle(text: &mut String, plan: &TypePlan, core: &Core) {
    let (rust, anchor, handle) = (&plan.rust, core.name("Anchor"), core.name("Handle"));
    text.push_str(&format!("\n/// References to the attributes of `{}`.\n", plan.terraform));
    text.push_str(&format!("#[derive(Clone, Debug)]\npub struct {rust}Handle({anchor});\n"));
    text.push_str(&format!(
        "impl {handle} for {rust}Handle {{
    fn from_anchor(anchor: {anchor}) -> Self {{ Self(anchor) }}
    fn anchor(&self) -> &{anchor} {{ &self.0 }}
}}
"
    ));
    if plan.attributes.is_empty() {
        return;
    }
    text.push_str(&format!("impl {rust}Handle {{\n"));
    for Attribute { name, rust, kind, sensitive, deprecated, doc } in &plan.attributes {
        let value = value_of(kind, core);
        let method = if *sensitive { "sensitive" } else { "attribute" };
        text.push_str(&format!("    /// {doc}\n"));
        deprecation(text, "    ", *deprecated);
        text.push_str(&format!("    pub fn {rust}(&self) -> {value} {{ self.0.{method}({name:?}) }}\n"));
    }
    text.push_str("}\n");
}

fn part(text: &mut String, part: &Part, core: &Core) {
    let rust = &part.rust;
    let body = if part.kind == PartKind::Block { core.name("Block") } else { core.name("ObjectBody") };
    text.push_str(&format!("/// {}.\n", capital(&part.what)));
    structure(text, rust, &body, part.deprecated);
    let empty = match part.kind {
        PartKind::Block => format!("{body}::new()"),
        PartKind::Object => {
            let members: Vec<String> = part.arguments.iter().map(|argument| format!("{:?}", argument.name)).collect();
            format!("{body}::new(&[{}])", members.join(", "))
        }
        PartKind::SparseObject => format!("{body}::new(&[])"),
    };
    Arguments { rust, what: &part.what, body: &body, all: &part.arguments }.write_with(text, &empty, core);
    if part.kind == PartKind::Block {
        let block = core.name("BlockType");
        text.push_str(&format!("impl {block} for {rust} {{ fn into_block(self) -> {body} {{ self.0 }} }}\n"));
    } else {
        let object = core.name("ObjectType");
        text.push_str(&format!("impl {object} for {rust} {{ fn into_object(self) -> {body} {{ self.0 }} }}\n"));
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `new` and the setters of a struct.
struct Arguments<'a> {
    rust: &'a str,
    what: &'a str,
    body: &'a str,
    all: &'a [Argument],
}

impl Arguments<'_> {
    fn write(&self, text: &mut String, core: &Core) {
        self.write_with(text, &format!("{}::new()", self.body), core);
    }

    fn write_with(&self, text: &mut String, empty: &str, core: &Core) {
        let required: Vec<&Argument> = self.all.iter().filter(|argument| argument.required).collect();
        text.push_str(&format!("impl {} {{\n", self.rust));
        self.constructor(text, &required, empty, core);
        for argument in self.all.iter().filter(|argument| !argument.required) {
            setter(text, argument, core);
        }
        text.push_str("}\n");
        if required.len() > MOST_PARAMETERS {
            self.required_struct(text, &required, core);
        }
    }

    fn constructor(&self, text: &mut String, required: &[&Argument], empty: &str, core: &Core) {
        match required.len() {
            0 => {
                text.push_str("    /// One with no arguments yet.\n");
                text.push_str(&format!("    pub fn new() -> Self {{ Self({empty}) }}\n"));
            }
            1..=MOST_PARAMETERS => {
                let names: Vec<String> = required.iter().map(|argument| format!("`{}`", argument.name)).collect();
                text.push_str(&format!("    /// One with its required arguments: {}.\n", names.join(", ")));
                let parameters: Vec<String> = required.iter().map(|argument| parameter(argument, core)).collect();
                let filled = self.filled(required, empty, core, |argument| names::parameter(&argument.rust));
                text.push_str(&format!("    pub fn new({}) -> Self {{ Self({filled}) }}\n", parameters.join(", ")));
            }
            _ => {
                text.push_str("    /// One with its required arguments.\n");
                let filled = self.filled(required, empty, core, |argument| format!("required.{}", argument.rust));
                text.push_str(&format!(
                    "    pub fn new(required: {}Required) -> Self {{ Self({filled}) }}\n",
                    self.rust
                ));
            }
        }
    }

    fn filled(&self, required: &[&Argument], empty: &str, core: &Core, value: impl Fn(&Argument) -> String) -> String {
        let with = required.iter().map(|argument| {
            let (name, value) = (&argument.name, value(argument));
            match &argument.kind {
                // A vector could also become `Blocks<Vec<…>>` and a value one of any type, so types are spelled out.
                ArgumentKind::Blocks { part, min, max } => {
                    format!(".blocks::<{part}>({name:?}, {value}, {min}, {max})")
                }
                // The members of an object are not checked one by one.
                ArgumentKind::Value(kind) if self.body.ends_with("ObjectBody") => {
                    format!(".set::<{}>({name:?}, {value})", rust_type(kind, core))
                }
                ArgumentKind::Value(kind) => {
                    format!(".require::<{}>({name:?}, {value})", rust_type(kind, core))
                }
            }
        });
        with.fold(empty.to_owned(), |filled, with| filled + &with)
    }

    fn required_struct(&self, text: &mut String, required: &[&Argument], core: &Core) {
        text.push_str(&format!("\n/// The required arguments of {}.\n", self.what));
        text.push_str(&format!("#[derive(Clone)]\npub struct {}Required {{\n", self.rust));
        for argument in required {
            let kind = match &argument.kind {
                ArgumentKind::Value(kind) => value_of(kind, core),
                ArgumentKind::Blocks { part, .. } => format!("Vec<{part}>"),
            };
            text.push_str(&format!("    /// {}\n    pub {}: {kind},\n", argument.doc, argument.rust));
        }
        text.push_str("}\n");
    }
}

fn parameter(argument: &Argument, core: &Core) -> String {
    format!("{}: impl Into<{}>", names::parameter(&argument.rust), taken(argument, core))
}

/// What an argument is converted to.
fn taken(argument: &Argument, core: &Core) -> String {
    match &argument.kind {
        ArgumentKind::Value(kind) => value_of(kind, core),
        ArgumentKind::Blocks { part, .. } => format!("{}<{part}>", core.name("Blocks")),
    }
}

fn setter(text: &mut String, argument: &Argument, core: &Core) {
    let Argument { name, rust, kind, deprecated, doc, .. } = argument;
    text.push_str(&format!("    /// {doc}\n"));
    deprecation(text, "    ", *deprecated);
    let taken = taken(argument, core);
    text.push_str(&match kind {
        ArgumentKind::Value(_) => format!(
            "    pub fn {rust}(self, value: impl Into<{taken}>) -> Self {{ Self(self.0.set({name:?}, value)) }}\n"
        ),
        ArgumentKind::Blocks { min, max, .. } => format!(
            "    pub fn {rust}(self, blocks: impl Into<{taken}>) -> Self {{ Self(self.0.blocks({name:?}, blocks, {min}, {max})) }}\n"
        ),
    });
}

fn value_of(kind: &RustType, core: &Core) -> String {
    format!("{}<{}>", core.name("Value"), rust_type(kind, core))
}

fn rust_type(kind: &RustType, core: &Core) -> String {
    match kind {
        RustType::String => "String".to_owned(),
        RustType::Bool => "bool".to_owned(),
        RustType::Number => core.name("Number"),
        RustType::Any => core.name("Any"),
        RustType::Object => core.name("Object"),
        RustType::Part(part) => part.clone(),
        RustType::List(element) => format!("{}<{}>", core.name("List"), rust_type(element, core)),
        RustType::Set(element) => format!("{}<{}>", core.name("Set"), rust_type(element, core)),
        RustType::Map(element) => format!("{}<{}>", core.name("Map"), rust_type(element, core)),
    }
}
