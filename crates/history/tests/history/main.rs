//! Repositories as they are found, made by git itself and read by this crate.
//!
//! Invariant: what git answers for the same range is what is expected. Not here: what messages mean.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod odd;
mod ranges;
mod scene;
