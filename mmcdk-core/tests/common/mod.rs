//! A made-up cloud: one provider with a few types, and an organisation that builds in it.

#![allow(dead_code, missing_docs, unreachable_pub)]

use mmcdk_core::{
    Anchor, Any, App, Block, Blocks, Body, Environment, Handle, Home, List, Local, Map, Measure, Mode, NameArgument,
    NameForm, NameRule, Organisation, Provider, ProviderFacts, Resource, Result, Stack, Synthesis, TagFacts, TagPlace,
    TagRule, TextRule, TypeFacts, Unique, Value,
};

pub static CLOUD: ProviderFacts = ProviderFacts {
    name: "cloud",
    source: "test/cloud",
    version: "~> 1.0",
    tagged: &[
        ("cloud_group", &GROUP_TAGS),
        ("cloud_machine", &MACHINE_TAGS),
        ("cloud_net", &PLAIN_TAGS),
        ("cloud_object", &OBJECT_TAGS),
        ("cloud_template", &TEMPLATE_TAGS),
    ],
};

pub static TAGS: TagRule = TagRule {
    max_tags: 50,
    few: false,
    max_key: 128,
    max_value: 256,
    min_value: 0,
    specials: " +-=._:/@",
    key_specials: " +-=._:/@",
    ascii: false,
    ascii_keys: false,
    ignores_case: false,
    reserved: "aws:",
};

/// Four tags at most.
pub static OBJECT_TAG_RULE: TagRule = TagRule { max_tags: 4, few: true, ..TAGS };

/// Keys that differ in case are equal.
pub static ROLE_TAG_RULE: TagRule = TagRule { ignores_case: true, ..TAGS };

/// Keys have few special characters, and values at least one character of ASCII.
pub static PLAIN_TAG_RULE: TagRule = TagRule { min_value: 1, key_specials: "-", ascii: true, ascii_keys: true, ..TAGS };

pub static BUCKET_NAME: NameRule = NameRule {
    what: "bucket",
    min: 3,
    max: 30,
    chars: "a-z0-9-",
    lower: true,
    edges: "a-z0-9",
    not_prefixes: &[],
    not_suffixes: &[],
    not_within: &[],
    not_ip: true,
};

/// Names of buckets are unique in an account and region.
pub const BUCKETS: Unique =
    Unique { pool: "cloud_bucket", places: &["account", "region"], within: &[("net", "")], ignores_case: false };

pub static ROLE_NAME: NameRule = NameRule { what: "role", chars: "A-Za-z0-9-", lower: false, edges: "", ..BUCKET_NAME };

const fn bucket_name() -> NameArgument {
    NameArgument {
        argument: "bucket",
        rule: &BUCKET_NAME,
        unless: &["bucket_prefix"],
        prefixes: &[("bucket_prefix", 6)],
        forms: &[],
        unique: Some(BUCKETS),
    }
}

const fn queue_name() -> NameArgument {
    NameArgument {
        argument: "name",
        rule: &ROLE_NAME,
        unless: &["name_prefix"],
        prefixes: &[("name_prefix", 6)],
        forms: &[
            NameForm { argument: "fifo", value: Some("true"), suffix: ".fifo", whole: false },
            NameForm { argument: "location.zone", value: None, suffix: "--{}--x", whole: false },
            NameForm { argument: "partner", value: None, suffix: "{}", whole: true },
        ],
        unique: None,
    }
}

const TEXT: TextRule = TextRule {
    what: "text",
    min: 0,
    max: 0,
    measure: Measure::Characters,
    chars: "",
    prefix: "",
    not_prefixes: &[],
    target: "",
};

static DOCUMENT: TextRule = TextRule { what: "document", chars: "\t\n\r -\u{ff}", ..TEXT };

const QUEUE_CHECKS: &[(&str, &TextRule)] = &[
    ("description", &TextRule { what: "description", min: 2, max: 10, chars: "a-z ", ..TEXT }),
    ("alias", &TextRule { what: "alias", prefix: "alias/", not_prefixes: &["alias/own/"], ..TEXT }),
    ("script", &TextRule { what: "script", max: 8, measure: Measure::Bytes, ..TEXT }),
    ("script_base64", &TextRule { what: "script", max: 8, measure: Measure::DecodedBytes, ..TEXT }),
    ("policy", &DOCUMENT),
    ("rule.description", &TextRule { what: "rule", max: 3, ..TEXT }),
    ("logs", &TextRule { what: "destination of logs", target: "logs-", ..TEXT }),
];

const fn role_name() -> NameArgument {
    let unique = Unique { pool: "cloud_role", places: &["account"], within: &[], ignores_case: true };
    NameArgument { argument: "name", rule: &ROLE_NAME, unless: &[], prefixes: &[], forms: &[], unique: Some(unique) }
}

const fn tagged(rule: &'static TagRule) -> TagFacts {
    TagFacts { places: &[TagPlace::Argument("tags")], name_key: Some("Name"), rule }
}

static PLAIN_TAGS: TagFacts = tagged(&TAGS);
static OBJECT_TAGS: TagFacts = tagged(&OBJECT_TAG_RULE);
static ROLE_TAGS: TagFacts = tagged(&ROLE_TAG_RULE);
static ASCII_TAGS: TagFacts = tagged(&PLAIN_TAG_RULE);

static MACHINE_TAGS: TagFacts = TagFacts {
    places: &[
        TagPlace::Argument("tags"),
        TagPlace::IfGiven("volume_tags"),
        TagPlace::Nested { block: "root", argument: "tags", create: true, unless: "volume_tags" },
        TagPlace::Nested { block: "disk", argument: "tags", create: false, unless: "volume_tags" },
    ],
    name_key: Some("Name"),
    rule: &TAGS,
};

static GROUP_TAGS: TagFacts =
    TagFacts { places: &[TagPlace::Each { block: "tag", flag: "propagate" }], name_key: Some("Name"), rule: &TAGS };

static TEMPLATE_TAGS: TagFacts = TagFacts {
    places: &[
        TagPlace::Argument("tags"),
        TagPlace::Specifications { block: "specification", kinds: &["machine", "volume"] },
    ],
    name_key: Some("Name"),
    rule: &TAGS,
};

const TAGGED: Option<&TagFacts> = Some(&PLAIN_TAGS);

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident $handle:ident = $facts:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name(Body);

        impl Resource for $name {
            const FACTS: &'static TypeFacts = &$facts;
            type Handle = $handle;

            fn body_mut(&mut self) -> &mut Body {
                &mut self.0
            }
        }

        impl $name {
            pub fn tags(mut self, tags: impl Into<Value<Map<String>>>) -> Self {
                self.0 = self.0.set("tags", tags);
                self
            }

            pub fn set<T>(mut self, name: &'static str, value: impl Into<Value<T>>) -> Self {
                self.0 = self.0.set(name, value);
                self
            }
        }

        #[derive(Clone, Debug)]
        pub struct $handle(Anchor);

        impl Handle for $handle {
            fn from_anchor(anchor: Anchor) -> Self {
                Self(anchor)
            }

            fn anchor(&self) -> &Anchor {
                &self.0
            }
        }

        impl $handle {
            pub fn id(&self) -> Value<String> {
                self.0.attribute("id")
            }

            pub fn secret(&self) -> Value<String> {
                self.0.sensitive("secret")
            }

            pub fn tags_all(&self) -> Value<Map<String>> {
                self.0.attribute("tags_all")
            }
        }
    )*};
}

const fn facts(
    terraform_type: &'static str,
    segment: &'static str,
    name: Option<NameArgument>,
    tags: Option<&'static TagFacts>,
) -> TypeFacts {
    TypeFacts { terraform_type, mode: Mode::Managed, provider: &CLOUD, segment, name, tags, checks: &[] }
}

types! {
    /// Carries tags, and its name as one of them.
    Net NetHandle = facts("cloud_net", "net", None, TAGGED);
    /// Has a physical name with a rule.
    Bucket BucketHandle = facts(
        "cloud_bucket",
        "bucket",
        Some(bucket_name()),
        TAGGED,
    );
    /// Its names ignore case, wherever it stands in an account.
    Role RoleHandle = facts("cloud_role", "role", Some(role_name()), Some(&ROLE_TAGS));
    /// Its names are in one pool with those of roles.
    User UserHandle = facts("cloud_user", "user", Some(role_name()), TAGGED);
    /// Has neither name nor tags, a required argument, and nested blocks.
    Link LinkHandle = facts("cloud_link", "link", None, None);
    /// Carries tags in odd places.
    Machine MachineHandle = facts("cloud_machine", "machine", None, Some(&MACHINE_TAGS));
    /// Carries each tag as a block.
    Group GroupHandle = facts("cloud_group", "group", None, Some(&GROUP_TAGS));
    /// Tags what it will make.
    Template TemplateHandle = facts("cloud_template", "template", None, Some(&TEMPLATE_TAGS));
    /// Carries four tags at most.
    Thing ThingHandle = facts("cloud_object", "object", None, Some(&OBJECT_TAGS));
    /// Has tags of ASCII, without empty values.
    Signer SignerHandle = facts("cloud_signer", "signer", None, Some(&ASCII_TAGS));
    /// Has texts with rules, and a name whose ending depends on other arguments.
    Queue QueueHandle = TypeFacts { checks: QUEUE_CHECKS, ..facts("cloud_queue", "queue", Some(queue_name()), TAGGED) };
    /// Is only read.
    Lookup LookupHandle = TypeFacts {
        terraform_type: "cloud_lookup", mode: Mode::Data, provider: &CLOUD, segment: "lookup", name: None, tags: None,
        checks: &[],
    };
}

impl Net {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Bucket {
    pub fn bucket(self, name: impl Into<Value<String>>) -> Self {
        self.set("bucket", name)
    }

    pub fn net(self, net: impl Into<Value<String>>) -> Self {
        self.set("net", net)
    }

    pub fn bucket_prefix(self, prefix: impl Into<Value<String>>) -> Self {
        self.set("bucket_prefix", prefix)
    }
}

impl Role {
    pub fn named(name: impl Into<Value<String>>) -> Self {
        Self::default().set("name", name)
    }
}

impl User {
    pub fn named(name: impl Into<Value<String>>) -> Self {
        Self::default().set("name", name)
    }
}

impl Link {
    pub fn new(target: impl Into<Value<String>>) -> Self {
        Self(Body::new().require("target", target))
    }

    pub fn targets(self, targets: impl Into<Value<List<String>>>) -> Self {
        self.set("targets", targets)
    }

    /// At least one, at most two.
    pub fn ends(self, ends: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("end", ends, 1, 2))
    }
}

impl Queue {
    pub fn named(self, name: impl Into<Value<String>>) -> Self {
        self.set("name", name)
    }

    pub fn fifo(self, fifo: impl Into<Value<bool>>) -> Self {
        self.set("fifo", fifo)
    }

    pub fn partner(self, source: impl Into<Value<String>>) -> Self {
        self.set("partner", source)
    }

    pub fn argument(self, name: &'static str, value: Value<Any>) -> Self {
        self.set::<Any>(name, value)
    }

    pub fn location(self, blocks: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("location", blocks, 0, 0))
    }

    pub fn rules(self, blocks: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("rule", blocks, 0, 0))
    }
}

impl Machine {
    pub fn disks(self, disks: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("disk", disks, 0, 0))
    }
}

impl Group {
    pub fn tag(self, tags: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("tag", tags, 0, 0))
    }
}

impl Template {
    pub fn specifications(self, blocks: impl Into<Blocks<Block>>) -> Self {
        Self(self.0.blocks("specification", blocks, 0, 0))
    }
}

pub fn block<T>(name: &'static str, value: impl Into<Value<T>>) -> Block {
    Block::new().set(name, value)
}

pub fn organisation() -> Organisation {
    Organisation::new("MM").tags([("Owner", "platform")])
}

pub fn app() -> App {
    App::new(organisation())
}

pub fn dev() -> Home {
    home("dev")
}

pub fn home(environment: &str) -> Home {
    Home::of(Environment::new(environment).local(Local::new().region("use1").tag("Environment", environment)))
        .provider(Provider::new(&CLOUD).set::<String>("region", "us-east-1"))
}

/// What one stack of the environment `dev` becomes.
pub fn synthesize(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Result<Synthesis> {
    synthesize_for(organisation(), describe)
}

pub fn synthesize_for(
    organisation: Organisation,
    describe: impl FnOnce(&mut Stack<'_>) -> Result<()>,
) -> Result<Synthesis> {
    let mut app = App::new(organisation);
    describe(&mut app.stack("network", dev())?)?;
    app.synth()
}

/// That there is an error whose message has all these parts.
#[track_caller]
pub fn refused<T>(result: Result<T>, parts: &[&str]) {
    let message = match result {
        Ok(_) => panic!("it should be refused: {parts:?}"),
        Err(error) => error.to_string(),
    };
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}
