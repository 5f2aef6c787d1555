//! Which request something follows from that is done later, by somebody else: a rollout's turns follow from its deploy.
//!
//! Invariant: turns go on with the request's trace for [`JOINED`]; later ones, of which there may be many, are traces of their
//! own that name it. How many are remembered has a limit, after which the oldest is forgotten; so is all after a restart.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::Span;

use crate::spot::Spot;

const JOINED: Duration = Duration::from_mins(15);
const REMEMBERED_MAX: usize = 1_024;

#[derive(Debug, Default)]
pub struct Origins(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    spots: HashMap<String, (Spot, Instant)>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Origins {
    /// What is done for `subject` from now on follows from the span that is under way, if there is one.
    pub fn remember(&self, subject: &impl ToString) {
        if let Some(spot) = Spot::here() {
            self.keep(subject.to_string(), (spot, Instant::now()));
        }
    }

    fn keep(&self, subject: String, spot: (Spot, Instant)) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.spots.insert(subject.clone(), spot).is_some() {
            remembered.order.retain(|known| *known != subject);
        }
        remembered.order.push_back(subject);
        if remembered.order.len() > REMEMBERED_MAX
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.spots.remove(&oldest);
        }
    }

    /// Before the span is entered; nothing where it is none.
    pub fn lead_to(&self, span: &Span, subject: &impl ToString) {
        if span.is_disabled() {
            return;
        }
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((spot, since)) = remembered.spots.get(&subject.to_string()) else { return };
        if since.elapsed() < JOINED { spot.begets(span) } else { spot.is_named_by(span) }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::TARGET;

    fn spot(number: usize) -> Spot {
        let mut headers = HeaderMap::new();
        let parent = format!("00-{:032x}-{:016x}-01", number + 1, number + 1);
        headers.insert("traceparent", HeaderValue::from_str(&parent).unwrap());
        Spot::of(&headers).unwrap()
    }

    #[test]
    fn turns_join_at_first_and_name_it_later() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let origins = Origins::default();
        let now = Instant::now();
        // Of a machine that has just started there may be no such time yet.
        let long_ago = now.checked_sub(JOINED).unwrap_or(now);
        origins.keep("fresh".to_owned(), (spot(1), now));
        origins.keep("old".to_owned(), (spot(2), long_ago));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for subject in ["fresh", "old", "unknown"] {
                let span = tracing::info_span!(target: TARGET, "turn");
                origins.lead_to(&span, &subject);
                span.in_scope(|| {});
            }
        });
        let spans = exporter.get_finished_spans().unwrap();
        let told: Vec<_> = spans
            .iter()
            .map(|span| (u128::from_be_bytes(span.span_context.trace_id().to_bytes()) == 2, span.links.len()))
            .collect();
        if long_ago < now {
            assert_eq!(told, [(true, 0), (false, 1), (false, 0)]);
        }
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let origins = Origins::default();
        for number in 0..=REMEMBERED_MAX {
            origins.keep(number.to_string(), (spot(number), Instant::now()));
            origins.keep("asked again and again".to_owned(), (spot(number), Instant::now()));
        }
        let remembered = origins.0.lock().unwrap();
        assert_eq!((remembered.spots.len(), remembered.order.len()), (REMEMBERED_MAX, REMEMBERED_MAX));
        assert!(remembered.spots.contains_key("asked again and again"));
        assert!(!remembered.spots.contains_key("0") && remembered.spots.contains_key("1024"));
    }
}
