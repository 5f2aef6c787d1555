//! Signing in through an identity provider, honest and hostile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use tidegate_client::Client;
use tidegate_client::api::{
    Choice, FinishSignInRequest, Hidden, Link, PasswordRequest, PersonKind, Role, VoteRequest,
};
use tidegate_server::{Options, Outside};

use crate::issuer::{Asked, CLIENT, Issuer, SECRET, Script, Signer};
use crate::people::{PASSWORD, add, grant, refused};
use crate::security::{token, two_must_sign};
use crate::support::{World, key};

const COOKIE: &str = "__Host-tidegate-oidc";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// How an issuer lies, once it is told to.
type Lie<'a> = Box<dyn FnOnce(&mut Script) + 'a>;
/// A lie, and what the refusal says of it.
type Told<'a> = (&'a str, Lie<'a>);

/// A server, a provider that it trusts, and its first administrator.
struct Corp {
    world: World,
    issuer: Issuer,
    root: Client,
    #[allow(dead_code)] // keeps the files
    settings: tempfile::TempDir,
}

/// What a browser got.
struct Seen {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Seen {
    #[track_caller]
    fn is(&self, status: u16, code: &str) -> &Self {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let found = body["code"].as_str().unwrap_or("");
        assert_eq!((self.status, found), (status, code), "{}", self.text);
        self
    }

    fn detail(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        format!("{} {}", body["detail"].as_str().unwrap_or(""), body["help"].as_str().unwrap_or(""))
    }

    /// What was set under this name.
    fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let ours =
            all.filter_map(|set| set.split(';').next()).filter(|pair| pair.starts_with(&format!("{name}=")));
        ours.map(str::to_owned).find(|pair| !pair.ends_with('='))
    }

    fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }
}

/// A sign-in that was begun.
struct Begun {
    cookie: String,
    code: String,
    asked: Asked,
}

impl Begun {
    fn state(&self) -> &str {
        self.asked.get("state")
    }
}

impl Corp {
    async fn start(more: &str) -> Self {
        Self::started(more, |_| {}).await
    }

    async fn started(more: &str, change: impl FnOnce(&mut Options)) -> Self {
        let issuer = Issuer::start().await;
        let settings = tempfile::tempdir().unwrap();
        std::fs::write(settings.path().join("secret"), SECRET).unwrap();
        let text = format!(
            "[[provider]]\nname = \"corp\"\ndisplay = \"Corp SSO\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret_file = \"secret\"\n{more}\n",
            issuer.url()
        );
        let path = settings.path().join("sign-in.toml");
        std::fs::write(&path, text).unwrap();
        let world = World::start_with(|options| {
            options.sign_in = Some(path);
            change(options);
        })
        .await;
        let root = world.set_up().await;
        Self { world, issuer, root, settings }
    }

    async fn visit(&self, path: &str, headers: &[(&str, &str)]) -> Seen {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut request = browser.get(format!("{}{path}", self.world.server.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Seen { status, headers, text: response.text().await.unwrap() }
    }

    async fn begin(&self, query: &str) -> Begun {
        let seen = self.visit(&format!("/api/v1/session/oidc/corp{query}"), &[]).await;
        seen.is(303, "");
        let (code, asked) = self.issuer.grant(seen.location());
        Begun { cookie: seen.cookie(COOKIE).unwrap(), code, asked }
    }

    async fn back(&self, cookie: &str, query: &str) -> Seen {
        let headers = [("cookie", cookie), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        self.visit(&format!("/api/v1/session/oidc/corp/callback?{query}"), &headers).await
    }

    async fn finish(&self, begun: &Begun) -> Seen {
        self.back(&begun.cookie, &format!("code={}&state={}", begun.code, begun.state())).await
    }

    /// From the first page to the last.
    async fn sign_in(&self) -> Seen {
        let begun = self.begin("").await;
        self.finish(&begun).await
    }

    /// What the browser brings a command line that began with this secret.
    async fn code_for_terminal(&self, verifier: &str) -> String {
        let (challenge, state) = (tidegate_openid::challenge_of(verifier), "0123456789ABCDEF".repeat(2));
        let query = format!("?terminal_port=4711&terminal_challenge={challenge}&terminal_state={state}");
        let begun = self.begin(&query).await;
        let seen = self.finish(&begun).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        // No session begins in the browser, and the person sees which command line it is.
        assert!(seen.cookie("__Host-tidegate").is_none() && seen.text.contains("0123-4567"), "{}", seen.text);
        assert!(!seen.text.contains("http-equiv"), "it goes nowhere by itself");
        let link =
            seen.text.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let url = reqwest::Url::parse(&link).unwrap();
        assert_eq!((url.host_str(), url.port()), (Some("127.0.0.1"), Some(4711)));
        let given: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(given["state"], state);
        given["code"].clone()
    }

    async fn link(&self, name: &str, subject: &str) {
        let link = Link { issuer: self.issuer.url(), subject: subject.to_owned() };
        self.root.set_links(name, vec![link], &key()).await.unwrap();
    }

    /// Whose session this cookie is.
    async fn whose(&self, cookie: &str) -> Value {
        let seen = self.visit("/api/v1/session", &[("cookie", cookie)]).await;
        serde_json::from_str(&seen.text).unwrap()
    }
}

#[tokio::test]
async fn somebody_who_is_linked_signs_in_and_nobody_else() {
    let corp = Corp::start("").await;
    let providers = corp.world.client.providers().await.unwrap().items;
    assert_eq!((providers[0].name.as_str(), providers[0].display.as_str()), ("corp", "Corp SSO"));
    // Nobody here is who this is there, and creating people is off.
    let seen = corp.sign_in().await;
    seen.is(403, "identity-unknown");
    assert!(
        seen.detail().contains("tidegate user link NAME --oidc corp --subject 'ann-at-corp'"),
        "{}",
        seen.detail()
    );
    add(&corp.root, "ann", PersonKind::Person, vec![grant(Role::Viewer, None)]).await;
    corp.link("ann", "ann-at-corp").await;
    let begun = corp.begin("?return_to=/releases%3Fa=b").await;
    for (name, expect) in
        [("response_type", "code"), ("client_id", CLIENT), ("code_challenge_method", "S256")]
    {
        assert_eq!(begun.asked.get(name), expect);
    }
    assert_eq!(
        begun.asked.get("redirect_uri"),
        format!("{}/api/v1/session/oidc/corp/callback", corp.world.server.url)
    );
    let seen = corp.finish(&begun).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert!(seen.text.contains("0;url=/releases?a=b") && !seen.text.contains(&begun.code), "{}", seen.text);
    let session = seen.cookie("__Host-tidegate").unwrap();
    let whoami = corp.whose(&session).await;
    assert_eq!((&whoami["name"], &whoami["how"]), (&json!("ann"), &json!("session")));
    // It stands in the history how it was.
    let query = tidegate_client::EventsQuery {
        stream: Some("person/ann".to_owned()),
        limit: Some(100),
        ..Default::default()
    };
    let events = corp.root.events(&query).await.unwrap().items;
    let signed = events.iter().find(|event| event.kind == "person.signed-in").unwrap();
    assert!(signed.body.to_string().contains("oidc corp"), "{signed:?}");
    assert_eq!(signed.origin.as_deref(), Some("127.0.0.1 oidc corp"));
    // Disabled, they are refused; linked to nobody any more, too.
    corp.root.disable_person("ann", "left", &key()).await.unwrap();
    corp.sign_in().await.is(409, "person-disabled");
    corp.root.enable_person("ann", &key()).await.unwrap();
    assert_eq!(corp.sign_in().await.status, 200);
    corp.root.set_links("ann", Vec::new(), &key()).await.unwrap();
    corp.sign_in().await.is(403, "identity-unknown");
}

#[tokio::test]
async fn an_identity_is_one_person() {
    let corp = Corp::start("").await;
    for name in ["ann", "bob"] {
        add(&corp.root, name, PersonKind::Person, Vec::new()).await;
    }
    add(&corp.root, "ci", PersonKind::Service, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    let link = |subject: &str| vec![Link { issuer: corp.issuer.url(), subject: subject.to_owned() }];
    let told = refused(corp.root.set_links("bob", link("ann-at-corp"), &key()).await, 409, "identity-taken");
    assert!(told.contains("ann"), "{told}");
    refused(corp.root.set_links("ci", link("robot"), &key()).await, 409, "service-has-no-password");
    refused(corp.root.set_links("bob", link(""), &key()).await, 422, "bad-identity");
    refused(corp.root.set_links("bob", link("a\nb"), &key()).await, 422, "bad-identity");
    let many = (0..21).map(|number| link(&format!("s{number}")).remove(0)).collect();
    refused(corp.root.set_links("bob", many, &key()).await, 422, "too-many-of-a-person");
    // Given up by one, it can be another's.
    corp.root.set_links("ann", Vec::new(), &key()).await.unwrap();
    corp.link("bob", "ann-at-corp").await;
    let person = corp.root.person("bob").await.unwrap();
    assert_eq!((person.links, person.providers), (link("ann-at-corp"), vec![corp.issuer.url()]));
}

#[tokio::test]
async fn a_verified_address_finds_somebody_once_where_that_is_allowed() {
    let corp = Corp::start("match_email = true\nemail_domains = [\"corp.example\"]").await;
    add(&corp.root, "ann@corp.example", PersonKind::Person, Vec::new()).await;
    let claims = |claims: Value| corp.issuer.lies(|script| script.claims = claims);
    claims(json!({"email_verified": false}));
    corp.sign_in().await.is(403, "identity-unknown");
    claims(json!({"email": "ann@corp.example.evil.org"}));
    corp.sign_in().await.is(403, "identity-unknown");
    claims(json!({"email": "Ann@Corp.Example"}));
    assert_eq!(corp.sign_in().await.status, 200);
    assert_eq!(corp.root.person("ann@corp.example").await.unwrap().links.len(), 1);
    // The address was given to somebody else there: that is not the same one.
    claims(json!({"sub": "another-ann"}));
    corp.sign_in().await.is(409, "identity-taken");
    // By now the link counts, whatever the address is.
    claims(json!({"email": "married@corp.example"}));
    let session = corp.sign_in().await.cookie("__Host-tidegate").unwrap();
    assert_eq!(corp.whose(&session).await["name"], "ann@corp.example");
}

#[tokio::test]
async fn whoever_is_new_comes_without_rights_where_people_may_come() {
    let groups = "group_claim = \"groups\"\n[provider.groups]\nrm = \"ops\"\nqa = \"testers\"";
    let corp = Corp::start(&format!("create = true\nemail_domains = [\"corp.example\"]\n{groups}")).await;
    corp.root.set_group("ops", vec![grant(Role::Approver, None)], &key()).await.unwrap();
    let claims = |claims: Value| corp.issuer.lies(|script| script.claims = claims);
    for (lie, code) in [
        (json!({"email": "eve@evil.example"}), "identity-unknown"),
        (json!({"email_verified": false}), "identity-unknown"),
        (json!({"email": null}), "identity-unknown"),
    ] {
        claims(lie);
        corp.sign_in().await.is(403, code);
    }
    claims(json!({}));
    assert_eq!(corp.sign_in().await.status, 200);
    let ann = corp.root.person("ann@corp.example").await.unwrap();
    assert_eq!((ann.display.as_str(), ann.effective.len(), ann.groups.len()), ("Ann Lee", 0, 0));
    // Groups come and go with what the provider says at each sign-in; those of ours stay.
    corp.root.set_groups("ann@corp.example", vec!["local".to_owned()], &key()).await.unwrap();
    let check = async |said: Value, expect: &[&str]| {
        claims(json!({"groups": said}));
        assert_eq!(corp.sign_in().await.status, 200);
        assert_eq!(corp.root.person("ann@corp.example").await.unwrap().groups, expect);
    };
    check(json!(["rm", "qa", "admins"]), &["local", "ops", "testers"]).await;
    assert_eq!(corp.root.person("ann@corp.example").await.unwrap().effective.len(), 1);
    check(json!(["qa"]), &["local", "testers"]).await;
    check(json!(null), &["local"]).await;
    // A name that somebody has is not taken over.
    add(&corp.root, "bob@corp.example", PersonKind::Person, Vec::new()).await;
    claims(json!({"sub": "bob", "email": "bob@corp.example", "groups": []}));
    corp.sign_in().await.is(409, "identity-taken");
}

#[tokio::test]
async fn what_the_token_leaves_out_is_asked_for_and_must_be_about_the_same_one() {
    let corp = Corp::start("create = true").await;
    let bare = json!({"email": null, "email_verified": null, "name": null});
    let told = |userinfo: Value| {
        let bare = bare.clone();
        corp.issuer.lies(|script| {
            script.claims = bare;
            script.userinfo = userinfo;
        });
    };
    let me = |sub: &str| json!({"sub": sub, "email": "ann@corp.example", "email_verified": true});
    told(me("somebody-else"));
    corp.sign_in().await.is(401, "id-token-invalid");
    told(me("ann-at-corp"));
    assert_eq!(corp.sign_in().await.status, 200);
    assert!(corp.root.person("ann@corp.example").await.is_ok());
}

/// Row 23: each of these is refused, with a code, and says which check it was.
#[tokio::test]
async fn no_lie_of_an_issuer_is_believed() {
    let corp = Corp::start("").await;
    add(&corp.root, "ann", PersonKind::Person, vec![grant(Role::Admin, None)]).await;
    corp.link("ann", "ann-at-corp").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let hmac = |secret: Vec<u8>| -> crate::issuer::Sign {
        Arc::new(move |text: &str| {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
            aws_lc_rs::hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        })
    };
    let other = Arc::new(Signer::new("own"));
    let forged: crate::issuer::Sign = {
        let other = Arc::clone(&other);
        Arc::new(move |text: &str| other.sign(text))
    };
    let public = corp.issuer.signer.public().to_string().into_bytes();
    let claims = |claims: Value| move |script: &mut Script| script.claims = claims;
    let header = |header: Value| move |script: &mut Script| script.header = header;
    let lies: Vec<Told<'_>> = vec![
        ("another client", Box::new(claims(json!({"aud": "another"})))),
        ("another client", Box::new(claims(json!({"aud": [CLIENT, "another"]})))),
        ("another client", Box::new(claims(json!({"azp": "another"})))),
        ("another client", Box::new(claims(json!({"aud": null})))),
        ("another issuer", Box::new(claims(json!({"iss": "https://evil.example"})))),
        ("another issuer", Box::new(claims(json!({"iss": null})))),
        ("another request", Box::new(claims(json!({"nonce": "another"})))),
        ("another request", Box::new(claims(json!({"nonce": null})))),
        ("expired", Box::new(claims(json!({"exp": now - 3_600, "iat": now - 7_200})))),
        ("expired", Box::new(claims(json!({"exp": null})))),
        ("in the future", Box::new(claims(json!({"iat": now + 86_400, "exp": now + 90_000})))),
        ("in the future", Box::new(claims(json!({"nbf": now + 86_400})))),
        ("names nobody", Box::new(claims(json!({"sub": null})))),
        ("access token", Box::new(claims(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})))),
        (
            "`none`",
            Box::new(|script: &mut Script| {
                script.header = json!({"alg": "none", "kid": null});
                script.sign = Some(Arc::new(|_: &str| Vec::new()));
            }),
        ),
        (
            "`HS256`",
            Box::new(|script: &mut Script| {
                script.header = json!({"alg": "HS256"});
                script.sign = Some(hmac(public.clone()));
            }),
        ),
        (
            "`HS256`",
            Box::new(|script: &mut Script| {
                script.header = json!({"alg": "HS256", "kid": null});
                script.sign = Some(hmac(SECRET.as_bytes().to_vec()));
            }),
        ),
        ("signature", Box::new(|script: &mut Script| script.sign = Some(Arc::clone(&forged)))),
        ("signature", Box::new(|script: &mut Script| script.sign = Some(Arc::new(|_: &str| Vec::new())))),
        ("a key", Box::new(header(json!({"kid": "swapped"})))),
        ("a key", Box::new(header(json!({"alg": "RS256"})))),
        ("no signed token", Box::new(header(json!({"crit": ["exp"]})))),
        ("no signed token", Box::new(|script: &mut Script| script.tokens = json!({"id_token": "junk"}))),
    ];
    let count = lies.len();
    for (what, lie) in lies {
        corp.issuer.lies(lie);
        let seen = corp.sign_in().await;
        seen.is(401, "id-token-invalid");
        assert!(seen.detail().contains(what), "{what}: {}", seen.detail());
        assert!(seen.cookie("__Host-tidegate").is_none());
    }
    assert!(count > 20);
    // Whoever sends made-up keys does not make us ask for keys each time.
    assert!(corp.issuer.asked("/keys") <= 3, "{}", corp.issuer.asked("/keys"));
    corp.issuer.lies(|_| {});
    assert_eq!(corp.sign_in().await.status, 200, "the honest one still signs in");
}

#[tokio::test]
async fn a_key_that_is_new_is_fetched_once() {
    let corp = Corp::start("").await;
    add(&corp.root, "ann", PersonKind::Person, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    assert_eq!(corp.sign_in().await.status, 200);
    assert_eq!(corp.sign_in().await.status, 200);
    assert_eq!((corp.issuer.asked("/keys"), corp.issuer.asked("/.well-known/openid-configuration")), (1, 1));
    let next = Arc::new(Signer::new("next"));
    let keys = json!({"keys": [corp.issuer.signer.public(), next.public()]});
    corp.issuer.lies(|script| {
        script.header = json!({"kid": "next"});
        script.keys = Some(keys);
        script.sign = Some(Arc::new(move |text: &str| next.sign(text)));
    });
    for _ in 0..3 {
        assert_eq!(corp.sign_in().await.status, 200);
    }
    assert_eq!(corp.issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn an_answer_counts_once_for_the_browser_that_was_sent() {
    let corp = Corp::start("").await;
    add(&corp.root, "ann", PersonKind::Person, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    let begun = corp.begin("").await;
    let good = format!("code={}&state={}", begun.code, begun.state());
    let refused = "sign-in-not-begun";
    // Missing, made up, of nobody's browser; none of these uses it up.
    corp.back(&begun.cookie, &format!("code={}", begun.code)).await.is(401, refused);
    corp.back(&begun.cookie, &format!("code={}&state=", begun.code)).await.is(401, refused);
    corp.back(&begun.cookie, &format!("code={}&state={}", begun.code, "A".repeat(43))).await.is(401, refused);
    assert_eq!(corp.back(&begun.cookie, &good).await.status, 200);
    // Again: the state is used up, before the provider is asked anything.
    let asked = corp.issuer.asked("/token");
    corp.back(&begun.cookie, &good).await.is(401, refused);
    assert_eq!(corp.issuer.asked("/token"), asked);
    // In another browser: with no cookie, with one of another attempt, with two.
    let (mine, theirs) = (corp.begin("").await, corp.begin("").await);
    let stolen = format!("code={}&state={}", theirs.code, theirs.state());
    corp.back(&mine.cookie, &stolen).await.is(401, refused);
    corp.back(&theirs.cookie, &stolen).await.is(401, refused);
    let both = format!("{}; {}", mine.cookie, theirs.cookie);
    corp.back(&both, &format!("code={}&state={}", mine.code, mine.state())).await.is(401, refused);
    let begun = corp.begin("").await;
    corp.back("a=b", &format!("code={}&state={}", begun.code, begun.state())).await.is(401, refused);
    // A code of another attempt: PKCE tells them apart, and so does a replayed code.
    let (one, two) = (corp.begin("").await, corp.begin("").await);
    corp.back(&one.cookie, &format!("code={}&state={}", two.code, one.state()))
        .await
        .is(401, "provider-code-refused");
    let begun = corp.begin("").await;
    assert_eq!(corp.finish(&begun).await.status, 200);
    let again = corp.begin("").await;
    corp.back(&again.cookie, &format!("code={}&state={}", begun.code, again.state()))
        .await
        .is(401, "provider-code-refused");
    // The provider says no, or answers for another one (RFC 9207).
    let begun = corp.begin("").await;
    let seen = corp
        .back(
            &begun.cookie,
            &format!("error=access_denied&error_description=%0a%3Cb%3E&state={}", begun.state()),
        )
        .await;
    seen.is(401, "provider-denied");
    let begun = corp.begin("").await;
    let mixed = format!("code={}&state={}&iss=https%3A%2F%2Fevil.example", begun.code, begun.state());
    corp.back(&begun.cookie, &mixed).await.is(401, "id-token-invalid");
    let begun = corp.begin("").await;
    corp.back(&begun.cookie, &format!("state={}", begun.state())).await.is(401, "provider-code-refused");
    // A browser is shown a page.
    let page = corp
        .visit(
            "/api/v1/session/oidc/corp/callback?state=x",
            &[("accept", "text/html,*/*;q=0.8"), ("cookie", "a=b")],
        )
        .await;
    assert_eq!(page.status, 401);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(
        page.text.contains(refused) && page.headers.contains_key("content-security-policy"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn session_fixation_a_sign_in_through_a_provider_makes_another_session() {
    let corp = Corp::start("").await;
    add(&corp.root, "ann", PersonKind::Person, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    let first = corp.sign_in().await.cookie("__Host-tidegate").unwrap();
    // Whoever planted it knows it; it ends with the next sign-in, though it does not come along from the provider's site.
    let seen = corp.visit("/api/v1/session/oidc/corp", &[("cookie", &first)]).await;
    let (code, asked) = corp.issuer.grant(seen.location());
    let begun = Begun { cookie: seen.cookie(COOKIE).unwrap(), code, asked };
    let second = corp.finish(&begun).await.cookie("__Host-tidegate").unwrap();
    assert_ne!(first, second);
    assert_eq!(corp.whose(&second).await["name"], "ann");
    assert_eq!(corp.whose(&first).await["code"], "session-ended");
    let set = seen.headers["set-cookie"].to_str().unwrap();
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
        assert!(set.contains(part) && !set.contains("Domain"), "{set}");
    }
}

#[tokio::test]
async fn one_comes_back_to_this_server_only() {
    let corp = Corp::start("").await;
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
        "%09//evil.example",
    ] {
        let seen = corp.visit(&format!("/api/v1/session/oidc/corp?return_to={elsewhere}"), &[]).await;
        seen.is(400, "bad-request");
    }
    corp.visit("/api/v1/session/oidc/nobody", &[]).await.is(404, "unknown-provider");
    corp.visit("/api/v1/session/oidc/nobody/callback?state=x", &[]).await.is(404, "unknown-provider");
    corp.visit("/api/v1/session/oidc/corp?terminal_port=80", &[]).await.is(400, "bad-request");
}

/// What a provider says of itself, and how it answers, is limited and looked at.
#[tokio::test]
async fn a_provider_that_cannot_be_used_is_refused_in_time() {
    let redirect = || (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")], "").into_response();
    let huge = || Body::from(vec![b' '; 2 << 20]).into_response();
    let never =
        || Response::new(Body::from_stream(futures_util::stream::pending::<Result<&[u8], std::io::Error>>()));
    let metadata =
        |lie: Value| -> Lie<'static> { Box::new(move |script: &mut Script| script.metadata = lie) };
    let instead = |path: &'static str, answer: crate::issuer::Answer| -> Lie<'static> {
        Box::new(move |script: &mut Script| drop(script.instead.insert(path, answer)))
    };
    let lies: Vec<(Lie<'_>, &str, &str)> = vec![
        (metadata(json!({"issuer": "https://evil.example"})), "provider-unusable", "another issuer"),
        (metadata(json!({"code_challenge_methods_supported": ["plain"]})), "provider-unusable", "PKCE"),
        (
            metadata(json!({"token_endpoint": "http://sso.example.com/token"})),
            "provider-unusable",
            "token_endpoint",
        ),
        (metadata(json!({"jwks_uri": null})), "provider-unusable", "jwks_uri"),
        (instead(DISCOVERY, Arc::new(redirect)), "provider-unusable", "answers 302"),
        (instead(DISCOVERY, Arc::new(huge)), "provider-unusable", "longer than"),
        (instead(DISCOVERY, Arc::new(|| "<html>".into_response())), "provider-unusable", "cannot be read"),
        (
            instead(DISCOVERY, Arc::new(|| StatusCode::BAD_GATEWAY.into_response())),
            "provider-unreachable",
            "502",
        ),
        (instead(DISCOVERY, Arc::new(never)), "provider-unreachable", "in time"),
        (instead("/keys", Arc::new(huge)), "provider-unusable", "longer than"),
        (instead("/keys", Arc::new(|| "[]".into_response())), "provider-unusable", "keys"),
        (instead("/keys", Arc::new(redirect)), "provider-unusable", "answers 302"),
        (instead("/token", Arc::new(huge)), "provider-unusable", "longer than"),
        (instead("/token", Arc::new(redirect)), "provider-code-refused", "302"),
        (instead("/token", Arc::new(|| "{}".into_response())), "provider-unusable", "ID token"),
    ];
    // Each with a server of its own, since what was learnt is kept; all at once, since one of them waits for its deadline.
    let all = lies.into_iter().map(|(lie, code, why)| async move {
        let corp = Corp::start("").await;
        corp.issuer.lies(lie);
        let seen = corp.visit("/api/v1/session/oidc/corp", &[]).await;
        let seen = if seen.status == 303 {
            let (granted, asked) = corp.issuer.grant(seen.location());
            let begun = Begun { cookie: seen.cookie(COOKIE).unwrap(), code: granted, asked };
            tokio::time::timeout(Duration::from_mins(2), corp.finish(&begun)).await.unwrap()
        } else {
            seen
        };
        seen.is(if code == "provider-code-refused" { 401 } else { 503 }, code);
        assert!(seen.detail().contains(why), "{why}: {}", seen.detail());
    });
    futures_util::future::join_all(all).await;
}

/// Row 17: a provider inside is reached only where the settings name it.
#[tokio::test]
async fn ssrf_an_issuer_inside_is_not_asked_unless_named() {
    let corp = Corp::started("", |options| options.outside = Outside::default()).await;
    let seen = corp.visit("/api/v1/session/oidc/corp", &[]).await;
    seen.is(503, "provider-unreachable");
    assert_eq!(corp.issuer.asked("/.well-known/openid-configuration"), 0);
    let corp =
        Corp::started("allowed_hosts = [\"127.0.0.1\"]", |options| options.outside = Outside::default())
            .await;
    assert_eq!(corp.visit("/api/v1/session/oidc/corp", &[]).await.status, 303);
    // Its metadata leads elsewhere inside.
    let corp =
        Corp::started("allowed_hosts = [\"127.0.0.1\"]", |options| options.outside = Outside::default())
            .await;
    corp.issuer.lies(|script| script.metadata = json!({"token_endpoint": "https://169.254.169.254/token"}));
    corp.sign_in().await.is(503, "provider-unreachable");
}

#[tokio::test]
async fn a_command_line_takes_its_session_with_a_secret_of_its_own() {
    let corp = Corp::start("").await;
    add(&corp.root, "ann", PersonKind::Person, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    let verifier = "v".repeat(64);
    let page = async || corp.code_for_terminal(&verifier).await;
    let take = async |code: &str, verifier: &str| {
        let request =
            FinishSignInRequest { code: Hidden(code.to_owned()), verifier: Hidden(verifier.to_owned()) };
        corp.world.client.finish_sign_in(&request).await
    };
    let code = page().await;
    let signed = take(&code, &verifier).await.unwrap();
    let ann = corp.world.client.clone().with_bearer(&signed.bearer.unwrap().0);
    assert_eq!(ann.whoami().await.unwrap().name, "ann");
    // Once, with the secret, and as long as nothing ended their sessions.
    refused(take(&code, &verifier).await, 401, "sign-in-code-unknown");
    refused(take("made-up", &verifier).await, 401, "sign-in-code-unknown");
    let code = page().await;
    refused(take(&code, &"w".repeat(64)).await, 401, "sign-in-code-unknown");
    refused(take(&code, &verifier).await, 401, "sign-in-code-unknown");
    let code = page().await;
    corp.root.end_sessions("ann", &key()).await.unwrap();
    refused(take(&code, &verifier).await, 401, "sign-in-code-unknown");
}

#[tokio::test]
async fn where_others_can_ask_a_browser_comes_back_from_another_site_and_asks_nothing_else() {
    let corp = Corp::started("", |options| {
        options.behind_tls_proxy = true;
        options.require_login = true;
    })
    .await;
    add(&corp.root, "ann", PersonKind::Person, Vec::new()).await;
    corp.link("ann", "ann-at-corp").await;
    // `sign_in` comes back with `Sec-Fetch-Site: cross-site`.
    assert_eq!(corp.sign_in().await.status, 200);
    let foreign = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    for path in [
        "/api/v1/session/oidc/corp",
        "/api/v1/session/oidc",
        "/api/v1/session",
        "/api/v1/session/oidc/a/b/callback",
    ] {
        corp.visit(path, &foreign).await.is(403, "cross-site");
    }
    let scripted = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
    corp.visit("/api/v1/session/oidc/corp/callback?state=x", &scripted).await.is(403, "cross-site");
}

/// Row 12: however somebody proved who they are, they have one voice.
#[tokio::test]
async fn a_session_a_token_and_a_provider_are_one_person_at_a_gate() {
    let corp = Corp::start("").await;
    let (world, root) = (&corp.world, &corp.root);
    two_must_sign(world, root).await;
    corp.link("ann", "ann-at-corp").await;
    let password = PasswordRequest { password: Hidden(PASSWORD.to_owned()), current: None };
    root.set_password("ann", &password).await.unwrap();
    let verifier = "v".repeat(64);
    let code = Hidden(corp.code_for_terminal(&verifier).await);
    let taken = FinishSignInRequest { code, verifier: Hidden(verifier) };
    let by_provider = world.client.finish_sign_in(&taken).await.unwrap().bearer.unwrap();
    let ann = [
        world.signed_in("ann").await,
        token(world, root, "ann").await,
        world.client.clone().with_bearer(&by_provider.0),
    ];
    let says = async |client: &Client| {
        let request = VoteRequest {
            release: "1.0.0".to_owned(),
            gate: None,
            choice: Choice::Yes,
            reason: String::new(),
        };
        client.vote("production", &request, &key()).await.unwrap()
    };
    for client in &ann {
        assert_eq!(client.whoami().await.unwrap().name, "ann");
        let gates = says(client).await;
        assert_eq!((gates.open, gates.gates[0].why.as_str()), (false, "1 of 2 signed (ann)"));
    }
    assert!(says(&token(world, root, "bob").await).await.open);
}

#[tokio::test]
async fn nobody_becomes_the_first_one_through_a_provider() {
    let issuer = Issuer::start().await;
    let settings = tempfile::tempdir().unwrap();
    let path = settings.path().join("sign-in.toml");
    let text = format!(
        "[[provider]]\nname = \"corp\"\nissuer = \"{}\"\nclient_id = \"x\"\ncreate = true\n",
        issuer.url()
    );
    std::fs::write(&path, text).unwrap();
    let world = World::start_with(|options| options.sign_in = Some(path)).await;
    world.ask("GET", "/api/v1/session/oidc/corp", &[], None).await.is(409, "setup-first");
}

#[tokio::test]
async fn settings_that_cannot_be_used_keep_the_server_from_starting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sign-in.toml");
    let gateway = tidegate_server::GatewayMode::Url("http://127.0.0.1:1".to_owned());
    let options = Options::new(directory.path().join("data"), ([127, 0, 0, 1], 0).into(), gateway);
    let code = || {
        let options = Options { sign_in: Some(path.clone()), ..options.clone() };
        crate::support::Server::run(options).err().unwrap().code()
    };
    assert_eq!(code(), "sign-in-settings-unusable");
    let least = "[[provider]]\nname = \"corp\"\nissuer = \"https://sso.example.com\"\nclient_id = \"x\"\n";
    for more in [
        "allowed_hosts = [\"not a host\"]",
        "group_claim = \"g\"\n[provider.groups]\na = \"No Group\"",
        "secret = 1",
    ] {
        std::fs::write(&path, format!("{least}{more}\n")).unwrap();
        assert_eq!(code(), "sign-in-settings-unusable", "{more}");
    }
}
