//! A place in a trace: the span that is under way here, or one that another program told of.
//!
//! Invariant: a spot can be kept and followed later, from another task or another program; it keeps nothing alive.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::header;

#[derive(Debug, Clone, PartialEq)]
pub struct Spot(SpanContext);

impl Spot {
    /// The span that is under way; none where nobody takes traces.
    pub fn here() -> Option<Self> {
        let span = Span::current();
        if span.is_disabled() {
            return None;
        }
        let context = span.context().span().span_context().clone();
        context.is_valid().then_some(Self(context))
    }

    /// What a request says it belongs to.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        header::read(headers).map(Self)
    }

    /// The span goes on with its trace. Only before the span is entered.
    pub fn begets(&self, span: &Span) {
        // A span that nobody takes has no parent either.
        let _ = span.set_parent(Context::new().with_remote_span_context(self.0.clone()));
    }

    /// The span is of a trace of its own and names this one.
    pub fn is_named_by(&self, span: &Span) {
        span.add_link(self.0.clone());
    }

    pub fn write(&self, headers: &mut HeaderMap) {
        header::write(&self.0, headers);
    }
}

/// Whoever is asked next learns which span asks.
pub fn pass_on(headers: &mut HeaderMap) {
    if let Some(spot) = Spot::here() {
        spot.write(headers);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::TARGET;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_span_joins_and_is_passed_on() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let passed = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let mut asked = HeaderMap::new();
            asked.insert("traceparent", HeaderValue::from_static(PARENT));
            let span = tracing::info_span!(target: TARGET, "request");
            Spot::of(&asked).unwrap().begets(&span);
            let mut passed = HeaderMap::new();
            let inner = span.in_scope(|| {
                pass_on(&mut passed);
                Spot::here().unwrap()
            });
            drop(span);
            let other = tracing::info_span!(target: TARGET, "turn");
            inner.is_named_by(&other);
            other.in_scope(|| {});
            passed
        });
        let spans = exporter.get_finished_spans().unwrap();
        let [request, turn] = spans.as_slice() else { panic!("{} spans", spans.len()) };
        assert_eq!(request.parent_span_id.to_string(), "b7ad6b7169203331");
        let expect = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", request.span_context.span_id());
        assert_eq!(passed["traceparent"], expect);
        assert_ne!(turn.span_context.trace_id(), request.span_context.trace_id());
        assert_eq!(
            turn.links.iter().map(|link| &link.span_context).collect::<Vec<_>>(),
            [&request.span_context]
        );
    }

    #[test]
    fn where_nobody_takes_traces_nothing_is_passed_on() {
        let mut headers = HeaderMap::new();
        tracing::info_span!(target: TARGET, "request").in_scope(|| pass_on(&mut headers));
        assert!(headers.is_empty());
        assert_eq!(Spot::here(), None);
    }
}
