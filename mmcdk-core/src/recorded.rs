//! What a stack contained at another time, as Terraform's JSON tells.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value as Json};

use crate::block::{Block, Item};
use crate::facts::Mode;
use crate::lifecycle::Lifecycle;
use crate::provider::ProviderRef;
use crate::state::{AppState, Placed, StackState};
use crate::synthesis::{Synthesis, SynthesizedStack};
use crate::value::{Anchor, Any, Node, Reference, Value};

/// A resource or data source that the program did not place: one of an earlier synthesis, of a state, or of a plan.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The Terraform address: `aws_vpc.core`, `data.aws_ami.core`.
    pub address: String,
    /// Whether Terraform manages it or only reads it.
    pub mode: Mode,
    /// The Terraform type: `aws_vpc`.
    pub terraform_type: String,
    /// Its arguments as they stand in Terraform JSON. A text that is one reference, such as `${aws_vpc.core.id}`, refers
    /// to the resource of that address.
    pub arguments: Map<String, Json>,
}

impl SynthesizedStack<'_> {
    /// The same stack, with the same path, context and state, but with these resources instead of its own.
    ///
    /// What derives from stacks derives from it too, such as permissions. It has no outputs and no imports, and nothing
    /// in it was checked. The physical names of its resources are not known as such.
    pub fn recorded(&self, resources: impl IntoIterator<Item = Recorded>) -> Synthesis {
        let resources: Vec<Recorded> = resources.into_iter().collect();
        let app = self.app_state();
        let anchors: HashMap<&str, Anchor> = resources
            .iter()
            .enumerate()
            .map(|(index, one)| (one.address.as_str(), Anchor::new(app.id, 0, index, one.address.clone())))
            .collect();
        let providers = self.provider_refs();
        let placed = resources.iter().map(|one| {
            let placed = placed(one, &anchors, &providers);
            (Box::from(one.address.as_str()), placed)
        });
        let stack = self.without_contents(placed.collect());
        Synthesis::new(AppState {
            id: app.id,
            organisation: app.organisation.clone(),
            pattern: app.pattern.as_ref().map(Clone::clone).map_err(|error| error.repeated()),
            environments: IndexMap::new(),
            paths: [stack.path.clone()].into(),
            stacks: vec![stack],
            names: IndexMap::new(),
            claims: Vec::new(),
            files: Default::default(),
            warnings: Vec::new(),
            problems: Vec::new(),
            inputs: Default::default(),
        })
    }

    /// The further provider configurations that its resources use, by their addresses.
    fn provider_refs(&self) -> HashMap<&str, &ProviderRef> {
        let used = self.stack_state().placed.values().filter_map(|placed| placed.provider.as_ref());
        used.map(|provider| (provider.address(), provider)).collect()
    }

    fn without_contents(&self, placed: IndexMap<Box<str>, Placed>) -> StackState {
        let stack = self.stack_state();
        StackState {
            path: stack.path.clone(),
            environment: stack.environment.clone(),
            environment_tag: stack.environment_tag.clone(),
            account: stack.account.clone(),
            context: Arc::clone(&stack.context),
            backend: stack.backend.clone(),
            required_providers: stack.required_providers.clone(),
            providers: Vec::new(),
            placed,
            constructs: IndexMap::new(),
            files: IndexSet::from(["recorded".into()]),
            raw_blocks: Vec::new(),
            declared: IndexSet::new(),
            once: IndexMap::new(),
            outputs: IndexMap::new(),
            imports: IndexMap::new(),
        }
    }
}

fn placed(one: &Recorded, anchors: &HashMap<&str, Anchor>, providers: &HashMap<&str, &ProviderRef>) -> Placed {
    let Recorded { address, mode, terraform_type, arguments } = one;
    let mut block = Block::new();
    for (name, json) in arguments.iter().filter(|(_, json)| !json.is_null()) {
        block.put(name.clone().into(), Item::Value(node(json, anchors)));
    }
    let label = address.rsplit('.').next().unwrap_or_default();
    let tags_all = arguments.get("tags_all").is_some_and(Json::is_object);
    Placed {
        mode: *mode,
        terraform_type: terraform_type.clone().into(),
        facts: None,
        label: label.into(),
        path: label.into(),
        file: 0,
        anchor: anchors[address.as_str()].clone(),
        block,
        name: None,
        depends_on: Vec::new(),
        lifecycle: Lifecycle::new(),
        provider: arguments.get("provider").and_then(Json::as_str).and_then(|it| providers.get(it).copied().cloned()),
        adopt: None,
        tags_argument: Some(if tags_all { "tags_all" } else { "tags" }),
    }
}

fn node(json: &Json, anchors: &HashMap<&str, Anchor>) -> Node {
    match json {
        Json::Null => Node::Null,
        Json::Bool(value) => Node::Bool(*value),
        Json::Number(number) => Node::Number(number.clone()),
        Json::String(text) => match expression(text) {
            Some(expression) => {
                reference(expression, anchors).unwrap_or_else(|| Value::<Any>::raw_unchecked(expression).node)
            }
            None => Node::Text(text.clone().into()),
        },
        Json::Array(elements) => Node::List(elements.iter().map(|element| node(element, anchors)).collect()),
        Json::Object(members) => {
            Node::Map(members.iter().map(|(key, member)| (key.clone().into(), node(member, anchors))).collect())
        }
    }
}

/// What stands in a text that is a single template.
fn expression(text: &str) -> Option<&str> {
    let expression = text.strip_prefix("${")?.strip_suffix('}')?;
    (!expression.contains(['{', '}'])).then_some(expression)
}

/// The reference that an expression is: the address of a resource, and an attribute.
fn reference(expression: &str, anchors: &HashMap<&str, Anchor>) -> Option<Node> {
    let dots = expression.rmatch_indices('.').map(|(index, _)| index);
    let (anchor, attribute) =
        dots.filter_map(|dot| Some((anchors.get(&expression[..dot])?, &expression[dot + 1..]))).next()?;
    let attribute = attribute.to_owned().into();
    Some(Node::Reference(Reference { anchor: anchor.clone(), attribute, sensitive: false }))
}
