//! From where a request came, as it stands in the audit trail: the address, and how it was proved who asks.
//!
//! Invariant: the address is that of the connection, and one that a header claims only where the operator said that a
//! proxy stands before it; what is recorded is short and printable. Deliberately not here: who asks (`actor`).

use std::net::IpAddr;

use axum::extract::Request;
use http::header::USER_AGENT;
use http::request::Parts;
use hyper::body::Incoming;
use hyper::service::Service;

/// The other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub IpAddr);

/// How it was proved who asks: `session`, `token ci`. Put there by whoever checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct How(pub String);

const HOW_CHARS_MAX: usize = 80;

/// `127.0.0.1 cli`
pub(crate) fn origin(head: &Parts) -> Option<String> {
    let Peer(address) = head.extensions.get()?;
    let how = head.extensions.get::<How>().map_or_else(|| unproved(head), |How(how)| how.as_str());
    let how: String = how.chars().filter(|letter| !letter.is_control()).take(HOW_CHARS_MAX).collect();
    Some(format!("{} {how}", address.to_canonical()))
}

/// Where nobody is asked for a proof, the program at the other end is what there is to say.
fn unproved(head: &Parts) -> &'static str {
    let agent = head.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    if agent.starts_with("tidegate/") { "cli" } else { "api" }
}

/// Tells each request who is at the other end.
#[derive(Debug, Clone)]
pub(crate) struct WithPeer<S> {
    pub inner: S,
    pub peer: Peer,
}

impl<S: Service<Request<Incoming>>> Service<Request<Incoming>> for WithPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, how: Option<&str>, agent: &str) -> Option<String> {
        let mut request = http::Request::builder().header(USER_AGENT, agent).body(()).unwrap();
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        if let Some(how) = how {
            request.extensions_mut().insert(How(how.to_owned()));
        }
        origin(&request.into_parts().0)
    }

    #[test]
    fn an_origin_is_an_address_and_a_way() {
        assert_eq!(told("127.0.0.1", None, "tidegate/0.1.0").unwrap(), "127.0.0.1 cli");
        assert_eq!(told("::ffff:10.0.0.7", None, "curl/8").unwrap(), "10.0.0.7 api");
        assert_eq!(told("2001:db8::1", Some("token ci"), "tidegate/0.1.0").unwrap(), "2001:db8::1 token ci");
        let long = told("::1", Some(&format!("token {}\n\u{7}", "x".repeat(500))), "").unwrap();
        assert!(long.len() < 100 && !long.contains(char::is_control), "{long}");
        assert_eq!(origin(&http::Request::new(()).into_parts().0), None);
    }
}
