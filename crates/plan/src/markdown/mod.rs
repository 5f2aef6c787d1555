//! A plan as Markdown, both ways, and as a page to print.
//!
//! Invariant: what is exported and imported again is the same plan, and no word of an imported text is lost: what is not understood
//! stands in the plan's notes, under the heading it had, and in the report, with its line. Texts are bounded in bytes, depth and rows.

mod blocks;
mod read;
mod rich;
mod write;

pub use blocks::{BYTES_MAX, BadMarkdown, DEPTH_MAX, ITEMS_MAX, ROWS_MAX};
pub(crate) use blocks::{Block, Item, Table, What, blocks};
pub use read::{Imported, Remark, RemarkCode, import};
pub(crate) use write::escaped;
pub use write::{export, page, page_on};

/// Characters of a slug; a longer one is cut between words.
const SLUG_MAX: usize = 40;

/// An id for a text: its words in lower case, with hyphens.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    let lower = text.to_lowercase();
    for word in lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let length = slug.chars().count() + word.chars().count() + usize::from(!slug.is_empty());
        if length > SLUG_MAX && !slug.is_empty() {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(SLUG_MAX));
    }
    if slug.is_empty() { "entry".to_owned() } else { slug }
}
