//! The texts that a program takes in, which somebody else reads.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// How input files are read; not at all where nobody has said.
#[derive(Clone, Default)]
pub(crate) struct Inputs(Option<Arc<Read>>);

type Read = dyn Fn(&str) -> Result<String> + Send + Sync;

impl Inputs {
    pub(crate) fn by(read: impl Fn(&str) -> Result<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(read)))
    }

    pub(crate) fn read(&self, path: &str) -> Result<String> {
        match &self.0 {
            Some(read) => read(path),
            None => Err(Error::new(format!("the app cannot read the input {path:?}"))
                .remedy("run the program by mmcdk::run, or say how by App::reading")),
        }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Inputs(read)" } else { "Inputs(none)" })
    }
}
