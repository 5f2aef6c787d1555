//! One request from its head to its answer.
//!
//! Invariant: see the module. What a request may be is checked here, before a version is chosen, so that
//! no version is blamed for a bad request.
//! Not here: how the choice is made (`select`), how it is carried out (`forward`).

use super::GatewayBody;
use super::compare::Witness;
use super::forward::forward;
use super::mirror::mirror;
use super::problem::Problem;
use super::select::{Selection, select};
use crate::client::ClientState;
use crate::client::tunnel::Tunnel;
use crate::ticket::{Kind, RouteRef, Ticket};
use crate::upstream::encode::{Forwarded, RequestHead, request_head};
use crate::upstream::exchange::{Exchange, ExchangeError, ExchangeParts};
use crate::upstream::parse::{ResponseHead, options};
use crate::upstream::send::RequestBody;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use std::convert::Infallible;
use std::rc::Rc;

/// Made once: a name given as text is parsed at every look-up.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn serve(
    client: Rc<ClientState>,
    request: Request<Incoming>,
) -> Result<Response<GatewayBody>, Infallible> {
    let open = client.begin();
    let request_id = request.headers().get(&REQUEST_ID).and_then(copied);
    let body_under_way = request.version() < Version::HTTP_2 && !request.body().is_end_stream();
    let response = match proxy(&client, request).await {
        Ok(response) => response,
        Err(problem) => {
            let mut response = answer_problem(&client, &problem, request_id.as_ref());
            if body_under_way {
                client.activity.linger();
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    };
    Ok(response.map(|body| body.holding(open)))
}

fn answer_problem(
    client: &ClientState,
    problem: &Problem,
    request_id: Option<&HeaderValue>,
) -> Response<GatewayBody> {
    client.worker.gateway.problem(problem.code());
    let given = request_id.and_then(|id| id.to_str().ok()).map(str::to_owned);
    let request_id = given.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()));
    problem.respond(&request_id)
}

async fn proxy(
    client: &Rc<ClientState>,
    request: Request<Incoming>,
) -> Result<Response<GatewayBody>, Problem> {
    let mut prepared = prepare(client, request)?;
    match forward(&mut prepared.exchange).await {
        Ok(response) => {
            prepared.exchange.ticket.answered(response.status.as_u16());
            Ok(respond(client, prepared, response))
        }
        Err(error) => Err(service_problem(&mut prepared.exchange.ticket, error)),
    }
}

/// A request that may go to its version, with nothing kept of the client's own head.
struct Prepared {
    exchange: Box<Exchange>,
    set_cookie: bool,
    on_upgrade: Option<OnUpgrade>,
    /// Compares the answer with that to a copy.
    witness: Option<Witness>,
}

fn prepare(client: &Rc<ClientState>, request: Request<Incoming>) -> Result<Prepared, Problem> {
    let table = client.worker.table();
    let host = host(&request)?;
    check_coding(request.headers())?;
    let path = request.uri().path();
    let name = host.as_ref().and_then(|host| host.to_str().ok());
    let found = table.find(&client.listen, name, path).ok_or(Problem::NoRoute)?;
    let route = RouteRef::new(table, found.route);
    check_limits(&route, &request)?;
    let selection =
        if found.preview { previewed(&route)? } else { users_version(&route, request.headers())? };
    check_room(client, &route, selection)?;
    Ok(exchange(client, route, selection, (request, host)))
}

fn users_version(route: &RouteRef, headers: &HeaderMap) -> Result<Selection, Problem> {
    if let Some(offline) = route.offline() {
        let reason = offline.reason.clone();
        return Err(Problem::Offline { reason, retry_after_seconds: offline.retry_after_seconds });
    }
    select(route, headers).ok_or(Problem::NoRoute)
}

fn previewed(route: &RouteRef) -> Result<Selection, Problem> {
    match route.preview {
        Some(version) => Ok(Selection { version, set_cookie: false }),
        None => Err(Problem::PreviewEmpty { route: route.route.id.clone() }),
    }
}

fn exchange(
    client: &Rc<ClientState>,
    route: RouteRef,
    selection: Selection,
    (mut request, host): (Request<Incoming>, Option<HeaderValue>),
) -> Prepared {
    let protocol = wanted_protocol(&request);
    let on_upgrade = protocol.as_ref().map(|_| hyper::upgrade::on(&mut request));
    let (parts, incoming) = request.into_parts();
    let mut body = RequestBody::streaming(incoming, route.route.limits.request_body_bytes_max);
    let target = target(&route, &parts);
    let head = RequestHead {
        method: &parts.method,
        target: &target,
        host: host.as_ref().map_or(b"", HeaderValue::as_bytes),
        headers: &parts.headers,
        framing: body.framing(parts.headers.contains_key(header::CONTENT_LENGTH)),
        forwarded: Forwarded { client: &client.address, trusted: route.route.trust_forwarded },
        upgrade: protocol.as_ref(),
        mirrored: false,
    };
    let witness = mirror(client, &route, &head, selection.version, &mut body);
    let mut buffer = client.worker.spare_buffer();
    request_head(&head, &mut buffer);
    let exchange = Box::new(Exchange::new(ExchangeParts {
        method: parts.method.clone(),
        head: buffer,
        framing: head.framing,
        body,
        upgrading: protocol.is_some(),
        deadline: client.worker.deadline(),
        ticket: Ticket::new(route, selection.version, &client.worker, Kind::Live),
    }));
    drop(target);
    client.worker.recycle_headers(parts.headers);
    Prepared { exchange, set_cookie: selection.set_cookie, on_upgrade, witness }
}

fn respond(client: &Rc<ClientState>, prepared: Prepared, head: ResponseHead) -> Response<GatewayBody> {
    let Prepared { mut exchange, set_cookie, on_upgrade, witness } = prepared;
    let mut response = Response::new(GatewayBody::empty());
    *response.status_mut() = head.status;
    let witness = witness.map(|mut witness| {
        witness.begin(head.status.as_u16(), &head.headers);
        Box::new(witness)
    });
    *response.headers_mut() = head.headers;
    if set_cookie && let Some(cookie) = &exchange.ticket.version().sticky {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    if head.status != StatusCode::SWITCHING_PROTOCOLS {
        *response.body_mut() = match witness {
            Some(witness) => GatewayBody::witnessed(exchange, witness),
            None => GatewayBody::service(exchange),
        };
        return response;
    }
    if let (Some(protocol), Some(upgrade)) = (head.upgrade, on_upgrade) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(header::UPGRADE, protocol);
        if let Some(stream) = exchange.take_stream() {
            let tunnel = Tunnel { client: Rc::clone(client), upgrade, stream, exchange };
            tokio::task::spawn_local(tunnel.run());
        }
    }
    response
}

fn service_problem(ticket: &mut Ticket, error: ExchangeError) -> Problem {
    let route = ticket.route().route.id.clone();
    let version = ticket.version().name.clone();
    let problem = Problem::Service { error, route, version };
    ticket.answered(problem.status().as_u16());
    problem
}

/// A value of its own, that does not keep the buffer in use into which the head was read.
fn copied(value: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(value.as_bytes()).ok()
}

/// The host that the request is for; HTTP/1.1 asks for exactly one `Host`, and a target with a host in it
/// overrides that (RFC 9112 sections 3.2 and 3.2.2), as `:authority` does in HTTP/2.
fn host(request: &Request<Incoming>) -> Result<Option<HeaderValue>, Problem> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let first = hosts.next();
    let missing = first.is_none() && request.version() == Version::HTTP_11;
    if missing || hosts.next().is_some() {
        return Err(Problem::BadRequest("a request needs exactly one Host"));
    }
    if *request.method() == Method::CONNECT {
        return Err(Problem::ConnectUnsupported);
    }
    let Some(authority) = request.uri().authority() else { return Ok(first.cloned()) };
    let name = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, name)| name);
    HeaderValue::from_str(name)
        .map(Some)
        .map_err(|_| Problem::BadRequest("the host of the target is not valid"))
}

/// hyper has decoded the last `chunked`; anything under it would reach the service undeclared.
fn check_coding(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(_), _) => Err(Problem::CodingUnknown),
    }
}

fn check_limits(route: &RouteRef, request: &Request<Incoming>) -> Result<(), Problem> {
    let limits = route.route.limits;
    let fields = request.headers().iter();
    let length: usize = fields.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if length > limits.request_header_bytes_max as usize {
        return Err(Problem::HeadTooLarge { bytes_max: limits.request_header_bytes_max });
    }
    if request.body().size_hint().lower() > limits.request_body_bytes_max {
        return Err(Problem::BodyTooLarge { bytes_max: limits.request_body_bytes_max });
    }
    Ok(())
}

/// Each worker has its part of the room, as in `mirror`.
fn check_room(client: &ClientState, route: &RouteRef, selection: Selection) -> Result<(), Problem> {
    let in_flight_max = route.route.limits.in_flight_max;
    let worker = &client.worker;
    let own_max = (in_flight_max as usize).div_ceil(worker.workers);
    if route.versions[selection.version].meter.live(worker.index).in_flight() >= own_max {
        return Err(Problem::Saturated { in_flight_max });
    }
    Ok(())
}

/// `Upgrade` counts only when `Connection` names it, in HTTP/1.1 (RFC 9110 section 7.8).
fn wanted_protocol(request: &Request<Incoming>) -> Option<HeaderValue> {
    let protocol = request.headers().get(header::UPGRADE)?;
    let lists = request.headers().get_all(header::CONNECTION);
    let named =
        lists.iter().flat_map(|list| options(list.as_bytes())).any(|o| o.eq_ignore_ascii_case(b"upgrade"));
    (named && request.version() == Version::HTTP_11).then(|| protocol.clone())
}

/// The request target in origin form, without the route's prefix where that is asked.
fn target<'a>(route: &RouteRef, parts: &'a Parts) -> std::borrow::Cow<'a, str> {
    let whole = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    if !route.route.strip_prefix || route.prefix.is_empty() {
        return if whole.is_empty() { "/".into() } else { whole.into() };
    }
    let rest = whole.strip_prefix(route.prefix.as_str()).unwrap_or(whole);
    if rest.starts_with('/') { rest.into() } else { format!("/{rest}").into() }
}
