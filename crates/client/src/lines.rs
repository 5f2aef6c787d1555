//! A body cut into lines as it comes.
//!
//! Invariant: a line that does not end takes bounded memory. Deliberately not here: what lines mean.

use std::collections::VecDeque;

use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::{Response, Url};
use serde::de::DeserializeOwned;

use crate::{Client, ClientError};

/// An event of the greatest size, written as JSON within JSON.
const LINE_BYTES_MAX: usize = 32 << 20;

#[derive(Debug, Default)]
pub(crate) struct Lines {
    half: Vec<u8>,
    whole: VecDeque<String>,
}

/// A line grew beyond any that Tidegate sends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Lines {
    /// Takes a piece of the body in.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.half.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = self.half.strip_suffix(b"\r").unwrap_or(&self.half);
            self.whole.push_back(String::from_utf8_lossy(line).into_owned());
            self.half.clear();
        }
        self.half.extend_from_slice(rest);
        if self.half.len() > LINE_BYTES_MAX { Err(TooLong) } else { Ok(()) }
    }

    pub fn pop(&mut self) -> Option<String> {
        self.whole.pop_front()
    }
}

struct Reading {
    client: Client,
    url: Url,
    response: Option<Response>,
    lines: Lines,
}

/// Each line as JSON; the first error ends it.
pub(crate) fn json_lines<T: DeserializeOwned + Send + 'static>(
    client: Client,
    url: Url,
    response: Response,
) -> BoxStream<'static, Result<T, ClientError>> {
    let unreadable = url.clone();
    let read = move |line: String| {
        serde_json::from_str(&line)
            .map_err(|why| ClientError::unexpected(unreadable.as_str(), why.to_string()))
    };
    let mut over = false;
    lines(client, url, response)
        .map(move |line| line.and_then(&read))
        .take_while(move |item| {
            let goes_on = !over;
            over = item.is_err();
            std::future::ready(goes_on)
        })
        .boxed()
}

/// Each line as it is; the first error ends it.
pub(crate) fn lines(
    client: Client,
    url: Url,
    response: Response,
) -> BoxStream<'static, Result<String, ClientError>> {
    let reading = Reading { client, url, response: Some(response), lines: Lines::default() };
    let items = stream::unfold(reading, |mut reading| async move {
        let item = reading.next().await?;
        if item.is_err() {
            reading.response = None;
        }
        Some((item, reading))
    });
    items.boxed()
}

impl Reading {
    async fn next(&mut self) -> Option<Result<String, ClientError>> {
        loop {
            if let Some(line) = self.lines.pop().filter(|_| self.response.is_some()) {
                return Some(Ok(line));
            }
            match self.response.as_mut()?.chunk().await {
                Ok(Some(piece)) => {
                    if self.lines.push(&piece).is_err() {
                        return Some(Err(ClientError::unexpected(self.url.as_str(), "an endless line")));
                    }
                }
                Ok(None) => return None,
                Err(source) => return Some(Err(self.client.unreachable(source))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_wherever_the_body_is_cut() {
        let body = "a\r\n\nbc\nd";
        for cut in 0..=body.len() {
            let mut lines = Lines::default();
            lines.push(&body.as_bytes()[..cut]).unwrap();
            lines.push(&body.as_bytes()[cut..]).unwrap();
            let found: Vec<String> = std::iter::from_fn(|| lines.pop()).collect();
            assert_eq!(found, ["a", "", "bc"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_given_up() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 1 << 20];
        let taken = (0..100).take_while(|_| lines.push(&piece).is_ok()).count();
        assert_eq!(taken, LINE_BYTES_MAX >> 20);
    }
}
