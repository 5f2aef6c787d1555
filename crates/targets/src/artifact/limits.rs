//! How much an artifact may hold.
//!
//! Invariant: whatever is read from an artifact is counted against one of these before it is kept. Deliberately
//! not here: the counting.

/// Bounds for one artifact. The defaults are what Tidegate ships with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of the archive itself.
    pub archive_bytes_max: u64,
    /// Of all files together, unpacked.
    pub tree_bytes_max: u64,
    /// Unpacked bytes for each byte of the archive …
    pub ratio_max: u64,
    /// … beyond this many, which any archive may unpack to (tar pads small archives with zeros).
    pub ratio_free_bytes: u64,
    /// Files, directories and links, also those directories that are only implied by a path.
    pub entries_max: usize,
    /// Of one path, and of what one link points at.
    pub path_bytes_max: usize,
    /// Of all paths and link targets together.
    pub names_bytes_max: usize,
    /// Directories above a file.
    pub depth_max: usize,
    /// What a zstd frame may ask the decoder to remember.
    pub window_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes_max: 2 << 30,
            tree_bytes_max: 4 << 30,
            ratio_max: 100,
            ratio_free_bytes: 1 << 20,
            entries_max: 100_000,
            path_bytes_max: 1_024,
            names_bytes_max: 16 << 20,
            depth_max: 64,
            window_bytes_max: 8 << 20,
        }
    }
}
