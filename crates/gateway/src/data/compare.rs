//! Whether a copy of a request was answered as the request itself was.
//!
//! Invariant: neither answer waits for the other, and of each at most `BODY_BYTES_MAX` are kept, until both are there.
//! Every copy that was answered well is counted once: as same, different, or not compared.
//! Not here: headers and times, which differ between two answers that mean the same.

use crate::ticket::RouteRef;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use std::cell::RefCell;
use std::rc::Rc;

/// A longer body is not compared.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A request and its copy.
struct Pair {
    route: RouteRef,
    /// The copy's.
    version: usize,
    worker: usize,
    first: RefCell<Option<(Side, Told)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Live,
    Copy,
}

/// What there is to compare of one answer.
enum Told {
    Answer(Answer),
    /// It was answered, by more than is kept or not to its end.
    Unknown,
    /// There is none, or it failed, which is counted already.
    Nothing,
}

struct Answer {
    status: u16,
    coding: Option<HeaderValue>,
    json: bool,
    body: Vec<u8>,
}

/// Looks at one answer as it goes by. Dropped before its end, it has seen nothing that can be compared.
pub(crate) struct Witness {
    pair: Rc<Pair>,
    side: Side,
    told: Told,
    open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Same,
    Different,
    Uncompared,
}

/// The witnesses of the request and of its copy.
pub(crate) fn witnesses(route: &RouteRef, version: usize, worker: usize) -> (Witness, Witness) {
    let pair = Rc::new(Pair { route: route.clone(), version, worker, first: RefCell::new(None) });
    let of = |side| Witness { pair: Rc::clone(&pair), side, told: Told::Nothing, open: true };
    (of(Side::Live), of(Side::Copy))
}

impl Witness {
    /// The head has come; its body follows.
    pub fn begin(&mut self, status: u16, headers: &HeaderMap) {
        if status >= 500 {
            return;
        }
        let coding = headers.get(CONTENT_ENCODING).filter(|coding| *coding != "identity");
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        self.told = Told::Answer(Answer {
            status,
            // A value of its own, that does not keep the buffer into which the head was read.
            coding: coding.and_then(|coding| HeaderValue::from_bytes(coding.as_bytes()).ok()),
            json: is_json(kind),
            body: Vec::new(),
        });
    }

    pub fn take(&mut self, piece: &[u8]) {
        if let Told::Answer(answer) = &mut self.told {
            if answer.body.len() + piece.len() > BODY_BYTES_MAX {
                self.told = Told::Unknown;
            } else {
                answer.body.extend_from_slice(piece);
            }
        }
    }

    /// The body was whole.
    pub fn end(&mut self) {
        self.tell(true);
    }

    /// The service broke it off: a failure, which is counted as one.
    pub fn broken_off(&mut self) {
        self.told = Told::Nothing;
        self.tell(true);
    }

    fn tell(&mut self, whole: bool) {
        if !std::mem::replace(&mut self.open, false) {
            return;
        }
        let told = std::mem::replace(&mut self.told, Told::Nothing);
        let half = !whole && matches!(told, Told::Answer(_));
        self.pair.tell(self.side, if half { Told::Unknown } else { told });
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.tell(false);
    }
}

impl Pair {
    fn tell(&self, side: Side, told: Told) {
        let Some((_, other)) = self.first.take() else {
            self.first.replace(Some((side, told)));
            return;
        };
        let (live, copy) = if side == Side::Live { (told, other) } else { (other, told) };
        let verdict = match (&live, &copy) {
            (_, Told::Nothing) => return,
            (Told::Answer(live), Told::Answer(copy)) => verdict(live, copy),
            (Told::Answer(_) | Told::Unknown | Told::Nothing, Told::Answer(_) | Told::Unknown) => {
                Verdict::Uncompared
            }
        };
        let meter = self.route.versions[self.version].meter.mirror(self.worker);
        match verdict {
            Verdict::Same => meter.same(),
            Verdict::Different => meter.different(),
            Verdict::Uncompared => meter.uncompared(),
        }
    }
}

/// Of compressed bodies only equal bytes say anything.
fn verdict(live: &Answer, copy: &Answer) -> Verdict {
    if live.status != copy.status {
        Verdict::Different
    } else if live.coding == copy.coding && live.body == copy.body {
        Verdict::Same
    } else if live.coding.is_some() || copy.coding.is_some() {
        Verdict::Uncompared
    } else if live.json && copy.json && mean_the_same(&live.body, &copy.body) {
        Verdict::Same
    } else {
        Verdict::Different
    }
}

/// `application/json`, and whatever ends with `+json` (RFC 6839 section 3.1).
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// Whatever the order of members and the blanks between them.
fn mean_the_same(one: &[u8], other: &[u8]) -> bool {
    let read = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).ok();
    read(one).is_some_and(|one| read(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, coding: Option<&'static str>, kind: &str, body: &str) -> Answer {
        let coding = coding.map(HeaderValue::from_static);
        Answer { status, coding, json: is_json(kind), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        let text = |body| answer(200, None, "text/plain", body);
        let json = |body| answer(200, None, "application/problem+json; charset=utf-8", body);
        let gzip = |body| answer(200, Some("gzip"), "application/json", body);
        let table = [
            (text("a"), text("a"), Verdict::Same),
            (text("a"), text("b"), Verdict::Different),
            (text(r#"{"a":1,"b":2}"#), text(r#"{"b":2,"a":1}"#), Verdict::Different),
            (json(r#"{"a":1,"b":[1,2]}"#), json(r#"{ "b": [1, 2], "a": 1 }"#), Verdict::Same),
            (json(r#"{"a":1,"b":[1,2]}"#), json(r#"{"a":1,"b":[2,1]}"#), Verdict::Different),
            (json(r#"{"a":1"#), json(r#"{"a" :1"#), Verdict::Different),
            (json(r#"{"a":1}"#), text(r#"{"a": 1}"#), Verdict::Different),
            (text("a"), answer(404, None, "text/plain", "a"), Verdict::Different),
            (gzip("x"), gzip("x"), Verdict::Same),
            (gzip("x"), gzip("y"), Verdict::Uncompared),
            (gzip("x"), json("{}"), Verdict::Uncompared),
            (text(""), text(""), Verdict::Same),
        ];
        for (index, (live, copy, expect)) in table.iter().enumerate() {
            assert_eq!(verdict(live, copy), *expect, "{index}");
        }
        let deep = "[".repeat(BODY_BYTES_MAX / 2);
        assert_eq!(verdict(&json(&deep), &json(&format!("{deep} "))), Verdict::Different);
    }
}
