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
    pub tags: Option<&'static TagFacts>,
    /// What its arguments must look like, by their dotted paths: `description`, `ingress.description`.
    pub checks: &'static [(&'static str, &'static TextRule)],
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
#[derive(Debug)]
pub struct ProviderFacts {
    /// The local name, which is also the prefix of its types: `aws`.
    pub name: &'static str,
    /// Where Terraform finds it: `hashicorp/aws`.
    pub source: &'static str,
    /// The versions whose schema the types follow: `~> 6.47`.
    pub version: &'static str,
    /// The types that carry tags, sorted, for resources that are placed without generated facts.
    pub tagged: &'static [(&'static str, &'static TagFacts)],
}

impl ProviderFacts {
    /// How a resource type carries tags, if it does.
    pub fn tags_of(&self, terraform_type: &str) -> Option<&'static TagFacts> {
        let found = self.tagged.binary_search_by_key(&terraform_type, |(known, _)| known);
        found.ok().map(|index| self.tagged[index].1)
    }
}

/// The local name of the provider that has a type, by Terraform's custom.
pub(crate) fn provider_of(terraform_type: &str) -> &str {
    terraform_type.split_once('_').map_or(terraform_type, |(provider, _)| provider)
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
    /// The arguments to which the provider appends characters to make a name, each with how many: `("name_prefix", 26)`.
    pub prefixes: &'static [(&'static str, usize)],
    /// How other arguments change the form of the name.
    pub forms: &'static [NameForm],
    /// Where no two names may be equal; none if they may be equal anywhere.
    pub unique: Option<Unique>,
}

/// An ending that a name has if another argument is set, and only then: `.fifo` for a queue with `fifo_queue = true`.
///
/// The name's rule holds for what stands before it; the limit of length for all of it.
#[derive(Debug, PartialEq, Eq)]
pub struct NameForm {
    /// The dotted path of the other argument: `fifo_queue`, `location.name`.
    pub argument: &'static str,
    /// The value that demands the ending; none for any value, which then stands for `{}` in the ending.
    pub value: Option<&'static str>,
    /// The ending: `.fifo`, `--{}--x-s3`.
    pub suffix: &'static str,
    /// Whether the ending is all of the name.
    pub whole: bool,
}

/// What the text of an argument must look like.
#[derive(Debug, PartialEq, Eq)]
pub struct TextRule {
    /// What it is, for messages: `security group description`.
    pub what: &'static str,
    /// The least length.
    pub min: usize,
    /// The greatest length; 0 if there is no limit.
    pub max: usize,
    /// What its length is counted in.
    pub measure: Measure,
    /// The allowed characters, with ranges, as in [`NameRule::chars`]; empty if all are.
    pub chars: &'static str,
    /// What it must begin with.
    pub prefix: &'static str,
    /// What it may not begin with.
    pub not_prefixes: &'static [&'static str],
    /// What the name of the resource that it refers to must begin with. The text is an ARN or a name then.
    pub target: &'static str,
}

/// What the length of a text is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Characters.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Bytes of what the text is the Base64 form of.
    DecodedBytes,
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

/// The limits of tags, of a cloud or of some of its types.
#[derive(Debug)]
pub struct TagRule {
    /// How many a resource may have.
    pub max_tags: usize,
    /// Whether that is less than other types may have, so that a program may choose which tags the type carries
    /// ([`Local::only_tags_on`](crate::Local::only_tags_on)).
    pub few: bool,
    /// The longest key, in characters.
    pub max_key: usize,
    /// The longest value, in characters.
    pub max_value: usize,
    /// The shortest value, in characters.
    pub min_value: usize,
    /// The characters of values besides letters and digits.
    pub specials: &'static str,
    /// The characters of keys besides letters and digits.
    pub key_specials: &'static str,
    /// Whether letters and digits of values are those of ASCII alone.
    pub ascii: bool,
    /// Whether letters and digits of keys are those of ASCII alone.
    pub ascii_keys: bool,
    /// Whether two keys that differ only in upper and lower case are the same.
    pub ignores_case: bool,
    /// What a key may not begin with, in any case.
    pub reserved: &'static str,
}
