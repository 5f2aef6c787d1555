//! The keys that the stores gave to whoever practises, and whether a token was signed with them.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub const KEY_ID: &str = "PRACTICE01";
pub const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";
const EMAIL: &str = "practice@example.iam.gserviceaccount.com";

pub struct Keys {
    apple_pem: String,
    apple_public: Vec<u8>,
    account: String,
    google_public: Vec<u8>,
    token_uri: String,
}

impl Keys {
    pub(crate) fn new(base: &str) -> Result<Self, aws_lc_rs::error::Unspecified> {
        let apple = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let google = rsa::KeyPair::generate(KeySize::Rsa2048)?;
        let token_uri = format!("{base}/token");
        let account = json!({
            "type": "service_account", "project_id": "practice", "client_email": EMAIL, "token_uri": token_uri,
            "private_key": pem(google.as_der()?.as_ref()),
        });
        Ok(Self {
            apple_pem: pem(apple.to_pkcs8v1()?.as_ref()),
            apple_public: apple.public_key().as_ref().to_vec(),
            account: account.to_string(),
            google_public: google.public_key().as_ref().to_vec(),
            token_uri,
        })
    }

    /// The `.p8` file for App Store Connect.
    pub fn apple_pem(&self) -> &str {
        &self.apple_pem
    }

    /// The JSON of the service account for Google Play.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// As App Store Connect looks at a token: its key, its signature, whom it is for, and at most twenty minutes.
    pub(crate) fn is_apples(&self, token: &str) -> bool {
        let Some((header, claims)) = signed(token, (&ECDSA_P256_SHA256_FIXED, &self.apple_public)) else {
            return false;
        };
        let number = |name: &str| claims[name].as_u64().unwrap_or(0);
        header["alg"] == "ES256"
            && header["kid"] == KEY_ID
            && claims["iss"] == ISSUER
            && claims["aud"] == "appstoreconnect-v1"
            && number("exp") > now()
            && number("exp").saturating_sub(number("iat")) <= 1_200
    }

    /// As Google looks at an assertion.
    pub(crate) fn is_googles(&self, assertion: &str) -> bool {
        let key = (&RSA_PKCS1_2048_8192_SHA256 as &dyn VerificationAlgorithm, &self.google_public);
        let Some((header, claims)) = signed(assertion, key) else { return false };
        header["alg"] == "RS256"
            && claims["iss"] == EMAIL
            && claims["aud"] == self.token_uri.as_str()
            && claims["scope"] == "https://www.googleapis.com/auth/androidpublisher"
            && claims["exp"].as_u64().unwrap_or(0) > now()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn signed(
    token: &str,
    (algorithm, public): (&'static dyn VerificationAlgorithm, &Vec<u8>),
) -> Option<(Value, Value)> {
    let (body, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(algorithm, public).verify(body.as_bytes(), &signature).ok()?;
    let (header, claims) = body.split_once('.')?;
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    Some((read(header)?, read(claims)?))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
