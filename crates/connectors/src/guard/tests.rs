//! Ways inside, one by one: none of them is open, and each is closed for the reason that it should be.
#![allow(clippy::wildcard_enum_match_arm)]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;

/// Answers from a table; what is not in it is unknown.
#[derive(Default)]
struct Table {
    names: BTreeMap<String, Vec<IpAddr>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Resolver for Table {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        self.names.get(host).cloned().ok_or_else(|| std::io::Error::other("no such name"))
    }
}

fn guard(names: &[(&str, &[&str])], allowed: &[&str]) -> Guard {
    let parsed = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
    let names = names.iter().map(|(name, addresses)| ((*name).to_owned(), parsed(addresses))).collect();
    let allowance = Allowance::parse(allowed.iter().copied()).unwrap();
    let table = Table { names, asked: Mutex::default() };
    Guard::with_resolver(allowance, &Limits::default(), Arc::new(table)).unwrap()
}

fn outgoing(url: &str) -> Outgoing {
    let (method, headers) = (Method::POST, crate::HeaderMap::new());
    Outgoing {
        method,
        url: url.to_owned(),
        headers,
        body: b"{}".to_vec(),
        body_limit_bytes: 1024,
        timeout: None,
    }
}

/// Hosts as they stand in a URL, and where they lead. All are addresses in some spelling.
const LITERALS: &[(&str, Reach)] = &[
    // this machine
    ("127.0.0.1", Reach::Loopback),
    ("127.1", Reach::Loopback),
    ("127.255.255.254", Reach::Loopback),
    ("2130706433", Reach::Loopback),
    ("0x7f000001", Reach::Loopback),
    ("0x7F.0x0.0x0.0x1", Reach::Loopback),
    ("0177.0.0.1", Reach::Loopback),
    ("017700000001", Reach::Loopback),
    ("0x7f.1", Reach::Loopback),
    ("127.0.0.1.", Reach::Loopback),
    ("%31%32%37.0.0.1", Reach::Loopback),
    ("１２７.0.0.1", Reach::Loopback),
    ("①②⑦.⓪.⓪.①", Reach::Loopback),
    ("127。0。0。1", Reach::Loopback),
    ("[::1]", Reach::Loopback),
    ("[0:0:0:0:0:0:0:1]", Reach::Loopback),
    ("[0000:0000:0000:0000:0000:0000:0000:0001]", Reach::Loopback),
    // private networks
    ("10.0.0.1", Reach::Private),
    ("10.255.255.255", Reach::Private),
    ("167772161", Reach::Private),
    ("012.0.0.1", Reach::Private),
    ("172.16.0.1", Reach::Private),
    ("172.31.255.255", Reach::Private),
    ("0xac100001", Reach::Private),
    ("192.168.0.1", Reach::Private),
    ("192.168.257", Reach::Private),
    ("0300.0250.1.1", Reach::Private),
    ("3232235777", Reach::Private),
    ("100.64.0.1", Reach::Private),
    ("100.127.255.255", Reach::Private),
    ("100.100.100.200", Reach::Private),
    ("[fc00::1]", Reach::Private),
    ("[fd00:ec2::254]", Reach::Private),
    // metadata services and the rest of the wire
    ("169.254.169.254", Reach::LinkLocal),
    ("169.254.170.2", Reach::LinkLocal),
    ("2852039166", Reach::LinkLocal),
    ("0xa9fea9fe", Reach::LinkLocal),
    ("0251.0376.0251.0376", Reach::LinkLocal),
    ("169.16689662", Reach::LinkLocal),
    ("168.63.129.16", Reach::LinkLocal),
    ("[fe80::1]", Reach::LinkLocal),
    ("[febf::1]", Reach::LinkLocal),
    ("[fec0::1]", Reach::LinkLocal),
    // nobody in particular
    ("0.0.0.0", Reach::Special),
    ("0", Reach::Special),
    ("0x0", Reach::Special),
    ("0.1.2.3", Reach::Special),
    ("192.0.0.192", Reach::Special),
    ("192.0.2.1", Reach::Special),
    ("192.88.99.1", Reach::Special),
    ("198.18.0.1", Reach::Special),
    ("198.19.255.255", Reach::Special),
    ("198.51.100.7", Reach::Special),
    ("203.0.113.7", Reach::Special),
    ("224.0.0.1", Reach::Special),
    ("239.255.255.250", Reach::Special),
    ("240.0.0.1", Reach::Special),
    ("255.255.255.255", Reach::Special),
    ("[::]", Reach::Special),
    ("[ff02::1]", Reach::Special),
    ("[100::1]", Reach::Special),
    ("[2001:db8::1]", Reach::Special),
    ("[2001:20::1]", Reach::Special),
    ("[3fff::1]", Reach::Special),
    ("[4000::1]", Reach::Special),
    ("[5f00::1]", Reach::Special),
    // one address in another
    ("[::ffff:127.0.0.1]", Reach::Embedded),
    ("[::ffff:7f00:1]", Reach::Embedded),
    ("[::ffff:169.254.169.254]", Reach::Embedded),
    ("[::ffff:10.0.0.1]", Reach::Embedded),
    ("[::ffff:8.8.8.8]", Reach::Embedded),
    ("[::ffff:0:127.0.0.1]", Reach::Embedded),
    ("[::127.0.0.1]", Reach::Embedded),
    ("[::a9fe:a9fe]", Reach::Embedded),
    ("[2002:7f00:1::1]", Reach::Embedded),
    ("[2002:a9fe:a9fe::]", Reach::Embedded),
    ("[64:ff9b::127.0.0.1]", Reach::Embedded),
    ("[64:ff9b::a9fe:a9fe]", Reach::Embedded),
    ("[64:ff9b::10.0.0.1]", Reach::Embedded),
    ("[64:ff9b:1::8.8.8.8]", Reach::Embedded),
    ("[2001:0:7f00:1::1]", Reach::Embedded),
    ("[2600::5efe:10.0.0.1]", Reach::Embedded),
    ("[2600::200:5efe:10.0.0.1]", Reach::Embedded),
];

#[tokio::test]
async fn no_spelling_of_an_address_leads_inside() {
    let guard = guard(&[], &[]);
    for (host, expect) in LITERALS {
        for url in [format!("http://{host}/hook"), format!("https://{host}:8443/hook")] {
            let refused = |failure: SendFailure| match failure {
                SendFailure::Url(UrlRefusal::Address(refused)) => refused.reach,
                other => panic!("{url}: {other:?}"),
            };
            assert_eq!(refused(guard.check(&url).await.unwrap_err()), *expect, "{url}");
            assert_eq!(refused(guard.send(outgoing(&url)).await.unwrap_err()), *expect, "{url}");
        }
    }
    assert!(LITERALS.len() >= 60, "{}", LITERALS.len());
}

/// The same addresses behind a name: refused when the connection is made, by the resolver.
#[tokio::test]
async fn no_name_leads_inside() {
    for (host, expect) in LITERALS {
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        let address = url.host_str().unwrap().trim_matches(['[', ']']).to_owned();
        for answer in [vec![address.as_str()], vec!["93.184.216.34", address.as_str()]] {
            let guard = guard(&[("hooks.example.com", &answer)], &[]);
            match guard.send(outgoing("http://hooks.example.com/")).await {
                Err(SendFailure::Address(refused)) => assert_eq!(refused.reach, *expect, "{answer:?}"),
                other => panic!("{answer:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn other_schemes_and_credentials_are_refused() {
    let guard = guard(&[("example.com", &["93.184.216.34"])], &[]);
    let check = async |url: &str, expect: UrlRefusal| match guard.check(url).await {
        Err(SendFailure::Url(refusal)) => assert_eq!(refusal, expect, "{url}"),
        other => panic!("{url}: {other:?}"),
    };
    for scheme in ["file", "ftp", "gopher", "dict", "ldap", "data", "javascript", "ws", "unix"] {
        check(&format!("{scheme}://example.com/"), UrlRefusal::Scheme(scheme.to_owned())).await;
    }
    for url in ["http://user@example.com/", "http://user:pass@example.com/", "http://:pass@example.com/"] {
        check(url, UrlRefusal::Credentials).await;
    }
    // What looks like a host before the @ is a user name.
    check("http://example.com@169.254.169.254/", UrlRefusal::Credentials).await;
    for url in [
        "",
        "/hook",
        "example.com",
        "http://",
        "http://[::1",
        "http://256.0.0.1/",
        "http://0x100000000/",
        "http://a b/",
    ] {
        check(url, UrlRefusal::Malformed).await;
    }
    check(&format!("http://example.com/{}", "a".repeat(2048)), UrlRefusal::Malformed).await;
    assert!(
        guard.check("http:\\\\example.com\\hook").await.is_ok(),
        "the standard reads backslashes as slashes"
    );
}

#[tokio::test]
async fn public_addresses_are_let_through() {
    let names: &[(&str, &[&str])] = &[("example.com", &["93.184.216.34", "2606:2800:220:1::1"])];
    let guard = guard(names, &[]);
    for url in [
        "https://example.com/hook",
        "https://EXAMPLE.com:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://172.15.255.255/",
        "https://172.32.0.1/",
        "https://100.63.255.255/",
        "https://100.128.0.1/",
        "https://169.253.0.1/",
        "https://192.167.0.1/",
        "https://[64:ff9b::8.8.8.8]/",
    ] {
        assert!(guard.check(url).await.is_ok(), "{url}");
    }
    assert!(matches!(guard.check("https://example.org/").await, Err(SendFailure::UnknownHost { .. })));
}

#[tokio::test]
async fn an_administrator_opens_hosts_and_networks() {
    let names: &[(&str, &[&str])] = &[
        ("hooks.corp.example", &["10.1.2.3"]),
        ("corp.example", &["10.1.2.3"]),
        ("evilcorp.example", &["10.1.2.3"]),
        ("hooks.corp.example.evil.example", &["10.1.2.3"]),
        ("metadata.corp.example", &["169.254.169.254"]),
        ("mapped.corp.example", &["::ffff:10.1.2.3"]),
    ];
    let check = async |allowed: &[&str], url: &str, expect: bool| {
        assert_eq!(guard(names, allowed).check(url).await.is_ok(), expect, "{allowed:?} {url}");
    };
    check(&["hooks.corp.example"], "http://hooks.corp.example/", true).await;
    check(&["HOOKS.Corp.example."], "http://hooks.corp.EXAMPLE/", true).await;
    check(&["hooks.corp.example"], "http://corp.example/", false).await;
    check(&["hooks.corp.example"], "http://10.1.2.3/", false).await;
    check(&["hooks.corp.example"], "http://hooks.corp.example.evil.example/", false).await;
    check(&["*.corp.example"], "http://hooks.corp.example/", true).await;
    check(&["*.corp.example"], "http://corp.example/", false).await;
    check(&["*.corp.example"], "http://evilcorp.example/", false).await;
    check(&["*.corp.example"], "http://metadata.corp.example/", false).await;
    check(&["*.corp.example", "169.254.169.254"], "http://metadata.corp.example/", true).await;
    check(&["*.corp.example", "10.0.0.0/8"], "http://mapped.corp.example/", false).await;
    check(&["10.1.0.0/16"], "http://evilcorp.example/", true).await;
    check(&["10.1.0.0/16"], "http://10.1.255.255/", true).await;
    check(&["10.1.0.0/16"], "http://10.2.0.0/", false).await;
    check(&["10.1.2.3"], "http://10.1.2.3/", true).await;
    check(&["fd00::/8"], "http://[fd12::1]/", true).await;
    check(&["127.0.0.1"], "http://127.0.0.2/", false).await;
}

#[test]
fn an_allowance_that_cannot_be_meant_is_refused() {
    for odd in [
        "",
        "*",
        "*.",
        "**.example",
        "http://example.com",
        "a b",
        "-a.example",
        "10.0.0.0/33",
        "10.0.0",
        "1",
        "0x7f",
        "a..b",
        "*.10.0.0.1",
    ] {
        assert!(Allowance::parse([odd]).is_err(), "{odd}");
    }
    for good in ["localhost", "hooks", "a-b.example", "_dmarc.example", "::1", "10.0.0.0/8", "0.0.0.0/0"] {
        assert!(Allowance::parse([good]).is_ok(), "{good}");
    }
}

proptest! {
    /// Written once more from the registries, by arithmetic instead of patterns.
    #[test]
    fn nothing_special_is_public(bits in any::<u32>(), special in 0_usize..15, inside in any::<bool>()) {
        const SPECIAL: [(u32, u32); 15] = [
            (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
            (0xac10_0000, 12), (0xc000_0000, 24), (0xc000_0200, 24), (0xc058_6300, 24), (0xc0a8_0000, 16),
            (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24), (0xe000_0000, 4), (0xf000_0000, 4),
        ];
        let (network, length) = SPECIAL[special];
        let host = u32::MAX >> length;
        let bits = if inside { network | (bits & host) } else { bits };
        let known = SPECIAL.iter().any(|(network, length)| bits >> (32 - length) == network >> (32 - length));
        let expect = !known && bits != 0xa83f_8110;
        let address = std::net::Ipv4Addr::from_bits(bits);
        prop_assert_eq!(reach(address.into()) == Reach::Public, expect, "{}", address);
        prop_assert_ne!(reach(address.to_ipv6_mapped().into()), Reach::Public);
        prop_assert_ne!(reach(address.to_ipv6_compatible().into()), Reach::Public);
    }

    #[test]
    fn no_text_makes_the_check_panic(text in ".{0,80}") {
        let _ = super::url::check(&text, &Allowance::default());
        let _ = super::url::check(&format!("http://{text}"), &Allowance::default());
        let _ = Allowance::parse([text.as_str()]);
    }
}
