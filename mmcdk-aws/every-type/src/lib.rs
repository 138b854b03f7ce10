//! Every generated type of `mmcdk-aws`, whatever its features, so that one test can make each of them.
//!
//! The files are included by path. A dependency on `mmcdk-aws` with the feature `all` would turn that feature on for
//! everything that is built together with this crate, and no program needs all services.

pub mod resources;
