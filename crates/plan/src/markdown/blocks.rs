//! Markdown as a list of blocks with their lines: headings, paragraphs, lists, tables, and whatever else there is, as it stands.
//!
//! Invariant: every letter of the source is in some block or in a gap, and nothing is deeper, longer or more than is allowed.

// Of the parser's many kinds of event, those that are not named here hold nothing of their own.
#![allow(clippy::wildcard_enum_match_arm)]

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, OffsetIter, Options, Parser, Tag, TagEnd};

use super::rich::{Collect, Rich};

pub const BYTES_MAX: usize = 1 << 20;
/// Lists in lists, quotes in quotes, emphasis in emphasis.
pub const DEPTH_MAX: usize = 32;
/// Rows of all tables.
pub const ROWS_MAX: usize = 10_000;
/// Items of all lists.
pub const ITEMS_MAX: usize = 20_000;

/// Why a text was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMarkdown {
    #[error("the text has {bytes} bytes, and {BYTES_MAX} are the most that is read; split the plan")]
    TooLong { bytes: usize },
    #[error(
        "line {line} is nested deeper than {DEPTH_MAX} levels; no plan needs that, so the text is not read"
    )]
    TooDeep { line: usize },
    #[error("at line {line} the tables have more than {ROWS_MAX} rows together; import long lists as CSV")]
    TooManyRows { line: usize },
    #[error("at line {line} the lists have more than {ITEMS_MAX} items together; import long lists as CSV")]
    TooManyItems { line: usize },
}

impl BadMarkdown {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "markdown-too-long",
            Self::TooDeep { .. } => "markdown-too-deep",
            Self::TooManyRows { .. } => "markdown-too-many-rows",
            Self::TooManyItems { .. } => "markdown-too-many-items",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Block {
    pub what: What,
    pub span: Range<usize>,
    pub line: usize,
}

#[derive(Debug)]
pub(crate) enum What {
    Heading { level: u8, text: Rich },
    Paragraph(Rich),
    List(Vec<Item>),
    Table(Table),
    Fence { info: String, text: String },
    Front(String),
    Other,
}

#[derive(Debug)]
pub(crate) struct Item {
    pub text: Rich,
    pub done: bool,
    pub line: usize,
    pub children: Vec<Item>,
    /// Code, tables, quotes and more in the item, as they stand.
    pub rest: Vec<(usize, Range<usize>)>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub head: Vec<Rich>,
    pub rows: Vec<(usize, Vec<Rich>)>,
}

pub(crate) struct Read {
    pub blocks: Vec<Block>,
    /// Letters that are in no block, by line: what the parser itself passes over.
    pub gaps: Vec<Gap>,
}

pub(crate) struct Gap {
    pub at: usize,
    pub line: usize,
    pub text: String,
}

pub(crate) fn blocks(source: &str) -> Result<Read, BadMarkdown> {
    if source.len() > BYTES_MAX {
        return Err(BadMarkdown::TooLong { bytes: source.len() });
    }
    let lines = Lines::new(source);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let events = Parser::new_ext(source, options).into_offset_iter();
    let mut reader = Reader { source, lines, events, depth: 0, rows: 0, items: 0, covered: Vec::new() };
    let mut blocks = Vec::new();
    while let Some((event, span)) = reader.next()? {
        if let Some(block) = reader.block(event, span)? {
            blocks.push(block);
        }
    }
    let gaps = reader.gaps();
    Ok(Read { blocks, gaps })
}

struct Reader<'a> {
    source: &'a str,
    lines: Lines,
    events: OffsetIter<'a>,
    depth: usize,
    rows: usize,
    items: usize,
    covered: Vec<Range<usize>>,
}

type Spanned<'a> = (Event<'a>, Range<usize>);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<Spanned<'a>>, BadMarkdown> {
        let Some((event, span)) = self.events.next() else { return Ok(None) };
        let line = || self.lines.of(span.start);
        match &event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(BadMarkdown::TooDeep { line: line() });
                }
                match tag {
                    Tag::TableRow => self.rows += 1,
                    Tag::Item => self.items += 1,
                    Tag::Link { .. } | Tag::Image { .. } => self.covered.push(span.clone()),
                    _ => {}
                }
                if self.rows > ROWS_MAX {
                    return Err(BadMarkdown::TooManyRows { line: line() });
                }
                if self.items > ITEMS_MAX {
                    return Err(BadMarkdown::TooManyItems { line: line() });
                }
            }
            Event::End(_) => self.depth -= 1,
            _ => self.covered.push(span.clone()),
        }
        Ok(Some((event, span)))
    }

    fn block(&mut self, event: Event<'a>, span: Range<usize>) -> Result<Option<Block>, BadMarkdown> {
        let line = self.lines.of(span.start);
        let what = match event {
            Event::Start(Tag::Heading { level, .. }) => {
                What::Heading { level: level as u8, text: self.rich()? }
            }
            Event::Start(Tag::Paragraph) => What::Paragraph(self.rich()?),
            Event::Start(Tag::List(_)) => What::List(self.list()?),
            Event::Start(Tag::Table(_)) => What::Table(self.table()?),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                self.covered.push(span.clone());
                What::Fence { info: info.to_string(), text: self.plain()? }
            }
            Event::Start(Tag::MetadataBlock(_)) => What::Front(self.plain()?),
            Event::Start(_) => {
                self.covered.push(span.clone());
                self.skip()?;
                What::Other
            }
            Event::Rule | Event::End(_) => return Ok(None),
            _ => What::Other,
        };
        Ok(Some(Block { what, span, line }))
    }

    fn rich(&mut self) -> Result<Rich, BadMarkdown> {
        let mut collect = Collect::default();
        self.inline(&mut collect)?;
        Ok(collect.finish().without_id())
    }

    /// Inline text up to the end of what was begun, or up to a block inside of it, which is given back.
    fn inline(&mut self, collect: &mut Collect) -> Result<Option<Spanned<'a>>, BadMarkdown> {
        let mut urls: Vec<String> = Vec::new();
        let mut open = 0_usize;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::Text(text) => {
                    let literal = self.source[span].starts_with('&') && text.chars().count() == 1;
                    collect.text(&text, literal);
                }
                Event::Code(code) => collect.code(&code),
                Event::InlineHtml(html) if is_break(&html) => collect.new_part(),
                Event::InlineHtml(html) | Event::Html(html) => collect.text(&html, false),
                Event::SoftBreak => collect.space(),
                Event::HardBreak => collect.new_part(),
                Event::Start(Tag::Link { dest_url, title, .. } | Tag::Image { dest_url, title, .. }) => {
                    open += 1;
                    let title = if title.is_empty() { String::new() } else { format!(" {title}") };
                    urls.push(format!("{dest_url}{title}"));
                }
                Event::End(TagEnd::Link | TagEnd::Image) => {
                    open -= 1;
                    let url = urls.pop().unwrap_or_default();
                    collect.link(&url);
                }
                Event::Start(
                    Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript,
                ) => open += 1,
                Event::Start(tag) => return Ok(Some((Event::Start(tag), span))),
                Event::End(_) if open > 0 => open -= 1,
                Event::End(end) => return Ok(Some((Event::End(end), span))),
                Event::TaskListMarker(done) => return Ok(Some((Event::TaskListMarker(done), span))),
                Event::Rule => return Ok(Some((Event::Rule, span))),
                Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                    collect.text(&text, false);
                }
            }
        }
        Ok(None)
    }

    fn list(&mut self) -> Result<Vec<Item>, BadMarkdown> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            match event {
                Event::Start(Tag::Item) => items.push(self.item(self.lines.of(span.start))?),
                _ => break,
            }
        }
        Ok(items)
    }

    fn item(&mut self, line: usize) -> Result<Item, BadMarkdown> {
        let mut item =
            Item { text: Rich::default(), done: false, line, children: Vec::new(), rest: Vec::new() };
        let mut collect = Collect::default();
        while let Some((event, span)) = self.inline(&mut collect)? {
            match event {
                Event::TaskListMarker(done) => item.done = done,
                // A second paragraph goes on below the first.
                Event::Start(Tag::Paragraph) if !collect.is_empty() => collect.new_part(),
                Event::Start(Tag::Paragraph) => {}
                Event::End(TagEnd::Item) => break,
                Event::End(_) | Event::Rule => {}
                Event::Start(Tag::List(_)) => item.children.extend(self.list()?),
                Event::Start(_) => {
                    self.covered.push(span.clone());
                    item.rest.push((self.lines.of(span.start), span));
                    self.skip()?;
                }
                _ => {}
            }
        }
        item.text = collect.finish();
        Ok(item)
    }

    fn table(&mut self) -> Result<Table, BadMarkdown> {
        let mut table = Table { head: Vec::new(), rows: Vec::new() };
        while let Some((event, span)) = self.next()? {
            match event {
                Event::Start(Tag::TableHead) => table.head = self.cells()?,
                Event::Start(Tag::TableRow) => {
                    let line = self.lines.of(span.start);
                    table.rows.push((line, self.cells()?));
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Ok(table)
    }

    fn cells(&mut self) -> Result<Vec<Rich>, BadMarkdown> {
        let mut cells = Vec::new();
        while let Some((event, _)) = self.next()? {
            match event {
                Event::Start(Tag::TableCell) => cells.push(self.rich()?),
                Event::End(TagEnd::TableRow | TagEnd::TableHead) => break,
                _ => {}
            }
        }
        Ok(cells)
    }

    /// The text of a block that holds nothing else.
    fn plain(&mut self) -> Result<String, BadMarkdown> {
        let mut plain = String::new();
        while let Some((event, _)) = self.next()? {
            match event {
                Event::Text(text) => plain.push_str(&text),
                Event::End(_) => break,
                _ => {}
            }
        }
        Ok(plain)
    }

    fn skip(&mut self) -> Result<(), BadMarkdown> {
        let outside = self.depth - 1;
        while self.depth > outside && self.next()?.is_some() {}
        Ok(())
    }

    fn gaps(mut self) -> Vec<Gap> {
        self.covered.sort_unstable_by_key(|range| range.start);
        let mut gaps = Vec::new();
        let mut from = 0;
        let end = self.source.len();
        for range in self.covered.drain(..).chain(std::iter::once(end..end)) {
            if range.start > from {
                let mut at = from;
                for piece in self.source[from..range.start].split_inclusive('\n') {
                    if has_words(piece) {
                        gaps.push(Gap { at, line: self.lines.of(at), text: piece.trim().to_owned() });
                    }
                    at += piece.len();
                }
            }
            from = from.max(range.end);
        }
        gaps
    }
}

/// Numbers of a numbered list are no words.
fn has_words(piece: &str) -> bool {
    let word = |word: &str| {
        let number = word.trim_end_matches(['.', ')']);
        let marker = number.len() + 1 == word.len() && number.bytes().all(|byte| byte.is_ascii_digit());
        !marker && word.chars().any(char::is_alphanumeric)
    };
    piece.split([' ', '\t', '\n', '>']).any(word)
}

fn is_break(html: &str) -> bool {
    let tag = html.to_ascii_lowercase().replace(' ', "");
    tag == "<br>" || tag == "<br/>"
}

struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(source: &str) -> Self {
        let starts = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(starts).collect() }
    }

    /// Counted from one.
    fn of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}
