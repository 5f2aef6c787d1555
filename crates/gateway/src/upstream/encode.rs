//! Writing the head of a request to a service.
//!
//! Invariant: what is written was parsed before (no byte of the client's head is copied unseen), carries
//! exactly one framing, one `Host` and no field that was for the client's connection only.
//! Not here: the body (`send`).

use super::parse::{is_hop_by_hop, options};
use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// How the length of the request's body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestFraming {
    /// No body, and no `Content-Length` either, as in a GET.
    None,
    Length(u64),
    Chunked,
}

pub(crate) struct RequestHead<'a> {
    pub method: &'a Method,
    /// Origin form: `/path?query`, or `*`.
    pub target: &'a str,
    pub host: &'a [u8],
    pub headers: &'a HeaderMap,
    pub framing: RequestFraming,
    pub forwarded: Forwarded<'a>,
    /// What the client wants to switch to.
    pub upgrade: Option<&'a HeaderValue>,
    /// A copy for a mirror, which services may want to know.
    pub mirrored: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Forwarded<'a> {
    /// The client's address as text.
    pub client: &'a str,
    /// Whether what the caller says about forwarding is kept.
    pub trusted: bool,
}

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";

pub(crate) fn request_head(head: &RequestHead<'_>, to: &mut BytesMut) {
    to.reserve(512 + head.target.len());
    put(
        to,
        &[head.method.as_str().as_bytes(), b" ", head.target.as_bytes(), b" HTTP/1.1\r\nhost: ", head.host],
    );
    to.put_slice(b"\r\n");
    let nominated = Nominated::of(head.headers);
    for (name, value) in head.headers {
        if passes(name, head.forwarded.trusted) && !nominated.names(name) {
            field(to, name.as_str().as_bytes(), value.as_bytes());
        }
    }
    cookies(head.headers, to);
    forwarded(head, to);
    match head.framing {
        RequestFraming::None => {}
        RequestFraming::Length(length) => put_length(to, length),
        RequestFraming::Chunked => to.put_slice(b"transfer-encoding: chunked\r\n"),
    }
    if let Some(protocol) = head.upgrade {
        put(to, &[b"connection: upgrade\r\nupgrade: ", protocol.as_bytes(), b"\r\n"]);
    }
    if head.mirrored {
        to.put_slice(b"x-tidegate-mirrored: true\r\n");
    }
    to.put_slice(b"\r\n");
}

/// HTTP/2 clients may send a cookie in pieces; in HTTP/1.1 there is one field (RFC 9113 section 8.2.3).
fn cookies(headers: &HeaderMap, to: &mut BytesMut) {
    let mut pieces = headers.get_all(header::COOKIE).iter();
    let Some(first) = pieces.next() else { return };
    put(to, &[b"cookie: ", first.as_bytes()]);
    for piece in pieces {
        put(to, &[b"; ", piece.as_bytes()]);
    }
    to.put_slice(b"\r\n");
}

fn forwarded(head: &RequestHead<'_>, to: &mut BytesMut) {
    let trusted = |name| if head.forwarded.trusted { head.headers.get(name) } else { None };
    to.put_slice(b"x-forwarded-for: ");
    if head.forwarded.trusted {
        for chain in head.headers.get_all(FORWARDED_FOR) {
            put(to, &[chain.as_bytes(), b", "]);
        }
    }
    put(to, &[head.forwarded.client.as_bytes(), b"\r\n"]);
    let proto = trusted(FORWARDED_PROTO).map_or(&b"http"[..], HeaderValue::as_bytes);
    field(to, FORWARDED_PROTO.as_bytes(), proto);
    let host = trusted(FORWARDED_HOST).map_or(head.host, HeaderValue::as_bytes);
    if !host.is_empty() {
        field(to, FORWARDED_HOST.as_bytes(), host);
    }
}

fn passes(name: &HeaderName, trusted: bool) -> bool {
    let own = matches!(*name, header::HOST | header::CONTENT_LENGTH | header::COOKIE | header::EXPECT)
        || is_hop_by_hop(name);
    let text = name.as_str();
    let rewritten = matches!(text, FORWARDED_FOR | FORWARDED_PROTO | FORWARDED_HOST);
    let spoofable =
        *name == header::FORWARDED || text.starts_with("x-forwarded-") || text == "x-tidegate-mirrored";
    !own && !rewritten && (trusted || !spoofable)
}

/// The fields that `Connection` names: for the client's connection only (RFC 9110 section 7.6.1).
struct Nominated<'a>(Option<&'a HeaderMap>);

impl<'a> Nominated<'a> {
    fn of(headers: &'a HeaderMap) -> Nominated<'a> {
        Nominated(headers.contains_key(header::CONNECTION).then_some(headers))
    }

    fn names(&self, name: &HeaderName) -> bool {
        let Some(headers) = self.0 else { return false };
        let lists = headers.get_all(header::CONNECTION);
        lists
            .iter()
            .flat_map(|list| options(list.as_bytes()))
            .any(|o| o.eq_ignore_ascii_case(name.as_str().as_bytes()))
    }
}

fn put(to: &mut BytesMut, parts: &[&[u8]]) {
    for part in parts {
        to.put_slice(part);
    }
}

fn field(to: &mut BytesMut, name: &[u8], value: &[u8]) {
    to.reserve(name.len() + value.len() + 4);
    put(to, &[name, b": ", value, b"\r\n"]);
}

fn put_length(to: &mut BytesMut, length: u64) {
    field(to, b"content-length", length.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(headers: &[(&'static str, &'static str)], trusted: bool) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let head = RequestHead {
            method: &Method::POST,
            target: "/cart?x=1",
            host: b"shop.example",
            headers: &map,
            framing: RequestFraming::Length(3),
            forwarded: Forwarded { client: "203.0.113.9", trusted },
            upgrade: None,
            mirrored: false,
        };
        let mut to = BytesMut::new();
        request_head(&head, &mut to);
        String::from_utf8(to.to_vec()).unwrap().replace('\r', "")
    }

    #[test]
    fn a_head_has_one_framing_one_host_and_nothing_for_the_clients_connection() {
        let text = encoded(
            &[
                ("host", "evil.example"),
                ("content-length", "99"),
                ("connection", "keep-alive, X-Secret"),
                ("x-secret", "1"),
                ("te", "trailers"),
                ("proxy-authorization", "Basic x"),
                ("expect", "100-continue"),
                ("accept", "*/*"),
                ("x-forwarded-for", "198.51.100.1"),
                ("forwarded", "for=198.51.100.1"),
                ("x-tidegate-mirrored", "true"),
                ("cookie", "a=1"),
                ("cookie", "b=2; c=3"),
            ],
            false,
        );
        insta::assert_snapshot!(text, @r"
        POST /cart?x=1 HTTP/1.1
        host: shop.example
        accept: */*
        cookie: a=1; b=2; c=3
        x-forwarded-for: 203.0.113.9
        x-forwarded-proto: http
        x-forwarded-host: shop.example
        content-length: 3
        ");
    }

    #[test]
    fn a_trusted_caller_is_added_to_and_not_replaced() {
        let text = encoded(
            &[
                ("x-forwarded-for", "198.51.100.1"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "www.example"),
            ],
            true,
        );
        insta::assert_snapshot!(text, @r"
        POST /cart?x=1 HTTP/1.1
        host: shop.example
        x-forwarded-for: 198.51.100.1, 203.0.113.9
        x-forwarded-proto: https
        x-forwarded-host: www.example
        content-length: 3
        ");
    }
}
