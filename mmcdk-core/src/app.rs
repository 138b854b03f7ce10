//! The app and its stacks: the root of the tree.

use std::collections::{BTreeMap, HashSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indexmap::{IndexMap, IndexSet};

use crate::backend::{self, Backend};
use crate::beside;
use crate::check::Checker;
use crate::context::Context;
use crate::environment_tag::EnvironmentTag;
use crate::error::{Error, Result};
use crate::id;
use crate::inputs::Inputs;
use crate::name::Pattern;
use crate::nearest::nearest;
use crate::organisation::{Environment, Home, IntoHome, Organisation};
use crate::output::Output;
use crate::provider::{Provider, ProviderRef};
use crate::realm;
use crate::scope::Scope;
use crate::state::{AppState, Import, RequiredProvider, StackState};
use crate::synth::{self, Findings};
use crate::synthesis::{Synthesis, SynthesizedStack};
use crate::value::{Anchor, Node, Value};

/// A whole program: an organisation's stacks, described one after the other and synthesized together.
///
/// ```
/// use mmcdk_core::{App, Environment, Organisation};
///
/// # fn main() -> mmcdk_core::Result<()> {
/// let mut app = App::new(Organisation::new("MM"));
/// let mut network = app.stack("network", Environment::new("dev"))?;
/// network.output("answer", "42")?;
/// let synthesis = app.synth()?;
/// assert_eq!(synthesis.stacks().count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct App {
    state: AppState,
}

impl App {
    /// An app without stacks.
    pub fn new(organisation: Organisation) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            state: AppState {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                pattern: Pattern::parse(&organisation.pattern),
                organisation,
                environments: IndexMap::new(),
                stacks: Vec::new(),
                paths: HashSet::new(),
                names: IndexMap::new(),
                claims: Vec::new(),
                files: BTreeMap::new(),
                warnings: Vec::new(),
                problems: Vec::new(),
                inputs: Inputs::default(),
            },
        }
    }

    /// Says how the texts of [inputs](Scope::input) are read, by the paths that the program names. A program that runs by a
    /// runner has this already; a test gives the texts itself.
    #[must_use]
    pub fn reading(mut self, read: impl Fn(&str) -> Result<String> + Send + Sync + 'static) -> Self {
        self.state.inputs = Inputs::by(read);
        self
    }

    /// The text of an input file: see [`Scope::input`].
    ///
    /// # Errors
    /// Returns an error if it cannot be read.
    pub fn input(&self, path: &str) -> Result<String> {
        self.state.inputs.read(path)
    }

    /// A new stack: one Terraform root module, of an environment or shared. Its path is `<environment>/<id>` or `<id>`.
    ///
    /// # Errors
    /// Where the id or the home is not well-formed, the stack is already there, or the environment's name is used with
    /// another content.
    pub fn stack(&mut self, id: &str, home: impl IntoHome) -> Result<Stack<'_>> {
        let index = self.add_stack(id, home.into_home()?)?;
        Ok(self.open(index))
    }

    /// A stack that was added before, to add more to it.
    ///
    /// # Errors
    /// Where there is no stack at that path, such as `dev/network`.
    pub fn reopen(&mut self, path: &str) -> Result<Stack<'_>> {
        let index = self.state.stacks.iter().position(|stack| stack.path == path);
        let index = index.ok_or_else(|| {
            let paths = self.state.stacks.iter().map(|stack| stack.path.as_str());
            Error::new(format!("there is no stack {path:?}")).remedy(nearest(path, paths))
        })?;
        Ok(self.open(index))
    }

    /// The stacks as they are so far, in the order in which they were added.
    ///
    /// What derives from stacks, such as permissions or a pipeline, takes them from here or from a
    /// [`Synthesis`]. Here nothing is checked yet beyond what placing checks.
    pub fn stacks(&self) -> impl Iterator<Item = SynthesizedStack<'_>> {
        SynthesizedStack::all_of(&self.state)
    }

    /// A file beside the stacks, by its path below the output folder: `.github/workflows/terraform.yaml`.
    ///
    /// It is written, kept up to date and recognized as ours like the files of a stack.
    ///
    /// # Errors
    /// Returns an error if the path is taken, is the folder of another file, leads into the folder of a stack or an
    /// environment, or cannot be written on every system: it must be relative, without `..`, and without names that Windows
    /// reserves. Names that begin with `.mmcdk` are mmcdk's own. Case makes no difference.
    pub fn file(&mut self, path: &str, text: impl Into<String>) -> Result<()> {
        beside::check_path(path)?;
        let mut folders = self.state.paths.iter().chain(self.state.environments.keys());
        if folders.any(|folder| beside::leads_into(path, folder)) {
            return Err(Error::new("the folder belongs to a stack or an environment")
                .remedy("choose a folder of its own")
                .at(path));
        }
        beside::check_free(path, &self.state.files)?;
        self.state.files.insert(path.to_owned(), text.into().into_bytes());
        Ok(())
    }

    fn open(&mut self, index: usize) -> Stack<'_> {
        let context = Arc::clone(&self.state.stacks[index].context);
        Stack(Scope { app: &mut self.state, stack: index, path: String::new(), file: None, context })
    }

    /// Checks the whole app and makes it ready to be rendered.
    ///
    /// # Errors
    /// Everything that is wrong at once: mandatory tags that are missing, raw text with addresses that do not exist,
    /// cycles, two stacks with one state.
    pub fn synth(self) -> Result<Synthesis> {
        let mut state = self.state;
        let mut findings = Findings { errors: std::mem::take(&mut state.problems), warnings: Vec::new() };
        synth::check(&state, &mut findings);
        Error::gather(findings.errors)?;
        let possible = realm::possible_clashes(&state);
        state.warnings.extend(findings.warnings);
        state.warnings.extend(possible);
        Ok(Synthesis::new(state))
    }

    fn add_stack(&mut self, id: &str, home: Home) -> Result<usize> {
        id::check_folder(id).map_err(|error| error.at("stack"))?;
        if let Err(error) = &self.state.pattern {
            return Err(error.repeated().at("organisation"));
        }
        self.state.organisation.check()?;
        let Home { environment, provider, account, local } = home;
        let mut context = Context::default().with(self.state.organisation.local());
        let mut environment_tag = None;
        if let Some(environment) = &environment {
            environment.check()?;
            environment_tag = self.environment_tag(environment)?;
            context = context.with(environment_tag.as_ref().map(EnvironmentTag::local).unwrap_or_default());
            context.environment_key = environment_tag.as_ref().map(|tag| tag.key.as_str().into());
            context = context.with(environment.local.clone().environment(&environment.name));
        }
        if let Some(provider) = &provider {
            context = context.with(provider.local.clone());
        }
        let consistent = environment_tag.as_ref().map_or(Ok(()), |tag| {
            provider.iter().try_for_each(|provider| tag.check_provider(provider))?;
            tag.check_tags(local.given_tags())
        });
        let context = Arc::new(context.with(local));

        let name = environment.as_ref().map(|environment| environment.name.clone());
        let path = match &name {
            Some(environment) => format!("{environment}/{id}"),
            None => id.to_owned(),
        };
        if self.state.paths.contains(&path) {
            return Err(Error::new("there is already a stack of that name").remedy("choose another id").at(path));
        }
        consistent.map_err(|error| error.at(&path))?;
        let config = format!("{path}/{}", backend::config_file_name(name.as_deref()));
        id::check_path(&config).map_err(|error| error.at(&path))?;
        self.check_folder(&path, name.as_deref())?;
        if let Some(provider) = &provider {
            let checker = Checker { app: self.state.id, stack: self.state.stacks.len() as u32 };
            checker.check_block(&provider.block, provider.facts.name).map_err(|error| error.at(&path))?;
        }
        if let Some(environment) = environment {
            if let Some(known) = self.state.environments.get(&environment.name) {
                environment.check_same(known)?;
            }
            self.state.environments.entry(environment.name.clone()).or_insert(environment);
        }

        let required = provider.iter().map(|provider| (provider.facts.name.to_owned(), provider.facts.into()));
        self.state.paths.insert(path.clone());
        self.state.stacks.push(StackState {
            path,
            environment: name,
            environment_tag,
            account,
            context,
            backend: Backend::Local,
            required_providers: required.collect(),
            providers: provider.into_iter().map(|provider| (None, provider)).collect(),
            placed: IndexMap::new(),
            constructs: IndexMap::new(),
            files: IndexSet::new(),
            raw_blocks: Vec::new(),
            declared: IndexSet::new(),
            once: IndexMap::new(),
            outputs: IndexMap::new(),
            imports: IndexMap::new(),
        });
        Ok(self.state.stacks.len() - 1)
    }

    /// The tag of an environment, which neither its own tags nor another environment may contradict.
    fn environment_tag(&self, environment: &Environment) -> Result<Option<EnvironmentTag>> {
        let Some(tag) = self.state.organisation.tag_of(environment)? else { return Ok(None) };
        tag.check_tags(environment.local.given_tags()).map_err(|error| error.at(&environment.name))?;
        let same = |other: &&Environment| other.name != environment.name && other.tag_value == environment.tag_value;
        if let Some(other) = self.state.environments.values().find(same) {
            let EnvironmentTag { key, value } = tag;
            return Err(Error::new(format!("its tag {key:?} = {value:?} is that of the environment {:?}", other.name))
                .remedy(format!(
                    "give one of them another value by tag_value, or declare another tag for environments by \
                     environment_tag on the organisation and leave {key:?} to an ordinary tag"
                ))
                .at(&environment.name));
        }
        Ok(Some(tag))
    }

    /// The folder of an environment holds folders of stacks, so a shared stack cannot have it.
    fn check_folder(&self, path: &str, environment: Option<&str>) -> Result<()> {
        let clash = match environment {
            Some(environment) => self.state.paths.contains(environment),
            None => self.state.environments.contains_key(path),
        };
        let folder = environment.unwrap_or(path);
        if let Some(file) = self.state.files.keys().find(|file| beside::leads_into(file, folder)) {
            return Err(Error::new(format!("its folder has the file {file}"))
                .remedy("choose another folder for the file")
                .at(path));
        }
        match clash {
            true => Err(Error::new(format!("{folder:?} would be both an environment and a shared stack"))
                .remedy("choose another name for one of them")
                .at(path)),
            false => Ok(()),
        }
    }
}

/// A stack in the making: its root scope, and what only a whole Terraform root module has.
pub struct Stack<'a>(Scope<'a>);

impl<'a> Deref for Stack<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Stack<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Stack<'_> {
    /// An output of the stack. It is marked sensitive by itself where a part of the value is.
    ///
    /// # Errors
    /// Where the name is taken or no identifier, or the value refers to another stack.
    pub fn output(&mut self, name: &str, output: impl Into<Output>) -> Result<()> {
        let output = output.into();
        let state = self.state();
        let at = format!("{}: output {name}", state.path);
        check_identifier(name).map_err(|error| error.at(&at))?;
        if output.value == Node::Null {
            return Err(Error::new("it has no value").remedy("give it one").at(at));
        }
        if state.outputs.contains_key(name) {
            return Err(Error::new("the name is taken").remedy("choose another one").at(at));
        }
        let checker = Checker { app: self.app.id, stack: self.stack as u32 };
        checker.check_node(&output.value, &|| name.to_owned()).map_err(|error| error.at(&at))?;
        self.state_mut().outputs.insert(name.to_owned(), output);
        Ok(())
    }

    /// Brings a value of another stack into this one: it becomes an output of that stack, under that name, and a reference
    /// to its remote state here. A value of this stack, or without references, is returned as it is.
    ///
    /// The other stack must be applied first. It may be of another environment.
    ///
    /// # Errors
    /// Where the value is of another app or of several stacks, the name is taken there by another value, or the other
    /// stack already reads from this one. Synthesis rejects an import from a state that cannot be read: one whose place
    /// only a [raw block](Scope::raw_block) names, one in a local file if this stack's own is not, and one in a bucket that
    /// does not let in this stack's account.
    pub fn import<T>(&mut self, name: &str, value: &Value<T>) -> Result<Value<T>> {
        self.try_import(name, value).map_err(|error| error.at(self.path()))
    }

    fn try_import<T>(&mut self, name: &str, value: &Value<T>) -> Result<Value<T>> {
        let mut origins: Vec<&Anchor> = Vec::new();
        value.node.visit(&mut |node| {
            if let Node::Reference(reference) = node {
                origins.push(&reference.anchor);
            }
        });
        let Some(first) = origins.first() else { return Ok(value.clone()) };
        if let Some(foreign) = origins.iter().find(|anchor| anchor.0.app != self.app.id) {
            return Err(Error::new(format!("{} belongs to another app", foreign.address()))
                .remedy("read its outputs with a data source of your own; apps share nothing but their states"));
        }
        let producer = first.0.stack as usize;
        if origins.iter().any(|anchor| anchor.0.stack as usize != producer) {
            return Err(Error::new(format!("the value {} has parts of several stacks", value.node.to_expression()))
                .remedy("import the parts one by one and put them together here"));
        }
        if producer == self.stack {
            return Ok(value.clone());
        }
        check_identifier(name)?;
        Checker { app: self.app.id, stack: producer as u32 }.check_node(&value.node, &|| name.to_owned())?;
        self.check_stack_cycle(producer)?;
        let output = Output::new(value.clone());
        let label = self.app.stacks[producer].path.replace(['/', '-'], "_");
        if let Some(known) = self.state().imports.get(&label).filter(|known| known.stack != producer) {
            let (one, another) = (&self.app.stacks[known.stack].path, &self.app.stacks[producer].path);
            return Err(Error::new(format!("{one} and {another} would both be terraform_remote_state.{label}"))
                .remedy("choose another id for one of the stacks"));
        }
        let mut sensitive = output.sensitive;
        let other = &mut self.app.stacks[producer];
        match other.outputs.get(name) {
            Some(known) if known.value != output.value => {
                return Err(
                    Error::new(format!("{} has another output {name:?}", other.path)).remedy("choose another name")
                );
            }
            Some(known) => sensitive |= known.sensitive,
            None => {
                other.outputs.insert(name.to_owned(), output);
            }
        }
        let (app, stack) = (self.app.id, self.stack as u32);
        let import = self.state_mut().imports.entry(label).or_insert_with_key(|label| Import {
            stack: producer,
            anchor: Anchor::new(app, stack, usize::MAX, format!("data.terraform_remote_state.{label}")),
        });
        Ok(import.anchor.reference(format!("outputs.{name}").into(), sensitive))
    }

    /// A stack that reads another's state is applied after it, so no circle may come about.
    fn check_stack_cycle(&self, producer: usize) -> Result<()> {
        let Some(path) = way(&self.app.stacks, producer, self.stack) else { return Ok(()) };
        let names: Vec<&str> =
            std::iter::once(self.stack).chain(path).map(|stack| self.app.stacks[stack].path.as_str()).collect();
        Err(Error::new(format!("stacks would read each other's states in a circle: {}", names.join(" → ")))
            .remedy("move what both need into a stack that both import from"))
    }

    /// A further configuration of a provider, under an alias. Use it for a resource ([`Resource::provider`]) or for a part
    /// of the tree ([`Scope::with`]).
    ///
    /// # Errors
    /// Where the alias is taken or not lower kebab-case, or an argument refers to another stack.
    ///
    /// [`Resource::provider`]: crate::Resource::provider
    pub fn provider(&mut self, alias: &str, provider: impl Into<Provider>) -> Result<ProviderRef> {
        let provider = provider.into();
        id::check(alias).map_err(|error| error.at(self.path()))?;
        let taken = |(known, other): &(Option<String>, Provider)| {
            known.as_deref() == Some(alias) && other.facts.name == provider.facts.name
        };
        if self.state().providers.iter().any(taken) {
            return Err(Error::new(format!("the provider alias {alias:?} is taken"))
                .remedy("choose another one")
                .at(self.path()));
        }
        if let Some(tag) = &self.state().environment_tag {
            tag.check_provider(&provider).map_err(|error| error.at(self.path()))?;
        }
        let address = format!("{}.{alias}", provider.facts.name);
        let checker = Checker { app: self.app.id, stack: self.stack as u32 };
        checker.check_block(&provider.block, &address).map_err(|error| error.at(self.path()))?;
        let reference = ProviderRef::new(self.app.id, self.stack as u32, address, provider.local.clone());
        let state = self.state_mut();
        state.required_providers.entry(provider.facts.name.to_owned()).or_insert_with(|| provider.facts.into());
        state.providers.push((Some(alias.to_owned()), provider));
        Ok(reference)
    }

    /// A provider that raw resources of this stack use: its local name, source and version constraint.
    pub fn require_provider(&mut self, name: &str, source: &str, version: &str) -> Result<()> {
        check_identifier(name).map_err(|error| error.at(self.path()))?;
        let required = RequiredProvider { source: source.into(), version: version.into(), facts: None };
        let known = self.state_mut().required_providers.entry(name.to_owned()).or_insert_with(|| required.clone());
        if *known != required {
            let problem = format!("the provider {name:?} is already required as {} {}", known.source, known.version);
            return Err(Error::new(problem).remedy("require it once").at(self.path()));
        }
        Ok(())
    }

    /// Where Terraform keeps the state of this stack; a file beside it where nothing is said.
    pub fn backend(&mut self, backend: impl Into<Backend>) {
        self.state_mut().backend = backend.into();
    }
}

/// The stacks on a way along imports, if there is one. A chain of stacks may be longer than the thread's stack, so this keeps
/// one of its own.
fn way(stacks: &[StackState], from: usize, goal: usize) -> Option<Vec<usize>> {
    let mut seen = HashSet::from([from]);
    let mut path = vec![(from, 0)];
    while let Some((here, next)) = path.last_mut() {
        if *here == goal {
            return Some(path.into_iter().map(|(stack, _)| stack).collect());
        }
        let import = stacks[*here].imports.get_index(*next).map(|(_, import)| import.stack);
        *next += 1;
        match import {
            Some(stack) if seen.insert(stack) => path.push((stack, 0)),
            Some(_) => {}
            None => drop(path.pop()),
        }
    }
    None
}

fn check_identifier(name: &str) -> Result<()> {
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let rest = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    match begins && rest {
        true => Ok(()),
        false => Err(Error::new(format!("{name:?} is no identifier of Terraform"))
            .remedy("write letters, digits and _, beginning with a letter")),
    }
}
