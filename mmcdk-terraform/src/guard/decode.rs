//! What is written in a text in another form: JSON, base64, gzip within base64, percent-encoding.

use serde_json::Value as Json;

use super::inflate;

/// The shortest run of base64 that is decoded: it holds 12 bytes, fewer than any name of a convention.
const SHORTEST: usize = 16;

/// The shortest line of base64 that may go on in the next one.
const SHORTEST_LINE: usize = 32;

/// How much of a compressed text is read. User data has at most 16 KB, and a text that says more is read in part.
const INFLATED: usize = 1 << 20;

pub(super) enum View {
    Json(Json),
    Text(String),
}

/// Calls `see` with everything that a text holds in another form.
pub(super) fn views(text: &str, see: &mut dyn FnMut(View)) {
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '[']) {
        // Nested too deeply for the parser, it is still searched as a text.
        if let Ok(value) = serde_json::from_str(trimmed) {
            return see(View::Json(value));
        }
    }
    if let Some(decoded) = percent(text) {
        see(View::Text(decoded));
    }
    runs(text, &mut |run| {
        if let Some(text) = base64(run).and_then(readable) {
            see(View::Text(text));
        }
    });
}

/// The text in decoded bytes, which may be compressed; none if they are something else, such as an image.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let bytes = match inflate::gzip(&bytes, INFLATED) {
        Some(inflated) => inflated,
        None => bytes,
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // A part of a compressed text may end within a character.
        Err(error) if error.utf8_error().error_len().is_none() => {
            let end = error.utf8_error().valid_up_to();
            String::from_utf8(error.into_bytes().drain(..end).collect()).ok()?
        }
        Err(_) => return None,
    };
    let is_odd = |character: char| character.is_control() && !character.is_whitespace() && character != '\u{1b}';
    (!text.is_empty() && !text.contains(is_odd)).then_some(text)
}

/// Every run of characters of base64 in a text, also over several lines.
fn runs(text: &str, see: &mut dyn FnMut(&[u8])) {
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST {
        return;
    }
    let mut start = 0;
    while start < bytes.len() {
        let mut end = start + length_of_line(&bytes[start..]);
        let mut line = end - start;
        // A line that is full goes on after the line break and what indents the next one.
        while line >= SHORTEST_LINE && line.is_multiple_of(4) && matches!(bytes.get(end), Some(b'\r' | b'\n')) {
            let blank = bytes[end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            line = length_of_line(&bytes[end + blank..]);
            if line == 0 {
                break;
            }
            end += blank + line;
        }
        if end - start >= SHORTEST {
            see(&bytes[start..end]);
        }
        start = end + 1;
    }
}

fn length_of_line(bytes: &[u8]) -> usize {
    let letters = bytes.iter().take_while(|byte| value(**byte).is_some()).count();
    letters + bytes[letters..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// The bytes that a run of base64 stands for; none if the last letter cannot be one.
fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(run.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for value in run.iter().filter_map(|byte| value(*byte)) {
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => {}
        2 => bytes.push((bits >> 4) as u8),
        3 => bytes.extend_from_slice(&((bits >> 2) as u16).to_be_bytes()),
        _ => return None,
    }
    Some(bytes)
}

/// The value of a letter in either alphabet of base64: RFC 4648, sections 4 and 5.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The text without percent-encoding; none if it has none.
fn percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at, mut found) = (Vec::new(), 0, false);
    if !bytes.contains(&b'%') {
        return None;
    }
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                (at, found) = (at + 3, true);
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    found.then(|| String::from_utf8(decoded).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        views(text, &mut |view| {
            found.push(match view {
                View::Text(text) => text,
                View::Json(value) => value.to_string(),
            })
        });
        found
    }

    #[test]
    fn every_encoding_is_read() {
        // echo 'aws s3 ls s3://mm-prod-use1-data' | gzip -n | base64 -w0
        let zipped = "H4sIAAAAAAAC/0ssL1YoNlbIAZFW+vq5uboFRfkpuqXFqYa6KYkliVwAGCL7PCEAAAA=";
        for (text, expected) in [
            ("YXdzIHMzIGxzIHMzOi8vbW0tcHJvZC11c2UxLXMzLWRhdGE=", &["aws s3 ls s3://mm-prod-use1-s3-data"][..]),
            ("YXdzIHMzIGxzIHMzOi8vbW0tcHJvZC11c2UxLXMzLWRhdGE", &["aws s3 ls s3://mm-prod-use1-s3-data"]),
            (
                "echo YXdzIHMzIGxzIHMzOi8vbW0tcHJvZC11c2UxLXMzLWRhdGE= | base64 -d",
                &["aws s3 ls s3://mm-prod-use1-s3-data"],
            ),
            ("YXdzIHMzIGxzIHMzOi8vbW0tcHJvZC11\n  c2UxLXMzLWRhdGE=\n", &["aws s3 ls s3://mm-prod-use1-s3-data"]),
            ("arn%3Aaws%3As3%3A%3A%3Amm-prod", &["arn:aws:s3:::mm-prod"]),
            (zipped, &["aws s3 ls s3://mm-prod-use1-data\n"]),
            (r#" {"a": 1} "#, &[r#"{"a":1}"#]),
            (r#"["x"]"#, &[r#"["x"]"#]),
            ("100% of 5%", &[]),
            ("infrastructure/mikamirai", &[]),
            ("vpc-0a1b2c3d4e5f67890", &[]),
            ("", &[]),
        ] {
            let found = texts(text);
            assert_eq!(found, expected, "{text}");
        }
    }
}
