//! An identity provider that does as it is told: honest at first, then lying in one way.
//!
//! Invariant: it checks what an honest provider checks (the client's secret, the redirect, a code once, PKCE), so that what
//! is refused is refused by the server and not by chance.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

pub const CLIENT: &str = "tidegate";
pub const SECRET: &str = "a secret: of both & nobody else";

/// How a token is signed: from the part that is signed, the signature.
pub type Sign = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;
/// In the place of what would be answered at this path.
pub type Answer = Arc<dyn Fn() -> Response + Send + Sync>;

#[derive(Default)]
pub struct Script {
    /// Put over the discovery document; null takes a member away.
    pub metadata: Value,
    /// Put over the claims.
    pub claims: Value,
    /// Put over the header of the token.
    pub header: Value,
    /// Put over the answer of the token endpoint.
    pub tokens: Value,
    pub userinfo: Value,
    pub sign: Option<Sign>,
    pub keys: Option<Value>,
    pub instead: BTreeMap<&'static str, Answer>,
    codes: BTreeMap<String, Asked>,
    pub asked: BTreeMap<String, usize>,
}

/// What the browser was sent with.
#[derive(Debug, Clone)]
pub struct Asked {
    pub query: BTreeMap<String, String>,
}

impl Asked {
    pub fn get(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

pub struct Signer {
    pair: EcdsaKeyPair,
    id: String,
}

impl Signer {
    pub fn new(id: &str) -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), id: id.to_owned() }
    }

    pub fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id, "use": "sig", "alg": "ES256"})
    }

    pub fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
    }
}

pub struct Issuer {
    pub address: SocketAddr,
    pub signer: Arc<Signer>,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (script, signer) = (Arc::new(Mutex::new(Script::default())), Arc::new(Signer::new("own")));
        let mind = Mind {
            url: format!("http://{address}"),
            script: Arc::clone(&script),
            signer: Arc::clone(&signer),
        };
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let mind = mind.clone();
            async move { mind.answer(&uri, &headers, &body) }
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap();
        });
        Self { address, signer, script, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Honest again, then as this says.
    pub fn lies(&self, how: impl FnOnce(&mut Script)) {
        let mut script = self.script.lock().unwrap();
        *script = Script { asked: std::mem::take(&mut script.asked), ..Script::default() };
        how(&mut script);
    }

    /// Somebody signed in here: the code that the browser is sent back with.
    pub fn grant(&self, location: &str) -> (String, Asked) {
        let url = reqwest::Url::parse(location).unwrap();
        let asked = Asked { query: url.query_pairs().into_owned().collect() };
        let code = format!("code-{:032x}", rand::random::<u128>());
        self.script.lock().unwrap().codes.insert(code.clone(), asked.clone());
        (code, asked)
    }

    pub fn asked(&self, path: &str) -> usize {
        self.script.lock().unwrap().asked.get(path).copied().unwrap_or(0)
    }
}

#[derive(Clone)]
struct Mind {
    url: String,
    script: Arc<Mutex<Script>>,
    signer: Arc<Signer>,
}

impl Mind {
    fn answer(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        let mut script = self.script.lock().unwrap();
        *script.asked.entry(uri.path().to_owned()).or_default() += 1;
        if let Some(instead) = script.instead.get(uri.path()).cloned() {
            drop(script);
            return instead();
        }
        match uri.path() {
            "/.well-known/openid-configuration" => self.metadata(&script),
            "/keys" => {
                let own = json!({"keys": [self.signer.public()]});
                axum::Json(script.keys.clone().unwrap_or(own)).into_response()
            }
            "/me" => axum::Json(over(json!({"sub": "ann-at-corp"}), &script.userinfo)).into_response(),
            "/token" => self.tokens(&mut script, headers, body),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn metadata(&self, script: &Script) -> Response {
        let url = &self.url;
        let honest = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"), "userinfo_endpoint": format!("{url}/me"),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        });
        axum::Json(over(honest, &script.metadata)).into_response()
    }

    fn tokens(&self, script: &mut Script, headers: &HeaderMap, body: &[u8]) -> Response {
        let form =
            reqwest::Url::parse(&format!("http://form/?{}", std::str::from_utf8(body).unwrap())).unwrap();
        let form: BTreeMap<String, String> = form.query_pairs().into_owned().collect();
        let asked = script.codes.remove(&form["code"]);
        let fits = asked.filter(|asked| is_client(headers) && is_answer_to(&form, asked));
        let Some(asked) = fits else {
            return (StatusCode::BAD_REQUEST, axum::Json(json!({"error": "invalid_grant"}))).into_response();
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": self.url, "aud": CLIENT, "sub": "ann-at-corp", "nonce": asked.get("nonce"), "iat": now, "exp": now + 300,
            "email": "ann@corp.example", "email_verified": true, "name": "Ann Lee",
        });
        let header = over(json!({"alg": "ES256", "kid": "own"}), &script.header);
        let signed = format!("{}.{}", part(&header), part(&over(claims, &script.claims)));
        let signature = match &script.sign {
            Some(sign) => sign(&signed),
            None => self.signer.sign(&signed),
        };
        let id_token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let tokens = json!({"access_token": "opaque", "token_type": "Bearer", "id_token": id_token});
        axum::Json(over(tokens, &script.tokens)).into_response()
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn over(mut honest: Value, lie: &Value) -> Value {
    let members = honest.as_object_mut().unwrap();
    members.extend(lie.as_object().cloned().unwrap_or_default());
    members.retain(|_, value| !value.is_null());
    honest
}

fn is_client(headers: &HeaderMap) -> bool {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("");
    let expected = STANDARD.encode("tidegate:a+secret%3A+of+both+%26+nobody+else");
    given == format!("Basic {expected}")
}

/// RFC 6749, 4.1.3 and RFC 7636, 4.6.
fn is_answer_to(form: &BTreeMap<String, String>, asked: &Asked) -> bool {
    let verifier = form.get("code_verifier").map_or("", String::as_str);
    let challenge = tidegate_openid::challenge_of(verifier);
    asked.get("code_challenge_method") == "S256"
        && asked.get("code_challenge") == challenge
        && form["redirect_uri"] == asked.get("redirect_uri")
        && form["grant_type"] == "authorization_code"
        && verifier.len() >= 43
}
