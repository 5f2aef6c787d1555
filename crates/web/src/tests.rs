//! A small site as a build would leave it, and whatever this program was built with.
//!
//! Invariant: what is asked of the small site holds for the built one, too, where there is one.

use std::io::Read as _;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::encoding::Encoding;

#[derive(RustEmbed)]
#[folder = "tests/site"]
struct Small;

const SCRIPT: &str = "/assets/app-3f2a91c0.js";

fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn ask(path: &str, pairs: &[(HeaderName, &'static str)]) -> Option<Response<Bytes>> {
    answer_from::<Small>(&Asked { path, headers: &headers(pairs), fresh: [7; 16] })
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn header<'a>(response: &'a Response<Bytes>, name: &HeaderName) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn plain(form: &str, body: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    match form {
        "br" => brotli_decompressor::BrotliDecompress(&mut &*body, &mut found).unwrap(),
        "gzip" => _ = flate2::read::GzDecoder::new(body).read_to_end(&mut found).unwrap(),
        _ => found.extend_from_slice(body),
    }
    found
}

#[test]
fn each_path_leads_to_its_file_or_to_the_page() {
    let html = [(ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")];
    let check = |path: &str, expect: Option<&str>| {
        let found = ask(path, &html);
        assert_eq!(found.as_ref().map(|answer| header(answer, &CONTENT_TYPE)), expect, "{path}");
    };
    let (page, script) = (Some("text/html; charset=utf-8"), Some("text/javascript; charset=utf-8"));
    check("/", page);
    check("/index.html", page);
    check(SCRIPT, script);
    check("/robots.txt", Some("text/plain; charset=utf-8"));
    for shown in ["/releases", "/releases/1.2.0", "/projects/bank/releases/1.0.0+1", "/x.js", "/a/b.c/d.e"] {
        check(shown, page);
    }
    // Nothing of the disk is reached by whatever name: it is the page, which finds nothing by it.
    for out in ["/../Cargo.toml", "/..%2fCargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/..\\..\\x"] {
        let answer = ask(out, &html).unwrap();
        assert!(text(&answer).contains("<title>Small</title>"), "{out}");
    }
    for gone in ["/assets/../robots.txt", "/assets/app-00000000.js", "/assets/", "/assets/..%2frobots.txt"] {
        check(gone, None);
    }
    // A compressed form is no file of its own.
    check(&format!("{SCRIPT}.br"), None);
    check("", None);
    check("*", None);
}

#[test]
fn a_program_is_not_given_a_page_for_what_is_not_there() {
    for accepted in ["application/json", "*/*", "text/plain", "text/htmlx"] {
        assert!(ask("/nothing", &[(ACCEPT, accepted)]).is_none(), "{accepted}");
    }
    assert!(ask("/nothing", &[]).is_none());
    assert!(ask("/", &[]).is_some(), "the page itself is a file like the others");
    assert!(ask("/nothing", &[(ACCEPT, "application/json, TEXT/html;q=0.1")]).is_some());
}

#[test]
fn the_number_of_an_answer_is_in_its_page_and_its_policy() {
    let page = |fresh| answer_from::<Small>(&Asked { path: "/", headers: &HeaderMap::new(), fresh }).unwrap();
    let (one, other) = (page([1; 16]), page([2; 16]));
    for (answer, nonce) in [(&one, "AQEBAQEBAQEBAQEBAQEBAQ=="), (&other, "AgICAgICAgICAgICAgICAg==")] {
        assert_eq!(text(answer).matches(&format!("\"{nonce}\"")).count(), 2, "{}", text(answer));
        assert!(!text(answer).contains("__NONCE__"));
        let policy = header(answer, &CONTENT_SECURITY_POLICY);
        let styles = format!("; style-src 'self' 'nonce-{nonce}'; ");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; ") && policy.contains(&styles));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(answer, &CACHE_CONTROL), "no-store");
        assert_eq!(header(answer, &ETAG), "");
    }
}

#[test]
fn a_program_without_a_web_interface_says_so() {
    #[derive(RustEmbed)]
    #[folder = "tests/no-such-directory"]
    #[allow_missing = true]
    struct Nothing;

    let asked = Asked { path: "/releases", headers: &headers(&[(ACCEPT, "text/html")]), fresh: [0; 16] };
    let answer = answer_from::<Nothing>(&asked).unwrap();
    assert!(text(&answer).contains("make web"));
    assert!(!text(&answer).contains("<script"), "{}", text(&answer));
    assert_eq!(text(&answer).matches("nonce=\"AAAAAAAAAAAAAAAAAAAAAA==\"").count(), 1);
}

#[test]
fn the_smallest_form_that_is_accepted_is_sent() {
    let check = |accepted: &'static str, expect: &str| {
        let answer = ask(SCRIPT, &[(ACCEPT_ENCODING, accepted)]).unwrap();
        let form = header(&answer, &CONTENT_ENCODING).to_owned();
        assert_eq!(form, expect, "{accepted}");
        assert_eq!(header(&answer, &VARY), "Accept-Encoding");
        assert_eq!(header(&answer, &CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(plain(&form, answer.body()), *Small::get(&SCRIPT[1..]).unwrap().data, "{accepted}");
    };
    check("gzip, deflate, br, zstd", "br");
    check("gzip", "gzip");
    check("GZIP;q=0.5", "gzip");
    check("br;q=0, gzip;q=0.000", "");
    check("br;q=0,gzip", "gzip");
    check("identity", "");
    check("brotli, xgzip", "");
    check("", "");
    // Without a compressed form it is sent as it is.
    let answer = ask("/robots.txt", &[(ACCEPT_ENCODING, "br")]).unwrap();
    assert_eq!((header(&answer, &CONTENT_ENCODING), text(&answer)), ("", "User-agent: *\nDisallow: /\n"));
}

#[test]
fn who_has_it_already_is_not_sent_it_again() {
    let fetched = |accepted| ask(SCRIPT, &[(ACCEPT_ENCODING, accepted)]).unwrap();
    let (small, whole) = (fetched("br"), fetched("identity"));
    let (tag, other) = (header(&small, &ETAG).to_owned(), header(&whole, &ETAG).to_owned());
    assert_ne!(tag, other, "other bytes have another tag");
    let check = |known: &str, expect: u16| {
        let mut asked = headers(&[(ACCEPT_ENCODING, "br")]);
        asked.insert(IF_NONE_MATCH, HeaderValue::from_str(known).unwrap());
        let asked = Asked { path: SCRIPT, headers: &asked, fresh: [0; 16] };
        let answer = answer_from::<Small>(&asked).unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().is_empty()), (expect, expect == 304), "{known}");
        assert_eq!(header(&answer, &ETAG), tag);
    };
    check(&tag, 304);
    check(&format!("W/{tag}"), 304);
    check(&format!("\"x\", {tag}"), 304);
    check("*", 304);
    check(&other, 200);
    check("", 200);
    assert_eq!(header(&small, &CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(header(&ask("/robots.txt", &[]).unwrap(), &CACHE_CONTROL), "no-cache");
}

#[test]
fn every_answer_is_guarded() {
    for path in ["/", SCRIPT, "/robots.txt"] {
        let answer = ask(path, &[]).unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ] {
            assert_eq!(header(&answer, &HeaderName::from_static(name)), value, "{path}: {name}");
        }
    }
}

fn check_whole<Files: RustEmbed>() {
    for name in Files::iter() {
        let form = Encoding::ALL.into_iter().find(|form| name.ends_with(form.suffix()));
        let Some(form) = form else {
            assert_ne!(file::kind(&name), "application/octet-stream", "{name}: say in file.rs what it is");
            continue;
        };
        let whole = Files::get(name.strip_suffix(form.suffix()).unwrap());
        let whole = whole.unwrap_or_else(|| panic!("{name} is the compressed form of nothing"));
        assert_eq!(plain(form.word(), &Files::get(&name).unwrap().data), *whole.data, "{name}");
    }
    if let Some(index) = Files::get(page::INDEX) {
        let text = std::str::from_utf8(&index.data).unwrap();
        assert!(text.contains("__NONCE__"), "the page takes no number, so its styles would be refused");
        // The policy lets no script run that stands in the page.
        let inline = text.split("<script").skip(1).filter(|rest| !rest.contains("src=\"/assets/"));
        assert_eq!(inline.count(), 0, "{text}");
    }
}

#[test]
fn what_was_compressed_is_what_it_stands_beside() {
    check_whole::<Small>();
    check_whole::<Built>();
}
