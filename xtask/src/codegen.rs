//! `cargo xtask codegen`: from the provider's schema to files of this repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mmcdk_bindgen::{Generated, Generator, Overlay, Schema, Services, Settings};

use crate::Codegen;
use crate::digests::Digests;
use crate::features;
use crate::files::{self, Tree};
use crate::inputs::{self, Inputs};

/// What someone runs to bring the files up to date.
const COMMAND: &str = "cargo xtask codegen";

/// Where the generated types stand, from the repository's root.
const RESOURCES: &str = "mmcdk-aws/src/resources";

/// The crate whose tests make every type once.
const EVERY_TYPE: &str = "mmcdk-aws/every-type";

/// Generates or checks, and says what came of it.
pub(crate) fn run(options: &Codegen) -> Result<String, String> {
    let root = inputs::repository()?;
    let Some(inputs) = Inputs::find(&root, options)? else {
        return without_schema(&root, options.check);
    };
    let overlay = files::read(&root.join("mmcdk-aws/overlay.json"))?;
    let generated = generate(&inputs, &overlay)?;
    let tree = tree(&root, &generated, &inputs.version)?;
    let (types, data) = generated
        .modules
        .iter()
        .fold((0, 0), |(types, data), module| (types + module.resources, data + module.data_sources));
    let what = format!("{types} resource types and {data} data sources of {} services", generated.modules.len());
    if options.check {
        tree.check(&root).map_err(|stale| stale_message(&stale))?;
        return Ok(format!("{what}: {} generated files are up to date", tree.len()));
    }
    let changed = tree.write(&root)?;
    Ok(format!("{what}: {} generated files, {changed} of them changed", tree.len()))
}

/// Only whether someone edited generated files by hand can be told then.
fn without_schema(root: &Path, check: bool) -> Result<String, String> {
    let searched = "give --schema FILE, set MMCDK_SCHEMA, or put aws-VERSION.schema.json into schema/";
    if !check {
        return Err(format!("no schema at hand: {searched}"));
    }
    let digests = Digests::parse(&files::read(&root.join(RESOURCES).join(Digests::FILE))?)?;
    let edited = digests.mismatches(root);
    if edited.is_empty() {
        let (count, version) = (digests.len(), digests.schema());
        return Ok(format!(
            "no schema at hand: {count} generated files are as they were generated from schema {version}; \
             whether they are up to date was not checked ({searched})"
        ));
    }
    Err(stale_message(&edited))
}

fn stale_message(stale: &[PathBuf]) -> String {
    let list: Vec<String> = stale.iter().map(|path| format!("\n  {}", path.display())).collect();
    format!("these files are not what the generator writes; run `{COMMAND}`:{}", list.concat())
}

fn generate(inputs: &Inputs, overlay: &str) -> Result<Generated, String> {
    let schema = Schema::from_json(&inputs.schema).map_err(|error| error.to_string())?;
    let overlay = Overlay::from_json(overlay).map_err(|error| format!("mmcdk-aws/overlay.json: {error}"))?;
    let services = Services::from_json(&inputs.services).map_err(|error| error.to_string())?;
    let settings = Settings {
        provider: "registry.terraform.io/hashicorp/aws".to_owned(),
        prefix: "aws_".to_owned(),
        name: "aws".to_owned(),
        source: "hashicorp/aws".to_owned(),
        constraint: inputs.constraint(),
        version: inputs.version.clone(),
        command: COMMAND.to_owned(),
        services: Some(services),
    };
    Generator::new(&schema, &overlay, settings).generate().map_err(|error| error.to_string())
}

/// Every file of the repository that is generated, and those of which a part is.
fn tree(root: &Path, generated: &Generated, version: &str) -> Result<Tree, String> {
    let mut files = BTreeMap::new();
    for (path, text) in &generated.sources {
        files.insert(Path::new(RESOURCES).join(path), text.clone());
    }
    for (path, text) in &generated.tests {
        files.insert(Path::new(EVERY_TYPE).join("tests/services").join(path), text.clone());
    }
    let modules: Vec<&str> = generated.modules.iter().map(|module| module.name.as_str()).collect();
    let every = Path::new(EVERY_TYPE);
    files.insert(every.join("src/resources.rs"), features::included_modules(&modules, COMMAND));
    files.insert(every.join("tests/services/mod.rs"), features::test_modules(&modules, COMMAND));
    let digests = Digests::of(version, &files);
    files.insert(Path::new(RESOURCES).join(Digests::FILE), digests.to_text());
    for (manifest, section) in [
        ("mmcdk-aws/Cargo.toml", features::own_features(&modules)),
        ("Cargo.toml", features::forwarded_features(&modules, "mmcdk-aws")),
    ] {
        let text = files::read(&root.join(manifest))?;
        files.insert(manifest.into(), features::replace(&text, &section).map_err(|why| format!("{manifest}: {why}"))?);
    }
    let owned = vec![RESOURCES.into(), every.join("tests/services")];
    Ok(Tree::new(files, owned))
}
