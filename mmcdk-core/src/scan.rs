//! Finding addresses in the text of raw expressions.
//!
//! The scanner knows the parts of Terraform's native syntax in which text is not code: strings, heredocs and comments. It
//! keeps a stack of its own, so that deep nesting does not fill the thread's.

use std::ops::Range;

use crate::error::Error;

/// The text of an expression, scanned once.
#[derive(Clone, PartialEq)]
pub(crate) struct Expression {
    text: Box<str>,
    /// Where in the text the addresses are.
    addresses: Vec<Range<usize>>,
    /// Where a `${` stands that is not within a string.
    misplaced: Option<usize>,
}

impl Expression {
    pub(crate) fn new(text: String) -> Self {
        let mut scanner = Scanner::new(&text, Frame::Expression { template: false });
        scanner.run();
        let Scanner { found: addresses, misplaced, .. } = scanner;
        Self { addresses, misplaced, text: text.into() }
    }

    /// An expression in which nothing is looked for.
    pub(crate) fn unchecked(text: String) -> Self {
        Self { text: text.into(), addresses: Vec::new(), misplaced: None }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The addresses that it refers to: `aws_vpc.core`, `data.aws_region.current`, `var.size`.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().map(|range| &self.text[range.clone()])
    }

    /// Why it cannot be an expression: it is empty, or a template without quotes.
    pub(crate) fn fault(&self) -> Option<Error> {
        let whole = self.text.trim();
        if whole.is_empty() {
            return Some(
                Error::new("the raw expression is empty").remedy("write an expression, or leave the value out"),
            );
        }
        self.misplaced?;
        let inner = whole.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        // Only a single template from end to end has an expression in it that says the same.
        let inner = inner.filter(|inner| !inner.contains("${") && !inner.contains('}'));
        let remedy = match inner {
            Some(inner) => format!("write the expression without it: Value::raw({:?})", inner.trim()),
            None => format!("write the template as an expression, in quotes: Value::raw({:?})", format!("\"{whole}\"")),
        };
        Some(Error::new(format!("the raw expression {whole:?} has a ${{ outside of a string")).remedy(remedy))
    }
}

/// The addresses in the templates of a text: `a ${aws_vpc.core.id} b`.
pub(crate) fn template_addresses(template: &str) -> impl Iterator<Item = &str> {
    let found = match template.contains("${") || template.contains("%{") {
        true => {
            let mut scanner = Scanner::new(template, Frame::Template);
            scanner.run();
            scanner.found
        }
        false => Vec::new(),
    };
    found.into_iter().map(|range| &template[range])
}

/// A part of a template.
#[derive(Debug, PartialEq)]
pub(crate) enum Part<'t> {
    /// Literal text, as it is escaped.
    Literal(&'t str),
    /// An expression, without `${}`.
    Expression(&'t str),
}

/// The parts of a template; none if it has directives, or does not end.
pub(crate) fn template_parts(template: &str) -> Option<Vec<Part<'_>>> {
    let mut scanner = Scanner::new(template, Frame::Template);
    let (mut parts, mut literal, mut expression) = (Vec::new(), 0, None);
    while scanner.at < template.len() {
        let start = scanner.at;
        scanner.step();
        match (scanner.frames.len(), expression) {
            (1, Some(from)) => {
                let inner = &template[from..scanner.at - 1];
                if inner.starts_with('~') || inner.ends_with('~') {
                    return None;
                }
                parts.push(Part::Expression(inner.trim()));
                (literal, expression) = (scanner.at, None);
            }
            (2.., None) if template[start..].starts_with('%') => return None,
            (2.., None) => {
                parts.extend((literal < start).then(|| Part::Literal(&template[literal..start])));
                expression = Some(scanner.at);
            }
            _ => {}
        }
    }
    parts.extend((literal < template.len()).then(|| Part::Literal(&template[literal..])));
    expression.is_none().then_some(parts)
}

/// Whether the text is an address and nothing more.
pub(crate) fn is_address(text: &str) -> bool {
    let expression = Expression::new(text.to_owned());
    expression.addresses().eq([text])
}

/// What the scanner is in.
enum Frame<'a> {
    /// An expression up to its end, or to the `}` of its template.
    Expression { template: bool },
    /// Brackets, with the number of names that were bound outside of them.
    Brackets { bound: usize },
    /// A text with templates in it, up to the end.
    Template,
    /// The same up to a closing quote.
    Quotes,
    /// The same up to a line with only this word.
    Heredoc(&'a str),
}

struct Scanner<'a> {
    source: &'a str,
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame<'a>>,
    /// Names bound by `for`.
    bound: Vec<&'a str>,
    /// For each `for` directive up to its `endfor`, the number of names that were bound outside of it.
    loops: Vec<usize>,
    found: Vec<Range<usize>>,
    misplaced: Option<usize>,
}

impl<'a> Scanner<'a> {
    fn new(source: &'a str, frame: Frame<'a>) -> Self {
        let text = source.as_bytes();
        Self {
            source,
            text,
            at: 0,
            frames: vec![frame],
            bound: Vec::new(),
            loops: Vec::new(),
            found: Vec::new(),
            misplaced: None,
        }
    }

    fn run(&mut self) {
        while self.at < self.text.len() && !self.frames.is_empty() {
            self.step();
        }
    }

    fn step(&mut self) {
        match self.frames.last() {
            Some(Frame::Expression { .. } | Frame::Brackets { .. }) => self.in_expression(),
            Some(Frame::Template) => self.in_text(false),
            Some(Frame::Quotes) => self.in_text(true),
            Some(Frame::Heredoc(marker)) => self.in_heredoc(marker),
            None => {}
        }
    }

    fn rest(&self) -> &'a str {
        // Every step ends behind a whole character, or at a byte of ASCII.
        self.source.get(self.at..).unwrap_or_default()
    }

    fn follows(&self, token: &str) -> bool {
        self.text[self.at..].starts_with(token.as_bytes())
    }

    fn in_expression(&mut self) {
        let byte = self.text[self.at];
        match byte {
            b'"' => self.enter(1, Frame::Quotes),
            b'{' | b'(' | b'[' => self.enter(1, Frame::Brackets { bound: self.bound.len() }),
            b'}' | b')' | b']' => self.close(byte),
            b'#' => self.skip_past("\n"),
            b'/' if self.follows("//") => self.skip_past("\n"),
            b'/' if self.follows("/*") => self.skip_past("*/"),
            b'<' if self.follows("<<") => self.heredoc(),
            b'$' if self.follows("${") => {
                self.misplaced.get_or_insert(self.at);
                self.enter(2, Frame::Expression { template: true });
            }
            _ if is_start(byte) => self.traversal(),
            _ if byte.is_ascii_digit() => {
                self.skip_while(|byte| is_part(byte) || byte == b'.');
            }
            _ => self.at += 1,
        }
    }

    fn enter(&mut self, length: usize, frame: Frame<'a>) {
        self.at += length;
        self.frames.push(frame);
    }

    fn close(&mut self, byte: u8) {
        self.at += 1;
        match self.frames.last() {
            Some(Frame::Brackets { bound }) => {
                self.bound.truncate(*bound);
                self.frames.pop();
            }
            Some(Frame::Expression { template: true }) if byte == b'}' => drop(self.frames.pop()),
            _ => {}
        }
    }

    fn skip_past(&mut self, end: &str) {
        self.at = self.rest().find(end).map_or(self.text.len(), |length| self.at + length + end.len());
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| wanted(*byte)) {
            self.at += 1;
        }
        &self.source[start..self.at]
    }

    /// Reads `<<EOT` or `<<-EOT` with the end of its line.
    fn heredoc(&mut self) {
        self.at += 2;
        if self.follows("-") {
            self.at += 1;
        }
        let marker = self.skip_while(is_part);
        let line_ends = self.follows("\n") || self.follows("\r\n");
        if !marker.is_empty() && line_ends {
            self.frames.push(Frame::Heredoc(marker));
        }
    }

    /// Reads a step of a text: what is literal, or the beginning of a template.
    fn in_text(&mut self, quoted: bool) {
        match self.text[self.at] {
            b'\\' if quoted => self.at += 2,
            b'"' if quoted => {
                self.at += 1;
                self.frames.pop();
            }
            b'$' | b'%' if self.follows("$${") || self.follows("%%{") => self.at += 3,
            b'$' | b'%' if self.follows("${") || self.follows("%{") => {
                self.enter(2, Frame::Expression { template: true });
            }
            _ => self.at += 1,
        }
    }

    fn in_heredoc(&mut self, marker: &str) {
        if self.text[self.at] == b'\n' {
            let line = self.text[self.at + 1..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            if line.trim_ascii() == marker.as_bytes() {
                self.frames.pop();
                self.at += 1 + line.len();
                return;
            }
        }
        self.in_text(false);
    }

    /// Reads `a.b.c`, with indices after the address, and notes the address where it is one.
    fn traversal(&mut self) {
        let start = self.at;
        let preceded_by_dot = start > 0 && self.text[start - 1] == b'.';
        let first = self.skip_while(is_part);
        let mut ends = vec![self.at];
        while ends.len() < 3
            && self.text.get(self.at) == Some(&b'.')
            && self.text.get(self.at + 1).copied().is_some_and(is_start)
        {
            self.at += 1;
            self.skip_while(is_part);
            ends.push(self.at);
        }
        if preceded_by_dot || self.bound.contains(&first) {
            return;
        }
        match (first, ends.as_slice()) {
            ("for", [_]) => self.bind(),
            ("endfor", [_]) => self.unbind(),
            ("each" | "count" | "self" | "path" | "terraform" | "module", _) => {}
            ("data" | "ephemeral", [_, _, end, ..]) => self.found.push(start..*end),
            ("data" | "ephemeral", _) => {}
            ("resource", [end, _, last, ..]) => self.found.push(*end + 1..*last),
            (_, [_, end, ..]) => self.found.push(start..*end),
            _ => {}
        }
    }

    /// Reads the names that `for` binds: `for k, v in`. Those of an expression are bound up to its closing bracket, those of
    /// a directive, `%{ for k, v in m }`, up to its `endfor`.
    fn bind(&mut self) {
        if matches!(self.frames.last(), Some(Frame::Expression { template: true })) {
            self.loops.push(self.bound.len());
        }
        while let Some(byte) = self.text.get(self.at).copied() {
            if is_start(byte) {
                match self.skip_while(is_part) {
                    "in" => return,
                    name => self.bound.push(name),
                }
            } else if byte == b',' || byte.is_ascii_whitespace() {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Forgets what the innermost `for` directive bound.
    fn unbind(&mut self) {
        if let Some(outside) = self.loops.pop() {
            self.bound.truncate(outside);
        }
    }
}

/// Outside of strings and comments, everything beyond ASCII is part of an identifier: `local.größe`.
fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_part(byte: u8) -> bool {
    is_start(byte) || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(expression: &str) -> Vec<String> {
        Expression::new(expression.into()).addresses().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        assert_eq!(addresses(expression), expected, "{expression}");
    }

    #[test]
    fn templates_fall_into_literals_and_expressions() {
        use Part::{Expression, Literal};
        for (template, parts) in [
            ("", &[][..]),
            ("a $${b} %%{c} $d", &[Literal("a $${b} %%{c} $d")]),
            ("${a.b.id}", &[Expression("a.b.id")]),
            (
                "x-${ a.b.id }-${c}$",
                &[Literal("x-"), Expression("a.b.id"), Literal("-"), Expression("c"), Literal("$")],
            ),
            ("${jsonencode({\"a\" = \"${b}}\"})}ü", &[Expression("jsonencode({\"a\" = \"${b}}\"})"), Literal("ü")]),
            ("$$${a}", &[Literal("$$${a}")]),
        ] {
            assert_eq!(template_parts(template).as_deref(), Some(parts), "{template}");
        }
        for template in ["%{ if a }b%{ endif }", "a ${~ b}", "${a", "${\"a}"] {
            assert_eq!(template_parts(template), None, "{template}");
        }
    }

    #[test]
    fn addresses_are_found_where_terraform_sees_them() {
        check("aws_vpc.core.id", &["aws_vpc.core"]);
        check("aws_vpc.core", &["aws_vpc.core"]);
        check("aws_subnet.a[0].id + data.aws_region.current.region", &["aws_subnet.a", "data.aws_region.current"]);
        check("cidrsubnet(var.cidr, 8, 1.5)", &["var.cidr"]);
        check("\"aws_vpc.core ${aws_vpc.x.id} $${aws_vpc.y.id} %{ if local.z }\"", &["aws_vpc.x", "local.z"]);
        check("\"a\\\"${aws_vpc.x.id}\"", &["aws_vpc.x"]);
        check("terraform.workspace == path.module", &[]);
        check("{ a = { b = aws_vpc.x.id } }", &["aws_vpc.x"]);
        check("resource.aws_vpc.x.id", &["aws_vpc.x"]);
        check("ephemeral.random_password.x.result", &["ephemeral.random_password.x"]);
        check("provider::aws::arn_parse(aws_vpc.x[*].arn[0]).account", &["aws_vpc.x"]);
        check("aws_subnet.a[aws_x.b.c].tags.Name", &["aws_subnet.a", "aws_x.b"]);
        check("local.größe + var.maß", &["local.größe", "var.maß"]);
    }

    #[test]
    fn what_is_not_code_is_passed_over() {
        check("1 # aws_vpc.a.id\n+ aws_vpc.b.id", &["aws_vpc.b"]);
        check("1 // \"aws_vpc.a.id\n+ aws_vpc.b.id", &["aws_vpc.b"]);
        check("/* aws_vpc.a.id \" { */ aws_vpc.b.id", &["aws_vpc.b"]);
        check("\"# ${aws_vpc.b.id}\"", &["aws_vpc.b"]);
        check("1 / local.a / local.b", &["local.a", "local.b"]);
        check("<<EOT\naws_vpc.a \" ${aws_vpc.b.id}\n EOT\n", &["aws_vpc.b"]);
        check("[<<-EOT\n  a.b { EOT\n  ${upper(\"}${var.x}\")}\n  EOT\n, var.y]", &["var.x", "var.y"]);
        check("f(<<ENDE\r\n var.a\r\nENDE\r\n) + var.b", &["var.b"]);
        check("<<EOT\nEOT\nvar.b", &["var.b"]);
    }

    #[test]
    fn what_for_binds_is_no_address_within_its_brackets() {
        check("[for s in aws_subnet.all : s.id]", &["aws_subnet.all"]);
        check("{for k, v in local.m : k => v.id}", &["local.m"]);
        check("[for var in x : var.name]", &[]);
        check("[[for größe in x : größe.wert], größe.wert]", &["größe.wert"]);
        check("[for a in b : [for c in d : a.x + c.y]]", &[]);
    }

    #[test]
    fn what_a_for_directive_binds_is_no_address_up_to_its_end() {
        check("\"%{ for a in x }${a.b}%{ endfor }${a.b}\"", &["a.b"]);
        check("\"%{ for k, v in local.m ~}${k.a}${v.a}%{~ endfor ~}\" == v.a", &["local.m", "v.a"]);
        check(
            "\"%{ for a in x }%{ for b in a.c }${a.d}${b.d}%{ endfor }${a.d}${b.d}%{ endfor }${a.d}\"",
            &["b.d", "a.d"],
        );
        check("\"%{ for a in [for b in y : b.c] }${a.d}${b.d}%{ endfor }\"", &["b.d"]);
        check("[for a in y : \"%{ for b in a.c }${b.d}%{ endfor }${a.d}${b.d}\"]", &["b.d"]);
        check("<<EOT\n%{ for a in x }${a.b}\n%{ endfor }\n${a.b}\nEOT\n", &["a.b"]);
        check("\"%{ if local.y }${a.b}%{ endif }%{ endfor }\"", &["local.y", "a.b"]);
        assert!(super::template_addresses("%{ for a in x }${a.b}%{ endfor }${a.b}").eq(["a.b"]));
    }

    #[test]
    fn templates_are_scanned_and_other_text_is_not() {
        let template_addresses = |text| super::template_addresses(text).collect::<Vec<_>>();
        assert_eq!(template_addresses("aws_vpc.a ${aws_vpc.b.id} $${aws_vpc.c.id}ü"), ["aws_vpc.b"]);
        assert!(template_addresses("${").is_empty());
        assert!(template_addresses("\\${x}\"").is_empty());
    }

    #[test]
    fn a_template_without_quotes_is_no_expression() {
        for (text, remedy) in [
            ("${aws_vpc.core.id}", r#"Value::raw("aws_vpc.core.id")"#),
            (" ${ var.a } ", r#"Value::raw("var.a")"#),
            ("a-${var.a}", r#"Value::raw("\"a-${var.a}\"")"#),
            ("${var.a}${var.b}", r#"Value::raw("\"${var.a}${var.b}\"")"#),
        ] {
            let error = Expression::new(text.into()).fault().unwrap().to_string();
            assert!(error.contains(remedy), "{error}");
        }
        for text in ["\"${var.a}\"", "<<EOT\n${var.a}\nEOT\n", "a # ${b}", "\"$${a}\""] {
            assert!(Expression::new(text.into()).fault().is_none(), "{text}");
        }
    }

    #[test]
    fn an_address_is_told_from_what_is_more_or_less() {
        for text in ["var.a", "local.größe", "aws_vpc.core", "data.aws_region.current"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["", "var", "aws_vpc.core.id", "data.aws_region", "a b.c", "a.b c.d", "a.b[0]", "path.module"] {
            assert!(!is_address(text), "{text}");
        }
    }

    #[test]
    fn deep_nesting_fills_no_stack() {
        let deep = "[".repeat(1_000_000) + &"\"${".repeat(1_000_000) + "var.x";
        check(&deep, &["var.x"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[a-zü${}%<\n\"\\\\.#/* -]{0,60}|.*") {
            addresses(&text);
            template_addresses(&text).for_each(drop);
        }
    }
}
