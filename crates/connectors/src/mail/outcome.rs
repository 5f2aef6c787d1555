//! What became of a letter.
//!
//! Invariant: *accepted* is said only after the server's own word for the whole letter; where it broke off after the last
//! line and before that word, it is *doubtful*: the one place where SMTP cannot tell, and where a copy may come.

/// Where in the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Connect,
    Secure,
    Greeting,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// From the first line of the letter to the server's word for it.
    Letter,
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Secure => "the TLS handshake",
            Self::Greeting => "the greeting",
            Self::SignIn => "signing in",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Data => "the announcement of the letter",
            Self::Letter => "the letter",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted {
        said: String,
    },
    /// For this address, for good.
    Refused {
        step: Step,
        said: String,
    },
    /// It may pass by itself.
    Later {
        step: Step,
        said: String,
    },
    /// The server may have it. Again with the same `Message-ID`.
    Doubtful {
        said: String,
    },
    /// No letter goes there until a person does something.
    Held(Held),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub code: &'static str,
    pub message: String,
    pub help: &'static str,
}

/// One line that no terminal obeys.
pub(super) fn printable(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|character| !character.is_control()).take(500).collect()
}
