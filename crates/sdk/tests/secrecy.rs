//! The key is in nothing that is written: a test of its own, since it takes everything that the whole program logs.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

#[path = "following/liar.rs"]
#[allow(dead_code)] // of what it can say, this needs little
mod liar;

use std::io::Write;
use std::sync::{Arc, Mutex};

use liar::{KEY, Liar, Says, until};
use tidegate_sdk::{Client, Options};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_key_is_in_no_log() {
    let log = Log::default();
    let writer = log.clone();
    let everything = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    everything.with_ansi(false).with_writer(move || writer.clone()).init();

    let liar = Liar::start(Says::Flag("on", 1));
    let options = Options::new(liar.url(), KEY);
    let printed = format!("{options:?}");
    let client = Client::start(options).unwrap();
    client.wait_ready(liar::DEADLINE).unwrap();
    for bad in [Says::Status(401), Says::Status(302), Says::Body(format!("{{{KEY}"))] {
        liar.says(bad);
        until("it is told", || client.trouble().is_some());
        liar.says(Says::Flag("on", 2));
        until("all is well", || client.trouble().is_none());
    }
    client.boolean("f", &client.context(), false);
    client.wait_stop();
    assert_eq!(liar.usage().len(), 1);
    let printed =
        format!("{printed} {client:?} {:?}", Client::start(Options::new("nonsense", KEY)).unwrap_err());
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("opens nothing there"), "what is in the way is logged");
    let secret = KEY.rsplit('_').next().unwrap();
    for text in [&logged, &printed] {
        assert!(!text.contains(secret), "{text}");
    }
}
