//! A file of the web interface: its form, its kind, how long it may be kept.
//!
//! Invariant: a tag (RFC 9110, ETag) is of the content and the form it was sent in, so what has the same tag has the same
//! bytes; what a name with a hash stands for never changes. Deliberately not here: pages (`page`).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::HASHED;
use crate::encoding::Encoding;

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// Of a SHA-256: more than enough to tell versions of one file apart.
const TAG_BYTES: usize = 16;

pub(crate) struct File {
    name: String,
    plain: EmbeddedFile,
    compressed: Vec<(Encoding, EmbeddedFile)>,
}

impl File {
    /// By its exact name; its compressed forms have none of their own.
    pub(crate) fn find<Files: RustEmbed>(name: &str) -> Option<Self> {
        let is_form = Encoding::ALL.into_iter().any(|form| name.ends_with(form.suffix()));
        let plain = Files::get(name).filter(|_| !is_form)?;
        let form = |form: Encoding| Some((form, Files::get(&format!("{name}{}", form.suffix()))?));
        let compressed = Encoding::ALL.into_iter().filter_map(form).collect();
        Some(Self { name: name.to_owned(), plain, compressed })
    }

    pub(crate) fn answer(self, headers: &HeaderMap) -> Response<Bytes> {
        let form = self.compressed.iter().position(|(form, _)| form.is_accepted(headers));
        let tag = self.tag(form.map(|at| self.compressed[at].0));
        let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| names(known, &tag));
        let mut response = Response::new(Bytes::new());
        let told = response.headers_mut();
        told.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        let is_hashed = self.name.starts_with(HASHED);
        told.insert(CACHE_CONTROL, HeaderValue::from_static(if is_hashed { FOREVER } else { ASK_AGAIN }));
        told.extend(HeaderValue::from_str(&tag).map(|tag| (ETAG, tag)));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        told.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&self.name)));
        let Self { plain, mut compressed, .. } = self;
        let sent = match form {
            Some(at) => {
                let (form, file) = compressed.swap_remove(at);
                told.insert(CONTENT_ENCODING, HeaderValue::from_static(form.word()));
                file
            }
            None => plain,
        };
        *response.body_mut() = bytes(sent);
        response
    }

    fn tag(&self, form: Option<Encoding>) -> String {
        let hash = BASE64_URL_SAFE_NO_PAD.encode(&self.plain.metadata.sha256_hash()[..TAG_BYTES]);
        form.map_or_else(|| format!("\"{hash}\""), |form| format!("\"{hash}-{}\"", form.word()))
    }
}

/// What is embedded is part of the program and is not copied.
fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => Bytes::from(data),
    }
}

/// A cache compares weakly: a proxy may have made the tag so.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or("");
    known.trim() == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

/// As registered with IANA; of a script, RFC 9239.
pub(crate) fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/vnd.microsoft.icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
