//! Small schemas of other providers: each generates without an overlay, and the code compiles.
//!
//! After a wanted change: `UPDATE_GOLDEN=1 cargo test -p mmcdk-bindgen --test providers`.

use std::fs;
use std::path::{Path, PathBuf};

use mmcdk_bindgen::{Generated, Generator, Overlay, Schema, Settings};
use mmcdk_core::{App, Home, Organisation, Resource};

macro_rules! providers {
    ($($name:ident = $source:literal, $folder:literal;)*) => {
        $(
            #[allow(clippy::all, deprecated, dead_code, missing_docs, unreachable_pub)]
            #[path = $folder]
            mod $name {
                #[rustfmt::skip]
                pub mod facts;
                #[rustfmt::skip]
                pub mod $name;
            }
        )*

        /// The names of the providers and where Terraform finds them.
        const PROVIDERS: &[(&str, &str)] = &[$((stringify!($name), $source)),*];
    };
}

providers! {
    azuread = "hashicorp/azuread", "providers/expected/azuread";
    azurerm = "hashicorp/azurerm", "providers/expected/azurerm";
    google = "hashicorp/google", "providers/expected/google";
    helm = "hashicorp/helm", "providers/expected/helm";
    kubernetes = "hashicorp/kubernetes", "providers/expected/kubernetes";
    random = "hashicorp/random", "providers/expected/random";
    tls = "hashicorp/tls", "providers/expected/tls";
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers")
}

fn generate(name: &str, source: &str, overlay: &Overlay) -> Generated {
    let text = fs::read_to_string(folder().join(format!("{name}.schema.json"))).unwrap();
    let settings = Settings {
        provider: format!("registry.terraform.io/{source}"),
        prefix: format!("{name}_"),
        name: name.to_owned(),
        source: source.to_owned(),
        constraint: "~> 1.0".to_owned(),
        version: "1.0.0".to_owned(),
        command: "cargo test -p mmcdk-bindgen".to_owned(),
        services: None,
    };
    let schema = Schema::from_json(&text).unwrap();
    Generator::new(&schema, overlay, settings).generate().unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_provider_generates_without_an_overlay() {
    for (name, source) in PROVIDERS {
        let generated = generate(name, source, &Overlay::default());
        for (path, text) in &generated.sources {
            let path = folder().join("expected").join(name).join(path);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
            let remedy = "if this is wanted, run UPDATE_GOLDEN=1 cargo test -p mmcdk-bindgen --test providers";
            assert!(
                fs::read_to_string(&path).is_ok_and(|known| known == *text),
                "{} differs; {remedy}",
                path.display()
            );
        }
    }
}

#[test]
fn a_name_that_rust_uses_gets_the_provider_in_front() {
    let string = random::random::RandomString::new(16);
    assert_eq!(rendered(string)["length"], 16);
    assert_eq!(random::random::RandomString::FACTS.terraform_type, "random_string");
}

#[test]
fn of_two_blocks_with_one_name_the_one_of_the_longer_type_is_renamed() {
    use google::google::{
        BigqueryDataset, BigqueryDatasetAccess, BigqueryDatasetAccessBlock, BigqueryDatasetAccessDatasetBlock,
        BigqueryDatasetAccessDatasetDatasetBlock, BigqueryDatasetDatasetDatasetBlock,
        DatasetOfBigqueryDatasetAccessBlock,
    };
    let inner = BigqueryDatasetDatasetDatasetBlock::new("d", "p");
    let within = BigqueryDatasetAccessDatasetBlock::new(["VIEWS"], inner);
    let dataset = BigqueryDataset::new("d").access(BigqueryDatasetAccessBlock::new().dataset(within));
    assert_eq!(rendered(dataset)["access"]["dataset"]["dataset"]["dataset_id"], "d");
    let inner = BigqueryDatasetAccessDatasetDatasetBlock::new("d", "p");
    let access = BigqueryDatasetAccess::new("d").dataset(DatasetOfBigqueryDatasetAccessBlock::new(["VIEWS"], inner));
    assert_eq!(rendered(access)["dataset"]["dataset"]["project_id"], "p");
}

#[test]
fn generated_types_of_other_providers_render() {
    let key = tls::tls::PrivateKey::new("ED25519");
    assert_eq!(rendered(key), mmcdk_core::serde_json::json!({"algorithm": "ED25519"}));
    let set = helm::helm::ReleaseSetObject::new("image.tag").value("1.2");
    let release = rendered(helm::helm::Release::new("chart", "name").set([set]));
    assert_eq!(release["set"][0]["name"], "image.tag");
}

fn rendered<R: Resource>(resource: R) -> mmcdk_core::serde_json::Value {
    let mut app = App::new(Organisation::new("T"));
    app.stack("stack", Home::shared()).unwrap().add("it", resource).unwrap();
    let synthesis = app.synth().unwrap();
    synthesis.stack("stack").unwrap().find::<R>("it").unwrap().body()
}
