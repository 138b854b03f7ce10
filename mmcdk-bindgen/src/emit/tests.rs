//! Tests that make each generated type once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::header;
use crate::Settings;
use crate::arguments::{Argument, ArgumentKind, MOST_PARAMETERS, RustType};
use crate::overlay::Overlay;
use crate::parts::Part;
use crate::plan::{Module, Plan, TypePlan};

/// A file for each module and the list of them.
pub(crate) fn tests(plan: &Plan, overlay: &Overlay, settings: &Settings) -> BTreeMap<PathBuf, String> {
    let files = plan
        .modules
        .iter()
        .map(|module| (PathBuf::from(format!("{}.rs", module.name)), file(module, overlay, settings)));
    files.collect()
}

fn file(module: &Module, overlay: &Overlay, settings: &Settings) -> String {
    let mut text = header(settings);
    let name = &module.name;
    text.push_str(&format!("\nuse crate::{{check, resources::{name}}};\n\n#[test]\nfn {name}() {{\n"));
    text.push_str("    check(|stacked| {\n");
    for (types, path) in [(&module.resources, name.clone()), (&module.data, format!("{name}::data"))] {
        for plan in types {
            let required: Vec<String> = plan.required().map(|argument| format!("{:?}", argument.name)).collect();
            let make = Maker { plan, overlay, path: &path }.make(&plan.rust, &plan.arguments);
            text.push_str(&format!("        stacked.add({make}, &[{}]);\n", required.join(", ")));
        }
    }
    text.push_str("    });\n}\n");
    text
}

/// Writes expressions that make a type with dummies for its required arguments.
struct Maker<'a> {
    plan: &'a TypePlan,
    overlay: &'a Overlay,
    path: &'a str,
}

impl Maker<'_> {
    fn make(&self, rust: &str, arguments: &[Argument]) -> String {
        let path = self.path;
        let required: Vec<&Argument> = arguments.iter().filter(|argument| argument.required).collect();
        if required.len() <= MOST_PARAMETERS {
            let values: Vec<String> = required.iter().map(|argument| self.dummy(argument, "")).collect();
            return format!("{path}::{rust}::new({})", values.join(", "));
        }
        let fields: Vec<String> =
            required.iter().map(|argument| format!("{}: {}", argument.rust, self.dummy(argument, ".into()"))).collect();
        format!("{path}::{rust}::new({path}::{rust}Required {{ {} }})", fields.join(", "))
    }

    fn dummy(&self, argument: &Argument, convert: &str) -> String {
        match &argument.kind {
            ArgumentKind::Value(kind) => format!("{}{convert}", self.value(kind, &self.text(argument))),
            ArgumentKind::Blocks { part, min, .. } => {
                let block = self.part(part);
                let blocks = vec![block; *min as usize].join(", ");
                if convert.is_empty() { format!("[{blocks}]") } else { format!("vec![{blocks}]") }
            }
        }
    }

    /// A text that follows the rule of an argument of the type itself, if it has one.
    fn text(&self, argument: &Argument) -> String {
        let checks = &self.plan.facts.checks;
        let rule =
            checks.iter().find(|(path, _)| *path == argument.name).and_then(|(_, rule)| self.overlay.texts.get(rule));
        let Some(rule) = rule else { return "a".to_owned() };
        format!("{}{}{}", rule.prefix, rule.target, "a".repeat(rule.min.max(1)))
    }

    fn value(&self, kind: &RustType, text: &str) -> String {
        match kind {
            RustType::String | RustType::Any => format!("{text:?}"),
            RustType::Bool => "true".to_owned(),
            RustType::Number => "1".to_owned(),
            RustType::Object => "mmcdk_core::Value::object([(\"a\", \"a\".into())])".to_owned(),
            RustType::Part(part) => self.part(part),
            RustType::List(element) | RustType::Set(element) => format!("[{}]", self.value(element, text)),
            RustType::Map(element) => format!("[(\"a\", {})]", self.value(element, text)),
        }
    }

    fn part(&self, rust: &str) -> String {
        let arguments =
            self.plan.parts.iter().find(|part| part.rust == rust).map(|part: &Part| part.arguments.as_slice());
        self.make(rust, arguments.unwrap_or_default())
    }
}
