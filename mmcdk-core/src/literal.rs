//! Literals that probably mean something else: lost references, and text that Terraform changes.

use std::collections::HashSet;
use std::sync::Arc;

use crate::debug::MARK;
use crate::error::Error;
use crate::scan;
use crate::state::StackState;
use crate::tag_map::{TagMap, texts};
use crate::tags::TagSet;
use crate::unicode::is_nfc;
use crate::value::Node;

/// Looks at the literals of one stack.
pub(crate) struct Literals<'a> {
    stack: &'a StackState,
    /// The tags of places that were looked at; thousands of resources share them.
    seen: HashSet<*const TagSet>,
}

/// Something about a literal, and whether it is certainly wrong.
pub(crate) enum Finding {
    Error(Error),
    Warning(Error),
}

impl<'a> Literals<'a> {
    pub(crate) fn new(stack: &'a StackState) -> Self {
        Self { stack, seen: HashSet::new() }
    }

    /// The literals of one node, without those of the nodes in it.
    pub(crate) fn node(&self, node: &Node, report: &mut impl FnMut(Finding)) {
        match node {
            Node::Text(text) => self.text(text, report),
            Node::Map(entries) => entries.iter().for_each(|(key, _)| self.text(key, report)),
            _ => {}
        }
    }

    pub(crate) fn tags(&mut self, tags: &TagMap, report: &mut impl FnMut(Finding)) {
        tags.own_texts().for_each(|text| self.text(text, report));
        if self.seen.insert(Arc::as_ptr(tags.place())) {
            tags.place().tags.iter().flat_map(texts).for_each(|text| self.text(text, report));
        }
    }

    pub(crate) fn text(&self, text: &str, report: &mut impl FnMut(Finding)) {
        let signs = Signs::of(text);
        if signs == Signs(0) {
            return;
        }
        if signs.have(Signs::MARK)
            && let Some(at) = text.find(MARK)
        {
            report(Finding::Error(
                Error::new(format!("the text {} is what {{:?}} makes of a reference", shown(text, at)))
                    .remedy("join the reference itself: Value::text(\"a-\") + queue.arn() + \"-b\""),
            ));
        } else if signs.have(Signs::BRACE)
            && let Some((at, address)) = self.template(text)
        {
            report(Finding::Warning(
                Error::new(format!(
                    "the text {} is a literal, so Terraform does not put {address} into it",
                    shown(text, at)
                ))
                .remedy("join the reference itself, or pass Value::raw if an expression of Terraform is meant"),
            ));
        } else if signs.have(Signs::DOT)
            && let Some((at, address)) = self.address(text)
        {
            report(Finding::Warning(
                Error::new(format!("the text {} contains the address {address} as plain text", shown(text, at)))
                    .remedy("join the reference itself, such as that of the handle's arn(), if its value is meant"),
            ));
        }
        if signs.have(Signs::ACCENT) && !is_nfc(text) {
            report(Finding::Warning(not_nfc(text)));
        }
    }

    /// What Terraform would put into the text if it were a template, and where.
    fn template<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let mut starts = text.match_indices('{').filter_map(|(at, _)| {
            let sign = *text.as_bytes().get(at.checked_sub(1)?)?;
            matches!(sign, b'$' | b'%').then_some((at - 1, sign))
        });
        let direct = starts.clone().filter(|(_, sign)| *sign == b'$').find_map(|(at, _)| {
            let inner = text[at + 2..].trim_start_matches(|first: char| first == '~' || first.is_whitespace());
            let address = leading_address(inner)?;
            self.resolves(address).then_some((at, address))
        });
        // A function or a directive may have its references anywhere.
        direct.or_else(|| {
            let calls = starts.any(|(at, sign)| calls(&text[at + 2..], sign == b'%'));
            let mut addresses = calls.then(|| scan::template_addresses(text)).into_iter().flatten();
            addresses
                .find(|address| self.resolves(address))
                .map(|address| (text.find(address).unwrap_or_default(), address))
        })
    }

    /// Whether Terraform, in this stack, would resolve the address.
    fn resolves(&self, address: &str) -> bool {
        const BUILT_IN: [&str; 7] =
            ["path.module", "path.root", "path.cwd", "terraform.workspace", "each.key", "each.value", "count.index"];
        match address.split_once('.') {
            Some(("var" | "local" | "module", _)) => true,
            Some(("data" | "ephemeral", rest)) => rest.contains('.') && self.stack.has_provider_of(address),
            _ => BUILT_IN.contains(&address) || self.stack.has_provider_of(address),
        }
    }

    /// The address of something in the stack that stands in the text as a word.
    fn address<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        text.match_indices('.').find_map(|(dot, _)| {
            let before = &text[..dot];
            let kind = before.len() - before.bytes().rev().take_while(|byte| is_part(*byte)).count();
            if !text[kind..dot].contains('_') {
                return None;
            }
            let end = dot + 1 + text[dot + 1..].bytes().take_while(|byte| is_part(*byte)).count();
            let data = "data.";
            let start = match text[..kind].strip_suffix(data) {
                Some(rest) => rest.len(),
                None => kind,
            };
            let whole = !text[..start].ends_with(|last: char| last == '.' || last.is_alphanumeric());
            (whole && self.stack.placed.contains_key(&text[start..end])).then(|| (start, &text[start..end]))
        })
    }
}

pub(crate) fn not_nfc(text: &str) -> Error {
    Error::new(format!("the text {} is not in Unicode's form NFC, into which Terraform puts all text", shown(text, 0)))
        .remedy("write it in NFC; é is one character there, not an e and an accent")
}

/// What a quick look at a text finds, to be looked at more closely.
#[derive(Clone, Copy, PartialEq)]
struct Signs(u8);

impl Signs {
    const DOT: u8 = 1;
    const BRACE: u8 = 2;
    /// How [`MARK`] begins.
    const MARK: u8 = 4;
    /// The first byte of U+0300 and what follows.
    const ACCENT: u8 = 8;

    fn of(text: &str) -> Self {
        // Without branches, so that the compiler looks at many bytes in one step.
        let sign = |is: bool, sign: u8| u8::from(is) * sign;
        let signs = |byte: u8| {
            sign(byte == b'.', Self::DOT)
                | sign(byte == b'{', Self::BRACE)
                | sign(byte == b'<', Self::MARK)
                | sign(byte >= 0xcc, Self::ACCENT)
        };
        Self(text.bytes().fold(0, |found, byte| found | signs(byte)))
    }

    fn have(self, sign: u8) -> bool {
        self.0 & sign != 0
    }
}

/// The address at the beginning of an expression, up to two or three words.
fn leading_address(expression: &str) -> Option<&str> {
    let words = if expression.starts_with("data.") || expression.starts_with("ephemeral.") { 3 } else { 2 };
    let mut end = 0;
    for word in 0..words {
        if word > 0 {
            end += expression[end..].strip_prefix('.').map(|_| 1)?;
        }
        let length = expression[end..].bytes().take_while(|byte| is_part(*byte)).count();
        if length == 0 {
            return None;
        }
        end += length;
    }
    Some(&expression[..end])
}

/// Whether a template begins with a function or, as a directive, with `if` or `for`.
fn calls(inner: &str, directive: bool) -> bool {
    let inner = inner.trim_start_matches(|first: char| first == '~' || first.is_whitespace());
    let word = inner.bytes().take_while(|byte| is_part(*byte)).count();
    match directive {
        true => matches!(&inner[..word], "if" | "for"),
        false => word > 0 && inner[word..].starts_with('('),
    }
}

/// What is part of an identifier, as in [`scan`]; where it begins and ends, there is a whole character.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || !byte.is_ascii()
}

/// A text in quotes, cut to what is around `at`, where a character begins, if it is long.
fn shown(text: &str, at: usize) -> String {
    const AROUND: usize = 30;
    if text.chars().count() <= 3 * AROUND {
        return format!("{text:?}");
    }
    let (before, after) = text.split_at(at);
    let start = before.char_indices().rev().nth(AROUND).map_or(0, |(index, _)| index);
    let end = after.char_indices().nth(2 * AROUND).map_or(text.len(), |(index, _)| before.len() + index);
    let dots = |there: bool| if there { "…" } else { "" };
    format!("{}{:?}{}", dots(start > 0), &text[start..end], dots(end < text.len()))
}
