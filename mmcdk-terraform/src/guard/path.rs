//! Where in a value something is.

use std::fmt::Write;

/// The place of a value, from the whole to its parts. It lives on the stack while a value is walked, and becomes a text
/// only in a violation.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
    /// Whether what is there is secret.
    secret: bool,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root(&'p str),
    Name(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The whole, by that name in messages.
    pub(super) fn root(name: &'p str, secret: bool) -> Self {
        Self { parent: None, step: Step::Root(name), secret }
    }

    /// A member of an object.
    pub(super) fn name(&'p self, name: &'p str, secret: bool) -> Self {
        Self { parent: Some(self), step: Step::Name(name), secret: secret || self.secret }
    }

    /// An element of a list.
    pub(super) fn index(&'p self, index: usize, secret: bool) -> Self {
        Self { parent: Some(self), step: Step::Index(index), secret: secret || self.secret }
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }

    pub(super) fn is_root(&self) -> bool {
        self.parent.is_none()
    }

    /// The name of an argument or attribute, if this is the whole of it and no part.
    pub(super) fn argument(&self) -> Option<&'p str> {
        match (self.step, self.parent) {
            (Step::Name(name), Some(parent)) if parent.is_root() => Some(name),
            _ => None,
        }
    }

    /// The name of the argument or attribute that this is a part of.
    pub(super) fn within(&self) -> Option<&'p str> {
        self.argument().or_else(|| self.parent?.within())
    }

    /// The nearest name: that of a list, for its elements.
    pub(super) fn nearest(&self) -> Option<&'p str> {
        match self.step {
            Step::Name(name) => Some(name),
            Step::Index(_) => self.parent?.nearest(),
            Step::Root(_) => None,
        }
    }

    /// `root_block_device[0].tags.Environment`. The names below something secret are secret too, and left out.
    pub(super) fn render(&self) -> String {
        let mut steps = Vec::new();
        let mut here = Some(self);
        while let Some(path) = here {
            steps.push(path);
            here = path.parent;
        }
        let mut text = String::new();
        for path in steps.into_iter().rev() {
            match path.step {
                Step::Root(name) => text.push_str(name),
                Step::Name(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                // Writing to a string cannot fail.
                Step::Index(index) => drop(write!(text, "[{index}]")),
            }
            if path.secret {
                break;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_where_something_is_secret() {
        let root = Path::root("", false);
        let (block, secret) = (root.name("block", false), root.name("password", true));
        let element = block.index(0, false);
        let tags = element.name("tags", false);
        assert_eq!(tags.render(), "block[0].tags");
        assert_eq!((tags.argument(), tags.within(), element.nearest()), (None, Some("block"), Some("block")));
        assert_eq!(secret.name("hunter2", false).render(), "password");
        assert!(secret.name("hunter2", false).is_secret());
        assert_eq!(Path::root("importing.id", false).render(), "importing.id");
    }
}
