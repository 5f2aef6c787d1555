//! Who asks.
//!
//! Invariant: an actor is short, printable, and never `tidegate`, which is automation's name. Deliberately not here:
//! whether they may, and who they proved to be (`identity`).

use http::HeaderMap;
use tidegate_api::ACTOR_HEADER;

use crate::problem::Trouble;

const NOBODY_NAMED: &str = "operator@local";
const CHARS_MAX: usize = 100;

pub(crate) fn actor(headers: &HeaderMap) -> Result<String, Trouble> {
    let Some(given) = headers.get(ACTOR_HEADER) else { return Ok(NOBODY_NAMED.to_owned()) };
    let text = given.to_str().unwrap_or("").trim();
    let fits = !text.is_empty() && text.len() <= CHARS_MAX && text != "tidegate";
    if fits {
        return Ok(text.to_owned());
    }
    Err(Trouble::bad_request(format!("the header {ACTOR_HEADER} names nobody who can be recorded")).help(format!(
        "leave it out, or send 1 to {CHARS_MAX} printable ASCII characters; `tidegate` is taken by automation"
    )))
}
