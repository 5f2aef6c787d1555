//! `traceparent` and `tracestate`, as the W3C writes them (Trace Context, level 1).
//!
//! Invariant: what does not keep to the form is as if it were not there, so that no caller can break a request by it.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

pub(crate) const PARENT: HeaderName = HeaderName::from_static("traceparent");
const STATE: HeaderName = HeaderName::from_static("tracestate");
/// Of one list, by the recommendation.
const STATE_CHARS_MAX: usize = 512;

pub(crate) fn read(headers: &HeaderMap) -> Option<SpanContext> {
    let mut all = headers.get_all(PARENT).iter();
    let parent = all.next().filter(|_| all.next().is_none())?.to_str().ok()?;
    let (trace, span, flags) = parts(parent)?;
    let context = SpanContext::new(trace, span, flags, true, state(headers));
    context.is_valid().then_some(context)
}

/// `00-<32 hex digits>-<16>-<2>`; a later version may have more behind it.
fn parts(text: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let mut parts = text.split('-');
    let [version, trace, span, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let more = parts.next().is_some();
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let fits = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    if !fits || version == "ff" || (version == "00" && more) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    Some((TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?, flags))
}

fn state(headers: &HeaderMap) -> TraceState {
    let all: Option<Vec<&str>> = headers.get_all(STATE).iter().map(|value| value.to_str().ok()).collect();
    let joined = all.unwrap_or_default().join(",");
    if joined.len() > STATE_CHARS_MAX {
        return TraceState::NONE;
    }
    TraceState::from_str(&joined).unwrap_or(TraceState::NONE)
}

pub(crate) fn write(context: &SpanContext, headers: &mut HeaderMap) {
    let flags = context.trace_flags() & TraceFlags::SAMPLED;
    let parent = format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), flags.to_u8());
    headers.extend(HeaderValue::from_str(&parent).ok().map(|value| (PARENT, value)));
    let state = context.trace_state().header();
    if !state.is_empty() {
        headers.extend(HeaderValue::from_str(&state).ok().map(|value| (STATE, value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(parents: &[&str], state: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for parent in parents {
            headers.append(PARENT, HeaderValue::from_str(parent).unwrap());
        }
        if let Some(state) = state {
            headers.insert(STATE, HeaderValue::from_str(state).unwrap());
        }
        headers
    }

    #[test]
    fn what_is_read_is_written_again() {
        for (parent, state) in [(GOOD, None), (GOOD, Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"))] {
            let given = headers(&[parent], state);
            let mut again = HeaderMap::new();
            write(&read(&given).unwrap(), &mut again);
            assert_eq!(again, given);
        }
        let unsampled = GOOD.replace("-01", "-00");
        assert!(!read(&headers(&[&unsampled], None)).unwrap().is_sampled());
        let later = format!("cc-{}-what-comes-later", &GOOD[3..]);
        assert!(read(&headers(&[&later], None)).unwrap().is_sampled());
        // Of a list that is too long, or of none, only the parent counts.
        for state in ["x".repeat(STATE_CHARS_MAX + 1), "no list".to_owned()] {
            assert_eq!(read(&headers(&[GOOD], Some(&state))).unwrap().trace_state(), &TraceState::NONE);
        }
    }

    #[test]
    fn what_has_another_form_is_not_there() {
        let zero_trace = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
        let zero_span = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", "0".repeat(16));
        let (upper, more, last) = (GOOD.to_uppercase(), format!("{GOOD}-x"), GOOD.replacen("00", "ff", 1));
        let cut = &GOOD[..54];
        for bad in ["", "00", "-", &zero_trace, &zero_span, &upper, &more, &last, cut, "00-ü-ü-ü"] {
            let Ok(value) = HeaderValue::from_bytes(bad.as_bytes()) else { continue };
            let mut headers = HeaderMap::new();
            headers.insert(PARENT, value);
            assert_eq!(read(&headers), None, "{bad}");
        }
        assert_eq!(read(&headers(&[GOOD, GOOD], None)), None);
        assert_eq!(read(&HeaderMap::new()), None);
    }
}
