//! What must be there before any remote state exists.

mod state_store;

pub use state_store::{StateLock, StateStore, StateStoreOutputs};
