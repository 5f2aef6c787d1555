//! What one deployment adds to the measures.
//!
//! Invariant: it is worked out from the rows as they are now, whole each time; taking away what it added before and adding what
//! it adds now is the only way in which a figure changes. Deliberately not here: which period it belongs to (`view`).

/// Of a deployment that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// When it finished: that is when it counts.
    pub at_ms: u64,
    pub lane: u32,
    pub is_failed: bool,
    pub is_unplanned: bool,
    /// From its failure to the restored service.
    pub recovery_ms: Option<u64>,
    /// It failed, and nothing has restored service yet.
    pub is_unrecovered: bool,
    /// Spans that end before they begin.
    pub errors: u64,
    /// The lead time of each commit that it brought first.
    pub commits_ms: Vec<u64>,
    pub pull_requests_ms: Vec<u64>,
}

impl Share {
    /// As new, but for the memory.
    pub fn clear(&mut self) {
        let mut commits_ms = std::mem::take(&mut self.commits_ms);
        let mut pull_requests_ms = std::mem::take(&mut self.pull_requests_ms);
        commits_ms.clear();
        pull_requests_ms.clear();
        *self = Self { commits_ms, pull_requests_ms, ..Self::default() };
    }
}
