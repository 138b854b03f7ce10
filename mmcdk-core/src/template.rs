//! Literals in templates: the only place that escapes for Terraform.
//!
//! A string of Terraform JSON is a template, so literals double the `$` of `${` and the `%` of `%{`. What Terraform would not
//! read as it stands becomes a quoted text within `${…}`.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

/// `text` as a template that yields it, where nothing stands beside it.
pub(crate) fn escape_template(text: &str) -> Cow<'_, str> {
    // Most texts have none of these, and to look for them is the cheaper question.
    match text.contains('{') || text.contains('\r') || text.starts_with(BYTE_ORDER_MARK) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(Literal { text, first: true, last: true }.to_string()),
    }
}

/// The text that a template without expressions yields.
pub(crate) fn unescape_template(template: &str) -> String {
    template.replace("$${", "${").replace("%%{", "%{")
}

/// Terraform drops it from the beginning of a template.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A literal part of a template that is not in quotes.
pub(crate) struct Literal<'a> {
    pub(crate) text: &'a str,
    /// Whether the template begins with it.
    pub(crate) first: bool,
    /// Whether the template ends with it.
    pub(crate) last: bool,
}

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        if self.first && rest.starts_with(BYTE_ORDER_MARK) {
            write_as_expression(f, &rest[..BYTE_ORDER_MARK.len_utf8()])?;
            rest = &rest[BYTE_ORDER_MARK.len_utf8()..];
        }
        while let Some((plain, odd, after)) = split_at_carriage_return(rest) {
            write_escaped(f, plain)?;
            write_as_expression(f, odd)?;
            rest = after;
        }
        let plain = if self.last { rest } else { rest.trim_end_matches('$') };
        write_escaped(f, plain)?;
        match &rest[plain.len()..] {
            "" => Ok(()),
            dollars => write_as_expression(f, dollars),
        }
    }
}

/// Splits off the first run of carriage returns without a line feed behind them: after such a one, Terraform takes the rest
/// of a template for literal text. Dollars before the run belong to it, because they would escape the `${` that it gets.
fn split_at_carriage_return(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find('\r')?;
        let mut end = start + text[start..].bytes().take_while(|byte| *byte == b'\r').count();
        if text[end..].starts_with('\n') {
            end -= 1;
        }
        if end > start {
            let plain = text[..start].trim_end_matches('$').len();
            return Some((&text[..plain], &text[plain..end], &text[end..]));
        }
        from = start + 1;
    }
}

/// A text as an expression in a template, where nothing in it has a meaning.
pub(crate) fn write_as_expression(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("${\"")?;
    write_quoted(f, text)?;
    f.write_str("\"}")
}

/// A literal whose `${` and `%{` mean themselves.
fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut written = 0;
    for (at, _) in text.match_indices('{') {
        if let Some(sign @ (b'$' | b'%')) = at.checked_sub(1).map(|before| text.as_bytes()[before]) {
            f.write_str(&text[written..at])?;
            f.write_char(char::from(sign))?;
            written = at;
        }
    }
    f.write_str(&text[written..])
}

/// The inside of a quoted template of the native syntax.
/// Its escapes: <https://developer.hashicorp.com/terraform/language/expressions/strings>.
pub(crate) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let is_special =
        |character: char| matches!(character, '"' | '\\' | '{' | BYTE_ORDER_MARK) || character.is_control();
    // What needs no escape is written in whole runs.
    let mut written = 0;
    for (at, special) in text.char_indices().filter(|(_, character)| is_special(*character)) {
        f.write_str(&text[written..at])?;
        match special {
            '{' => match text[..at].chars().next_back() {
                Some(sign @ ('$' | '%')) => write!(f, "{sign}{{")?,
                _ => f.write_char('{')?,
            },
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control => write!(f, "\\u{:04x}", u32::from(control))?,
        }
        written = at + special.len_utf8();
    }
    f.write_str(&text[written..])
}

#[cfg(test)]
mod tests {
    use super::{escape_template, unescape_template};

    #[test]
    fn only_what_terraform_would_misread_is_written_otherwise() {
        for (text, template) in [
            ("a $ % { } \\ \" \n\t\r\n ü \u{301}\u{600}", "a $ % { } \\ \" \n\t\r\n ü \u{301}\u{600}"),
            ("${a} %{b} $${c}", "$${a} %%{b} $$${c}"),
            ("a\rb\r", "a${\"\\r\"}b${\"\\r\"}"),
            ("a\r\r\nb", "a${\"\\r\"}\r\nb"),
            ("$$\r\r{x}", "${\"$$\\r\\r\"}{x}"),
            ("\u{feff}\u{feff}a\u{feff}", "${\"\\ufeff\"}\u{feff}a\u{feff}"),
        ] {
            assert_eq!(escape_template(text), template);
        }
    }

    #[test]
    fn unescaping_is_the_reverse_of_escaping() {
        for text in ["", "${a} %{b} $${c} %%{d}", "$$$${x}", "a $ % { } b", "$%{x}", "%${x}"] {
            assert_eq!(unescape_template(&escape_template(text)), text);
        }
    }
}
