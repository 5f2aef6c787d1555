//! Reading the head of a service's response and deciding how its body ends (RFC 9112 section 6.3).
//!
//! Invariant: a response whose length two readers could see differently (unequal lengths, an unknown
//! coding, a chunked HTTP/1.0 message) is refused, never guessed; what belongs to one connection only
//! (RFC 9110 section 7.6.1) does not get through.
//! Not here: reading from the socket (`exchange`).

use super::chunked::Chunked;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::mem::MaybeUninit;
use std::ops::Range;

const HEADERS_MAX: usize = 128;
/// So many are kept track of without an allocation; room for all of them would be cleared at every response.
const FEW_HEADERS: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Empty,
    Length { left: u64 },
    Chunked(Chunked),
    UntilClose,
}

#[derive(Debug)]
pub(crate) struct ResponseHead {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub framing: Framing,
    /// Whether the service keeps the connection open afterwards.
    pub keep_alive: bool,
    /// What the service switched to (101 only).
    pub upgrade: Option<HeaderValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the response is not HTTP")]
    Malformed,
    #[error("the response's head is too large")]
    TooLarge,
}

/// Takes one head off the buffer; `None` while it is not whole. `spare` gives an empty map for its fields.
pub(crate) fn response_head(
    buffer: &mut BytesMut,
    method: &Method,
    (bytes_max, spare): (usize, &dyn Fn() -> HeaderMap),
) -> Result<Option<ResponseHead>, HeadError> {
    let mut slots = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let base = buffer.as_ptr() as usize;
    let length = match config.parse_response_with_uninit_headers(&mut parsed, buffer, &mut slots) {
        Ok(httparse::Status::Complete(length)) if length <= bytes_max => length,
        Ok(httparse::Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => {
            return Err(HeadError::TooLarge);
        }
        Ok(httparse::Status::Partial) if buffer.len() > bytes_max => return Err(HeadError::TooLarge),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(HeadError::Malformed),
    };
    let http_1_1 = parsed.version == Some(1);
    let status = StatusCode::from_u16(parsed.code.unwrap_or(0)).map_err(|_| HeadError::Malformed)?;
    let mut fields = Fields::new(spare());
    let mut few = [Span::default(); FEW_HEADERS];
    let many: Vec<Span>;
    let spans: &[Span] = if let Some(spans) = few.get_mut(..parsed.headers.len()) {
        for (span, field) in spans.iter_mut().zip(parsed.headers.iter()) {
            *span = Span::of(base, field);
        }
        spans
    } else {
        many = parsed.headers.iter().map(|field| Span::of(base, field)).collect();
        many.as_slice()
    };
    let head = buffer.split_to(length).freeze();
    for span in spans {
        let name = HeaderName::from_bytes(&head[span.name()]).map_err(|_| HeadError::Malformed)?;
        fields.take(name, head.slice(span.value()))?;
    }
    fields.finish(status, method, http_1_1).map(Some)
}

/// Where a field stands in the head; the head is at most 256 KiB long.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    name_start: u32,
    name_end: u32,
    value_start: u32,
    value_end: u32,
}

impl Span {
    fn of(base: usize, field: &httparse::Header<'_>) -> Span {
        let name_start = field.name.as_ptr() as usize - base;
        let value_start = field.value.as_ptr() as usize - base;
        Span {
            name_start: name_start as u32,
            name_end: (name_start + field.name.len()) as u32,
            value_start: value_start as u32,
            value_end: (value_start + field.value.len()) as u32,
        }
    }

    fn name(self) -> Range<usize> {
        self.name_start as usize..self.name_end as usize
    }

    fn value(self) -> Range<usize> {
        self.value_start as usize..self.value_end as usize
    }
}

/// The header fields as they are read, with what matters for framing set apart.
struct Fields {
    headers: HeaderMap,
    length: Option<u64>,
    /// The first `Content-Length` as it came.
    length_value: Bytes,
    coding: Option<Bytes>,
    close: bool,
    keep_alive: bool,
    /// The `Connection` fields that name other fields.
    nominating: Vec<Bytes>,
    upgrade: Option<HeaderValue>,
}

impl Fields {
    fn new(headers: HeaderMap) -> Fields {
        Fields {
            headers,
            length: None,
            length_value: Bytes::new(),
            coding: None,
            close: false,
            keep_alive: false,
            nominating: Vec::new(),
            upgrade: None,
        }
    }

    fn take(&mut self, name: HeaderName, bytes: Bytes) -> Result<(), HeadError> {
        match name {
            header::CONTENT_LENGTH => {
                let length = content_length(&bytes).ok_or(HeadError::Malformed)?;
                if self.length.is_some_and(|known| known != length) {
                    return Err(HeadError::Malformed);
                }
                if self.length.replace(length).is_none() {
                    self.length_value = bytes;
                }
            }
            header::TRANSFER_ENCODING => {
                if self.coding.replace(bytes).is_some() {
                    return Err(HeadError::Malformed);
                }
            }
            header::CONNECTION => self.connection_options(bytes),
            header::UPGRADE => self.upgrade = HeaderValue::from_maybe_shared(bytes).ok(),
            name if is_hop_by_hop(&name) => {}
            name => {
                let value = HeaderValue::from_maybe_shared(bytes).map_err(|_| HeadError::Malformed)?;
                self.headers.append(name, value);
            }
        }
        Ok(())
    }

    fn connection_options(&mut self, bytes: Bytes) {
        let mut nominates = false;
        for option in options(&bytes) {
            if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else {
                nominates = true;
            }
        }
        if nominates {
            self.nominating.push(bytes);
        }
    }

    fn finish(
        mut self,
        status: StatusCode,
        method: &Method,
        http_1_1: bool,
    ) -> Result<ResponseHead, HeadError> {
        self.drop_nominated();
        let framing = self.framing(status, method, http_1_1)?;
        let both = self.coding.is_some() && self.length.is_some();
        if let Some(length) = self.length.filter(|_| !both) {
            let list = self.length_value.contains(&b',');
            let as_it_came = HeaderValue::from_maybe_shared(self.length_value).ok().filter(|_| !list);
            self.headers.insert(header::CONTENT_LENGTH, as_it_came.unwrap_or_else(|| length.into()));
        }
        let asked = if http_1_1 { !self.close } else { self.keep_alive && !self.close };
        Ok(ResponseHead {
            status,
            keep_alive: asked && !both && framing != Framing::UntilClose,
            headers: self.headers,
            framing,
            upgrade: self.upgrade.filter(|_| status == StatusCode::SWITCHING_PROTOCOLS),
        })
    }

    fn framing(&self, status: StatusCode, method: &Method, http_1_1: bool) -> Result<Framing, HeadError> {
        let bodiless = status.is_informational() || status == StatusCode::NO_CONTENT;
        if bodiless || status == StatusCode::NOT_MODIFIED || method == Method::HEAD {
            return Ok(Framing::Empty);
        }
        match (&self.coding, self.length) {
            (Some(coding), _) if http_1_1 && coding.eq_ignore_ascii_case(b"chunked") => {
                Ok(Framing::Chunked(Chunked::Size))
            }
            (Some(_), _) => Err(HeadError::Malformed),
            (None, Some(0)) => Ok(Framing::Empty),
            (None, Some(left)) => Ok(Framing::Length { left }),
            (None, None) => Ok(Framing::UntilClose),
        }
    }

    /// `Connection: x-secret` says that `X-Secret` is for this connection only.
    fn drop_nominated(&mut self) {
        for bytes in std::mem::take(&mut self.nominating) {
            for option in options(&bytes) {
                if let Ok(name) = HeaderName::from_bytes(option) {
                    self.headers.remove(name);
                }
            }
        }
    }
}

/// Fields for one connection only, whatever `Connection` says (RFC 9110 section 7.6.1).
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION
            | header::TE
            | header::TRAILER
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    ) || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

/// The members of a comma-separated list.
pub(crate) fn options(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|option| !option.is_empty())
}

/// Digits only, and a list of equal numbers counts as one (RFC 9110 section 8.6).
fn content_length(bytes: &[u8]) -> Option<u64> {
    let mut lengths = bytes.split(|byte| *byte == b',').map(|part| {
        let digits = part.trim_ascii();
        let plain = !digits.is_empty() && digits.len() <= 19 && digits.iter().all(u8::is_ascii_digit);
        plain.then(|| std::str::from_utf8(digits).ok()?.parse::<u64>().ok()).flatten()
    });
    let first = lengths.next()??;
    lengths.all(|length| length == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &Method, text: &str) -> Result<Option<ResponseHead>, HeadError> {
        response_head(&mut BytesMut::from(text), method, (4_096, &HeaderMap::new))
    }

    fn framing(method: &Method, text: &str) -> Option<Framing> {
        head(method, text).ok().flatten().map(|head| head.framing)
    }

    #[test]
    fn a_body_ends_as_the_standard_says() {
        let length = |left| Some(Framing::Length { left });
        for (method, text, expected) in [
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", length(5)),
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", length(5)),
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", None),
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", None),
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", None),
            (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Some(Framing::Empty)),
            (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Some(Framing::Empty)),
            (Method::GET, "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", Some(Framing::Empty)),
            (Method::GET, "HTTP/1.1 200 OK\r\n\r\n", Some(Framing::UntilClose)),
            (
                Method::GET,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                Some(Framing::Chunked(Chunked::Size)),
            ),
            (Method::GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", None),
            (
                Method::GET,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                None,
            ),
            (Method::GET, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
            (Method::GET, "nonsense\r\n\r\n", None),
        ] {
            assert_eq!(framing(&method, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_for_one_connection_does_not_get_through() {
        let text = "HTTP/1.1 200 OK\r\nConnection: X-Secret, keep-alive\r\nX-Secret: 1\r\nKeep-Alive: 5\r\n\
                    Proxy-Authenticate: x\r\nX-Kept: 2\r\nX-Kept: 3\r\nContent-Length: 0\r\n\r\n";
        let head = head(&Method::GET, text).unwrap().unwrap();
        let names: Vec<_> = head.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-kept", "content-length"]);
        assert_eq!(head.headers.get_all("x-kept").iter().count(), 2);
        assert!(head.keep_alive);
    }

    #[test]
    fn a_connection_is_kept_only_when_both_could_agree_where_the_response_ended() {
        for (text, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\n\r\n", false),
        ] {
            assert_eq!(head(&Method::GET, text).unwrap().unwrap().keep_alive, expected, "{text}");
        }
    }

    #[test]
    fn a_head_over_the_limit_is_refused_whole_or_not() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(5_000));
        assert_eq!(head(&Method::GET, &long).unwrap_err(), HeadError::TooLarge);
        assert_eq!(head(&Method::GET, &format!("{long}\r\n\r\n")).unwrap_err(), HeadError::TooLarge);
        assert!(head(&Method::GET, "HTTP/1.1 200 OK\r\nX: ").unwrap().is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let mut buffer = BytesMut::from(&b"HTTP/1.1 200 OK\r\n"[..]);
            buffer.extend_from_slice(&bytes);
            buffer.extend_from_slice(b"\r\n\r\n");
            let _ = response_head(&mut buffer, &Method::GET, (4_096, &HeaderMap::new));
        }
    }
}
