//! A program that evaluates flags for itself, and a server that is killed under it, comes back, and closes its door.
//!
//! Invariant: the program gets an answer at every moment, and one that may be old says so.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::time::Duration;

use serde_json::{Value, json};
use tidegate_api::{
    CreateFlagRequest, Flag, FlagKeyKind, IssueFlagKeyRequest, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_e2e::{DEADLINE, Install, key, until};
use tidegate_sdk::{Client, Options, Reason};

const PLACES: &str = r#"project: shop
components:
  api:
    run: ["SHOP", "api"]
    readiness: {http: /healthz, interval: 50ms}
environments:
  - name: production
    components: {api: {replicas: 1, route: {listen: "127.0.0.1:PORT_1"}}}
"#;

async fn with_flag() -> Install {
    let install = Install::start().await;
    install.apply(PLACES).await;
    let flag = CreateFlagRequest { key: "f".to_owned(), ..CreateFlagRequest::default() };
    install.client.create_flag(&flag, &key()).await.unwrap();
    set(&install, "on").await;
    install
}

async fn set(install: &Install, default: &str) {
    let definition = json!({
        "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default, "offVariant": "off",
    });
    let request = SetFlagRequest { definition, reason: None };
    install.client.set_flag(("f", "production"), &request, &key()).await.unwrap();
}

async fn issue(install: &Install, kind: FlagKeyKind) -> (String, String) {
    let request = IssueFlagKeyRequest { kind, label: "program".to_owned(), expires_seconds: None };
    let issued = install.client.issue_flag_key("production", &request, &key()).await.unwrap();
    (issued.key.id, issued.secret.0)
}

fn is_on(flags: &Client) -> bool {
    flags.boolean("f", &flags.context().with_targeting_key("ann"), false)
}

async fn well(flags: &Client) {
    until("all is well", || async { flags.stale_for().is_none().then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_outlives_its_server_and_catches_up() {
    let mut install = with_flag().await;
    let (_, secret) = issue(&install, FlagKeyKind::Server).await;
    let copy = tempfile::tempdir().unwrap();
    let options = Options::new(install.url(), &secret).with_file(copy.path().join("flags.json"));
    let flags = Client::start(options.clone()).unwrap();
    flags.ready(DEADLINE).await.unwrap();
    well(&flags).await;
    assert!(is_on(&flags));

    // SIGKILL: it goes on with what it knows, and says so.
    install.kill();
    until("it is stale", || async { flags.stale_for() }).await;
    assert!(is_on(&flags));
    let told = flags.boolean_details("f", &flags.context(), false);
    assert_eq!((told.value, told.metadata["stale"].as_bool()), (true, Some(true)));
    // One that starts meanwhile knows what this one knew; one without a copy has nothing but its defaults.
    let late = Client::start(options).unwrap();
    assert!(late.is_ready() && is_on(&late) && late.stale_for().is_some());
    let empty = Client::start(Options::new(install.url(), &secret)).unwrap();
    let not_ready = empty.ready(Duration::from_millis(300)).await.unwrap_err();
    assert!(not_ready.to_string().contains("cannot be reached"), "{not_ready}");
    assert!(!is_on(&empty));

    install.restart().await;
    for client in [&flags, &late, &empty] {
        well(client).await;
        assert!(is_on(client));
    }
    let off = SwitchFlagRequest { on: false, reason: None };
    install.client.switch_flag(("f", "production"), &off, &key()).await.unwrap();
    for client in [&flags, &late, &empty] {
        until("the switch arrives", || async { (!is_on(client)).then_some(()) }).await;
        // What flagd has no word for comes over: off, and which variant that is.
        assert_eq!(client.boolean_details("f", &client.context(), true).reason, Reason::Disabled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_ends_learning_and_not_serving() {
    let install = with_flag().await;
    let (id, secret) = issue(&install, FlagKeyKind::Server).await;
    let flags = Client::start(Options::new(install.url(), &secret)).unwrap();
    flags.ready(DEADLINE).await.unwrap();
    well(&flags).await;
    install.client.revoke_flag_key("production", &id, &key()).await.unwrap();
    until("it is told", || async { flags.trouble().filter(|why| why.contains("opens nothing")) }).await;
    set(&install, "off").await;
    assert!(is_on(&flags) && flags.stale_for().is_some());

    let (_, for_pages) = issue(&install, FlagKeyKind::Client).await;
    let page = Client::start(Options::new(install.url(), &for_pages)).unwrap();
    until("rules are not for pages", || async { page.trouble().filter(|why| why.contains("server key")) })
        .await;
    assert!(!page.is_ready());
    // Nowhere in what the server said.
    for text in [secret, for_pages] {
        assert!(!install.last_words().contains(text.rsplit('_').next().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_was_given_is_counted_by_the_server() {
    let install = with_flag().await;
    let (_, secret) = issue(&install, FlagKeyKind::Server).await;
    let flags = Client::start(Options::new(install.url(), &secret)).unwrap();
    flags.ready(DEADLINE).await.unwrap();
    for _ in 0..5 {
        assert!(is_on(&flags));
    }
    flags.stop().await;
    let flag: Flag = install.client.flag("f").await.unwrap();
    let there = &flag.environments[0];
    assert!(there.evaluated_ms.is_some());
    assert_eq!((there.served[0].variant.as_str(), there.served[0].count), ("on", 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_come_in_either_form() {
    let install = with_flag().await;
    let (_, secret) = issue(&install, FlagKeyKind::Server).await;
    let http = reqwest::Client::new();
    let ask = async |query: &str, tag: Option<&str>| {
        let url = format!("{}/ofrep/v1/definitions{query}", install.url());
        let request = http.get(url).bearer_auth(&secret);
        let request = match tag {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        };
        let response = request.send().await.unwrap();
        let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        (response.status().as_u16(), tag, response.json::<Value>().await.unwrap_or_default())
    };
    let (status, tag, own) = ask("?form=tidegate", None).await;
    assert_eq!((status, own["environment"].as_str()), (200, Some("production")));
    assert_eq!(own["definitions"]["flags"]["f"]["offVariant"], "off");
    assert!(own.get("keys").is_none(), "who else may ask is nobody's business");
    assert_eq!(ask("?form=tidegate", tag.as_deref()).await.0, 304);
    for query in ["", "?form=flagd"] {
        let (status, _, flagd) = ask(query, None).await;
        assert_eq!((status, flagd["flags"]["f"]["defaultVariant"].as_str()), (200, Some("on")));
        assert!(flagd.get("version").is_none());
    }
    assert_eq!(ask("?form=yaml", None).await.0, 400);
    set(&install, "off").await;
    assert_eq!(ask("?form=tidegate", tag.as_deref()).await.0, 200);
}
