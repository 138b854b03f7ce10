//! What Terraform itself reads from the files: run by `.ci/run` where Terraform is installed. It needs no provider and no
//! network.

use std::fmt::Write;
use std::process::{Command, Output};

use mmcdk_core::{
    Any, App, Construct, Environment, List, Map, Organisation, Output as StackOutput, Result, Scope, Stack, Value,
};
use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What `local.r` is.
const REFERENCE: &str = "R";

struct Locals(Json);

impl Construct for Locals {
    type Output = ();

    fn build(self, scope: &mut Scope<'_>) -> Result<()> {
        scope.raw_block("locals", self.0)
    }
}

fn reference() -> Value<String> {
    Value::raw("local.r")
}

/// The outputs of a stack after `terraform apply`.
fn apply(describe: impl FnOnce(&mut Stack<'_>) -> Result<()>) -> Json {
    let mut app = App::new(Organisation::new("MM"));
    let mut stack = app.stack("text", Environment::new("dev")).unwrap();
    stack.add("locals", Locals(json!({"r": REFERENCE}))).unwrap();
    describe(&mut stack).unwrap();
    let folder = tempfile::tempdir().unwrap();
    app.synth().unwrap().write_to(folder.path()).unwrap();
    let terraform = |arguments: &[&str]| -> Vec<u8> {
        let mut command = Command::new("terraform");
        let chdir = format!("-chdir={}", folder.path().join("dev/text").display());
        let Output { status, stdout, stderr } =
            command.arg(chdir).args(arguments).env("CHECKPOINT_DISABLE", "1").output().expect("terraform is installed");
        assert!(status.success(), "{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        stdout
    };
    terraform(&["apply", "-auto-approve", "-no-color", "-input=false"]);
    serde_json::from_slice(&terraform(&["output", "-json"])).unwrap()
}

/// The characters that a scanner may take for something else: controls, combining marks, prepended and format characters.
fn odd_characters() -> Vec<char> {
    const FORMAT: &[(char, char)] = &[
        ('\u{ad}', '\u{ad}'),
        ('\u{600}', '\u{605}'),
        ('\u{61c}', '\u{61c}'),
        ('\u{6dd}', '\u{6dd}'),
        ('\u{70f}', '\u{70f}'),
        ('\u{890}', '\u{891}'),
        ('\u{8e2}', '\u{8e2}'),
        ('\u{d4e}', '\u{d4e}'),
        ('\u{1160}', '\u{11ff}'),
        ('\u{180e}', '\u{180e}'),
        ('\u{200b}', '\u{200f}'),
        ('\u{2028}', '\u{202e}'),
        ('\u{2060}', '\u{206f}'),
        ('\u{feff}', '\u{feff}'),
        ('\u{fff0}', '\u{ffff}'),
        ('\u{110bd}', '\u{110bd}'),
        ('\u{110cd}', '\u{110cd}'),
        ('\u{111c2}', '\u{111c3}'),
        ('\u{113d1}', '\u{113d1}'),
        ('\u{1193f}', '\u{11941}'),
        ('\u{11a3a}', '\u{11a3a}'),
        ('\u{11a84}', '\u{11a89}'),
        ('\u{11d46}', '\u{11d46}'),
        ('\u{11f02}', '\u{11f02}'),
        ('\u{13430}', '\u{1343f}'),
        ('\u{1bca0}', '\u{1bca3}'),
        ('\u{1d173}', '\u{1d17a}'),
        ('\u{1f1e6}', '\u{1f1ff}'),
        ('\u{1f3fb}', '\u{1f3ff}'),
        ('\u{e0001}', '\u{e0001}'),
        ('\u{e0020}', '\u{e007f}'),
    ];
    ('\0'..=char::MAX)
        .filter(|character| {
            character.is_control()
                || is_combining_mark(*character)
                || FORMAT.iter().any(|(first, last)| (first..=last).contains(&character))
                || "\"\\$%{}~<".contains(*character)
        })
        .collect()
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// A text with references in it, where `None` is.
type Parts<'a> = Vec<Option<&'a str>>;

fn value(parts: &Parts<'_>) -> Value<String> {
    parts.iter().fold(Value::text(""), |left, part| match part {
        Some(text) => left + *text,
        None => left + reference(),
    })
}

fn meaning(parts: &Parts<'_>) -> String {
    nfc(&parts.iter().map(|part| part.unwrap_or(REFERENCE)).collect::<String>())
}

#[track_caller]
fn check(rows: &[Parts<'_>]) {
    let outputs = apply(|stack| stack.output("rows", Value::<List<String>>::list(rows.iter().map(value))));
    let read = outputs["rows"]["value"].as_array().unwrap();
    assert_eq!(read.len(), rows.len());
    let mut wrong = String::new();
    for (parts, read) in rows.iter().zip(read) {
        if read.as_str() != Some(&meaning(parts)) {
            writeln!(wrong, "{parts:?} becomes {read} by {}", value(parts).to_json()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
#[ignore = "needs terraform"]
fn terraform_reads_every_odd_character_wherever_it_stands() {
    let texts: Vec<[String; 3]> =
        odd_characters().into_iter().map(|odd| [format!("{odd}a"), format!("a{odd}"), odd.to_string()]).collect();
    let rows: Vec<Parts<'_>> = texts
        .iter()
        .flat_map(|[first, last, alone]| {
            [
                vec![Some(first.as_str())],
                vec![Some(last)],
                vec![Some(alone)],
                vec![Some(first), None],
                vec![Some(last), None],
                vec![Some(alone), None],
                vec![None, Some(first)],
                vec![None, Some(last)],
                vec![None, Some(alone), None, Some(alone), None],
            ]
        })
        .collect();
    check(&rows);
}

#[test]
#[ignore = "needs terraform"]
fn terraform_reads_every_sequence_of_what_has_a_meaning_to_it() {
    const PIECES: [&str; 9] = ["$", "%", "{", "}", "\r", "\n", "\u{feff}", "\u{600}", "\""];
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..4 {
        let to = texts.len();
        let longer: Vec<String> =
            texts[from..to].iter().flat_map(|text| PIECES.map(|piece| format!("{text}{piece}"))).collect();
        texts.extend(longer);
        from = to;
    }
    let rows: Vec<Parts<'_>> = texts
        .iter()
        .flat_map(|text| [vec![Some(text.as_str())], vec![Some(text), None], vec![None, Some(text)]])
        .collect();
    check(&rows);
}

#[test]
#[ignore = "needs terraform"]
fn terraform_reads_odd_characters_in_keys_documents_and_descriptions() {
    let texts: Vec<(String, String)> = odd_characters()
        .into_iter()
        .map(|odd| (format!("{odd}-{:x}", u32::from(odd)), format!("{:x}-{odd}", u32::from(odd))))
        .collect();
    let entries = || texts.iter().flat_map(|(first, last)| [(first, last), (last, first)]);
    let literal = || Value::<Map<Any>>::map(entries().map(|(key, text)| (key, Value::text(text.clone()).any())));
    let mixed = || {
        Value::<Map<Any>>::map(entries().map(|(key, text)| (key, (reference() + text.as_str() + reference()).any())))
    };
    let outputs = apply(|stack| {
        stack.output("literal", literal())?;
        stack.output("mixed", mixed())?;
        stack.output("literal_document", Value::json(literal()))?;
        stack.output("mixed_document", Value::json(mixed()))?;
        for (number, (first, last)) in texts.iter().enumerate() {
            let description = format!("{first} {last}");
            stack.output(&format!("d{number}"), StackOutput::new("x").description(description))?;
        }
        Ok(())
    });
    let expected = |around: &str| -> Json {
        entries().map(|(key, text)| (nfc(key), Json::from(nfc(&format!("{around}{text}{around}"))))).collect()
    };
    let document = |name: &str| -> Json {
        let document: Json = serde_json::from_str(outputs[name]["value"].as_str().unwrap()).unwrap();
        document
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, text)| (nfc(key), Json::from(nfc(text.as_str().unwrap()))))
            .collect()
    };
    assert_eq!(outputs["literal"]["value"], expected(""));
    assert_eq!(outputs["mixed"]["value"], expected(REFERENCE));
    assert_eq!(document("literal_document"), expected(""));
    assert_eq!(document("mixed_document"), expected(REFERENCE));
}
