//! The tree: constructs, and the scopes in which they are built.

use std::any::{Any, TypeId};
use std::sync::Arc;

use crate::context::{Context, Local};
use crate::depth;
use crate::error::{Error, Result};
use crate::facts::{NameArgument, TypeFacts};
use crate::id;
use crate::place::{Kind, Place, conventional_name};
use crate::preview::Preview;
use crate::resource::{Handle, Resource};
use crate::scan;
use crate::state::{AppState, Claim, Once, RawBlock, StackState};
use crate::value::{Anchor, Node};

/// A description that builds something when it is added to a scope: one resource, or many with constructs in them.
///
/// The blocks of a library, those of its users and every Terraform resource are the same kind of thing. A description
/// is inert; [`Scope::add`] builds it and returns what it promises, mostly typed references.
///
/// ```
/// use mmcdk_core::{Construct, Result, Scope};
///
/// struct Nothing;
///
/// impl Construct for Nothing {
///     type Output = String;
///
///     fn build(self, scope: &mut Scope<'_>) -> Result<String> {
///         Ok(scope.path())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a construct, so it cannot be added to a scope",
    label = "not a construct",
    note = "resources and constructs are added as descriptions: `scope.add(\"core\", Vpc::new(\"10.1.0.0/16\"))`",
    note = "implement `Construct` for a type of your own to make it one"
)]
pub trait Construct: Sized {
    /// What adding it returns.
    type Output;

    /// Builds it in its own scope. An error undoes everything that was placed.
    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output>;
}

// Who adds what is no construct shall not be told that it is no resource.
#[diagnostic::do_not_recommend]
impl<R: Resource> Construct for R {
    type Output = R::Handle;

    fn build(self, scope: &mut Scope<'_>) -> Result<R::Handle> {
        scope.place(self)
    }
}

/// A place in the tree of a stack, with its context. Constructs are added to it.
pub struct Scope<'a> {
    pub(crate) app: &'a mut AppState,
    pub(crate) stack: usize,
    /// Within the stack; empty at its root.
    pub(crate) path: String,
    /// Which of the stack's files; none at the root.
    pub(crate) file: Option<usize>,
    pub(crate) context: Arc<Context>,
}

/// What a resource can depend on: a resource, or everything in a construct.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency(pub(crate) On);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum On {
    Resource(Anchor),
    Construct {
        app: u64,
        stack: u32,
        path: Box<str>,
    },
    /// An address as text.
    Address(Box<str>),
}

impl<H: Handle> From<&H> for Dependency {
    fn from(handle: &H) -> Self {
        Self(On::Resource(handle.anchor().clone()))
    }
}

impl From<&Dependency> for Dependency {
    fn from(dependency: &Dependency) -> Self {
        dependency.clone()
    }
}

impl Scope<'_> {
    /// Builds a construct under that id and returns its output.
    ///
    /// Ids are lower kebab-case and unique among siblings. The path of ids makes the Terraform address: the subnet
    /// `public-a` in the construct `core` is `aws_subnet.core_public_a`.
    ///
    /// # Errors
    /// Where the id is not well-formed or taken, or the construct cannot be built. Nothing of it is left behind then.
    pub fn add<C: Construct>(&mut self, id: &str, construct: C) -> Result<C::Output> {
        let mark = self.app.mark(self.stack);
        let result = self.enter(id).and_then(|mut child| {
            let built = construct.build(&mut child).map_err(|error| error.at(child.path()));
            child.leave();
            built
        });
        if result.is_err() {
            self.app.cut_back(mark);
        }
        result
    }

    /// This scope with more context: a [`Local`], or a provider.
    pub fn with(&mut self, local: impl Into<Local>) -> Scope<'_> {
        let context = Arc::new(self.context.with(local.into()));
        Scope { app: self.app, stack: self.stack, path: self.path.clone(), file: self.file, context }
    }

    /// Places a resource at this scope's own path; [`Scope::add`] is this in a scope of its own.
    ///
    /// A construct that is mainly one resource places that one so: `aws_vpc.core` instead of `aws_vpc.core_vpc`.
    pub fn place<R: Resource>(&mut self, resource: R) -> Result<R::Handle> {
        let place = Place { kind: Kind::Typed(R::FACTS), context: &self.context, path: &self.path, file: self.file };
        place.place(self.app, self.stack, resource.into_body()).map(R::Handle::from_anchor)
    }

    /// A resource that the constructs of a stack share, such as a data source of the account: placed at the root of the
    /// stack by the first who asks, and the same for all.
    ///
    /// # Errors
    /// Where another description of the same type was given under that id.
    pub fn once<R: Resource>(&mut self, id: &str, resource: R) -> Result<R::Handle> {
        id::check(id).map_err(|error| error.at(self.path()))?;
        // Shared by all that use the same provider: another region or account is another thing.
        let provider = self.context.provider.clone();
        let id = match &provider {
            Some(provider) => format!("{id}-{}", provider.alias()),
            None => id.to_owned(),
        };
        let key = (R::FACTS.mode, R::FACTS.terraform_type, id.clone());
        let body = resource.into_body();
        if let Some(once) = self.state().once.get(&key) {
            if once.body != body {
                return Err(Error::new(format!("{} {id:?} is already shared with other arguments", key.1))
                    .remedy("choose another id for this one")
                    .at(self.path()));
            }
            return Ok(R::Handle::from_anchor(once.anchor.clone()));
        }
        let context = match &provider {
            Some(provider) => Arc::new(self.state().context.with(provider.into())),
            None => Arc::clone(&self.state().context),
        };
        let place = Place { kind: Kind::Typed(R::FACTS), context: &context, path: &id, file: None };
        let anchor = place.place(self.app, self.stack, body.clone()).map_err(|error| error.at(self.path()))?;
        self.state_mut().once.insert(key, Once { body, anchor: anchor.clone() });
        Ok(R::Handle::from_anchor(anchor))
    }

    /// Top-level Terraform JSON for which there is no type, written as it stands: `moved`, `check`, `locals`, a
    /// `variable`. Nothing in it is escaped. Addresses in its templates are checked as those of
    /// [`Value::raw`](crate::Value::raw) are.
    pub fn raw_block(&mut self, kind: impl Into<String>, body: serde_json::Value) -> Result<()> {
        self.push_raw_block(kind.into(), body, true).map_err(|error| error.at(self.path()))
    }

    /// Like [`Scope::raw_block`], but nothing in it is checked.
    pub fn raw_block_unchecked(&mut self, kind: impl Into<String>, body: serde_json::Value) -> Result<()> {
        self.push_raw_block(kind.into(), body, false).map_err(|error| error.at(self.path()))
    }

    fn push_raw_block(&mut self, kind: String, body: serde_json::Value, checked: bool) -> Result<()> {
        let body = depth::checked(body).map_err(|error| error.within(&format!("the raw {kind} block")))?;
        let Some(file) = self.file else {
            return Err(Error::new(format!("a raw {kind} block needs a construct to stand in"))
                .remedy("add it inside of a construct with an id"));
        };
        let path = self.path.as_str().into();
        self.state_mut().raw_blocks.push(RawBlock { path, file, kind, body, checked });
        Ok(())
    }

    /// Makes known what a file of your own in the stack's folder declares, such as `mine.tf`: `var.size`, `local.tags`,
    /// `aws_vpc.old` or `data.aws_ami.base`. Raw text of the stack may then refer to it.
    ///
    /// # Errors
    /// If it is not such an address.
    pub fn declare(&mut self, address: &str) -> Result<()> {
        if !scan::is_address(address) {
            return Err(Error::new(format!("{address:?} is not an address"))
                .remedy("write var.size, local.tags, aws_vpc.old or data.aws_ami.base, without an attribute")
                .at(self.path()));
        }
        self.state_mut().declared.insert(address.into());
        Ok(())
    }

    /// The name that a resource of that type gets here, before it is placed: the conventional one, or the one that
    /// [`Local::set_on`] gives it.
    ///
    /// # Errors
    /// If the name breaks the type's rule, or if an override makes it an expression or leaves it to Terraform.
    pub fn name_of<R: Resource>(&self) -> Result<String> {
        let name =
            self.overridden_name(R::FACTS).unwrap_or_else(|| conventional_name(self.app, &self.context, R::FACTS));
        name.map_err(|error| error.at(self.path()))
    }

    /// The arguments that a resource of that description would have here, with its name, its tags and the overrides of
    /// the context. Nothing is placed.
    ///
    /// # Errors
    /// If its name or tags break the type's rules, or an override does not fit.
    pub fn preview<R: Resource>(&self, mut resource: R) -> Result<Preview> {
        let place = Place { kind: Kind::Typed(R::FACTS), context: &self.context, path: &self.path, file: self.file };
        let body = std::mem::take(resource.body_mut());
        place.preview(self.app, self.stack, body).map_err(|error| error.at(self.path()))
    }

    /// The paths of arguments that the context overrides on resources of that type, as [`Local::set_on`] was given them.
    pub fn overrides_of<R: Resource>(&self) -> impl Iterator<Item = &str> {
        self.context.overrides(R::FACTS).map(|(path, _)| path)
    }

    /// Everything in this construct, for [`Resource::depends_on`].
    pub fn this(&self) -> Dependency {
        Dependency(On::Construct { app: self.app.id, stack: self.stack as u32, path: self.path.as_str().into() })
    }

    /// Everything in a construct that was added here, for [`Resource::depends_on`].
    pub fn child(&self, id: &str) -> Result<Dependency> {
        let path = self.join(id);
        let constructs = &self.state().constructs;
        if constructs.contains_key(path.as_str()) {
            return Ok(Dependency(On::Construct { app: self.app.id, stack: self.stack as u32, path: path.into() }));
        }
        let prefix = self.join("");
        let siblings = constructs.keys().filter_map(|known| known.strip_prefix(prefix.as_str()));
        let siblings = siblings.filter(|known| !known.contains('/'));
        Err(Error::new(format!("there is no construct {id:?}"))
            .remedy(crate::nearest::nearest(id, siblings))
            .at(self.path()))
    }

    /// The path from the environment down: `dev/network/core`.
    pub fn path(&self) -> String {
        self.state().full_path(&self.path)
    }

    /// The name of the environment; none in a shared stack.
    pub fn environment(&self) -> Option<&str> {
        self.state().environment.as_deref()
    }

    /// The purpose part of names here.
    pub fn purpose(&self) -> Option<&str> {
        let segments = &self.context.segments;
        segments.purpose.as_deref().or(segments.qualifier.as_deref()).or(segments.top.as_deref())
    }

    /// The qualifier of names here, as [`Local::qualifier`] sets it.
    pub fn qualifier(&self) -> Option<&str> {
        self.context.segments.qualifier.as_deref()
    }

    /// The nearest fact of that type, as given by [`Local::fact`].
    pub fn fact<T: Any>(&self) -> Option<&T> {
        self.context.fact()
    }

    /// Holds something in the whole app, in all its stacks, so that other constructs can see that it is taken.
    pub fn claim<T: Any + Send + Sync>(&mut self, value: T) {
        let path = self.path().into();
        self.app.claims.push(Claim { kind: TypeId::of::<T>(), path, value: Box::new(value) });
    }

    /// What constructs of the app have claimed so far, with their paths.
    pub fn claims<T: Any>(&self) -> impl Iterator<Item = (&str, &T)> {
        let claims = self.app.claims.iter().filter(|claim| claim.kind == TypeId::of::<T>());
        claims.filter_map(|claim| Some((claim.path.as_ref(), claim.value.downcast_ref()?)))
    }

    /// The text of an input file that the program names, such as the state of a stack at an earlier time. Of a folder it is the
    /// texts of its `*.tf.json` files, one after the other. A path is relative to the folder that the program runs in.
    ///
    /// This crate reads nothing by itself: the runner does, or [`App::reading`](crate::App::reading) says how.
    ///
    /// # Errors
    /// Returns an error if it cannot be read.
    pub fn input(&self, path: &str) -> Result<String> {
        self.app.inputs.read(path).map_err(|error| error.at(self.path()))
    }

    /// Says something about this construct that is not an error.
    pub fn warn(&mut self, warning: Error) {
        let warning = warning.at(self.path());
        self.app.warnings.push(warning);
    }

    /// The name by which the context overrides the conventional one, if it does.
    fn overridden_name(&self, facts: &TypeFacts) -> Option<Result<String>> {
        let NameArgument { argument, unless, .. } = facts.name.as_ref()?;
        let overrides = self.context.overrides(facts).filter(|(path, _)| path == argument || unless.contains(path));
        let (path, node) = overrides.last()?;
        Some(match node {
            Node::Text(name) if path == *argument => Ok(name.to_string()),
            _ => Err(Error::new(format!(
                "set_on sets {path} of {} to what is not known before Terraform runs, and something here needs the name",
                facts.terraform_type
            ))
            .remedy(format!("set {argument} to a text"))),
        })
    }

    fn enter(&mut self, id: &str) -> Result<Scope<'_>> {
        let root = self.path.is_empty();
        if root { id::check_top_level(id) } else { id::check(id) }.map_err(|error| error.at(self.path()))?;
        let path = self.join(id);
        if root {
            let at = format!("{}/{id}", self.path());
            id::check_path(&format!("{at}.tf.json")).map_err(|error| error.at(at))?;
        }
        let state = &mut self.app.stacks[self.stack];
        if state.constructs.contains_key(path.as_str()) {
            return Err(Error::new(format!("the id {id:?} is taken by a sibling"))
                .remedy("ids are unique among siblings: choose another one")
                .at(state.full_path(&path)));
        }
        let placed = state.placed.len();
        state.constructs.insert(path.as_str().into(), (placed, placed));
        let file = self.file.unwrap_or_else(|| state.files.insert_full(id.into()).0);
        let context = match root {
            true => Arc::new(self.context.with(Local::new().top(id))),
            false => Arc::clone(&self.context),
        };
        Ok(Scope { app: self.app, stack: self.stack, path, file: Some(file), context })
    }

    /// Notes what the construct placed.
    fn leave(&mut self) {
        let state = &mut self.app.stacks[self.stack];
        let end = state.placed.len();
        if let Some((_, last)) = state.constructs.get_mut(self.path.as_str()) {
            *last = end;
        }
    }

    fn join(&self, id: &str) -> String {
        match self.path.is_empty() {
            true => id.to_owned(),
            false => format!("{}/{id}", self.path),
        }
    }

    pub(crate) fn state(&self) -> &StackState {
        &self.app.stacks[self.stack]
    }

    pub(crate) fn state_mut(&mut self) -> &mut StackState {
        &mut self.app.stacks[self.stack]
    }
}
