//! The one way in: what placing a resource does to it.
//!
//! The address comes from the path, the physical name from convention and context, the tags from the context; overrides
//! come last; then everything is checked, and only what is right is kept.

use std::borrow::Cow;

use crate::block::{Block, Item};
use crate::check::Checker;
use crate::context::Context;
use crate::depth;
use crate::error::{Error, Result};
use crate::facts::{Mode, NameArgument, TagFacts, TagPlace, TypeFacts, provider_of};
use crate::lifecycle::Lifecycle;
use crate::name_form;
use crate::name_tag;
use crate::overrides;
use crate::preview::Preview;
use crate::provider::ProviderRef;
use crate::realm;
use crate::resource::{Body, Meta};
use crate::state::{AppState, Placed, StackState};
use crate::tagging;
use crate::tags::TagText;
use crate::text_rule;
use crate::value::{Anchor, Node};

/// Where a resource goes, and what is known of its type.
pub(crate) struct Place<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) context: &'a Context,
    /// Within the stack.
    pub(crate) path: &'a str,
    /// Which of the stack's files; the shared one where there is none.
    pub(crate) file: Option<usize>,
}

/// The file of what constructs share.
pub(crate) const SHARED_FILE: usize = usize::MAX;

/// A type with generated facts, or one of which nothing is known.
pub(crate) enum Kind<'a> {
    Typed(&'static TypeFacts),
    Raw(Mode, &'a str),
}

impl Kind<'_> {
    fn mode(&self) -> Mode {
        match self {
            Kind::Typed(facts) => facts.mode,
            Kind::Raw(mode, _) => *mode,
        }
    }

    fn terraform_type(&self) -> &str {
        match self {
            Kind::Typed(facts) => facts.terraform_type,
            Kind::Raw(_, terraform_type) => terraform_type,
        }
    }

    /// The local name of its provider.
    fn provider(&self) -> &str {
        match self {
            Kind::Typed(facts) => facts.provider.name,
            Kind::Raw(_, terraform_type) => provider_of(terraform_type),
        }
    }

    fn facts(&self) -> Option<&'static TypeFacts> {
        match self {
            Kind::Typed(facts) => Some(facts),
            Kind::Raw(..) => None,
        }
    }
}

/// A resource with all that its place gives it, to be checked.
struct Prepared<'a> {
    block: Block,
    meta: Meta,
    context: Cow<'a, Context>,
    tags: Option<&'static TagFacts>,
    /// The physical name, if it is known.
    name: Option<String>,
}

impl Place<'_> {
    /// Places a resource and returns what references to it point at.
    pub(crate) fn place(&self, app: &mut AppState, stack: usize, body: Body) -> Result<Anchor> {
        self.try_place(app, stack, body).map_err(|error| error.at(app.stacks[stack].full_path(self.path)))
    }

    /// What would be placed.
    pub(crate) fn preview(&self, app: &AppState, stack: usize, body: Body) -> Result<Preview> {
        let Prepared { block, name, .. } = self.prepare(app, stack, body)?;
        Ok(Preview { block, name })
    }

    /// Fills what the resource's place gives, and applies the overrides.
    fn prepare(&self, app: &AppState, stack: usize, body: Body) -> Result<Prepared<'_>> {
        let (mut block, mut meta) = body.into_parts();
        let context = self.context_of(app, stack, meta.provider.as_ref())?;
        let tags = self.tag_facts(&app.stacks[stack]);
        if let Some(tags) = tags {
            let place = context.tags_for(self.kind.terraform_type());
            name_tag::check(app, stack, tags, &place, context.provider.as_ref(), self.kind.provider())?;
        }
        let name = self.fill(app, &context, tags, &mut block, &mut meta)?;
        depth::check_block(&block)?;
        depth::check_block(meta.lifecycle.block())?;
        Ok(Prepared { block, meta, context, tags, name })
    }

    /// The context of the resource. A provider of its own brings its context, such as the region's part of names.
    fn context_of(&self, app: &AppState, stack: usize, own: Option<&ProviderRef>) -> Result<Cow<'_, Context>> {
        if let Some(other) = own.filter(|own| own.provider() != self.kind.provider()) {
            return Err(Error::new(format!(
                "{} is given the provider {}",
                self.kind.terraform_type(),
                other.address()
            ))
            .remedy(format!("give it one of the provider {}", self.kind.provider())));
        }
        let context = match own {
            Some(own) if self.context.provider.as_ref() != Some(own) => Cow::Owned(self.context.with(own.into())),
            _ => Cow::Borrowed(self.context),
        };
        match context.provider.as_ref().filter(|provider| !provider.is_of(app.id, stack as u32)) {
            Some(foreign) => Err(Error::new(format!("the provider {} belongs to another stack", foreign.address()))
                .remedy("add the provider to this stack and use what that returns")),
            None => Ok(context),
        }
    }

    /// Fills the name and the tags, applies the overrides, and returns the name if it is known.
    fn fill(
        &self,
        app: &AppState,
        context: &Context,
        tags: Option<&'static TagFacts>,
        block: &mut Block,
        meta: &mut Meta,
    ) -> Result<Option<String>> {
        let name = match (self.kind.facts(), tags) {
            (Some(facts), _) => self.fill_name_and_tags(app, context, facts, block)?,
            (None, Some(tags)) => {
                tagging::fill(block, tags, context, self.kind.terraform_type(), None)?;
                None
            }
            (None, None) => None,
        };
        let overridden = self.apply_overrides(context, block, meta)?;
        let Some(argument) = self.kind.facts().and_then(|facts| facts.name.as_ref()).filter(|_| overridden) else {
            return Ok(name);
        };
        let name = literal(block.node(argument.argument));
        name.iter().try_for_each(|name| name_form::check_form(argument, block, name))?;
        Ok(name)
    }

    fn try_place(&self, app: &mut AppState, stack: usize, body: Body) -> Result<Anchor> {
        let (address, label) = self.free_address(&app.stacks[stack])?;
        let prepared = self.prepare(app, stack, body)?;
        self.check(app, stack, &prepared)?;
        let Prepared { block, meta, context, tags, name } = prepared;
        let anchor = Anchor::new(app.id, stack as u32, app.stacks[stack].placed.len(), address);
        let placed = Placed {
            mode: self.kind.mode(),
            terraform_type: match &self.kind {
                Kind::Typed(facts) => Cow::Borrowed(facts.terraform_type),
                Kind::Raw(_, terraform_type) => Cow::Owned((*terraform_type).to_owned()),
            },
            facts: self.kind.facts(),
            label: anchor.address()[label..].into(),
            path: self.path.into(),
            file: self.file.unwrap_or(SHARED_FILE),
            anchor: anchor.clone(),
            block,
            name: name.map(Into::into),
            depends_on: meta.depends_on,
            lifecycle: meta.lifecycle,
            provider: context.provider.clone(),
            adopt: meta.adopt.map(Box::new),
            tags_argument: tags.and_then(tagging::root),
        };
        realm::claim(app, stack, &context, &placed)?;
        if let Some(warning) = realm::name_in_the_way(&placed) {
            app.warnings.push(warning.at(app.stacks[stack].full_path(self.path)));
        }
        if let Some(tags) = tags {
            tagging::check_mandatory(app, stack, tags, &context, &placed);
        }
        self.require_provider(&mut app.stacks[stack]);
        app.stacks[stack].placed.insert(anchor.address().into(), placed);
        Ok(anchor)
    }

    /// The address, if nothing else has it, and where in it the label begins.
    fn free_address(&self, stack: &StackState) -> Result<(String, usize)> {
        if self.path.is_empty() {
            return Err(Error::new("a resource cannot stand at the root of a stack").remedy("add it under an id"));
        }
        let (address, label) = self.address();
        match stack.placed.get(address.as_str()) {
            Some(other) => {
                Err(Error::new(format!("its address {address} is that of {}", stack.full_path(&other.path)))
                    .remedy("choose an id whose words, joined to those above it, make another address"))
            }
            None => Ok((address, label)),
        }
    }

    /// Checks everything that can be said of one resource.
    fn check(&self, app: &AppState, stack: usize, prepared: &Prepared<'_>) -> Result<()> {
        let Prepared { block, meta, tags, .. } = prepared;
        // The tags of a data source say what is looked for.
        if let (Some(tag), Mode::Managed) = (&app.stacks[stack].environment_tag, self.kind.mode()) {
            tag.check_block(self.tag_places(*tags), block)?;
        }
        let checker = Checker { app: app.id, stack: stack as u32 };
        checker.check_block(block, self.kind.terraform_type())?;
        if let Some(facts) = self.kind.facts() {
            text_rule::check(facts, block, &app.stacks[stack])?;
        }
        meta.depends_on.iter().try_for_each(|dependency| checker.check_dependency(dependency))?;
        checker.check_block(meta.lifecycle.block(), "lifecycle")?;
        self.check_meta_arguments(&meta.lifecycle, block)?;
        meta.adopt.iter().try_for_each(|id| self.check_adopted(&checker, id))
    }

    /// Where it carries tags: by the custom of providers if nothing is known of its type.
    fn tag_places(&self, tags: Option<&'static TagFacts>) -> &'static [TagPlace] {
        match (tags, &self.kind) {
            (Some(tags), _) => tags.places,
            (None, Kind::Raw(..)) => &[TagPlace::Argument("tags")],
            (None, Kind::Typed(_)) => &[],
        }
    }

    /// Notes that the stack requires the provider of a type with facts.
    fn require_provider(&self, stack: &mut StackState) {
        if let Some(TypeFacts { provider, .. }) = self.kind.facts()
            && !stack.required_providers.contains_key(provider.name)
        {
            stack.required_providers.insert(provider.name.to_owned(), (*provider).into());
        }
    }

    /// How the resource carries tags: by the facts of its type, or for a raw one by those of its provider.
    fn tag_facts(&self, stack: &StackState) -> Option<&'static TagFacts> {
        match self.kind {
            Kind::Typed(facts) => facts.tags,
            Kind::Raw(Mode::Data, _) => None,
            Kind::Raw(Mode::Managed, terraform_type) => {
                stack.required_providers.get(provider_of(terraform_type))?.facts?.tags_of(terraform_type)
            }
        }
    }

    fn check_adopted(&self, checker: &Checker, id: &Node) -> Result<()> {
        if self.kind.mode() == Mode::Data {
            return Err(Error::new("a data source cannot be adopted").remedy("it only reads what is there already"));
        }
        if *id == Node::Null || id.literal().is_some_and(str::is_empty) {
            return Err(Error::new("it is adopted by an empty id").remedy("give the id that Terraform imports it with"));
        }
        checker.check_node(id, &|| "the id to adopt".into())
    }

    /// Lays the overrides of the context and then the resource's own over the block, and returns whether there were any.
    fn apply_overrides(&self, context: &Context, block: &mut Block, meta: &mut Meta) -> Result<bool> {
        for argument in overrides::MERGED {
            if let Some(item) = block.remove(argument) {
                meta.merge(argument, item)?;
            }
        }
        let own = std::mem::take(&mut meta.overrides);
        let mut any = !own.is_empty();
        if let Some(facts) = self.kind.facts() {
            for (at, value) in context.overrides(facts) {
                overrides::apply(block, meta, at, Some(value.clone()))?;
                any = true;
            }
        }
        for (at, value) in own {
            overrides::apply(block, meta, &at, value)?;
        }
        Ok(any)
    }

    /// Checks what Terraform accepts of meta-arguments.
    fn check_meta_arguments(&self, lifecycle: &Lifecycle, block: &Block) -> Result<()> {
        lifecycle.check(self.kind.mode())?;
        if self.kind.mode() == Mode::Data
            && let Some(argument) = ["provisioner", "connection"].into_iter().find(|name| block.get(name).is_some())
        {
            return Err(Error::new(format!("a data source has a {argument} block"))
                .remedy("put it on a resource; a data source is only read"));
        }
        Ok(())
    }

    /// The address, and where in it the label begins. Ids begin with a letter and are kebab-case, so the label is
    /// snake_case.
    fn address(&self) -> (String, usize) {
        let data = if self.kind.mode() == Mode::Data { "data." } else { "" };
        let terraform_type = self.kind.terraform_type();
        let label = data.len() + terraform_type.len() + ".".len();
        let mut address = String::with_capacity(label + self.path.len());
        address.push_str(data);
        address.push_str(terraform_type);
        address.push('.');
        address.extend(self.path.chars().map(|character| if matches!(character, '/' | '-') { '_' } else { character }));
        (address, label)
    }

    /// Fills the physical name and the tags, and returns the name where it is known.
    fn fill_name_and_tags(
        &self,
        app: &AppState,
        context: &Context,
        facts: &'static TypeFacts,
        block: &mut Block,
    ) -> Result<Option<String>> {
        let mut name = None;
        let mut expression = None;
        if let Some(argument) = &facts.name {
            match block.node(argument.argument) {
                Some(Node::Text(given)) => {
                    name_form::check(argument, block, given)?;
                    name = Some(given.to_string());
                }
                Some(given) => expression = Some(given.clone()),
                None if argument.unless.iter().any(|other| block.get(other).is_some()) => {
                    name_form::check_prefixes(argument, block)?;
                }
                None => {
                    let conventional = conventional_name(app, context, facts)?;
                    let conventional = name_form::conventional(argument, block, conventional)?;
                    block.put_first(argument.argument, conventional.clone());
                    name = literal(Some(&conventional));
                    expression = name.is_none().then_some(conventional);
                }
            }
        }
        let Some(tags) = facts.tags else { return Ok(name) };
        let text = match (&name, expression) {
            (Some(name), _) => TagText::Literal(name.as_str().into()),
            (None, Some(expression)) => TagText::Expression(expression),
            (None, None) => TagText::Literal(raw_conventional_name(app, context, facts)?.into()),
        };
        tagging::fill(block, tags, context, facts.terraform_type, Some(&text))?;
        // What has no name of its own is known by its tag, which may be given on the resource.
        if let (None, Some(key)) = (&facts.name, tags.name_key) {
            name = match tagging::root(tags).and_then(|argument| block.get(argument)) {
                Some(Item::Tags(map)) => literal(map.get(key).as_ref()),
                _ => literal(Some(&text.to_node())),
            };
        }
        Ok(name)
    }
}

/// The text of a literal.
fn literal(node: Option<&Node>) -> Option<String> {
    node.and_then(Node::literal).map(str::to_owned)
}

/// The name by the convention, checked against the type's rule.
pub(crate) fn conventional_name(app: &AppState, context: &Context, facts: &TypeFacts) -> Result<String> {
    let name = raw_conventional_name(app, context, facts)?;
    let Some(NameArgument { rule, .. }) = &facts.name else { return Ok(name) };
    let name = if rule.lower { name.to_lowercase() } else { name };
    rule.check(&name)?;
    Ok(name)
}

fn raw_conventional_name(app: &AppState, context: &Context, facts: &TypeFacts) -> Result<String> {
    match &app.pattern {
        Ok(pattern) => Ok(pattern.name(&context.segments, facts.segment)),
        Err(error) => Err(error.repeated()),
    }
}
