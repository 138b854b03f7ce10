//! Ids of constructs, stacks and environments.

use crate::error::{Error, Result};

/// Checks that `id` is lower kebab-case: lower-case letters and digits in words joined by single hyphens, beginning
/// with a letter.
pub(crate) fn check(id: &str) -> Result<()> {
    let begins = id.starts_with(|first: char| first.is_ascii_lowercase());
    let words = id.split('-').all(|word| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    });
    if begins && words {
        return Ok(());
    }
    Err(Error::new(format!("the id {id:?} is not lower kebab-case")).remedy(match suggestion(id) {
        Some(fitting) => format!("write {fitting:?}"),
        None => "write lower-case letters and digits in words joined by hyphens, such as \"public-a\"".into(),
    }))
}

/// Names of files that a stack writes for itself, so that no top-level construct can have them.
pub(crate) const RESERVED_FILES: [&str; 4] = ["imports", "outputs", "shared", "terraform"];

/// Checks that a file named after the id is the construct's alone, and an ordinary one to Terraform: files called
/// `override` are merged into the others instead of being added
/// (<https://developer.hashicorp.com/terraform/language/files/override>).
pub(crate) fn check_top_level(id: &str) -> Result<()> {
    check(id)?;
    let taken = RESERVED_FILES.contains(&id);
    if taken || id == "override" || id.ends_with("-override") {
        let why = match taken {
            true => "a file that every stack writes for itself",
            false => "a file that Terraform merges into the others as an override",
        };
        return Err(
            Error::new(format!("the id {id:?} of a top-level construct would name {why}")).remedy("choose another id")
        );
    }
    Ok(())
}

/// What the writer probably meant.
fn suggestion(id: &str) -> Option<String> {
    let mut fitting = String::new();
    let mut previous_lower = false;
    for letter in id.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && previous_lower {
                fitting.push('-');
            }
            fitting.push(letter.to_ascii_lowercase());
        } else if !fitting.ends_with('-') {
            fitting.push('-');
        }
        previous_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    let fitting = fitting.trim_matches('-').to_owned();
    fitting.starts_with(|first: char| first.is_ascii_lowercase()).then_some(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case_is_accepted() {
        for id in ["a", "core", "public-a", "x1", "a-1-b"] {
            assert!(check(id).is_ok(), "{id}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_would_do() {
        for (id, remedy) in [
            ("a_b", "write \"a-b\""),
            ("Core", "write \"core\""),
            ("publicA", "write \"public-a\""),
            ("a--b", "write \"a-b\""),
            ("-a", "write \"a\""),
            ("a/b", "write \"a-b\""),
            ("1a", "write lower-case letters"),
            ("", "write lower-case letters"),
            ("ü", "write lower-case letters"),
        ] {
            let error = check(id).unwrap_err();
            assert!(error.suggestion().unwrap().starts_with(remedy), "{id}: {error}");
        }
    }

    #[test]
    fn files_with_a_meaning_of_their_own_are_refused() {
        for id in ["override", "my-override", "terraform", "outputs", "imports", "shared"] {
            assert!(check_top_level(id).is_err(), "{id}");
        }
        assert!(check_top_level("override-me").is_ok());
    }
}
