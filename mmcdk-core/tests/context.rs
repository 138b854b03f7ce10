//! The context: of each of its fields the nearest wins, wherever the two stand.

mod common;

use common::{CLOUD, Net, refused};
use mmcdk_core::{App, Construct, Environment, Home, Local, Organisation, Provider, Resource, Result, Scope};

/// A fact that flows down.
struct Word(String);

/// What a place of the tree gets of one field.
type Reading = std::result::Result<String, String>;

struct Field {
    name: &'static str,
    /// The field with that text in it.
    local: fn(&str) -> Local,
    read: fn(&Probed) -> Reading,
}

/// What a net at the end of the tree was made with.
struct Probed {
    name: String,
    tag: Reading,
    left_out: Reading,
    size: Reading,
    fact: Reading,
}

fn name_part(probed: &Probed) -> Reading {
    let part = probed.name.split('-').find(|part| ["outer", "nearer"].contains(part));
    part.map(str::to_owned).ok_or_else(|| probed.name.clone())
}

const FIELDS: &[Field] = &[
    Field { name: "region", local: |text| Local::new().region(text), read: name_part },
    Field { name: "zone", local: |text| Local::new().zone(text), read: name_part },
    Field { name: "purpose", local: |text| Local::new().purpose(text), read: name_part },
    Field { name: "resource", local: |text| Local::new().resource(text), read: name_part },
    Field { name: "qualifier", local: |text| Local::new().qualifier(text), read: name_part },
    Field { name: "tag", local: |text| Local::new().tag("T", text), read: |probed| probed.tag.clone() },
    Field { name: "tags", local: |text| Local::new().tags([("T", text)]), read: |probed| probed.tag.clone() },
    Field {
        name: "without_tag",
        // The nearer of the two takes out what the outer one gives.
        local: |text| match text {
            "outer" => Local::new().tag("L", "outer"),
            _ => Local::new().without_tag("L"),
        },
        read: |probed| Ok(probed.left_out.clone().unwrap_or_else(|_| "nearer".into())),
    },
    Field {
        name: "a tag over without_tag",
        local: |text| match text {
            "outer" => Local::new().without_tag("T"),
            _ => Local::new().tag("T", text),
        },
        read: |probed| Ok(probed.tag.clone().unwrap_or_else(|_| "outer".into())),
    },
    Field {
        name: "set_on",
        local: |text| Local::new().set_on::<Net>("size", text),
        read: |probed| probed.size.clone(),
    },
    Field { name: "fact", local: |text| Local::new().fact(Word(text.into())), read: |probed| probed.fact.clone() },
];

/// The places from which context comes, the outermost first.
const PLACES: [&str; 6] = ["environment", "default provider", "stack", "scope", "construct", "own provider"];

/// A construct that adds a net in a scope of its own.
struct Inner {
    local: Local,
    own: Local,
}

impl Construct for Inner {
    type Output = std::result::Result<String, String>;

    fn build(self, scope: &mut Scope<'_>) -> Result<Self::Output> {
        let mut scope = scope.with(self.local);
        // A provider of the resource's own brings its context to the resource alone.
        let fact = scope.with(self.own).fact::<Word>().map(|word| word.0.clone());
        Ok(fact.ok_or_else(|| "no fact".into()))
    }
}

/// A net with this context at each of the places.
fn probe(locals: [Local; 6]) -> Probed {
    let [environment, default_provider, stack_local, scope_local, construct_local, own] = locals;
    let mut app = App::new(Organisation::new("MM"));
    let home = Home::of(Environment::new("dev").local(environment))
        .provider(Provider::new(&CLOUD).local(default_provider))
        .with(stack_local);
    let mut stack = app.stack("network", home).unwrap();
    let own_provider = stack.provider("own", Provider::new(&CLOUD).local(own.clone())).unwrap();
    let mut scope = stack.with(scope_local);
    let fact = scope.add("facts", Inner { local: construct_local.clone(), own }).unwrap();

    struct Nested(Local, mmcdk_core::ProviderRef);
    impl Construct for Nested {
        type Output = ();
        fn build(self, scope: &mut Scope<'_>) -> Result<()> {
            scope.with(self.0).add("net", Net::new().provider(&self.1)).map(drop)
        }
    }
    scope.add("core", Nested(construct_local, own_provider)).unwrap();
    let synthesis = app.synth().unwrap();
    let net = synthesis.stack("dev/network").unwrap().find::<Net>("core/net").unwrap();
    let shown = |result: Result<String>| result.map_err(|error| error.to_string());
    Probed {
        name: net.name().unwrap().to_owned(),
        tag: shown(net.tag("T")),
        left_out: shown(net.tag("L")),
        size: shown(net.text("size")),
        fact,
    }
}

#[test]
fn of_each_field_the_nearest_wins_wherever_the_two_stand() {
    for field in FIELDS {
        for outer in 0..PLACES.len() {
            for nearer in outer + 1..PLACES.len() {
                let mut locals: [Local; 6] = Default::default();
                locals[outer] = (field.local)("outer");
                locals[nearer] = (field.local)("nearer");
                let read = (field.read)(&probe(locals));
                let what = format!("{}: {} over {}", field.name, PLACES[nearer], PLACES[outer]);
                assert_eq!(read.as_deref(), Ok("nearer"), "{what}");
            }
        }
    }
}

#[test]
fn each_field_comes_from_every_place() {
    for field in FIELDS.iter().filter(|field| !field.name.contains("without_tag")) {
        for place in 0..PLACES.len() {
            let mut locals: [Local; 6] = Default::default();
            locals[place] = (field.local)("outer");
            assert_eq!((field.read)(&probe(locals)).as_deref(), Ok("outer"), "{}: {}", field.name, PLACES[place]);
        }
    }
}

#[test]
fn of_two_contexts_that_are_laid_over_each_other_the_upper_wins() {
    for field in FIELDS {
        for place in 0..PLACES.len() {
            let mut locals: [Local; 6] = Default::default();
            locals[place] = (field.local)("outer").over((field.local)("nearer"));
            let what = format!("{}: {}", field.name, PLACES[place]);
            assert_eq!((field.read)(&probe(locals)).as_deref(), Ok("nearer"), "{what}");
        }
    }
}

#[test]
fn the_nearest_provider_wins_with_all_that_it_brings() -> Result<()> {
    // Which of the places give a provider: two scopes, one laid over the other, and the resource itself.
    for given in 1_u8..16 {
        let gives = |place: u8| given & (1 << place) != 0;
        let mut app = App::new(Organisation::new("MM"));
        let home = Home::of(Environment::new("dev").local(Local::new().region("home"))).provider(Provider::new(&CLOUD));
        let mut stack = app.stack("network", home)?;
        let mut providers = Vec::new();
        for alias in ["scope", "lower", "upper", "own"] {
            providers.push(stack.provider(alias, Provider::new(&CLOUD).local(Local::new().region(alias)))?);
        }
        let local = |place: u8| match gives(place) {
            true => Local::from(&providers[usize::from(place)]),
            false => Local::new(),
        };
        let net = match gives(3) {
            true => Net::new().provider(&providers[3]),
            false => Net::new(),
        };
        stack.with(local(0)).with(local(1).over(local(2))).add("net", net)?;
        let nearest = ["scope", "lower", "upper", "own"][7 - given.leading_zeros() as usize];
        let synthesis = app.synth()?;
        let stack = synthesis.stack("dev/network")?;
        assert_eq!(stack.find::<Net>("net")?.name(), Some(format!("MM-dev-{nearest}-net-net").as_str()), "{given:b}");
        let file = stack.files().into_iter().find(|file| file.name == "net.tf.json").expect("there is one");
        let file: serde_json::Value = serde_json::from_slice(&file.bytes).expect("it is JSON");
        assert_eq!(file["resource"]["cloud_net"]["net"]["provider"], format!("cloud.{nearest}"), "{given:b}");
    }
    Ok(())
}

#[test]
fn a_tag_of_a_resource_wins_over_every_context() -> Result<()> {
    let tags = |text: &str| Local::new().tag("T", text);
    let mut app = App::new(Organisation::new("MM").tags([("T", "organisation")]));
    let home = Home::of(Environment::new("dev").local(tags("environment")))
        .provider(Provider::new(&CLOUD).local(tags("provider")))
        .with(tags("stack"));
    let mut stack = app.stack("network", home)?;
    stack
        .with(tags("scope").set_on::<Net>("size", "scope"))
        .add("a", Net::new().tags([("T", "own")]).set_at("size", "own"))?;
    stack.with(tags("scope").without_tag_on::<Net>("T")).add("b", Net::new())?;
    stack.with(tags("scope").without_tag_on::<Net>("T")).add("c", Net::new().tags([("T", "own")]))?;
    let synthesis = app.synth()?;
    let stack = synthesis.stack("dev/network")?;
    assert_eq!(stack.find::<Net>("a")?.tag("T")?, "own");
    assert_eq!(stack.find::<Net>("a")?.text("size")?, "own");
    refused(stack.find::<Net>("b")?.tag("T"), &["no tag \"T\""]);
    assert_eq!(stack.find::<Net>("c")?.tag("T")?, "own");
    Ok(())
}
