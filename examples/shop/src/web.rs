//! The web front: one page that lists what the api sells.
//!
//! Invariant: text of the api is escaped before it stands in the page; an api that fails makes the page fail (502)
//! and is never hidden by a repeat. Deliberately not here: finding the api; `API_URL` says where it or the proxy
//! before it answers.

use std::fmt::Write;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::catalogue::Product;
use crate::service::{Shared, VERSION_HEADER, failure};

const API_TIMEOUT: Duration = Duration::from_secs(5);
/// More than this is not a list of products.
const API_BYTES_MAX: usize = 1 << 20;

/// The way to the api.
pub struct ApiClient {
    url: String,
    client: reqwest::Client,
}

/// The products, and the version of the api that named them.
struct Listing {
    products: Vec<Product>,
    api_version: String,
}

impl ApiClient {
    pub fn new(url: Option<String>) -> Result<Self, String> {
        let url = url.filter(|url| url.starts_with("http://")).ok_or(
            "web needs API_URL in its environment: where the api answers, like http://127.0.0.1:8081",
        )?;
        // Whatever proxy the environment names is for other hosts; API_URL is the whole way.
        let client = reqwest::Client::builder().no_proxy().timeout(API_TIMEOUT).tcp_nodelay(true).build();
        let client = client.map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client })
    }

    async fn products(&self) -> Result<Listing, String> {
        let sent = self.client.get(format!("{}/products", self.url)).send().await;
        let mut answer = sent.map_err(|error| format!("the api did not answer: {}", root_cause(&error)))?;
        if !answer.status().is_success() {
            return Err(format!("the api answered {}", answer.status().as_u16()));
        }
        let api_version = answer.headers().get(&VERSION_HEADER).and_then(|version| version.to_str().ok());
        let api_version = api_version.unwrap_or("unknown").to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| format!("the api broke off: {error}"))? {
            if body.len() + chunk.len() > API_BYTES_MAX {
                return Err("the api answered with too much".into());
            }
            body.extend_from_slice(&chunk);
        }
        let products =
            serde_json::from_slice(&body).map_err(|_| "the api answered with no list of products")?;
        Ok(Listing { products, api_version })
    }
}

/// The last of the chain: "connection refused" says more than "error sending request".
fn root_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error).to_string()
}

pub fn routes() -> Router<Shared> {
    Router::new().route("/", get(page))
}

async fn page(State(service): State<Shared>) -> Response {
    let Some(api) = &service.api else {
        return failure(StatusCode::BAD_GATEWAY, "no api is configured".into());
    };
    match api.products().await {
        Ok(listing) => Html(render(&listing, &service.behaviour.version)).into_response(),
        Err(wrong) => failure(StatusCode::BAD_GATEWAY, wrong),
    }
}

fn render(listing: &Listing, web_version: &str) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>The tide shop</title>\n\
         <h1>The tide shop</h1>\n<ul>\n",
    );
    for product in &listing.products {
        let (name, price) = (escaped(&product.name), product.price_cents);
        // Writing to a String cannot fail.
        let _ = writeln!(page, "<li>{name}: {}.{:02} €</li>", price / 100, price % 100);
    }
    let _ =
        write!(page, "</ul>\n<p>web {}, api {}</p>\n", escaped(web_version), escaped(&listing.api_version));
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_products_and_escapes_them() {
        let products = vec![Product { id: 1, name: "<b>Rope & \"tar\"</b>".into(), price_cents: 105 }];
        let page = render(&Listing { products, api_version: "1.0.0".into() }, "1.1.0");
        assert!(page.contains("<li>&lt;b&gt;Rope &amp; &quot;tar&quot;&lt;/b&gt;: 1.05 €</li>"), "{page}");
        assert!(page.contains("web 1.1.0, api 1.0.0"), "{page}");
    }

    #[test]
    fn web_says_what_it_misses() {
        for wrong in [None, Some(String::new()), Some("127.0.0.1:8081".into())] {
            assert!(ApiClient::new(wrong).err().unwrap().contains("API_URL"));
        }
    }
}
