//! Writing JSON that Terraform can read.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::unicode::is_prepended;

/// `content` as an indented document.
pub(crate) fn to_vec_pretty(content: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Escaping(PrettyFormatter::new()));
    content.serialize(&mut serializer).expect("maps have string keys and numbers are finite");
    bytes
}

/// Writes as [`PrettyFormatter`] does, and escapes the characters behind which Terraform misses a quote.
struct Escaping<'a>(PrettyFormatter<'a>);

impl Formatter for Escaping<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, odd) in fragment.char_indices().filter(|(_, character)| is_prepended(*character)) {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            for unit in odd.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + odd.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_document_is_that_of_serde_json_but_for_what_hides_a_quote() {
        let plain = json!({"a": [1, {}, [], {"ü": "\u{301}\n\"\\x"}], "b": null});
        assert_eq!(super::to_vec_pretty(&plain), serde_json::to_vec_pretty(&plain).unwrap());
        let odd = json!({"k\u{600}": ["a\u{6dd}b\u{110bd}", "\u{301}"]});
        let bytes = super::to_vec_pretty(&odd);
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(text.contains(r#""k\u0600""#) && text.contains(r#""a\u06ddb\ud804\udcbd""#), "{text}");
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap(), odd);
    }
}
