//! The web interface as it was built, inside the program, and how a browser is given it.
//!
//! Invariant: only what stood in `web/dist` when the program was built can be had, by its exact name, so no path leads out
//! of it; no page may run a script that is not one of these files, nor take anything from another site. Deliberately not
//! here: whether the one who asks may (a page is no secret; what it shows it asks the API for), and anything of the API.

mod encoding;
mod file;
mod guard;
mod page;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::{HeaderMap, Response};
use rust_embed::RustEmbed;

/// What `make web` made.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// A GET or HEAD of what is no route of the API.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// As it was sent, not decoded.
    pub path: &'a str,
    pub headers: &'a HeaderMap,
    /// Random, new for each request.
    pub fresh: [u8; 16],
}

/// A file, or the page that finds its way by the path itself; none where neither is meant.
pub fn answer(asked: &Asked<'_>) -> Option<Response<Bytes>> {
    answer_from::<Built>(asked)
}

/// Whether the program was built with the web interface.
pub fn is_built() -> bool {
    Built::get(page::INDEX).is_some()
}

/// Where files have the hash of their content in their names.
const HASHED: &str = "assets/";

fn answer_from<Files: RustEmbed>(asked: &Asked<'_>) -> Option<Response<Bytes>> {
    let name = asked.path.strip_prefix('/')?;
    let response = if name.is_empty() || name == page::INDEX {
        page::page::<Files>(asked.fresh)
    } else if let Some(file) = file::File::find::<Files>(name) {
        file.answer(asked.headers)
    } else if page::is_accepted(asked.headers) && !name.starts_with(HASHED) {
        page::page::<Files>(asked.fresh)
    } else {
        return None;
    };
    Some(guard::guarded(response))
}
