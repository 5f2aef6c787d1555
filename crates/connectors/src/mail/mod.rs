//! Mail out, by SMTP: one letter to one address, and what became of it.
//!
//! Invariant: a letter has the same `Message-ID` and the same bytes at every attempt; whatever a server does, sending ends,
//! and each letter has an outcome. Deliberately not here: when to try again, who is written to, and reading mail.

mod address;
mod dialogue;
mod letter;
mod outcome;
mod post;
mod secure;
mod server;

pub use address::MailAddress;
pub use letter::{Letter, LetterRefusal, Mailbox};
pub use outcome::{Held, Outcome, Step};
pub use post::{Line, Post, Times};
pub use server::{Security, Server, ServerRefusal};
