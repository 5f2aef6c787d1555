//! The measures against an implementation that is too simple to be wrong, and the laws that no figure breaks.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, clippy::float_cmp)]

mod examples;
mod laws;
mod oracle;
mod worlds;
