//! Bundles: a release as one file that can be built again, signed, and verified without server or network.
//!
//! Invariant: what is in a bundle follows from its recipe and files alone, and what a reader hands on is what its manifest
//! says, no more and no less. Nothing here asks the time, chance or a socket; files are touched in `bundle`, `make`,
//! `delta` and `shelf`. Not here: the channel that bundles are published through (`tidegate-updates`), and deploying one.
//!
//! Read in this order: [`recipe`] (what the author writes), [`manifest`] (what is in it), [`archive`] (how it is packed),
//! [`statement`] and [`envelope`] (what is said of it, and by whom), [`seal`], [`bundle`].

pub mod archive;
mod bom;
pub mod bundle;
pub mod delta;
pub mod digest;
pub mod envelope;
mod frames;
pub mod key;
pub mod make;
pub mod manifest;
pub mod path;
pub mod recipe;
mod refusal;
pub mod seal;
pub mod shelf;
pub mod statement;

pub use bundle::{Bundle, Trust, Verified};
pub use digest::Digest;
pub use key::{KeyId, PublicKey, SecretKey};
pub use manifest::Manifest;
pub use recipe::Recipe;
pub use refusal::Refusal;
pub use shelf::Shelf;
