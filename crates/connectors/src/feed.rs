//! Feeds that people's readers follow: Atom and RSS 2.0 of the same entries.
//!
//! Invariant: well-formed XML of whatever text, without the characters that XML cannot hold; an entry keeps its id. Sources:
//! RFC 4287; RSS 2.0 (rssboard.org). Deliberately not here: which entries, and how many.

use std::io;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// What both forms say of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub title: String,
    /// Of the page for people.
    pub page_url: String,
    /// Of this very feed.
    pub feed_url: String,
    /// Newest first.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// An address that never changes, or a `tag:` or `urn:`.
    pub id: String,
    pub title: String,
    pub url: String,
    pub published_ms: u64,
    pub updated_ms: u64,
    pub html: String,
}

type Xml = Writer<Vec<u8>>;

pub fn atom(feed: &Feed) -> Vec<u8> {
    document(|xml| {
        let updated_ms = feed.entries.iter().map(|entry| entry.updated_ms).max().unwrap_or(0);
        xml.create_element("feed")
            .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
            .write_inner_content(|xml| {
                text(xml, "id", &feed.feed_url)?;
                text(xml, "title", &feed.title)?;
                text(xml, "updated", &instant(updated_ms))?;
                link(xml, "alternate", &feed.page_url)?;
                link(xml, "self", &feed.feed_url)?;
                xml.create_element("author").write_inner_content(|xml| text(xml, "name", &feed.title))?;
                feed.entries.iter().try_for_each(|entry| atom_entry(xml, entry))
            })?;
        Ok(())
    })
}

fn atom_entry(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.create_element("entry").write_inner_content(|xml| {
        text(xml, "id", &entry.id)?;
        text(xml, "title", &entry.title)?;
        text(xml, "published", &instant(entry.published_ms))?;
        text(xml, "updated", &instant(entry.updated_ms))?;
        link(xml, "alternate", &entry.url)?;
        let content = plain(&entry.html);
        xml.create_element("content")
            .with_attribute(("type", "html"))
            .write_text_content(BytesText::new(&content))?;
        Ok(())
    })?;
    Ok(())
}

pub fn rss(feed: &Feed) -> Vec<u8> {
    document(|xml| {
        let root = xml.create_element("rss").with_attribute(("version", "2.0"));
        root.with_attribute(("xmlns:atom", "http://www.w3.org/2005/Atom")).write_inner_content(|xml| {
            xml.create_element("channel").write_inner_content(|xml| {
                text(xml, "title", &feed.title)?;
                text(xml, "link", &feed.page_url)?;
                text(xml, "description", &feed.title)?;
                xml.create_element("atom:link")
                    .with_attribute(("href", plain(&feed.feed_url).as_str()))
                    .with_attribute(("rel", "self"))
                    .with_attribute(("type", "application/rss+xml"))
                    .write_empty()?;
                feed.entries.iter().try_for_each(|entry| rss_item(xml, entry))
            })?;
            Ok(())
        })?;
        Ok(())
    })
}

fn rss_item(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.create_element("item").write_inner_content(|xml| {
        text(xml, "title", &entry.title)?;
        text(xml, "link", &entry.url)?;
        let (id, is_link) = (plain(&entry.id), if entry.id == entry.url { "true" } else { "false" });
        xml.create_element("guid")
            .with_attribute(("isPermaLink", is_link))
            .write_text_content(BytesText::new(&id))?;
        text(xml, "pubDate", &mail_date(entry.published_ms))?;
        text(xml, "description", &entry.html)
    })?;
    Ok(())
}

/// Writing to memory does not fail; if it ever did the document would end where it did.
fn document(write: impl FnOnce(&mut Xml) -> io::Result<()>) -> Vec<u8> {
    let mut xml = Writer::new(Vec::new());
    let written = xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
    let _ = written.and_then(|()| write(&mut xml));
    xml.into_inner()
}

fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&plain(value)))?;
    Ok(())
}

fn link(xml: &mut Xml, relation: &str, url: &str) -> io::Result<()> {
    let link = xml.create_element("link").with_attribute(("rel", relation));
    link.with_attribute(("href", plain(url).as_str())).write_empty()?;
    Ok(())
}

/// Without the characters that XML 1.0 has no way to write (2.2).
fn plain(text: &str) -> String {
    let allowed = |character: &char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}

fn at(ms: u64) -> Timestamp {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

fn instant(ms: u64) -> String {
    at(ms).to_string()
}

fn mail_date(ms: u64) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_string(&at(ms)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;

    fn feed(text: &str) -> Feed {
        let entry = |at: u64| Entry {
            id: format!("https://t.example/announcements/{at}"),
            title: text.to_owned(),
            url: format!("https://t.example/announcements/{at}"),
            published_ms: 1_790_000_000_000 + at,
            updated_ms: 1_790_000_000_500 + at,
            html: format!("<p>{at}</p>"),
        };
        Feed {
            title: "Shop".to_owned(),
            page_url: "https://t.example/announcements".to_owned(),
            feed_url: "https://t.example/announcements.atom?a=1&b=2".to_owned(),
            entries: vec![entry(2), entry(1)],
        }
    }

    fn well_formed(bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let mut reader = Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        let mut depth = 0_i32;
        loop {
            let event = reader.read_event().unwrap();
            depth += i32::from(matches!(event, Event::Start(_))) - i32::from(matches!(event, Event::End(_)));
            if matches!(event, Event::Eof) {
                break;
            }
        }
        assert_eq!(depth, 0);
        text
    }

    #[test]
    fn both_forms_say_the_same() {
        let atom = well_formed(&atom(&feed("A & B")));
        assert!(atom.contains("<title>A &amp; B</title>"), "{atom}");
        assert!(atom.contains("<updated>2026-09-21T14:13:20.502Z</updated><link"), "{atom}");
        assert!(atom.contains("&lt;p&gt;2&lt;/p&gt;") && atom.contains("a=1&amp;b=2"), "{atom}");
        let rss = well_formed(&rss(&feed("A & B")));
        assert!(rss.contains("<pubDate>Mon, 21 Sep 2026 14:13:20 "), "{rss}");
        assert!(
            rss.contains(r#"<guid isPermaLink="true">https://t.example/announcements/2</guid>"#),
            "{rss}"
        );
    }

    #[test]
    fn any_text_is_well_formed() {
        for text in ["]]>", "<script>", "a\u{0}b\u{1b}[2J\u{b}", "\u{fffe}", "&amp;", "\"'", "🚢"] {
            let atom = well_formed(&atom(&feed(text)));
            assert!(
                !atom.contains('\u{0}') && !atom.contains('\u{1b}') && !atom.contains('\u{fffe}'),
                "{text:?}"
            );
            well_formed(&rss(&feed(text)));
        }
        let empty = Feed { entries: Vec::new(), ..feed("") };
        well_formed(&atom(&empty));
        well_formed(&rss(&empty));
    }
}
