//! Ids of constructs, stacks and environments.

use crate::beside;
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

/// Checks the name of an environment or the id of a stack, after which a folder is named.
pub(crate) fn check_folder(id: &str) -> Result<()> {
    check(id)?;
    check_device(id)
}

fn check_device(id: &str) -> Result<()> {
    match beside::is_device(id) {
        true => Err(Error::new(format!("the id {id:?} would name a file or a folder, and is a device of Windows"))
            .remedy("choose another id")),
        false => Ok(()),
    }
}

/// The longest path below the output folder, in bytes. Windows takes 260 characters with what stands before it
/// (<https://learn.microsoft.com/en-us/windows/win32/fileio/maximum-file-path-limitation>), and no common file system
/// takes a name of more than 255 bytes.
const LONGEST_PATH: usize = 240;

/// Checks the path below the output folder of a file that is named after ids.
pub(crate) fn check_path(path: &str) -> Result<()> {
    match path.len() {
        length if length > LONGEST_PATH => {
            Err(Error::new(format!("its ids would make the path of a file {length} characters long"))
                .remedy(format!("choose shorter ids: {LONGEST_PATH} characters fit every file system")))
        }
        _ => Ok(()),
    }
}

/// Checks that a file named after the id is the construct's alone, and an ordinary one to Terraform: files called
/// `override` are merged into the others instead of being added
/// (<https://developer.hashicorp.com/terraform/language/files/override>).
pub(crate) fn check_top_level(id: &str) -> Result<()> {
    check(id)?;
    check_device(id)?;
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
    fn devices_of_windows_are_rejected_where_an_id_names_a_file() {
        for device in ["aux", "con", "nul", "prn", "com1", "com9", "lpt1", "lpt9"] {
            assert!(check(device).is_ok(), "nothing is named after {device} inside of a construct");
            for result in [check_top_level(device), check_folder(device)] {
                let error = result.unwrap_err().to_string();
                assert!(error.contains(device) && error.contains("device of Windows"), "{error}");
            }
        }
        for id in ["auxiliary", "con-a", "a-con", "com", "com10", "lpt", "null"] {
            assert!(check_top_level(id).is_ok() && check_folder(id).is_ok(), "{id}");
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
