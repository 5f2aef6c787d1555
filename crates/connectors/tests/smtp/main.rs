//! Mail to a real server: what it takes, what it refuses, and what it never gets to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_enum_match_arm)]

mod relay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tidegate_connectors::guard::{Allowance, Guard, Limits};
use tidegate_connectors::mail::{Letter, Mailbox, Outcome, Post, Security, Server, Step, Times};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use relay::{At, Does, Manner, Relay};

const PASSWORD: &str = "pass-that-nobody-sees";
const CREDENTIALS: &str = "shop\0pass-that-nobody-sees";

/// With an authority that vouches for `localhost`.
fn tls() -> (TlsAcceptor, Vec<u8>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem().into_bytes())
}

fn plain(does: Does) -> Manner {
    Manner { does, tls: None, at_once: false, credentials: None }
}

fn post(authorities_pem: &[Vec<u8>], times: Times) -> Post {
    let guard =
        Guard::new(Allowance::parse(["127.0.0.1", "localhost"]).unwrap(), &Limits::default()).unwrap();
    Post::new(guard, authorities_pem, times).unwrap()
}

/// Long enough for a machine that stands still at times, where nothing hangs on purpose.
fn patient() -> Times {
    Times { step: Duration::from_mins(2), letter: Duration::from_mins(2) }
}

fn server(relay: &Relay, security: Security) -> Server {
    let host = if security == Security::PlainToLoopback { "127.0.0.1" } else { "localhost" };
    Server::new(host, relay.address.port(), security).unwrap().named("tide.example")
}

fn letter(to: &str) -> Letter {
    Letter {
        id: format!("ann-7.{}", to.replace(['@', '.'], "-")),
        from: Mailbox { name: Some("Shop".to_owned()), address: "shop@example.org".parse().unwrap() },
        to: to.parse().unwrap(),
        date_seconds: 1_790_000_000,
        subject: "Größeres: version 2.1".to_owned(),
        text: "Hello\n.\n..\n.hidden\nbye – ".to_owned() + &"long ".repeat(400),
        html: Some("<p>Hello</p>".to_owned()),
        unsubscribe_url: Some("https://tide.example/u?t=1".to_owned()),
    }
}

async fn sent(does: Does, letters: &[Letter]) -> (Vec<Outcome>, Relay) {
    let relay = Relay::new(plain(does)).await;
    let outcomes = post(&[], patient()).send(&server(&relay, Security::PlainToLoopback), letters).await;
    assert_eq!(*relay.book.wrong.lock().unwrap(), Vec::<String>::new(), "the relay has no complaint");
    (outcomes, relay)
}

#[tokio::test]
async fn letters_arrive_whole_over_one_connection() {
    let letters: Vec<Letter> = (0..20).map(|at| letter(&format!("user{at}@example.net"))).collect();
    let (outcomes, relay) = sent(Does::Nothing, &letters).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == Outcome::Accepted { said: "2.0.0 queued as 4711".to_owned() }),
        "{outcomes:?}"
    );
    let taken = relay.taken();
    assert_eq!((taken.len(), *relay.book.connections.lock().unwrap()), (20, 1));
    assert_eq!(*relay.book.farewells.lock().unwrap(), 1);
    assert_eq!(
        (taken[3].from.as_str(), &taken[3].to[..]),
        ("shop@example.org", &["user3@example.net".to_owned()][..])
    );
    let letter = &taken[3].letter;
    assert!(letter.contains("Message-ID: <ann-7.user3-example-net@example.org>\r\n"), "{letter}");
    assert_eq!(letter.as_bytes(), [letters[3].bytes().unwrap(), b"\r\n".to_vec()].concat(), "dots and all");
}

#[tokio::test]
async fn one_that_is_refused_holds_up_nobody() {
    let letters = [letter("a@example.net"), letter("gone@example.net"), letter("c@example.net")];
    let (outcomes, relay) =
        sent(Does::RefusesRecipient("gone@example.net", "550 5.1.1 no such user"), &letters).await;
    let [
        Outcome::Accepted { .. },
        Outcome::Refused { step: Step::Recipient, said },
        Outcome::Accepted { .. },
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}")
    };
    assert!(said.contains("550") && said.contains("no such user"), "{said}");
    assert_eq!(relay.taken().len(), 2);

    let (outcomes, _) =
        sent(Does::RefusesRecipient("gone@example.net", "451 4.2.1 busy"), &letters[1..]).await;
    assert!(
        matches!(&outcomes[..], [Outcome::Later { step: Step::Recipient, .. }, Outcome::Accepted { .. }]),
        "{outcomes:?}"
    );
}

type Fits = fn(&Outcome) -> bool;

#[tokio::test]
async fn each_word_of_a_server_has_its_meaning() {
    let letters = [letter("a@example.net"), letter("b@example.net")];
    let refused: Fits = |outcome| matches!(outcome, Outcome::Refused { .. });
    let later: Fits = |outcome| matches!(outcome, Outcome::Later { .. });
    let doubtful: Fits = |outcome| matches!(outcome, Outcome::Doubtful { .. });
    let cases: [(Does, Fits, Fits); 13] = [
        (Does::Says(At::Greeting, "554 no service"), later, later),
        (Does::Says(At::Greeting, "421 too busy"), later, later),
        (Does::Says(At::Hello, "550 not you"), later, later),
        (Does::Says(At::Mail, "550 not you"), refused, refused),
        (Does::Says(At::Mail, "452 too many"), later, later),
        (Does::Says(At::Data, "554 spam"), refused, refused),
        (Does::Says(At::Letter, "554 spam"), refused, refused),
        (Does::Says(At::Letter, "451 try again"), later, later),
        (Does::Says(At::Recipient, "421 closing"), later, later),
        (Does::Drops(At::Mail), later, later),
        (Does::Drops(At::Data), later, later),
        (Does::Drops(At::Letter), doubtful, later),
        (Does::HalfReply(At::Letter), doubtful, later),
    ];
    for (does, first, second) in cases {
        let (outcomes, relay) = sent(does.clone(), &letters).await;
        assert!(first(&outcomes[0]) && second(&outcomes[1]), "{does:?}: {outcomes:?}");
        let said_to_have_it = outcomes
            .iter()
            .filter(|it| matches!(it, Outcome::Accepted { .. } | Outcome::Doubtful { .. }))
            .count();
        assert_eq!(relay.taken().len(), said_to_have_it, "{does:?}");
    }
    // What was taken stays taken, whatever comes of the farewell.
    for does in [Does::Drops(At::Quit), Does::Says(At::Quit, "554 no")] {
        let (outcomes, _) = sent(does, &letters).await;
        assert!(outcomes.iter().all(|it| matches!(it, Outcome::Accepted { .. })), "{outcomes:?}");
    }
}

/// Whichever step it was: on a machine that stands still for a while an earlier one may be too late by itself.
async fn given_up(does: Does, expect: Step) {
    let begun = Instant::now();
    loop {
        let (acceptor, pem) = tls();
        let secured = matches!(does, Does::Hangs(At::StartTls | At::Auth));
        let relay = Relay::new(Manner {
            does: does.clone(),
            tls: secured.then_some(acceptor),
            at_once: false,
            credentials: secured.then_some(CREDENTIALS),
        })
        .await;
        let security = if secured { Security::StartTls } else { Security::PlainToLoopback };
        let mut to = server(&relay, security);
        if secured {
            to = to.with_credentials("shop", PASSWORD.into()).unwrap();
        }
        let times = Times { step: Duration::from_millis(400), letter: Duration::from_millis(400) };
        let outcomes =
            post(&[pem], times).send(&to, &[letter("a@example.net"), letter("b@example.net")]).await;
        let step = match &outcomes[0] {
            Outcome::Later { step, .. } => *step,
            Outcome::Doubtful { .. } => Step::Letter,
            other => panic!("{does:?}: {other:?}"),
        };
        assert!(matches!(outcomes[1], Outcome::Later { .. }), "{outcomes:?}");
        if step == expect {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(4), "{does:?} was given up at {step:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_at_each_step() {
    for (at, expect) in [
        (At::Greeting, Step::Greeting),
        (At::Hello, Step::Greeting),
        (At::StartTls, Step::Greeting),
        (At::Auth, Step::SignIn),
        (At::Mail, Step::Sender),
        (At::Recipient, Step::Recipient),
        (At::Data, Step::Data),
        (At::Letter, Step::Letter),
    ] {
        given_up(Does::Hangs(at), expect).await;
    }
    given_up(Does::Endless(At::Mail), Step::Sender).await;
}

#[tokio::test]
async fn a_password_goes_over_a_protected_way_alone() {
    let (acceptor, pem) = tls();
    for (security, at_once) in [(Security::Tls, true), (Security::StartTls, false)] {
        let manner = Manner {
            does: Does::Nothing,
            tls: Some(acceptor.clone()),
            at_once,
            credentials: Some(CREDENTIALS),
        };
        let relay = Relay::new(manner).await;
        let to = server(&relay, security).with_credentials("shop", PASSWORD.into()).unwrap();
        assert!(!format!("{to:?}").contains(PASSWORD));
        let outcomes =
            post(std::slice::from_ref(&pem), patient()).send(&to, &[letter("a@example.net")]).await;
        assert!(matches!(outcomes[0], Outcome::Accepted { .. }), "{security:?}: {outcomes:?}");
        assert!(relay.taken()[0].secured && relay.taken()[0].signed_in);
        assert_eq!(*relay.book.wrong.lock().unwrap(), Vec::<String>::new());

        let wrong = server(&relay, security).with_credentials("shop", "other".into()).unwrap();
        let outcomes =
            post(std::slice::from_ref(&pem), patient()).send(&wrong, &[letter("a@example.net")]).await;
        let Outcome::Held(held) = &outcomes[0] else { panic!("{outcomes:?}") };
        assert!(held.code == "mail-sign-in-refused" && !held.message.contains("other"), "{held:?}");

        let strangers = post(&[], patient()).send(&to, &[letter("a@example.net")]).await;
        let Outcome::Held(held) = &strangers[0] else { panic!("{strangers:?}") };
        assert_eq!(held.code, "mail-certificate-refused", "{held:?}");
        assert_eq!(relay.taken().len(), 1);
    }
    assert_eq!(
        Server::new("a.example", 25, Security::Plain)
            .unwrap()
            .with_credentials("a", "b".into())
            .unwrap_err()
            .code(),
        "mail-password-in-clear"
    );
}

#[tokio::test]
async fn what_was_said_in_the_clear_is_not_taken_for_protected() {
    let (acceptor, pem) = tls();
    for (does, held) in [(Does::Injects, false), (Does::NoStartTls, true)] {
        let manner =
            Manner { does, tls: Some(acceptor.clone()), at_once: false, credentials: Some(CREDENTIALS) };
        let relay = Relay::new(manner).await;
        let to = server(&relay, Security::StartTls).with_credentials("shop", PASSWORD.into()).unwrap();
        let outcome =
            post(std::slice::from_ref(&pem), patient()).send(&to, &[letter("a@example.net")]).await.remove(0);
        match outcome {
            Outcome::Held(why) if held => assert_eq!(why.code, "mail-not-protected"),
            Outcome::Later { said, .. } if !held => {
                assert!(said.contains("more than it was asked"), "{said}");
            }
            other => panic!("{other:?}"),
        }
        assert!(relay.taken().is_empty());
    }
}

#[tokio::test]
async fn only_what_is_allowed_is_connected_to() {
    let relay = Relay::new(plain(Does::Nothing)).await;
    let guard = Guard::new(Allowance::default(), &Limits::default()).unwrap();
    let outside = Post::new(guard, &[], patient()).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let to = Server::new(host, relay.address.port(), Security::PlainToLoopback).unwrap();
        let outcome = outside.send(&to, &[letter("a@example.net")]).await.remove(0);
        assert!(matches!(&outcome, Outcome::Held(held) if held.code == "address-not-allowed"), "{outcome:?}");
    }
    assert_eq!(*relay.book.connections.lock().unwrap(), 0);
    let guard = Guard::new(Allowance::parse(["10.0.0.0/8"]).unwrap(), &Limits::default()).unwrap();
    let to = Server::new("10.1.2.3", 25, Security::PlainToLoopback).unwrap();
    let outcome = Post::new(guard, &[], patient()).unwrap().test(&to).await;
    assert!(matches!(&outcome, Outcome::Held(held) if held.code == "mail-not-protected"), "{outcome:?}");

    for (host, port) in [("", 25), ("a b", 25), ("smtp://a", 25), ("a/b", 25), ("a", 0), ("a:25", 25)] {
        assert_eq!(
            Server::new(host, port, Security::Tls).unwrap_err().code(),
            "mail-server-malformed",
            "{host}"
        );
    }
    let mute = Relay::new(plain(Does::Nothing)).await;
    let port = mute.address.port();
    drop(mute);
    let to = Server::new("127.0.0.1", port, Security::PlainToLoopback).unwrap();
    let outcome = post(&[], Times { step: Duration::from_secs(5), ..patient() }).test(&to).await;
    assert!(matches!(outcome, Outcome::Later { step: Step::Connect | Step::Greeting, .. }), "{outcome:?}");
}
