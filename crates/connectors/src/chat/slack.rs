//! Slack's incoming webhooks: blocks, and plain text for notifications.
//!
//! Invariant: at most 3 000 characters of text and 150 of a title, with `&`, `<` and `>` as entities, so that a text can
//! neither mention everybody nor hide a link. Source: Slack API, "Incoming webhooks", "Reference: blocks", "Formatting text".

use serde_json::json;

use super::{Post, cut};

const TITLE_MAX: usize = 150;
const TEXT_MAX: usize = 3_000;

/// The body of the request.
pub fn slack(post: &Post) -> Vec<u8> {
    let (title, _) = cut(&post.title, TITLE_MAX);
    let (text, is_cut) = fitting(&post.text);
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": title, "emoji": false } }),
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } }),
    ];
    if let Some(url) = &post.url {
        let word = if is_cut { "Read the rest" } else { "Open" };
        let link = format!("<{}|{word}>", escaped(url).replace('|', "%7C"));
        blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": link }] }));
    }
    json!({ "text": escaped(&title), "blocks": blocks, "unfurl_links": false }).to_string().into_bytes()
}

/// Escaped text grows; a section cannot be empty.
fn fitting(text: &str) -> (String, bool) {
    let mut most = TEXT_MAX;
    loop {
        let (part, is_cut) = cut(text, most);
        let escaped = escaped(&part);
        if escaped.len() <= TEXT_MAX {
            return (if escaped.trim().is_empty() { "…".to_owned() } else { escaped }, is_cut);
        }
        most -= (escaped.len() - TEXT_MAX).div_ceil(5).max(1);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
