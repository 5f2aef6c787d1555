//! What a client follows, and how.
//!
//! Invariant: whatever is not said has a limit. The key is not printed.

use std::path::PathBuf;
use std::time::Duration;

use crate::follow::{Key, Sources};

/// Rules of some ten thousand flags.
const ANSWER_BYTES_MAX: usize = 64 << 20;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// All flags as Tidegate writes them; flagd's form has no words for some of it.
const PATH: &str = "/ofrep/v1/definitions?form=tidegate";

/// Where a [`Client`](crate::Client) learns flags from.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) sources: Sources,
}

impl Options {
    /// The address of a server or an edge, and a server key (`tdk_…`), which says of which environment.
    pub fn new(address: impl Into<String>, key: impl Into<String>) -> Self {
        let sources = Sources {
            addresses: vec![address.into()],
            key: Key::new(key),
            path: PATH,
            file: None,
            answer_bytes_max: ANSWER_BYTES_MAX,
            answer_within: ANSWER_WITHIN,
            reports: true,
        };
        Self { sources }
    }

    /// One more that serves the same environment: where one cannot be reached, or is behind, the next is followed.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.sources.addresses.push(address.into());
        self
    }

    /// Where a copy is kept, readable by its owner alone, so that a start during an outage knows something. Each
    /// environment wants a file of its own; the copies of one may be shared by any number of processes.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.file = Some(path.into());
        self
    }

    /// A longer answer is refused, and what was known stays: 64 MiB unless said otherwise.
    #[must_use]
    pub fn with_answer_bytes_max(mut self, bytes: usize) -> Self {
        self.sources.answer_bytes_max = bytes;
        self
    }

    /// An answer that takes longer is given up: 30 s unless said otherwise.
    #[must_use]
    pub fn with_answer_within(mut self, longest: Duration) -> Self {
        self.sources.answer_within = longest;
        self
    }

    /// How often which variant was given is not reported; flags that are used here alone will look unused.
    #[must_use]
    pub fn without_reports(mut self) -> Self {
        self.sources.reports = false;
        self
    }
}
