//! Notes as people read them.
//!
//! Invariant: the same notes give the same bytes, and text from a commit never becomes markup that was not meant.
//! JSON is what `Notes` serializes to.

pub mod markdown;
pub mod text;
