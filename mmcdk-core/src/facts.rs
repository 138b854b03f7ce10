//! What is known of a resource type before there is a resource: generated from the provider's schema.

/// The static facts of a Terraform resource type or data source.
#[derive(Debug)]
pub struct TypeFacts {
    /// Terraform's name of the type: `aws_subnet`.
    pub terraform_type: &'static str,
    /// A resource or a data source.
    pub mode: Mode,
    /// The provider that has it.
    pub provider: &'static ProviderFacts,
    /// What stands for the type in names made by the convention: `subnet`.
    pub segment: &'static str,
    /// The argument that is its physical name, if one is.
    pub name: Option<NameArgument>,
    /// How it carries tags, if it does.
    pub tags: Option<TagFacts>,
}

/// Whether Terraform manages a thing or only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A `resource`.
    Managed,
    /// A `data` source.
    Data,
}

/// What a stack must say of a provider that it uses.
#[derive(Debug, PartialEq, Eq)]
pub struct ProviderFacts {
    /// The local name, which is also the prefix of its types: `aws`.
    pub name: &'static str,
    /// Where Terraform finds it: `hashicorp/aws`.
    pub source: &'static str,
    /// The versions whose schema the types follow: `~> 6.47`.
    pub version: &'static str,
}

/// The argument that holds a resource's physical name.
#[derive(Debug)]
pub struct NameArgument {
    /// The argument: `name`, `bucket`.
    pub argument: &'static str,
    /// What the name must look like.
    pub rule: &'static NameRule,
    /// Arguments that stand in its place, so that the convention leaves the name alone: `name_prefix`.
    pub unless: &'static [&'static str],
    /// Where no two names may be equal; none if they may be equal anywhere.
    pub unique: Option<Unique>,
}

/// The realm in which the names of a type are unique.
#[derive(Debug, PartialEq, Eq)]
pub struct Unique {
    /// The types whose names are in one pool, by the name of one of them: `aws_rds_cluster` also for Neptune.
    pub pool: &'static str,
    /// The places that must all be the same for two names to clash: `partition`, `account`, `region`. The context has
    /// their values ([`Local::place`](crate::Local::place)); an argument of that name wins over it.
    pub places: &'static [&'static str],
    /// The arguments that name its parent, which must be the same too, each with the parent that stands for none:
    /// `("vpc_id", "")`, `("event_bus_name", "default")`.
    pub within: &'static [(&'static str, &'static str)],
    /// Whether names that differ only in upper and lower case are equal.
    pub ignores_case: bool,
}

/// What a physical name must look like.
#[derive(Debug)]
pub struct NameRule {
    /// What is named, for messages: `S3 bucket`.
    pub what: &'static str,
    /// The shortest allowed length, in characters.
    pub min: usize,
    /// The longest allowed length, in characters.
    pub max: usize,
    /// The allowed characters, with ranges: `a-z0-9.-`. A `-` that is meant literally stands last.
    pub chars: &'static str,
    /// Whether the convention's name is lowered. A name that is given is not: it is refused if it has capitals.
    pub lower: bool,
    /// The characters it may begin and end with, in the form of `chars`; empty where any will do.
    pub edges: &'static str,
    /// What it may not begin with.
    pub not_prefixes: &'static [&'static str],
    /// What it may not end with.
    pub not_suffixes: &'static [&'static str],
    /// What it may not contain.
    pub not_within: &'static [&'static str],
    /// Whether the form of an IPv4 address is refused.
    pub not_ip: bool,
}

/// How a type carries tags.
#[derive(Debug)]
pub struct TagFacts {
    /// The places that are filled.
    pub places: &'static [TagPlace],
    /// The tag that holds the resource's name, if the cloud has such a custom: `Name`.
    pub name_key: Option<&'static str>,
    /// The cloud's limits.
    pub rule: &'static TagRule,
}

/// A place of a resource where tags stand. The list is closed: what is not here is not tagged.
#[derive(Debug)]
pub enum TagPlace {
    /// A map argument of the resource: `tags`.
    Argument(&'static str),
    /// A map argument of the resource that is filled only where the user began it.
    IfGiven(&'static str),
    /// A map argument of the nested blocks of that name.
    Nested {
        /// The nested block.
        block: &'static str,
        /// Its map argument.
        argument: &'static str,
        /// Whether the block is added where there is none.
        create: bool,
        /// A root argument that excludes this place where it is given.
        unless: &'static str,
    },
    /// A nested block for each tag, with arguments `key`, `value` and a further one.
    Each {
        /// The nested block.
        block: &'static str,
        /// A further argument that is set to true, such as `propagate_at_launch`.
        flag: &'static str,
    },
    /// A nested block for each kind of thing that will be made, with arguments `resource_type` and `tags`.
    Specifications {
        /// The nested block.
        block: &'static str,
        /// The kinds that always get one.
        kinds: &'static [&'static str],
    },
}

/// A cloud's limits for tags.
#[derive(Debug)]
pub struct TagRule {
    /// How many a resource may have.
    pub max_tags: usize,
    /// The longest key, in characters.
    pub max_key: usize,
    /// The longest value, in characters.
    pub max_value: usize,
    /// The allowed characters besides letters and digits.
    pub specials: &'static str,
    /// What a key may not begin with, in any case.
    pub reserved: &'static str,
}
