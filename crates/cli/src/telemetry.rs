//! Where lines of the log go, and traces where an environment variable of OpenTelemetry asks for them.
//!
//! Invariant: whoever takes traces, or does not, slows nothing: spans wait in a queue that drops what does not fit, they are sent
//! by a thread of their own, and the end of the server waits [`END_MAX`] for it at most. Settings that cannot be followed are
//! said and leave traces off; they stop no server. Deliberately not here: which spans there are (the server, the engine).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tidegate_traces::TARGET;
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

const END_MAX: Duration = Duration::from_secs(2);
const SERVICE: &str = "tidegate";
const PROTOCOL: &str = "http/protobuf";

/// To be ended once the last span is over.
pub struct Telemetry(Option<SdkTracerProvider>);

/// `RUST_LOG` chooses which lines are said; without it, `level` and what is worse.
pub fn begin(level: &str) -> Telemetry {
    let lines = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_filter(lines.and(filter_fn(|about| about.target() != TARGET)));
    let asked = asked(|name| std::env::var(name).ok());
    let provider = match &asked {
        Ok(true) => exporting().map(Some).map_err(|why| why.to_string()),
        Ok(false) => Ok(None),
        Err(why) => Err(why.clone()),
    };
    // Only a second call fails, and then the first one's choice holds.
    let _ = if let Ok(Some(provider)) = &provider {
        let spans: FilterFn = filter_fn(|about| about.is_span() && about.target() == TARGET);
        let spans = spans.with_max_level_hint(LevelFilter::INFO);
        let tracer = provider.tracer(SERVICE);
        let traces = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(spans);
        registry().with(lines).with(traces).try_init()
    } else {
        registry().with(lines).try_init()
    };
    Telemetry(provider.unwrap_or_else(|why| {
        tracing::warn!(%why, "traces are off; see docs/guides/observe-tidegate.md");
        None
    }))
}

impl Telemetry {
    /// Sends what is left, as far as it is taken in time.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(END_MAX)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans could not be sent in time, and are lost");
        }
    }
}

/// Whether somebody wants traces, or why what they want cannot be had.
fn asked(variable: impl Fn(&str) -> Option<String>) -> Result<bool, String> {
    let given =
        |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let first = |names: [&str; 2]| names.into_iter().find_map(given);
    let is_off = given("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let to = first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]);
    let by = given("OTEL_TRACES_EXPORTER").unwrap_or_else(|| "otlp".to_owned());
    if is_off || to.is_none() || by == "none" {
        return Ok(false);
    }
    if by != "otlp" {
        return Err(format!("OTEL_TRACES_EXPORTER is `{}`; there are otlp and none", by.escape_debug()));
    }
    let protocol = first(["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
    if let Some(other) = protocol.filter(|protocol| protocol != PROTOCOL) {
        let other = other.escape_debug();
        return Err(format!(
            "OTEL_EXPORTER_OTLP_PROTOCOL is `{other}`; traces are sent by {PROTOCOL}, which collectors take at port 4318"
        ));
    }
    if let Some(url) = to.filter(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(format!(
            "the endpoint `{}` is no URL; write one like http://127.0.0.1:4318",
            url.escape_debug()
        ));
    }
    Ok(true)
}

fn exporting() -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let exporter = Telling { exporter, fails: AtomicBool::new(false) };
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    // Without a name of the operator's, the library calls everything unknown.
    let given = Resource::builder().build().get(&"service.name".into());
    let is_named = given.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let resource = if is_named { resource } else { resource.with_service_name(SERVICE) }.build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

/// Says once that nobody takes spans, and once that they are taken again.
#[derive(Debug)]
struct Telling<T> {
    exporter: T,
    fails: AtomicBool,
}

impl<T: SpanExporter> SpanExporter for Telling<T> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let done = self.exporter.export(batch).await;
        let failed = self.fails.swap(done.is_err(), Ordering::Relaxed);
        match (&done, failed) {
            (Err(why), false) => tracing::warn!(%why, "traces cannot be sent; spans are dropped meanwhile"),
            (Ok(()), true) => tracing::warn!("traces are sent again"),
            (Ok(()), false) | (Err(_), true) => {}
        }
        done
    }
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }
    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }
    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_sent_only_where_somebody_asks_for_them() {
        const TO: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let ask = |given: &[(&str, &str)]| {
            asked(|name| given.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()))
        };
        let traces_to = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/v1/traces");
        for (given, expect) in [
            (vec![], Ok(false)),
            (vec![("OTEL_SERVICE_NAME", "releases")], Ok(false)),
            (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", " ")], Ok(false)),
            (vec![TO], Ok(true)),
            (vec![traces_to], Ok(true)),
            (vec![TO, ("OTEL_SDK_DISABLED", "TRUE")], Ok(false)),
            (vec![TO, ("OTEL_TRACES_EXPORTER", "none")], Ok(false)),
            (vec![TO, ("OTEL_TRACES_EXPORTER", "otlp")], Ok(true)),
            (vec![TO, ("OTEL_TRACES_EXPORTER", "zipkin")], Err("OTEL_TRACES_EXPORTER is `zipkin`")),
            (vec![TO, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")], Ok(true)),
            (vec![TO, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], Err("port 4318")),
            (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")], Err("is no URL")),
            // What is said for traces counts before what is said for everything.
            (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense"), traces_to], Ok(true)),
        ] {
            match (ask(&given), expect) {
                (Ok(found), Ok(expect)) => assert_eq!(found, expect, "{given:?}"),
                (Err(why), Err(part)) => assert!(why.contains(part), "{given:?}: {why}"),
                (found, expect) => panic!("{given:?}: {found:?}, not {expect:?}"),
            }
        }
    }
}
