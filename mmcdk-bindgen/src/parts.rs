//! Nested blocks and objects: which share a Rust type, and what each type is called.

use std::collections::{BTreeMap, BTreeSet};

use crate::arguments::{self, Argument};
use crate::names;
use crate::plan::Subject;
use crate::schema::{AttributeSchema, BlockSchema, NestedType, Nesting, Type};

/// A struct for a nested block or an object.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) rust: String,
    pub(crate) kind: PartKind,
    /// The dotted path where it stands first.
    pub(crate) path: String,
    /// For documentation and messages: ``the block `a.b` of `aws_x` ``.
    pub(crate) what: String,
    pub(crate) deprecated: bool,
    pub(crate) arguments: Vec<Argument>,
    /// Whether all types of a scope that have a part of that name share it, since the name says all there is to it.
    pub(crate) shared: bool,
}

/// How a part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PartKind {
    Block,
    /// An object of which every member is written.
    Object,
    /// An object whose unset members are left out.
    SparseObject,
}

impl Part {
    /// The arguments that `new` takes.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.required)
    }
}

/// What a part looks like. Equal shapes of one name in one type share a struct.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape<'a> {
    Block(&'a BlockSchema),
    Object(&'a BTreeMap<String, Type>),
    Nested(&'a NestedType),
}

type Path<'a> = Vec<&'a str>;

/// A shape and the paths where it stands.
type Group<'a> = (Shape<'a>, Vec<Path<'a>>);

/// The names of all parts of one type.
pub(crate) struct Naming<'a> {
    /// Each shape with its name and the paths where it stands.
    groups: Vec<(String, Shape<'a>, Vec<Path<'a>>)>,
    by_path: BTreeMap<Path<'a>, usize>,
}

impl<'a> Naming<'a> {
    pub(crate) fn of(subject: Subject<'a>, rust: &str, problems: &mut Vec<String>) -> Self {
        let mut finder = Finder { subject, found: BTreeMap::new(), problems };
        finder.block(subject.block, &mut Vec::new());
        let found = finder.found;
        check_renames(subject, &found, problems);
        let mut by_name: BTreeMap<(bool, &str), Vec<Group<'a>>> = BTreeMap::new();
        for ((name, shape), paths) in found {
            let block = matches!(shape, Shape::Block(_));
            by_name.entry((block, name)).or_default().push((shape, paths));
        }
        let mut groups = Vec::new();
        for ((block, _), shapes) in by_name {
            let suffix = if block { "Block" } else { "Object" };
            for (index, chain) in chains(&shapes).into_iter().enumerate() {
                let (shape, paths) = &shapes[index];
                let given = paths.iter().find_map(|path| subject.overlay.blocks.get(&path.join(".")));
                let name = given
                    .cloned()
                    .or_else(|| timeouts_name(paths, shape))
                    .unwrap_or_else(|| format!("{rust}{}{suffix}", names::camel(&chain.join("_"))));
                groups.push((name, *shape, paths.clone()));
            }
        }
        let paths = groups
            .iter()
            .enumerate()
            .flat_map(|(index, (_, _, paths))| paths.iter().map(move |path| (path.clone(), index)));
        let by_path = paths.collect();
        Self { groups, by_path }
    }

    /// The Rust name of the part at a path.
    pub(crate) fn name_of(&self, path: &[&str]) -> Option<&str> {
        self.by_path.get(path).map(|index| self.groups[*index].0.as_str())
    }

    /// The parts themselves, sorted by name.
    pub(crate) fn into_parts(self, subject: Subject<'_>, problems: &mut Vec<String>) -> Vec<Part> {
        let mut parts: Vec<Part> = self.groups.iter().map(|group| self.part(subject, group, problems)).collect();
        parts.sort_by(|left, right| left.rust.cmp(&right.rust));
        parts
    }

    fn part(
        &self,
        subject: Subject<'_>,
        (rust, shape, paths): &(String, Shape<'_>, Vec<Path<'_>>),
        problems: &mut Vec<String>,
    ) -> Part {
        let path = &paths[0];
        let (kind, deprecated, arguments) = match shape {
            Shape::Block(block) => {
                (PartKind::Block, block.deprecated, arguments::of_block(subject, block, path, self, problems))
            }
            Shape::Object(members) => {
                (PartKind::Object, false, arguments::of_plain_members(subject, members, path, self, problems))
            }
            Shape::Nested(nested) => {
                let members = nested.attributes.iter();
                (PartKind::SparseObject, false, arguments::of_members(subject, members, path, self, problems))
            }
        };
        let shared = timeouts_name(paths, shape).as_ref() == Some(rust);
        let what = if shared { "the block `timeouts`".to_owned() } else { what(subject, kind, paths) };
        Part { rust: rust.clone(), kind, path: path.join("."), what, deprecated, arguments, shared }
    }
}

/// The name of the block that Terraform gives to nearly every type, after the operations in it: a thousand types need no
/// more than a dozen of them.
fn timeouts_name(paths: &[Path<'_>], shape: &Shape<'_>) -> Option<String> {
    let Shape::Block(block) = shape else { return None };
    let plain = |attribute: &AttributeSchema| {
        attribute.optional && !attribute.required && !attribute.deprecated && attribute.plain == Some(Type::String)
    };
    let is_timeouts = paths == [["timeouts"]]
        && block.block_types.is_empty()
        && !block.deprecated
        && block.attributes.values().all(plain);
    let operations = || block.attributes.keys().map(String::as_str).collect::<Vec<_>>().join("_");
    is_timeouts.then(|| format!("{}TimeoutsBlock", names::camel(&operations())))
}

fn what(subject: Subject<'_>, kind: PartKind, paths: &[Path<'_>]) -> String {
    let kind = if kind == PartKind::Block { "block" } else { "object" };
    let also = match paths.len() - 1 {
        0 => String::new(),
        1 => " and one more place".to_owned(),
        more => format!(" and {more} more places"),
    };
    format!("the {kind} `{}`{also} of `{}`", paths[0].join("."), subject.terraform)
}

/// Walks a type and collects its parts.
struct Finder<'a, 'p> {
    subject: Subject<'a>,
    found: BTreeMap<(&'a str, Shape<'a>), Vec<Path<'a>>>,
    problems: &'p mut Vec<String>,
}

impl<'a> Finder<'a, '_> {
    fn block(&mut self, block: &'a BlockSchema, path: &mut Path<'a>) {
        self.attributes(&block.attributes, path);
        for (name, nested) in block.block_types.iter().filter(|(_, nested)| nested.block.settable()) {
            path.push(name);
            if nested.nesting_mode == Nesting::Map {
                let place = self.subject.place();
                self.problems
                    .push(format!("{place}: the block {} is a map of blocks, which is not supported", path.join(".")));
            }
            self.add(name, Shape::Block(&nested.block), path);
            self.block(&nested.block, path);
            path.pop();
        }
    }

    fn attributes(&mut self, attributes: &'a BTreeMap<String, AttributeSchema>, path: &mut Path<'a>) {
        for (name, attribute) in attributes {
            if !arguments::has_setter(self.subject, path, name, attribute) {
                continue;
            }
            path.push(name);
            match (&attribute.nested_type, &attribute.plain) {
                (Some(nested), _) => {
                    self.add(name, Shape::Nested(nested), path);
                    self.attributes(&nested.attributes, path);
                }
                (None, Some(plain)) => self.plain(name, plain, path),
                (None, None) => {}
            }
            path.pop();
        }
    }

    /// Finds the object in a list, set or map of objects.
    fn plain(&mut self, name: &'a str, plain: &'a Type, path: &mut Path<'a>) {
        match plain {
            Type::List(element) | Type::Set(element) | Type::Map(element) => self.plain(name, element, path),
            Type::Object(members) => {
                self.add(name, Shape::Object(members), path);
                for (member, plain) in members {
                    path.push(member);
                    self.plain(member, plain, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &'a str, shape: Shape<'a>, path: &[&'a str]) {
        self.found.entry((name, shape)).or_default().push(path.to_vec());
    }
}

/// For each shape of one name the shortest end of one of its paths that no other shape has.
///
/// The root counts as a part of a path without a name, so that a block of the root can be told from nested ones.
fn chains<'a>(shapes: &[Group<'a>]) -> Vec<Path<'a>> {
    let mut owners: BTreeMap<Path<'a>, BTreeSet<usize>> = BTreeMap::new();
    for (index, (_, paths)) in shapes.iter().enumerate() {
        for path in paths {
            let rooted: Path<'a> = [""].iter().chain(path).copied().collect();
            for start in 0..rooted.len() {
                owners.entry(rooted[start..].to_vec()).or_default().insert(index);
            }
        }
    }
    let mut best: Vec<Option<Path<'a>>> = vec![None; shapes.len()];
    for (end, indices) in owners {
        let mut indices = indices.into_iter();
        if let (Some(index), None) = (indices.next(), indices.next()) {
            let shorter = best[index].as_ref().is_none_or(|best| (end.len(), &end) < (best.len(), best));
            if shorter {
                best[index] = Some(end);
            }
        }
    }
    // A whole path from the root belongs to one shape only, so there is always one.
    best.into_iter().map(Option::unwrap_or_default).collect()
}

fn check_renames<'a>(
    subject: Subject<'a>,
    found: &BTreeMap<(&'a str, Shape<'a>), Vec<Path<'a>>>,
    problems: &mut Vec<String>,
) {
    let known: BTreeSet<String> = found.values().flatten().map(|path| path.join(".")).collect();
    for (path, rust) in &subject.overlay.blocks {
        if !known.contains(path) {
            problems.push(format!("overlay, {}: there is no block or object {path} to rename", subject.place()));
        }
        if !names::is_type_name(rust) {
            problems.push(format!("overlay, {}: `{rust}` cannot name the Rust type of {path}", subject.place()));
        }
    }
}

impl BlockSchema {
    /// Whether there is an attribute or block at that path.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        match path {
            [] => false,
            [name] => self.attributes.contains_key(*name) || self.block_types.contains_key(*name),
            [name, rest @ ..] => {
                self.block_types.get(*name).is_some_and(|nested| nested.block.has(rest))
                    || self.attributes.get(*name).is_some_and(|attribute| attribute.has(rest))
            }
        }
    }
}

impl AttributeSchema {
    fn has(&self, path: &[&str]) -> bool {
        let Some(nested) = &self.nested_type else {
            return self.plain.as_ref().is_some_and(|plain| plain.has(path));
        };
        let (name, rest) = (path[0], &path[1..]);
        nested.attributes.get(name).is_some_and(|attribute| rest.is_empty() || attribute.has(rest))
    }
}

impl Type {
    fn has(&self, path: &[&str]) -> bool {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has(path),
            Self::Object(members) => match path {
                [] => true,
                [name, rest @ ..] => members.get(*name).is_some_and(|member| rest.is_empty() || member.has(rest)),
            },
            _ => false,
        }
    }
}
