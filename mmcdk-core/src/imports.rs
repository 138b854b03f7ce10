//! The checks of states at synthesis: each has one place, and every stack that imports from it can read it there.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::backend::{Backend, Guests};
use crate::error::Error;
use crate::state::{AppState, StackState};

/// Adds what is wrong to `errors`.
pub(crate) fn check(app: &AppState, errors: &mut Vec<Error>) {
    let kept: Vec<Kept> = app.stacks.iter().map(Kept::of).collect();
    for (stack, own) in app.stacks.iter().zip(&kept) {
        if let (Backend::S3(_), Some(raw)) = (&stack.backend, raw_backend(stack)) {
            errors.push(
                Error::new(format!("it has an s3 backend, and a raw terraform block has {raw}"))
                    .remedy("keep one of the two")
                    .at(&stack.path),
            );
        }
        for import in stack.imports.values() {
            let (producer, there) = (&app.stacks[import.stack], &kept[import.stack]);
            if let Some(error) = unreadable(&producer.path, there, own) {
                errors.push(error.at(&stack.path));
            }
        }
    }
    check_access(app, errors);
}

/// Where the state of a stack is kept.
enum Kept {
    File,
    S3,
    /// In a backend that a raw block names.
    Elsewhere(String),
}

impl Kept {
    fn of(stack: &StackState) -> Self {
        match (&stack.backend, raw_backend(stack)) {
            (Backend::S3(_), _) => Self::S3,
            (Backend::Local, Some(raw)) => Self::Elsewhere(raw),
            (Backend::Local, None) => Self::File,
        }
    }
}

/// What a raw terraform block of the stack says of its backend.
fn raw_backend(stack: &StackState) -> Option<String> {
    let blocks = stack.raw_blocks.iter().filter(|block| block.kind == "terraform");
    let bodies = blocks.flat_map(|block| match &block.body {
        Json::Array(bodies) => bodies.as_slice(),
        body => std::slice::from_ref(body),
    });
    bodies.filter_map(Json::as_object).find_map(|body| match (body.get("backend"), body.contains_key("cloud")) {
        (Some(Json::Object(backend)), _) => {
            Some(backend.keys().next().map_or("a backend".into(), |name| format!("a {name} backend")))
        }
        (Some(_), _) => Some("a backend".into()),
        (None, true) => Some("a cloud block".into()),
        (None, false) => None,
    })
}

/// Why a stack cannot read the state of another one, from what is known of both places.
fn unreadable(producer: &str, there: &Kept, own: &Kept) -> Option<Error> {
    match (there, own) {
        (Kept::Elsewhere(raw), _) => Some(
            Error::new(format!("it imports from {producer}, whose state a raw terraform block puts elsewhere, by {raw}")).remedy(
                format!(
                    "give {producer} its backend by Stack::backend, or read its outputs by \
                     RawResource::data(\"terraform_remote_state\")"
                ),
            ),
        ),
        (Kept::File, Kept::S3 | Kept::Elsewhere(_)) => Some(
            Error::new(format!(
                "it imports from {producer}, whose state is a file on the machine that applies it, while its own state is not"
            ))
            .remedy(format!("give {producer} a backend by Stack::backend, too")),
        ),
        (Kept::File, Kept::File) | (Kept::S3, _) => None,
    }
}

/// A state in a bucket whose guests are known, and who needs it.
struct Access<'a> {
    stack: &'a str,
    account: &'a str,
    guests: &'a Guests,
    key: String,
    /// Whether it imports from the state instead of keeping it.
    reads: bool,
}

impl Access<'_> {
    fn is_guest(&self) -> bool {
        let Guests { keeping, reading } = self.guests;
        keeping.iter().chain(reading).any(|(account, _)| account == self.account)
    }

    fn is_let_in(&self) -> bool {
        let Guests { keeping, reading } = self.guests;
        let reading = reading.iter().filter(|_| self.reads);
        let mut prefixes = keeping.iter().chain(reading).filter(|(account, _)| account == self.account);
        prefixes.any(|(_, prefix)| self.key.starts_with(prefix.as_str()))
    }

    /// The entry that lets it in.
    fn entry(&self) -> String {
        let entry = if self.reads { "reader" } else { "guest" };
        let prefix = match self.reads {
            true => self.key.rsplit_once('/'),
            false => self.key.split_once('/'),
        };
        format!("{entry}({:?}, \"{}/\")", self.account, prefix.map_or("prefix", |(folder, _)| folder))
    }
}

/// A bucket admits its own account and its guests. An account that is not a guest must be its own, and there is only one.
fn check_access(app: &AppState, errors: &mut Vec<Error>) {
    let mut owners: BTreeMap<&str, Access<'_>> = BTreeMap::new();
    for (bucket, access) in accesses(app).filter(|(_, access)| !access.is_let_in()) {
        let Access { stack, account, key, .. } = &access;
        if access.is_guest() {
            let problem =
                format!("its account {account} is a guest of the bucket {bucket}, but not for the state {key}");
            errors.push(Error::new(problem).remedy(format!("add {} to the state store", access.entry())).at(*stack));
            continue;
        }
        match owners.get(bucket) {
            Some(owner) if owner.account != *account => {
                let problem = format!(
                    "its account {account} needs the state {key} and the account {} of {} needs {}, but the bucket {bucket} \
                     allows no account except its own and its guests",
                    owner.account, owner.stack, owner.key
                );
                let remedy = format!(
                    "add {} or {} to the state store, for the account that does not have the bucket",
                    access.entry(),
                    owner.entry()
                );
                errors.push(Error::new(problem).remedy(remedy).at(*stack));
            }
            Some(_) => {}
            None => {
                owners.insert(bucket, access);
            }
        }
    }
}

/// Every state that a stack keeps or imports from in such a bucket, if it is known in which account the stack acts.
fn accesses(app: &AppState) -> impl Iterator<Item = (&str, Access<'_>)> {
    app.stacks.iter().flat_map(move |stack| {
        let imported = stack.imports.values().map(|import| (&app.stacks[import.stack], true));
        [(stack, false)].into_iter().chain(imported).filter_map(move |(other, reads)| {
            let account = stack.account.as_deref()?;
            let Backend::S3(backend) = &other.backend else { return None };
            let (guests, location) = (backend.known_guests()?, other.backend.location(&other.path)?);
            Some((backend.bucket(), Access { stack: &stack.path, account, guests, key: location.key, reads }))
        })
    })
}
