//! Teams' workflow webhooks, which took the place of its connectors: an adaptive card.
//!
//! Invariant: the whole message is below 28 KiB; text is shown as it is, its markdown escaped. Source: Microsoft Learn,
//! "Create incoming webhooks with Workflows for Microsoft Teams", "Limits and specifications", "Adaptive cards".

use serde_json::json;

use super::{Post, cut};

const MESSAGE_BYTES_MAX: usize = 28 * 1024;
const TITLE_MAX: usize = 300;

/// The body of the request.
pub fn teams(post: &Post) -> Vec<u8> {
    let mut most = 20_000;
    loop {
        let body = card(post, most);
        if body.len() <= MESSAGE_BYTES_MAX {
            return body;
        }
        // What JSON and markdown escape grows.
        most = most * 4 / 5;
    }
}

fn card(post: &Post, text_bytes_max: usize) -> Vec<u8> {
    let (title, _) = cut(&post.title, TITLE_MAX);
    let (text, is_cut) = cut(&post.text, text_bytes_max);
    let mut blocks = vec![
        json!({ "type": "TextBlock", "size": "Large", "weight": "Bolder", "wrap": true, "text": plain(&title) }),
    ];
    // A line break alone is none in markdown.
    blocks.extend(
        text.split('\n').map(str::trim_end).filter(|line| !line.is_empty()).take(200).map(
            |line| json!({ "type": "TextBlock", "wrap": true, "spacing": "Small", "text": plain(line) }),
        ),
    );
    let mut content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": blocks,
    });
    if let Some(url) = &post.url {
        let title = if is_cut { "Read the rest" } else { "Open" };
        content["actions"] = json!([{ "type": "Action.OpenUrl", "title": title, "url": url }]);
    }
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": content,
    });
    json!({ "type": "message", "attachments": [attachment] }).to_string().into_bytes()
}

/// What begins or makes markup in a card's text.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (at, character) in text.chars().enumerate() {
        let marks = matches!(character, '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '`' | '~' | '<' | '>');
        let begins = at == 0 && matches!(character, '#' | '-' | '+');
        if marks || begins {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}
