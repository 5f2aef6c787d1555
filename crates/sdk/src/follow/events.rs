//! Server-sent events, as far as a follower reads them: whether one came.
//!
//! Source: WHATWG HTML, "Server-sent events". Invariant: however a stream is cut, and however long its lines are, no more
//! than the beginning of a line is kept. What is in an event does not matter: whoever hears one looks for themselves.

const BEGIN: &[u8] = b"data:";

/// Whether any event with data came. Comments keep the connection alive.
pub(super) fn has_data(line: &mut Vec<u8>, piece: &[u8]) -> bool {
    let mut found = false;
    for byte in piece {
        match byte {
            b'\n' | b'\r' => line.clear(),
            byte if line.len() < BEGIN.len() => {
                line.push(*byte);
                found |= line == BEGIN;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_with_data_are_seen_however_they_are_cut() {
        let check = |text: &str, expect: bool| {
            for size in 1..=text.len() {
                let (mut line, mut seen) = (Vec::new(), false);
                for piece in text.as_bytes().chunks(size) {
                    seen |= has_data(&mut line, piece);
                }
                assert_eq!(seen, expect, "{text:?} in pieces of {size}");
                assert!(line.len() <= BEGIN.len());
            }
        };
        check(": alive\n\n", false);
        check("retry: 2000\nid: 7.0\n\n", false);
        check("event: message\ndata: {}\n\n", true);
        check(": data: no\n\nid: data:\n\n", false);
    }
}
