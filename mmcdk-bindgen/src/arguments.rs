//! The arguments and attributes of a type or of a part of it, with their Rust names and types.

use crate::names::{self, Names};
use crate::parts::Naming;
use crate::plan::Subject;
use crate::schema::{AttributeSchema, BlockSchema, NestedSchema, NestedType, Nesting, Type};

/// Up to so many required arguments are parameters of `new`; more are the fields of a struct.
pub(crate) const MOST_PARAMETERS: usize = 3;

/// Something that a configuration can give.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: String,
    /// The name of the setter, or of the parameter's field.
    pub(crate) rust: String,
    pub(crate) kind: ArgumentKind,
    /// Whether `new` takes it.
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    pub(crate) doc: String,
}

/// An expression or nested blocks.
#[derive(Debug)]
pub(crate) enum ArgumentKind {
    Value(RustType),
    /// The Rust name of the block, and how many there may be.
    Blocks {
        part: String,
        min: u32,
        max: u32,
    },
}

/// Something that a handle refers to.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) kind: RustType,
    pub(crate) sensitive: bool,
    pub(crate) deprecated: bool,
    pub(crate) doc: String,
}

/// The `T` of a `Value<T>`.
#[derive(Clone, Debug)]
pub(crate) enum RustType {
    String,
    Bool,
    Number,
    Any,
    Object,
    /// A generated object type.
    Part(String),
    List(Box<RustType>),
    Set(Box<RustType>),
    Map(Box<RustType>),
}

/// The arguments of a resource or data source; the physical name is left to the convention, so `new` does not take it.
pub(crate) fn of_root(
    subject: Subject<'_>,
    parts: &Naming<'_>,
    name: Option<&str>,
    problems: &mut Vec<String>,
) -> Vec<Argument> {
    let mut arguments = of_block(subject, subject.block, &[], parts, problems);
    for argument in arguments.iter_mut().filter(|argument| Some(argument.name.as_str()) == name) {
        argument.required = false;
        argument.doc = format!("`{}`: the physical name, by default made by the convention; string.", argument.name);
        argument.rust = renamed(subject, &[&argument.name]).unwrap_or_else(|| names::setter(&argument.name));
    }
    check_renames(subject, problems);
    arguments
}

/// The arguments of a block at a path, alphabetical, attributes before blocks.
pub(crate) fn of_block(
    subject: Subject<'_>,
    block: &BlockSchema,
    path: &[&str],
    parts: &Naming<'_>,
    problems: &mut Vec<String>,
) -> Vec<Argument> {
    let mut arguments = of_attributes(subject, block.attributes.iter(), path, parts);
    for (name, nested) in block.block_types.iter().filter(|(_, nested)| nested.block.settable()) {
        let path = joined(path, name);
        let Some(part) = parts.name_of(&path) else { continue };
        let kind = ArgumentKind::Blocks { part: part.to_owned(), min: nested.min_items, max: most(nested) };
        arguments.push(Argument {
            name: name.clone(),
            rust: rust_name(subject, &path, nested.min_items > 0),
            kind,
            required: nested.min_items > 0,
            deprecated: nested.block.deprecated,
            doc: describe(name, &block_words(nested), nested.block.description.as_deref()),
        });
    }
    check_clashes(subject, path, &arguments, problems);
    arguments
}

/// The members of an object type.
pub(crate) fn of_members<'a>(
    subject: Subject<'_>,
    members: impl Iterator<Item = (&'a String, &'a AttributeSchema)>,
    path: &[&str],
    parts: &Naming<'_>,
    problems: &mut Vec<String>,
) -> Vec<Argument> {
    let arguments = of_attributes(subject, members, path, parts);
    check_clashes(subject, path, &arguments, problems);
    arguments
}

/// The members of an object without flags of their own: each is optional.
pub(crate) fn of_plain_members(
    subject: Subject<'_>,
    members: &std::collections::BTreeMap<String, Type>,
    path: &[&str],
    parts: &Naming<'_>,
    problems: &mut Vec<String>,
) -> Vec<Argument> {
    let arguments = members.iter().map(|(name, kind)| {
        let path = joined(path, name);
        Argument {
            name: name.clone(),
            rust: rust_name(subject, &path, false),
            kind: ArgumentKind::Value(plain_type(kind, parts.name_of(&path))),
            required: false,
            deprecated: false,
            doc: describe(name, &type_words(kind), None),
        }
    });
    let arguments: Vec<Argument> = arguments.collect();
    check_clashes(subject, path, &arguments, problems);
    arguments
}

fn of_attributes<'a>(
    subject: Subject<'_>,
    attributes: impl Iterator<Item = (&'a String, &'a AttributeSchema)>,
    path: &[&str],
    parts: &Naming<'_>,
) -> Vec<Argument> {
    let settable = attributes.filter(|(name, attribute)| has_setter(subject, path, name, attribute));
    let arguments = settable.map(|(name, attribute)| {
        let path = joined(path, name);
        Argument {
            name: name.clone(),
            rust: rust_name(subject, &path, attribute.required),
            kind: ArgumentKind::Value(attribute_type(attribute, parts.name_of(&path))),
            required: attribute.required,
            deprecated: attribute.deprecated,
            doc: attribute_doc(name, attribute),
        }
    });
    arguments.collect()
}

/// Whether an attribute can be given. `id` and `tags_all` are optional in the schema for the provider's own reasons.
pub(crate) fn has_setter(subject: Subject<'_>, path: &[&str], name: &str, attribute: &AttributeSchema) -> bool {
    let provider_only = name == "tags_all" || (name == "id" && path.is_empty());
    attribute.settable() && !(subject.managed && attribute.optional && attribute.computed && provider_only)
}

/// The references of a handle: all attributes, then all blocks.
pub(crate) fn attributes(subject: Subject<'_>, problems: &mut Vec<String>) -> Vec<Attribute> {
    let rust = |name: &str| renamed(subject, &[name]).unwrap_or_else(|| names::attribute(name));
    let readable = subject.block.attributes.iter().filter(|(_, attribute)| !attribute.write_only);
    let values = readable.map(|(name, attribute)| Attribute {
        name: name.clone(),
        rust: rust(name),
        kind: attribute_type(attribute, None),
        sensitive: attribute.any_sensitive(),
        deprecated: attribute.deprecated,
        doc: attribute_doc(name, attribute),
    });
    // How long an operation may take is nothing to refer to.
    let blocks = subject.block.block_types.iter().filter(|(name, _)| *name != "timeouts");
    let blocks = blocks.map(|(name, nested)| Attribute {
        name: name.clone(),
        rust: rust(name),
        kind: nesting(nested.nesting_mode, RustType::Object),
        sensitive: nested.block.sensitive(),
        deprecated: nested.block.deprecated,
        doc: describe(name, &block_words(nested), nested.block.description.as_deref()),
    });
    let attributes: Vec<Attribute> = values.chain(blocks).collect();
    let place = format!("{}, attributes", subject.place());
    let mut taken = Names::new(&place);
    for Attribute { name, rust, .. } in &attributes {
        taken.take(rust, name, "rename one under `arguments` in the overlay", problems);
    }
    attributes
}

fn joined<'a>(path: &[&'a str], name: &'a str) -> Vec<&'a str> {
    path.iter().copied().chain([name]).collect()
}

fn renamed(subject: Subject<'_>, path: &[&str]) -> Option<String> {
    subject.overlay.arguments.get(&path.join(".")).cloned()
}

fn rust_name(subject: Subject<'_>, path: &[&str], required: bool) -> String {
    let name = path.last().copied().unwrap_or_default();
    renamed(subject, path).unwrap_or_else(|| if required { names::field(name) } else { names::setter(name) })
}

fn check_clashes(subject: Subject<'_>, path: &[&str], arguments: &[Argument], problems: &mut Vec<String>) {
    let place = [subject.place().as_str()].iter().chain(path).copied().collect::<Vec<_>>().join(", ");
    let mut taken = Names::new(&place);
    for Argument { name, rust, .. } in arguments {
        taken.take(rust, name, "rename one under `arguments` in the overlay", problems);
    }
}

/// Refuses renamings of arguments that are not there, and bad new names.
fn check_renames(subject: Subject<'_>, problems: &mut Vec<String>) {
    for (path, rust) in &subject.overlay.arguments {
        if !subject.block.has(&path.split('.').collect::<Vec<_>>()) {
            problems.push(format!("overlay, {}: there is no argument {path} to rename", subject.place()));
        }
        if !names::is_method_name(rust) {
            problems.push(format!("overlay, {}: `{rust}` cannot name the method for {path}", subject.place()));
        }
    }
}

/// No limit is 0, and a block that is not repeated has a limit that the schema does not spell out.
fn most(nested: &NestedSchema) -> u32 {
    match nested.nesting_mode {
        Nesting::Single | Nesting::Group => 1,
        _ => nested.max_items,
    }
}

/// The type of an attribute; `part` is the generated object type in it, if it has one.
fn attribute_type(attribute: &AttributeSchema, part: Option<&str>) -> RustType {
    match (&attribute.nested_type, &attribute.plain) {
        (Some(nested), _) => {
            let element = part.map_or(RustType::Object, |part| RustType::Part(part.to_owned()));
            nesting(nested.nesting_mode, element)
        }
        (None, Some(plain)) => plain_type(plain, part),
        (None, None) => RustType::Any,
    }
}

fn plain_type(plain: &Type, part: Option<&str>) -> RustType {
    let of = |element: &Type| Box::new(plain_type(element, part));
    match plain {
        Type::String => RustType::String,
        Type::Bool => RustType::Bool,
        Type::Number => RustType::Number,
        Type::Dynamic => RustType::Any,
        Type::List(element) => RustType::List(of(element)),
        Type::Set(element) => RustType::Set(of(element)),
        Type::Map(element) => RustType::Map(of(element)),
        Type::Tuple => RustType::List(Box::new(RustType::Any)),
        Type::Object(_) => part.map_or(RustType::Object, |part| RustType::Part(part.to_owned())),
    }
}

fn nesting(mode: Nesting, element: RustType) -> RustType {
    match mode {
        Nesting::Single | Nesting::Group => element,
        Nesting::List => RustType::List(Box::new(element)),
        Nesting::Set => RustType::Set(Box::new(element)),
        Nesting::Map => RustType::Map(Box::new(element)),
    }
}

fn attribute_doc(name: &str, attribute: &AttributeSchema) -> String {
    let flags = [
        (attribute.required, "required"),
        (attribute.optional, "optional"),
        (attribute.computed, "computed"),
        (attribute.sensitive, "sensitive"),
        (attribute.write_only, "write-only"),
        (attribute.deprecated, "deprecated"),
    ];
    let flags: Vec<&str> = flags.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
    let kind = match (&attribute.nested_type, &attribute.plain) {
        (Some(NestedType { nesting_mode, .. }), _) => nesting_words(*nesting_mode, "object"),
        (None, Some(plain)) => type_words(plain),
        (None, None) => "any type".to_owned(),
    };
    describe(name, &format!("{}; {kind}", flags.join(", ")), attribute.description.as_deref())
}

fn block_words(nested: &NestedSchema) -> String {
    let mut words = match (nested.min_items > 0, nested.block.settable()) {
        (true, _) => "required".to_owned(),
        (false, true) => "optional".to_owned(),
        (false, false) => "computed".to_owned(),
    };
    if nested.block.deprecated {
        words.push_str(", deprecated");
    }
    words.push_str("; ");
    words.push_str(&nesting_words(nested.nesting_mode, "block"));
    if nested.min_items > 1 {
        words.push_str(&format!(", at least {}", nested.min_items));
    }
    if most(nested) > 0 && !matches!(nested.nesting_mode, Nesting::Single | Nesting::Group) {
        words.push_str(&format!(", at most {}", nested.max_items));
    }
    words
}

fn nesting_words(mode: Nesting, element: &str) -> String {
    match mode {
        Nesting::Single | Nesting::Group => element.to_owned(),
        Nesting::List => format!("list of {element}"),
        Nesting::Set => format!("set of {element}"),
        Nesting::Map => format!("map of {element}"),
    }
}

fn type_words(plain: &Type) -> String {
    match plain {
        Type::String => "string".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Dynamic => "any type".to_owned(),
        Type::List(element) => format!("list of {}", type_words(element)),
        Type::Set(element) => format!("set of {}", type_words(element)),
        Type::Map(element) => format!("map of {}", type_words(element)),
        Type::Object(_) => "object".to_owned(),
        Type::Tuple => "tuple".to_owned(),
    }
}

fn describe(name: &str, words: &str, description: Option<&str>) -> String {
    let mut doc = format!("`{name}`: {words}.");
    if let Some(description) = description {
        doc.push(' ');
        doc.push_str(&crate::emit::plain_text(description));
    }
    doc
}
