//! What is sent to one address: its headers, its text, and the same as HTML.
//!
//! Invariant: no field can begin another header: lines and controls are refused, and long or foreign words are encoded. The
//! same letter is the same bytes. Deliberately not here: words (templates), signatures of domains (DKIM, the relay's).

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Message, MultiPart, SinglePart};

use super::address::MailAddress;

const SUBJECT_CHARS_MAX: usize = 250;
const NAME_CHARS_MAX: usize = 100;
const BODY_BYTES_MAX: usize = 1 << 20;
const ID_MAX: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterRefusal {
    #[error("this is no address of mail")]
    Address,
    #[error("a {0} is one line of readable text, and not too long")]
    Line(&'static str),
    #[error("a letter is at most 1 MiB of text")]
    TooLong,
}

impl LetterRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "mail-address-malformed",
            Self::Line(_) | Self::TooLong => "mail-malformed",
        }
    }
    pub fn help(&self) -> &'static str {
        match self {
            Self::Address => "write it as ada@example.org, without a name and without angles",
            Self::Line(_) => "take out line breaks and controls, and shorten it",
            Self::TooLong => "say less, and link to the rest",
        }
    }
}

/// An address with the name that stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: MailAddress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Of this message to this address, the same at every attempt: letters, digits, `.`, `_` and `-`.
    pub id: String,
    pub from: Mailbox,
    pub to: MailAddress,
    /// Seconds since 1970, of the message and not of the attempt.
    pub date_seconds: u64,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Where one click, or one POST, ends these letters (RFC 8058).
    pub unsubscribe_url: Option<String>,
}

impl Letter {
    pub fn message_id(&self) -> String {
        format!("<{}@{}>", self.id, self.from.address.domain())
    }

    /// What goes after `DATA`.
    pub fn bytes(&self) -> Result<Vec<u8>, LetterRefusal> {
        self.check()?;
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(self.date_seconds);
        let to = Mailbox { name: None, address: self.to.clone() };
        let mut builder = Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(&to)?)
            .date(date)
            .message_id(Some(self.message_id()))
            .subject(self.subject.trim())
            // So that nobody's automatic answer comes back (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(url) = &self.unsubscribe_url {
            builder = builder
                .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let built = match &self.html {
            None => builder.singlepart(SinglePart::plain(self.text.clone())),
            Some(html) => builder.multipart(
                MultiPart::alternative()
                    // Chosen at random it would differ at every attempt.
                    .boundary(format!("tidegate-{}", self.id))
                    .singlepart(SinglePart::plain(self.text.clone()))
                    .singlepart(SinglePart::html(html.clone())),
            ),
        };
        built.map(|message| message.formatted()).map_err(|_| LetterRefusal::Address)
    }

    fn check(&self) -> Result<(), LetterRefusal> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if self.id.is_empty() || self.id.len() > ID_MAX || !self.id.bytes().all(word) {
            return Err(LetterRefusal::Line("message's id"));
        }
        one_line(&self.subject, SUBJECT_CHARS_MAX, "subject")?;
        if let Some(name) = &self.from.name {
            one_line(name, NAME_CHARS_MAX, "sender's name")?;
        }
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
        if self.unsubscribe_url.as_ref().is_some_and(|url| url.len() > 900 || !url.bytes().all(plain)) {
            return Err(LetterRefusal::Line("link"));
        }
        let length = self.text.len() + self.html.as_ref().map_or(0, String::len);
        if length > BODY_BYTES_MAX { Err(LetterRefusal::TooLong) } else { Ok(()) }
    }
}

fn one_line(text: &str, chars_max: usize, what: &'static str) -> Result<(), LetterRefusal> {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= chars_max
        && !text
            .chars()
            .any(|character| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'));
    if fits { Ok(()) } else { Err(LetterRefusal::Line(what)) }
}

fn mailbox(mailbox: &Mailbox) -> Result<lettre::message::Mailbox, LetterRefusal> {
    let address = mailbox.address.as_str().parse().map_err(|_| LetterRefusal::Address)?;
    Ok(lettre::message::Mailbox::new(mailbox.name.clone(), address))
}

/// The value is checked to be ASCII in one line by then; folded anywhere it would be no address any more.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            id: "ann-1.a".to_owned(),
            from: Mailbox {
                name: Some("Größe, Shop".to_owned()),
                address: "shop@example.org".parse().unwrap(),
            },
            to: "ada@example.net".parse().unwrap(),
            date_seconds: 1_790_000_000,
            subject: "Version 2.1 – heute Nacht".to_owned(),
            text: "Hello\n.\nAda".to_owned(),
            html: Some("<p>Hello</p>".to_owned()),
            unsubscribe_url: Some(format!(
                "https://tide.example/announcements/unsubscribe?token={}",
                "x".repeat(300)
            )),
        }
    }

    #[test]
    fn the_same_letter_is_the_same_bytes() {
        assert_eq!(letter().bytes(), letter().bytes());
        let text = String::from_utf8(letter().bytes().unwrap()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(head.contains("Message-ID: <ann-1.a@example.org>"), "{head}");
        assert!(head.contains("Date: Mon, 21 Sep 2026 "), "{head}");
        assert!(head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{head}");
        assert!(head.is_ascii() && text.contains("multipart/alternative"), "{head}");
        let link = head.lines().find(|line| line.starts_with("List-Unsubscribe:")).unwrap();
        assert!(link.ends_with("xxx>") && link.len() < 998, "an address is not folded");
    }

    #[test]
    fn nothing_begins_another_header() {
        let check = |what: &str, change: &dyn Fn(&mut Letter)| {
            let mut letter = letter();
            change(&mut letter);
            let code = letter
                .bytes()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|why| why.code());
            assert_eq!(code, Err("mail-malformed"), "{what}");
        };
        for evil in ["a\r\nBcc: all@example.org", "a\nb", "a\rb", "a\u{0}b", "a\u{2028}b", "", "  "] {
            check(evil, &|letter| evil.clone_into(&mut letter.subject));
            check(evil, &|letter| letter.from.name = Some(evil.to_owned()));
            check(evil, &|letter| evil.clone_into(&mut letter.id));
        }
        for evil in
            ["https://a.example/\r\nBcc: x@y.z", "https://a.example/>, <mailto:x@y.z", "https://ä.example/"]
        {
            check(evil, &|letter| letter.unsubscribe_url = Some(evil.to_owned()));
        }
        check("subject", &|letter| letter.subject = "x".repeat(251));
        check("text", &|letter| letter.text = "x".repeat(BODY_BYTES_MAX));
    }

    #[test]
    fn an_address_is_plain() {
        for good in ["ada@example.org", "a.b+c@x.example", "o'neil@EXAMPLE.org", "a@localhost", " a@b.c "] {
            assert!(good.parse::<MailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@x.y",
            "a@",
            "a b@x.y",
            "a@x y",
            "<a@x.y>",
            "a@x.y\r\nRCPT TO:<b@x.y>",
            "\"a b\"@x.y",
            "a..b@x.y",
            ".a@x.y",
            "a@-x.y",
            "a@x..y",
            "ä@x.y",
            "a@ü.de",
            "a@[127.0.0.1]",
            "a\u{0}@x.y",
            "a@x.y,b@x.y",
        ] {
            assert_eq!(bad.parse::<MailAddress>().unwrap_err().code(), "mail-address-malformed", "{bad:?}");
        }
        assert!(format!("{}@x.y", "a".repeat(65)).parse::<MailAddress>().is_err());
        assert_eq!("A@EXAMPLE.org".parse::<MailAddress>().unwrap().as_str(), "A@example.org");
    }
}
