//! Answers that the gateway gives itself, as RFC 9457 problems that say why.
//!
//! Invariant: each has a stable code, the same in the body, in `x-tidegate-gateway` and in the metrics;
//! none names an internal address.
//! Not here: refusals of the admin API (`admin::answer`).

use super::GatewayBody;
use crate::upstream::exchange::ExchangeError;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;

pub(crate) const CODE_HEADER: HeaderName = HeaderName::from_static("x-tidegate-gateway");

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    BadRequest(&'static str),
    CodingUnknown,
    ConnectUnsupported,
    NoRoute,
    HeadTooLarge { bytes_max: u32 },
    BodyTooLarge { bytes_max: u64 },
    Offline { reason: String, retry_after_seconds: u32 },
    Saturated { in_flight_max: u32 },
    PreviewEmpty { route: String },
    Service { error: ExchangeError, route: String, version: String },
}

/// The codes in the order in which they are counted.
pub(crate) const CODES: [&str; 17] = [
    "bad-request",
    "transfer-coding-unknown",
    "connect-unsupported",
    "no-route",
    "request-headers-too-large",
    "request-body-too-large",
    "route-offline",
    "route-saturated",
    "preview-empty",
    "upstream-refused",
    "upstream-connect-timeout",
    "upstream-closed",
    "upstream-malformed",
    "upstream-headers-too-large",
    "upstream-response-timeout",
    "request-body-broken",
    "request-timeout",
];

impl Problem {
    pub fn code(&self) -> &'static str {
        match self {
            Problem::BadRequest(_) => "bad-request",
            Problem::CodingUnknown => "transfer-coding-unknown",
            Problem::ConnectUnsupported => "connect-unsupported",
            Problem::NoRoute => "no-route",
            Problem::HeadTooLarge { .. } => "request-headers-too-large",
            Problem::BodyTooLarge { .. } => "request-body-too-large",
            Problem::Offline { .. } => "route-offline",
            Problem::Saturated { .. } => "route-saturated",
            Problem::PreviewEmpty { .. } => "preview-empty",
            Problem::Service { error, .. } => match error {
                ExchangeError::Refused => "upstream-refused",
                ExchangeError::ConnectTimeout => "upstream-connect-timeout",
                ExchangeError::Closed => "upstream-closed",
                ExchangeError::Malformed => "upstream-malformed",
                ExchangeError::HeadTooLarge => "upstream-headers-too-large",
                ExchangeError::ResponseTimeout => "upstream-response-timeout",
                ExchangeError::RequestBodyTooLarge => "request-body-too-large",
                ExchangeError::RequestBodyBroken => "request-body-broken",
                ExchangeError::RequestBodyTimeout => "request-timeout",
            },
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Problem::BadRequest(_) => StatusCode::BAD_REQUEST,
            Problem::CodingUnknown | Problem::ConnectUnsupported => StatusCode::NOT_IMPLEMENTED,
            Problem::NoRoute => StatusCode::NOT_FOUND,
            Problem::HeadTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Problem::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Offline { .. } | Problem::Saturated { .. } | Problem::PreviewEmpty { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Problem::Service { error, .. } => match error {
                ExchangeError::Refused
                | ExchangeError::Closed
                | ExchangeError::Malformed
                | ExchangeError::HeadTooLarge => StatusCode::BAD_GATEWAY,
                ExchangeError::ConnectTimeout | ExchangeError::ResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
                ExchangeError::RequestBodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                ExchangeError::RequestBodyBroken => StatusCode::BAD_REQUEST,
                ExchangeError::RequestBodyTimeout => StatusCode::REQUEST_TIMEOUT,
            },
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::BadRequest(why) => (*why).to_owned(),
            Problem::CodingUnknown => "the only transfer coding that is understood is chunked".to_owned(),
            Problem::ConnectUnsupported => "the gateway makes no tunnels to other hosts".to_owned(),
            Problem::NoRoute => "no route takes this host and path on this address".to_owned(),
            Problem::HeadTooLarge { bytes_max } => {
                format!("the request's headers are longer than {bytes_max} bytes")
            }
            Problem::BodyTooLarge { bytes_max } => {
                format!("the request's body is longer than {bytes_max} bytes")
            }
            Problem::Offline { reason, .. } => reason.clone(),
            Problem::Saturated { in_flight_max } => {
                format!("{in_flight_max} requests are under way, which is all this route takes at once")
            }
            Problem::PreviewEmpty { route } => format!("no version of {route} stands in preview now"),
            Problem::Service { error, route, version } => {
                format!("{route} {version}: {}", service_detail(*error))
            }
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Problem::BadRequest(_) | Problem::CodingUnknown | Problem::ConnectUnsupported => {
                "correct the request"
            }
            Problem::NoRoute => "compare the host and path with the routes in tidegate.yaml",
            Problem::HeadTooLarge { .. } => {
                "send fewer or shorter headers; large cookies are the usual cause"
            }
            Problem::BodyTooLarge { .. } => "send less, or raise the route's request_body_bytes_max",
            Problem::Offline { .. } => "try again later",
            Problem::Saturated { .. } => "try again later, or raise the route's in_flight_max",
            Problem::PreviewEmpty { .. } => {
                "a candidate stands here from its start in a blue-green rollout until the switch"
            }
            Problem::Service { error, .. } => match error {
                ExchangeError::Refused | ExchangeError::ConnectTimeout => {
                    "see `tidegate logs` of this version"
                }
                ExchangeError::Closed | ExchangeError::Malformed | ExchangeError::HeadTooLarge => {
                    "see `tidegate logs` of this version; it may have crashed while answering"
                }
                ExchangeError::ResponseTimeout => {
                    "see `tidegate logs`, or raise the route's upstream_response_ms"
                }
                ExchangeError::RequestBodyTooLarge => {
                    "send less, or raise the route's request_body_bytes_max"
                }
                ExchangeError::RequestBodyBroken | ExchangeError::RequestBodyTimeout => "send the whole body",
            },
        }
    }

    pub fn respond(&self, request_id: &str) -> Response<GatewayBody> {
        let status = self.status();
        let text = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": self.code(),
            "detail": self.detail(),
            "help": self.help(),
            "request_id": request_id,
        });
        let mut response = Response::new(GatewayBody::whole(Bytes::from(text.to_string())));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CODE_HEADER, HeaderValue::from_static(self.code()));
        if let Problem::Offline { retry_after_seconds, .. } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
        }
        response
    }
}

fn service_detail(error: ExchangeError) -> &'static str {
    match error {
        ExchangeError::Refused => "no endpoint accepted a connection",
        ExchangeError::ConnectTimeout => "no endpoint accepted a connection in time",
        ExchangeError::Closed => "the service closed the connection without an answer",
        ExchangeError::Malformed => "what the service answered is not HTTP",
        ExchangeError::HeadTooLarge => "the headers of the service's answer are too large",
        ExchangeError::ResponseTimeout => "the service did not answer in time",
        ExchangeError::RequestBodyTooLarge => "the request's body is longer than the route allows",
        ExchangeError::RequestBodyBroken => "the request's body broke off",
        ExchangeError::RequestBodyTimeout => "the request's body stopped arriving",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Problem> {
        use ExchangeError as E;
        let errors = [
            E::Refused,
            E::ConnectTimeout,
            E::Closed,
            E::Malformed,
            E::HeadTooLarge,
            E::ResponseTimeout,
            E::RequestBodyTooLarge,
            E::RequestBodyBroken,
            E::RequestBodyTimeout,
        ];
        let service = |error| Problem::Service {
            error,
            route: "production/shop".to_owned(),
            version: "1.1.0".to_owned(),
        };
        let own = [
            Problem::BadRequest("a request needs exactly one Host"),
            Problem::CodingUnknown,
            Problem::ConnectUnsupported,
            Problem::NoRoute,
            Problem::HeadTooLarge { bytes_max: 32_768 },
            Problem::BodyTooLarge { bytes_max: 16_777_216 },
            Problem::Offline { reason: "the shop is being upgraded".to_owned(), retry_after_seconds: 30 },
            Problem::Saturated { in_flight_max: 10_000 },
            Problem::PreviewEmpty { route: "production/shop".to_owned() },
        ];
        own.into_iter().chain(errors.map(service)).collect()
    }

    #[test]
    fn every_problem_says_why_and_what_next() {
        let lines: Vec<String> = every()
            .iter()
            .map(|p| format!("{} {} | {} | {}", p.status().as_u16(), p.code(), p.detail(), p.help()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_code_is_counted() {
        for problem in every() {
            assert!(CODES.contains(&problem.code()), "{}", problem.code());
        }
    }
}
