//! Secrets at rest: the keys, values sealed under them, and fingerprints.
//!
//! Invariant: what leaves this crate for a disk is ciphertext, bound to its environment and name, or a fingerprint that
//! says nothing without the key. Deliberately not here: which secrets there are (the domain), where they are kept (the store).

mod keyfile;
mod keyring;
mod vault;

pub use keyfile::KeyFile;
pub use keyring::Keyring;
pub use vault::FileVault;
