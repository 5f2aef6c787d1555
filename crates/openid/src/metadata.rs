//! What a provider says of itself (OpenID Connect Discovery 1.0, RFC 8414).
//!
//! Invariant: the document is that of the very issuer that was configured, every endpoint in it is encrypted (but on this
//! machine), and PKCE by S256 is not excluded. Deliberately not here: fetching it.

use serde::Deserialize;
use tidegate_connectors::guard::Url;

const S256: &str = "S256";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub keys: Url,
    pub userinfo_endpoint: Option<Url>,
    /// How the client proves itself at the token endpoint: in the body rather than in a header.
    pub secret_in_body: bool,
    /// Those that the provider signs with; any that are known here where it does not say.
    pub algorithms: Option<Vec<String>>,
    /// Its answers name it (RFC 9207).
    pub names_itself: bool,
}

#[derive(Deserialize)]
struct Written {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// Where the document stands (Discovery, 4).
pub(crate) fn location(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Or why it cannot be used.
pub(crate) fn read(body: &[u8], issuer: &str) -> Result<Metadata, String> {
    let written: Written = serde_json::from_slice(body)
        .map_err(|why| format!("its discovery document cannot be read: {why}"))?;
    if written.issuer != issuer {
        return Err(format!(
            "its discovery document is that of another issuer, `{}`",
            short(&written.issuer)
        ));
    }
    // One that says nothing of PKCE may know it all the same, and takes no harm from being asked; one that says that it
    // knows others only does not.
    if written.code_challenge_methods_supported.is_some_and(|methods| !methods.iter().any(|it| it == S256)) {
        return Err("it does not take PKCE with S256".to_owned());
    }
    let ways = written.token_endpoint_auth_methods_supported.unwrap_or_default();
    let offers = |way: &str| ways.iter().any(|it| it == way);
    Ok(Metadata {
        authorization_endpoint: endpoint("authorization_endpoint", &written.authorization_endpoint, issuer)?,
        token_endpoint: endpoint("token_endpoint", &written.token_endpoint, issuer)?,
        keys: endpoint("jwks_uri", &written.jwks_uri, issuer)?,
        userinfo_endpoint: written
            .userinfo_endpoint
            .map(|url| endpoint("userinfo_endpoint", &url, issuer))
            .transpose()?,
        secret_in_body: offers("client_secret_post") && !offers("client_secret_basic"),
        algorithms: written.id_token_signing_alg_values_supported,
        names_itself: written.authorization_response_iss_parameter_supported.unwrap_or(false),
    })
}

fn endpoint(what: &str, text: &str, issuer: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| is_protected(url) || !is_encrypted(issuer) && is_here(url));
    url.ok_or_else(|| format!("its `{what}` is no https address: `{}`", short(text)))
}

fn is_encrypted(issuer: &str) -> bool {
    issuer.starts_with("https://")
}

fn is_protected(url: &Url) -> bool {
    url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
}

/// On this machine nothing crosses a network.
pub(crate) fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    url.scheme() == "http" && loopback
}

fn short(text: &str) -> String {
    crate::failure::printable(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://sso.example.com/realms/main";

    fn document(more: &Value) -> Value {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/auth"),
            "token_endpoint": format!("{ISSUER}/token"), "jwks_uri": format!("{ISSUER}/keys"),
        });
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    }

    fn told(more: &Value) -> Result<Metadata, String> {
        read(document(more).to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn a_document_is_that_of_its_issuer_with_encrypted_endpoints_and_pkce() {
        let check = |more: Value, expect: Option<&str>| match (told(&more), expect) {
            (Ok(_), None) => {}
            (Err(why), Some(expect)) => assert!(why.contains(expect), "{more}: {why}"),
            (told, expect) => panic!("{more}: {told:?}, not {expect:?}"),
        };
        check(json!({}), None);
        check(json!({"code_challenge_methods_supported": ["plain", "S256"]}), None);
        check(json!({"code_challenge_methods_supported": ["plain"]}), Some("PKCE"));
        check(json!({"code_challenge_methods_supported": []}), Some("PKCE"));
        check(json!({"issuer": format!("{ISSUER}/")}), Some("another issuer"));
        check(json!({"issuer": "https://evil.example"}), Some("another issuer"));
        check(json!({"token_endpoint": "http://sso.example.com/token"}), Some("token_endpoint"));
        check(json!({"token_endpoint": "http://127.0.0.1/token"}), Some("token_endpoint"));
        check(json!({"jwks_uri": "file:///etc/passwd"}), Some("jwks_uri"));
        check(json!({"jwks_uri": "/keys"}), Some("jwks_uri"));
        check(json!({"userinfo_endpoint": "https://a:b@sso.example.com/me"}), Some("userinfo_endpoint"));
        check(json!({"authorization_endpoint": "javascript:alert(1)"}), Some("authorization_endpoint"));
    }

    #[test]
    fn on_this_machine_it_may_be_unencrypted() {
        let issuer = "http://127.0.0.1:9000";
        let at = |url: &str| {
            let more = json!({"issuer": issuer, "authorization_endpoint": "http://127.0.0.1:9000/auth",
                "token_endpoint": url, "jwks_uri": "http://127.0.0.1:9000/keys"});
            read(document(&more).to_string().as_bytes(), issuer).is_ok()
        };
        assert!(at("http://127.0.0.1:9000/token") && at("https://sso.example.com/token"));
        assert!(!at("http://sso.example.com/token"));
    }

    #[test]
    fn the_secret_goes_in_the_header_unless_only_the_body_will_do() {
        let way = |ways: Value| told(&json!({"token_endpoint_auth_methods_supported": ways})).unwrap();
        assert!(way(json!(["client_secret_post"])).secret_in_body);
        assert!(!way(json!(["client_secret_post", "client_secret_basic"])).secret_in_body);
        assert!(!way(json!(["client_secret_basic"])).secret_in_body && !way(json!(null)).secret_in_body);
    }

    #[test]
    fn it_stands_where_the_standard_says() {
        let expect = "https://sso.example.com/realms/main/.well-known/openid-configuration";
        assert_eq!(
            (location(ISSUER), location(&format!("{ISSUER}/"))),
            (expect.to_owned(), expect.to_owned())
        );
    }
}
