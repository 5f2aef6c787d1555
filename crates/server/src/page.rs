//! The few pages that a browser is shown on its way back from an identity provider.
//!
//! Invariant: nothing in a page is a script, a style or from elsewhere, whatever a provider or an address put into the text;
//! no address of a page is told to another site. Deliberately not here: what is said (`routes::openid`, `problem`).

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A line of text, and perhaps where it leads.
pub(crate) struct Line<'a> {
    pub text: &'a str,
    pub to: Option<&'a str>,
}

impl<'a> Line<'a> {
    pub fn text(text: &'a str) -> Self {
        Self { text, to: None }
    }
}

/// `on` is where the browser goes by itself.
pub(crate) fn page(status: StatusCode, (title, lines): (&str, &[Line<'_>]), on: Option<&str>) -> Response {
    let title = escaped(title);
    let refresh = on.map(|on| format!("<meta http-equiv=\"refresh\" content=\"0;url={}\">", escaped(on)));
    let lines: String = lines.iter().map(line).collect();
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Tidegate</title>{}</head>\
         <body><h1>{title}</h1>{lines}</body></html>\n",
        refresh.unwrap_or_default()
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn line(line: &Line<'_>) -> String {
    let text = escaped(line.text);
    match line.to {
        None => format!("<p>{text}</p>"),
        Some(to) => format!("<p><a href=\"{}\">{text}</a></p>", escaped(to)),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_in_a_page_is_taken_for_markup() {
        let bad = "\"><script>alert('x')</script>&";
        let lines = [Line::text(bad), Line { text: bad, to: Some(bad) }];
        let response = page(StatusCode::OK, (bad, &lines), Some(bad));
        assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
        assert!(
            response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'")
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert_eq!(text.matches("&lt;script&gt;").count(), 6, "{text}");
        assert_eq!(text.matches("<script").count(), 0);
    }
}
