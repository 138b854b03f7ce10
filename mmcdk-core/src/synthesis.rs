//! What synthesis yields: checked stacks, ready to be looked at, rendered and written.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;

use crate::backend::StateLocation;
use crate::block::Item;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::facts::Mode;
use crate::files::{self, File};
use crate::name;
use crate::nearest::nearest;
use crate::resource::Resource;
use crate::state::{AppState, Placed, StackState};
use crate::value::Node;
use crate::version::VersionConstraint;

/// The checked stacks of an app.
///
/// Tests look at it with finders, whose failures name the nearest candidates:
///
/// ```ignore
/// let synthesis = app.synth()?;
/// let network = synthesis.stack("dev/network")?;
/// assert_eq!(network.resources::<ec2::Subnet>().len(), 4);
/// let subnet = network.find::<ec2::Subnet>("core/public-a")?;
/// assert_eq!(subnet.text("cidr_block")?, "10.1.0.0/24");
/// assert_eq!(subnet.resolve("vpc_id")?.address(), "aws_vpc.core");
/// ```
#[derive(Debug)]
pub struct Synthesis {
    pub(crate) state: AppState,
}

impl Synthesis {
    pub(crate) fn new(state: AppState) -> Self {
        Self { state }
    }

    /// The stacks, in the order in which they were added.
    pub fn stacks(&self) -> impl Iterator<Item = SynthesizedStack<'_>> {
        SynthesizedStack::all_of(&self.state)
    }

    /// The stack at that path: `dev/network`, or `bootstrap` for a shared one.
    pub fn stack(&self, path: &str) -> Result<SynthesizedStack<'_>> {
        self.stacks().find(|stack| stack.path() == path).ok_or_else(|| {
            Error::new(format!("there is no stack {path:?}"))
                .remedy(nearest(path, self.state.stacks.iter().map(|stack| stack.path.as_str())))
        })
    }

    /// What constructs had to say that is not an error.
    pub fn warnings(&self) -> &[Error] {
        &self.state.warnings
    }
}

/// One checked stack.
#[derive(Clone, Copy)]
pub struct SynthesizedStack<'a> {
    stack: &'a StackState,
    app: &'a AppState,
}

impl fmt::Debug for SynthesizedStack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stack {} with {:?}", self.path(), self.stack.placed.keys().collect::<Vec<_>>())
    }
}

impl<'a> SynthesizedStack<'a> {
    pub(crate) fn all_of(app: &'a AppState) -> impl Iterator<Item = Self> {
        app.stacks.iter().map(move |stack| Self { stack, app })
    }

    pub(crate) fn stack_state(&self) -> &'a StackState {
        self.stack
    }

    pub(crate) fn app_state(&self) -> &'a AppState {
        self.app
    }

    /// `dev/network`, or `bootstrap` for a shared one. Its folder has the same path.
    pub fn path(&self) -> &'a str {
        &self.stack.path
    }

    /// Where its state is kept; none where it is a file beside the stack.
    pub fn state(&self) -> Option<StateLocation> {
        self.stack.backend.location(&self.stack.path)
    }

    /// The versions of Terraform that may apply it.
    pub fn terraform_versions(&self) -> VersionConstraint {
        self.app.organisation.versions()
    }

    /// A fact of its context, as given by [`Local::fact`](crate::Local::fact).
    pub fn fact<T: Any>(&self) -> Option<&'a T> {
        self.stack.context.fact()
    }

    /// What the convention's names have in common here, with `*` for what differs: `MM-dev-use1-*`.
    pub fn name_glob(&self) -> String {
        self.glob(&self.stack.context, false)
    }

    /// The same with `*` for the environment too, which the names of any environment fit: `MM-*-use1-*`.
    pub fn name_glob_of_any_environment(&self) -> String {
        self.glob(&self.stack.context, true)
    }

    /// [`name_glob`](Self::name_glob) in the case of a name, if the name fits it.
    pub fn name_glob_of(&self, name: &str) -> Option<String> {
        fitting(self.name_glob(), name)
    }

    fn glob(&self, context: &Context, any_environment: bool) -> String {
        // An app whose pattern is not well-formed has no stacks.
        self.app
            .pattern
            .as_ref()
            .map_or_else(|_| "*".into(), |pattern| pattern.glob(&context.segments, any_environment))
    }

    /// The name of its environment; none in a shared stack.
    pub fn environment(&self) -> Option<&'a str> {
        self.stack.environment.as_deref()
    }

    /// The tag that everything in its environment carries, key and value; none in a shared stack, and none if the
    /// [organisation](crate::Organisation::without_environment_tag) has no such tag.
    pub fn environment_tag(&self) -> Option<(&'a str, &'a str)> {
        self.stack.environment_tag.as_ref().map(|tag| (tag.key.as_str(), tag.value.as_str()))
    }

    /// The key of the tag of environments, also in a shared stack; none if the organisation has no such tag.
    pub fn environment_tag_key(&self) -> Option<&'a str> {
        self.app.organisation.environment_tag.as_deref()
    }

    /// The paths of the stacks whose outputs it reads, which must be applied before it.
    pub fn imports(&self) -> impl Iterator<Item = &'a str> {
        let app = self.app;
        self.stack.imports.values().map(move |import| app.stacks[import.stack].path.as_str())
    }

    /// The stacks whose outputs it reads.
    pub fn imported_stacks(&self) -> impl Iterator<Item = Self> {
        let app = self.app;
        self.stack.imports.values().map(move |import| Self { stack: &app.stacks[import.stack], app })
    }

    /// Every resource and data source, in the order in which they were placed.
    pub fn all(&self) -> impl Iterator<Item = Found<'a>> {
        let stack = *self;
        self.stack.placed.values().map(move |placed| Found { placed, stack })
    }

    /// All resources of a type.
    pub fn resources<R: Resource>(&self) -> Vec<Found<'a>> {
        self.all().filter(Found::is::<R>).collect()
    }

    /// The resource of a type at that path within the stack: `core/public-a`.
    pub fn find<R: Resource>(&self, path: &str) -> Result<Found<'a>> {
        let candidates = self.resources::<R>();
        let found = candidates.iter().find(|found| *found.placed.path == *path).copied();
        found.ok_or_else(|| {
            Error::new(format!("there is no {} at {path:?}", R::FACTS.terraform_type))
                .remedy(nearest(path, candidates.iter().map(|found| &*found.placed.path)))
                .at(self.path())
        })
    }

    /// The resource of a type with that physical name, or with that name as its tag.
    pub fn named<R: Resource>(&self, name: &str) -> Result<Found<'a>> {
        let candidates = self.resources::<R>();
        let found = candidates.iter().find(|found| found.name() == Some(name)).copied();
        found.ok_or_else(|| {
            Error::new(format!("there is no {} named {name:?}", R::FACTS.terraform_type))
                .remedy(nearest(name, candidates.iter().filter_map(Found::name)))
                .at(self.path())
        })
    }

    /// The resource at that Terraform address: `aws_vpc.core`.
    pub fn at(&self, address: &str) -> Result<Found<'a>> {
        match self.stack.placed.get(address) {
            Some(placed) => Ok(Found { placed, stack: *self }),
            None => Err(Error::new(format!("there is nothing at {address:?}"))
                .remedy(nearest(address, self.stack.placed.keys().map(|address| &**address)))
                .at(self.path())),
        }
    }

    /// The value of an output, as it stands in Terraform JSON.
    pub fn output(&self, name: &str) -> Result<Json> {
        match self.stack.outputs.get(name) {
            Some(output) => Ok(output.value.to_json()),
            None => Err(Error::new(format!("there is no output {name:?}"))
                .remedy(nearest(name, self.stack.outputs.keys().map(String::as_str)))
                .at(self.path())),
        }
    }

    /// The names of its outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &'a str> {
        self.stack.outputs.keys().map(String::as_str)
    }

    /// Its files, rendered: what [`Synthesis::write_to`] writes.
    pub fn files(&self) -> Vec<File> {
        files::render(self.app, self.stack)
    }
}

/// A resource or data source that a finder found.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    placed: &'a Placed,
    stack: SynthesizedStack<'a>,
}

impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address(), self.body())
    }
}

impl PartialEq for Found<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.placed, other.placed)
    }
}

impl<'a> Found<'a> {
    /// Its Terraform address: `aws_subnet.core_public_a`.
    pub fn address(&self) -> &'a str {
        self.placed.anchor.0.address.as_ref()
    }

    /// Its path within the stack: `core/public-a`.
    pub fn path(&self) -> &'a str {
        &self.placed.path
    }

    /// Its Terraform type.
    pub fn terraform_type(&self) -> &'a str {
        &self.placed.terraform_type
    }

    /// Whether it is of that type.
    pub fn is<R: Resource>(&self) -> bool {
        self.placed.mode == R::FACTS.mode && *self.placed.terraform_type == *R::FACTS.terraform_type
    }

    /// Its physical name, or the name in its tags; none where it has no name or only Terraform knows it.
    pub fn name(&self) -> Option<&'a str> {
        self.placed.name.as_deref()
    }

    /// Whether Terraform manages it or only reads it.
    pub fn mode(&self) -> Mode {
        self.placed.mode
    }

    /// The stack that it stands in.
    pub fn stack(&self) -> SynthesizedStack<'a> {
        self.stack
    }

    /// A fact of the context that its provider configuration brings, or of its stack's.
    pub fn fact<T: Any + Clone>(&self) -> Option<T> {
        self.context().fact().cloned()
    }

    /// What the convention's names have in common where it stands, in the case of its own name; none where it has no name
    /// that fits: `MM-dev-use1-*`.
    pub fn name_glob(&self) -> Option<String> {
        self.glob(false)
    }

    /// The same with `*` for the environment too: `MM-*-use1-*`.
    pub fn name_glob_of_any_environment(&self) -> Option<String> {
        self.glob(true)
    }

    fn glob(&self, any_environment: bool) -> Option<String> {
        let name = self.name()?;
        fitting(self.stack.glob(&self.context(), any_environment), name)
    }

    fn context(&self) -> Cow<'a, Context> {
        let context = self.stack.stack.context.as_ref();
        match &self.placed.provider {
            Some(provider) => Cow::Owned(context.with(provider.local().clone())),
            None => Cow::Borrowed(context),
        }
    }

    /// The id by which Terraform imports it, where it is adopted.
    pub fn adopted(&self) -> Option<Json> {
        self.placed.adopt.as_ref().map(|id| id.to_json())
    }

    /// The document that an argument encodes as JSON, such as a policy: literals as they will be, references as `${…}`.
    pub fn document(&self, argument: &str) -> Result<Json> {
        let refused = |problem: String, remedy: String| Error::new(problem).remedy(remedy).at(self.full_path());
        let node = self.placed.block.node(argument).ok_or_else(|| {
            let known = self.placed.block.entries().iter().map(|(name, _)| name.as_ref());
            refused(format!("{} has no argument {argument:?}", self.address()), nearest(argument, known))
        })?;
        match node.to_shown() {
            Json::String(text) => serde_json::from_str(&text).map_err(|error| {
                refused(format!("{}.{argument} is no JSON: {error}", self.address()), "read it with text()".into())
            }),
            document => Ok(document),
        }
    }

    /// The whole of it, as it stands in Terraform JSON, without meta-arguments.
    pub fn body(&self) -> Json {
        serde_json::to_value(&self.placed.block).expect("a block has string keys and finite numbers")
    }

    /// The argument at a path such as `root_block_device.encrypted` or `ingress.0.from_port`, as it stands in Terraform
    /// JSON.
    pub fn argument(&self, path: &str) -> Result<Json> {
        let missing = |remedy: String| {
            Error::new(format!("{} has no argument {path:?}", self.address())).remedy(remedy).at(self.full_path())
        };
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        // The rest of the body is not rendered: this is asked for often.
        let item = self.placed.block.get(first).ok_or_else(|| {
            missing(nearest(first, self.placed.block.entries().iter().map(|(name, _)| name.as_ref())))
        })?;
        let whole = serde_json::to_value(item).expect("a block has string keys and finite numbers");
        let mut here = &whole;
        for part in rest.into_iter().flat_map(|rest| rest.split('.')) {
            here = match here {
                Json::Object(members) => {
                    members.get(part).ok_or_else(|| missing(nearest(part, members.keys().map(String::as_str))))?
                }
                Json::Array(elements) => part
                    .parse()
                    .ok()
                    .and_then(|index: usize| elements.get(index))
                    .ok_or_else(|| missing(format!("there are {} elements where {part:?} is", elements.len())))?,
                _ => return Err(missing(format!("nothing is below the value where {part:?} is"))),
            };
        }
        Ok(here.clone())
    }

    /// Whether there is an argument at that path.
    pub fn has(&self, path: &str) -> bool {
        self.argument(path).is_ok()
    }

    /// The text of a string argument.
    pub fn text(&self, path: &str) -> Result<String> {
        match self.argument(path)? {
            Json::String(text) => Ok(text),
            other => Err(Error::new(format!("{}.{path} is {other}", self.address()))
                .remedy("it is no string")
                .at(self.full_path())),
        }
    }

    /// The value of a tag, as it stands in Terraform JSON.
    pub fn tag(&self, key: &str) -> Result<String> {
        let tags = self.tags();
        match tags.iter().find(|(known, _)| known == key) {
            Some((_, text)) => Ok(text.clone()),
            None => Err(Error::new(format!("{} has no tag {key:?}", self.address()))
                .remedy(nearest(key, tags.iter().map(|(key, _)| key.as_str())))
                .at(self.full_path())),
        }
    }

    /// The keys of its tags, sorted; none where the type has no tags.
    pub fn tag_keys(&self) -> Vec<String> {
        self.tags().into_iter().map(|(key, _)| key).collect()
    }

    /// The tags whose keys are known.
    fn tags(&self) -> Vec<(String, String)> {
        let text = |node: &Node| match node.to_json() {
            Json::String(text) => text,
            other => other.to_string(),
        };
        match self.placed.tags_argument.and_then(|argument| self.placed.block.get(argument)) {
            Some(Item::Tags(tags)) => {
                tags.literals().map(|(key, value)| (key.to_string(), text(&value.to_node()))).collect()
            }
            // Set as a whole by an override.
            Some(Item::Value(Node::Map(entries))) => {
                let mut tags: Vec<_> = entries.iter().map(|(key, node)| (key.to_string(), text(node))).collect();
                tags.sort();
                tags
            }
            _ => Vec::new(),
        }
    }

    /// The resource that an argument refers to. The argument is one reference, or a list with one.
    pub fn resolve(&self, argument: &str) -> Result<Found<'a>> {
        let node = self.placed.block.node(argument).ok_or_else(|| {
            let known = self.placed.block.entries().iter().map(|(name, _)| name.as_ref());
            Error::new(format!("{} has no argument {argument:?}", self.address()))
                .remedy(nearest(argument, known))
                .at(self.full_path())
        })?;
        let mut referents = Vec::new();
        node.visit(&mut |node| {
            if let Node::Reference(reference) = node {
                referents.push(&reference.anchor);
            }
        });
        match referents.as_slice() {
            [anchor] => self.stack.at(anchor.address()),
            found => Err(Error::new(format!("{}.{argument} has {} references", self.address(), found.len()))
                .remedy("only an argument with one reference can be resolved")
                .at(self.full_path())),
        }
    }

    /// What it needs by `depends_on`, as Terraform addresses.
    pub fn depends_on(&self) -> Vec<&'a str> {
        files::dependencies(self.stack.stack, self.placed)
    }

    /// Its `lifecycle` block, as it stands in Terraform JSON; `null` where it has none.
    pub fn lifecycle(&self) -> Json {
        match self.placed.lifecycle.is_empty() {
            true => Json::Null,
            false => serde_json::to_value(&self.placed.lifecycle).expect("a lifecycle has string keys"),
        }
    }

    fn full_path(&self) -> String {
        self.stack.stack.full_path(&self.placed.path)
    }
}

/// The form of names, or the same in lower case, if the name fits it.
fn fitting(glob: String, name: &str) -> Option<String> {
    [glob.to_lowercase(), glob].into_iter().rfind(|glob| name::fits(glob, name))
}
