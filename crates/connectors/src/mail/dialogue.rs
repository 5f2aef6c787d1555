//! The words of one letter, on a connection that stands.
//!
//! Invariant: a step that is not answered in its time ends the connection; after a refusal the next letter starts clean.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::response::Response;

use super::letter::{Letter, LetterRefusal};
use super::outcome::{Outcome, Step, printable};
use super::post::Times;

/// What came of a step.
pub(super) enum Stopped {
    TooLate(Step),
    Broken(Step, String),
    Said { step: Step, permanent: bool, closing: bool, said: String },
}

pub(super) async fn within<T>(
    (step, limit): (Step, Duration),
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Stopped> {
    match tokio::time::timeout(limit, future).await {
        Err(_) => Err(Stopped::TooLate(step)),
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(stopped(step, &error)),
    }
}

fn stopped(step: Step, error: &Error) -> Stopped {
    let said = match error.source() {
        Some(source) => printable(&format!("{error}: {source}")),
        None => printable(&error.to_string()),
    };
    match error.status() {
        Some(status) => {
            let closing = status.to_string() == "421";
            Stopped::Said { step, permanent: error.is_permanent(), closing, said }
        }
        None => Stopped::Broken(step, said),
    }
}

/// What became of it, and whether the connection can take another.
pub(super) async fn letter(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    times: &Times,
) -> (Outcome, bool) {
    let refused =
        |why: &LetterRefusal| (Outcome::Refused { step: Step::Sender, said: why.to_string() }, true);
    let bytes = match letter.bytes() {
        Ok(bytes) => bytes,
        Err(why) => return refused(&why),
    };
    let parsed = |text: &str| text.parse::<Address>().map_err(|_| LetterRefusal::Address);
    let (from, to) = match (parsed(letter.from.address.as_str()), parsed(letter.to.as_str())) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(why), _) | (_, Err(why)) => return refused(&why),
    };
    match words(connection, (from, to), &bytes, times).await {
        Ok(response) => {
            let said = response.message().collect::<Vec<_>>().join(" ");
            (Outcome::Accepted { said: printable(&said) }, true)
        }
        Err(stopped) => ended(connection, stopped, times).await,
    }
}

async fn words(
    connection: &mut AsyncSmtpConnection,
    (from, to): (Address, Address),
    bytes: &[u8],
    times: &Times,
) -> Result<Response, Stopped> {
    let step = times.step;
    within((Step::Sender, step), connection.command(Mail::new(Some(from), Vec::new()))).await?;
    within((Step::Recipient, step), connection.command(Rcpt::new(to, Vec::new()))).await?;
    within((Step::Data, step), connection.command(Data)).await?;
    within((Step::Letter, times.letter), connection.message(bytes)).await
}

async fn ended(connection: &mut AsyncSmtpConnection, stopped: Stopped, times: &Times) -> (Outcome, bool) {
    match stopped {
        Stopped::TooLate(Step::Letter) => {
            (Outcome::Doubtful { said: "no word came after the letter".to_owned() }, false)
        }
        Stopped::Broken(Step::Letter, said) => (Outcome::Doubtful { said }, false),
        Stopped::TooLate(step) => {
            (Outcome::Later { step, said: format!("too late: {}", step.as_str()) }, false)
        }
        Stopped::Broken(step, said) => (Outcome::Later { step, said }, false),
        Stopped::Said { step, closing: true, said, .. } => (Outcome::Later { step, said }, false),
        Stopped::Said { step, permanent, said, .. } => {
            let clean = within((step, times.step), connection.command(Rset)).await.is_ok();
            let outcome =
                if permanent { Outcome::Refused { step, said } } else { Outcome::Later { step, said } };
            (outcome, clean)
        }
    }
}

/// What was accepted stays so, whatever comes of a farewell.
pub(super) async fn farewell(connection: &mut AsyncSmtpConnection, times: &Times) {
    let _ = within((Step::Letter, times.step.min(Duration::from_secs(5))), connection.command(Quit)).await;
}
