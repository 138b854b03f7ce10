//! What a stack contained at another time, as Terraform's JSON tells.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value as Json};

use crate::block::{Block, Item};
use crate::facts::Mode;
use crate::lifecycle::Lifecycle;
use crate::provider::ProviderRef;
use crate::scan::{self, Part};
use crate::state::{AppState, Placed, StackState};
use crate::synthesis::{Synthesis, SynthesizedStack};
use crate::template;
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
    /// Its arguments, whose texts [`texts`](Self::texts) says how to read.
    pub arguments: Map<String, Json>,
    /// What the texts of the arguments are.
    pub texts: Texts,
    /// The arguments whose values only Terraform will know, each with its expression: `aws_vpc.core.id`. They replace
    /// arguments of the same name.
    pub expressions: BTreeMap<String, String>,
    /// The argument that holds the tags, such as `tags`.
    pub tags_argument: &'static str,
}

/// What the texts of a recorded resource's arguments are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Templates, as in the Terraform JSON of a configuration: `${aws_vpc.core.id}` refers to the resource of that address,
    /// and `$${aws:username}` is the literal `${aws:username}`.
    Templates,
    /// Values, as in a state or a plan: every text is literal.
    Values,
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
    let Recorded { address, mode, terraform_type, arguments, texts, expressions, tags_argument } = one;
    let reading = Reading { texts: *texts, anchors };
    let mut block = Block::new();
    let known = arguments.iter().filter(|(name, json)| !json.is_null() && !expressions.contains_key(*name));
    for (name, json) in known {
        block.put(name.clone().into(), Item::Value(reading.node(json)));
    }
    for (name, expression) in expressions {
        block.put(name.clone().into(), Item::Value(reading.expression(expression)));
    }
    let label = label(address);
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
        tags_argument: Some(tags_argument),
    }
}

/// The label in an address: `core` in `module.m["a.b"].aws_subnet.core["10.0.0.0/16"] (deposed 1a2b3c4d)`.
fn label(address: &str) -> &str {
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    for (at, byte) in address.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'.' if !quoted => start = at + 1,
            _ => {}
        }
    }
    let label = &address[start..];
    &label[..label.find(['[', ' ']).unwrap_or(label.len())]
}

/// How the arguments of a resource are read.
struct Reading<'a> {
    texts: Texts,
    anchors: &'a HashMap<&'a str, Anchor>,
}

impl Reading<'_> {
    fn node(&self, json: &Json) -> Node {
        match json {
            Json::Null => Node::Null,
            Json::Bool(value) => Node::Bool(*value),
            Json::Number(number) => Node::Number(number.clone()),
            Json::String(text) => self.text(text),
            Json::Array(elements) => Node::List(elements.iter().map(|element| self.node(element)).collect()),
            Json::Object(members) => {
                Node::Map(members.iter().map(|(key, member)| (self.key(key).into(), self.node(member))).collect())
            }
        }
    }

    fn key(&self, key: &str) -> String {
        match self.texts {
            Texts::Templates => template::unescape_template(key),
            Texts::Values => key.to_owned(),
        }
    }

    fn text(&self, text: &str) -> Node {
        let parts = match self.texts {
            Texts::Templates => scan::template_parts(text),
            Texts::Values => return Node::Text(text.to_owned().into()),
        };
        let node = |part: &Part<'_>| match part {
            Part::Literal(text) => Node::Text(template::unescape_template(text).into()),
            Part::Expression(expression) => self.expression(expression),
        };
        match parts.as_deref() {
            Some([]) => Node::Text("".into()),
            Some([part]) => node(part),
            Some(parts) => Node::Concat(parts.iter().map(node).collect()),
            // A template with directives is what only Terraform knows.
            None => raw(text),
        }
    }

    /// A reference, if the expression is the address of a resource and an attribute.
    fn expression(&self, expression: &str) -> Node {
        let mut dots = expression.rmatch_indices('.').map(|(index, _)| index);
        let referred = dots.find_map(|dot| Some((self.anchors.get(&expression[..dot])?, &expression[dot + 1..])));
        match referred {
            Some((anchor, attribute)) => {
                let attribute = attribute.to_owned().into();
                Node::Reference(Reference { anchor: anchor.clone(), attribute, sensitive: false })
            }
            None => raw(expression),
        }
    }
}

fn raw(expression: &str) -> Node {
    Value::<Any>::raw_unchecked(expression).node
}
