//! Finding addresses in the text of raw expressions.

/// The addresses that an expression of Terraform's native syntax refers to: `aws_vpc.core`, `data.aws_region.current`,
/// `var.size`. Strings are passed over, but for the templates in them.
pub(crate) fn addresses(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    Scanner { text: expression.as_bytes(), at: 0, source: expression, bound: Vec::new(), found: &mut found }
        .expression(None);
    found
}

/// The addresses in the templates of a text: `a ${aws_vpc.core.id} b`.
pub(crate) fn template_addresses(template: &str) -> Vec<String> {
    let mut found = Vec::new();
    Scanner { text: template.as_bytes(), at: 0, source: template, bound: Vec::new(), found: &mut found }.template(None);
    found
}

struct Scanner<'a> {
    text: &'a [u8],
    source: &'a str,
    at: usize,
    /// Names bound by `for`.
    bound: Vec<&'a str>,
    found: &'a mut Vec<String>,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Reads an expression up to the closing brace of its template, or to the end.
    fn expression(&mut self, end: Option<u8>) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    self.template(Some(b'"'));
                }
                b'{' | b'(' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b')' | b']' => {
                    self.at += 1;
                    if depth == 0 && end == Some(byte) {
                        return;
                    }
                    depth = depth.saturating_sub(1);
                }
                _ if is_start(byte) => self.traversal(),
                _ if byte.is_ascii_digit() => {
                    while self.peek().is_some_and(|byte| is_part(byte) || byte == b'.') {
                        self.at += 1;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads literal text up to the closing quote, or to the end, and the expressions of the templates in it.
    fn template(&mut self, end: Option<u8>) {
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' if end.is_some() => self.at += 1,
                b'$' | b'%' if self.peek() == Some(byte) && self.text.get(self.at + 1) == Some(&b'{') => self.at += 2,
                b'$' | b'%' if self.peek() == Some(b'{') => {
                    self.at += 1;
                    self.expression(Some(b'}'));
                }
                _ if end == Some(byte) => return,
                _ => {}
            }
        }
    }

    fn identifier(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        // A multi-byte letter is no part of an identifier here, so the slice ends at a character.
        &self.source[start..self.at]
    }

    /// Reads `a.b.c`, with indices after the address, and notes the address where it is one.
    fn traversal(&mut self) {
        let preceded_by_dot = self.at > 0 && self.text[self.at - 1] == b'.';
        let first = self.identifier();
        let mut parts = vec![first];
        while parts.len() < 3 && self.peek() == Some(b'.') && self.text.get(self.at + 1).copied().is_some_and(is_start)
        {
            self.at += 1;
            parts.push(self.identifier());
        }
        if preceded_by_dot {
            return;
        }
        if first == "for" && parts.len() == 1 {
            return self.bind();
        }
        match (first, parts.as_slice()) {
            ("each" | "count" | "self" | "path" | "terraform" | "module", _) => {}
            ("data" | "ephemeral", [_, kind, label, ..]) => self.found.push(format!("{first}.{kind}.{label}")),
            ("resource", [_, kind, label, ..]) => self.found.push(format!("{kind}.{label}")),
            ("var" | "local", [_, name, ..]) => self.found.push(format!("{first}.{name}")),
            (kind, [_, label, ..]) if !self.bound.contains(&kind) => self.found.push(format!("{kind}.{label}")),
            _ => {}
        }
    }

    /// Reads the names that `for` binds: `for k, v in`.
    fn bind(&mut self) {
        while let Some(byte) = self.peek() {
            if is_start(byte) {
                match self.identifier() {
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
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        assert_eq!(addresses(expression), expected, "{expression}");
    }

    #[test]
    fn addresses_are_found_where_terraform_sees_them() {
        check("aws_vpc.core.id", &["aws_vpc.core"]);
        check("aws_vpc.core", &["aws_vpc.core"]);
        check("aws_subnet.a[0].id + data.aws_region.current.region", &["aws_subnet.a", "data.aws_region.current"]);
        check("cidrsubnet(var.cidr, 8, 1.5)", &["var.cidr"]);
        check("\"aws_vpc.core ${aws_vpc.x.id} $${aws_vpc.y.id} %{ if local.z }\"", &["aws_vpc.x", "local.z"]);
        check("\"a\\\"${aws_vpc.x.id}\"", &["aws_vpc.x"]);
        check("[for s in aws_subnet.all : s.id]", &["aws_subnet.all"]);
        check("{for k, v in local.m : k => v.id}", &["local.m"]);
        check("terraform.workspace == path.module", &[]);
        check("{ a = { b = aws_vpc.x.id } }", &["aws_vpc.x"]);
        check("resource.aws_vpc.x.id", &["aws_vpc.x"]);
        check("ephemeral.random_password.x.result", &["ephemeral.random_password.x"]);
        check("provider::aws::arn_parse(aws_vpc.x[*].arn[0]).account", &["aws_vpc.x"]);
        check("aws_subnet.a[aws_x.b.c].tags.Name", &["aws_subnet.a", "aws_x.b"]);
    }

    #[test]
    fn templates_are_scanned_and_other_text_is_not() {
        assert_eq!(template_addresses("aws_vpc.a ${aws_vpc.b.id} $${aws_vpc.c.id}ü"), ["aws_vpc.b"]);
        assert!(template_addresses("${").is_empty());
        assert!(template_addresses("\\${x}\"").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_fail(text in ".*") {
            addresses(&text);
            template_addresses(&text);
        }
    }
}
