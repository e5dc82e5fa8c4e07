//! HTTP/1.1: requests by POST, and the step up to a WebSocket.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::connections::Connection;
use super::slow::SlowGuard;
use super::{Received, Shared, TooMuch, websocket};
use crate::jsonrpc::{error::Error, write_error};

type Answer = Response<Full<Bytes>>;

/// Accepts connections for as long as the runtime lives.
pub(super) async fn listen(shared: Arc<Shared>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files, or a client gone before we saw it. The next may do better.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        // Small answers should not wait for more to fill a packet.
        let _ = stream.set_nodelay(true);
        let Some(connection) = Connection::open(&shared) else {
            continue; // Dropping the socket is all the answer a full house gives.
        };
        tokio::spawn(converse(Arc::clone(&shared), stream, Arc::new(connection)));
    }
}

/// One connection, until either side has enough.
async fn converse(shared: Arc<Shared>, stream: TcpStream, connection: Arc<Connection>) {
    let leave = Arc::clone(&connection.leave);
    let patience = shared.limits.patience;
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        let connection = Arc::clone(&connection);
        async move {
            connection.busy();
            let answer = answer(&shared, request, &connection).await;
            connection.idle();
            Ok::<_, Infallible>(answer)
        }
    });
    let stream = SlowGuard::new(stream, patience);
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // Also the time between two requests. Clients that keep a connection longer reconnect.
        .header_read_timeout(patience)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        _ = serving => {}
        () = leave.notified() => {}
    }
}

async fn answer(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    connection: &Arc<Connection>,
) -> Answer {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin
        .as_ref()
        .and_then(|origin| allow(&shared.origins, origin));
    // A page of an origin that is not allowed could not read the answer, but its request would
    // still be done. So it is refused.
    if origin.is_some() && allowed.is_none() {
        return plain(
            StatusCode::FORBIDDEN,
            "this origin may not ask: see --origin\n",
        );
    }
    let mut answer = match *request.method() {
        Method::POST => answer_post(shared, request).await,
        Method::OPTIONS => answer_options(request.headers()),
        Method::GET if is_websocket(request.headers()) => upgrade(shared, request, connection),
        Method::GET | Method::HEAD => plain(StatusCode::OK, "Atoll answers JSON-RPC by POST\n"),
        _ => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "JSON-RPC is asked by POST\n",
        ),
    };
    if let Some(allowed) = allowed {
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
    }
    answer
}

async fn answer_post(shared: &Arc<Shared>, request: Request<Incoming>) -> Answer {
    let received = receive(shared, request.into_body());
    let text = match tokio::time::timeout(shared.limits.patience, received).await {
        Ok(Ok(text)) => text,
        Ok(Err(refusal)) => return refusal,
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "the request took too long\n"),
    };
    match shared.answer(text, None).await {
        Some(answer) => json(StatusCode::OK, answer),
        None => plain(StatusCode::NO_CONTENT, ""),
    }
}

async fn receive(shared: &Shared, mut body: Incoming) -> Result<Received, Answer> {
    use hyper::body::Body as _;
    let mut received = Received::new();
    // A client that announces too much need not send it first.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > shared.limits.request_bytes_max {
        return Err(too_much(shared, TooMuch::Request));
    }
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(plain(StatusCode::BAD_REQUEST, "the request breaks off\n"));
        };
        if let Some(piece) = frame.data_ref() {
            received
                .push(shared, piece)
                .map_err(|why| too_much(shared, why))?;
        }
    }
    Ok(received)
}

fn too_much(shared: &Shared, why: TooMuch) -> Answer {
    let (status, error) = refuse(shared, why);
    let mut out = Vec::new();
    write_error(&mut out, None, &error);
    let mut answer = json(status, out);
    // The rest of the request is not read, so nothing sensible can follow it.
    answer
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Why a request is not received to its end.
pub(super) fn refuse(shared: &Shared, why: TooMuch) -> (StatusCode, Error) {
    match why {
        TooMuch::Request => (
            StatusCode::PAYLOAD_TOO_LARGE,
            Error::limit(format!(
                "the request is larger than {} bytes",
                shared.limits.request_bytes_max
            )),
        ),
        TooMuch::Now => (
            StatusCode::SERVICE_UNAVAILABLE,
            Error::limit("the node is busy with other large requests"),
        ),
    }
}

/// What pages may send is what a wallet sends; browsers ask before they let them.
fn answer_options(headers: &HeaderMap) -> Answer {
    let mut answer = plain(StatusCode::NO_CONTENT, "");
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let set = answer.headers_mut();
    set.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST, GET, OPTIONS"),
    );
    set.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        wanted.unwrap_or(HeaderValue::from_static("content-type")),
    );
    set.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    // Chromium asks this when a public page wants to talk to a loopback address.
    let private = HeaderName::from_static("access-control-request-private-network");
    if headers.contains_key(private) {
        set.insert(
            HeaderName::from_static("access-control-allow-private-network"),
            HeaderValue::from_static("true"),
        );
    }
    answer
}

/// What to put into `Access-Control-Allow-Origin`, if the origin may ask.
fn allow(origins: &[String], origin: &HeaderValue) -> Option<HeaderValue> {
    if origins.iter().any(|allowed| allowed == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    let listed = origins
        .iter()
        .any(|allowed| allowed.as_bytes() == origin.as_bytes());
    listed.then(|| origin.clone())
}

fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).map(HeaderValue::as_bytes);
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket"))
        && headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

fn upgrade(
    shared: &Arc<Shared>,
    mut request: Request<Incoming>,
    connection: &Arc<Connection>,
) -> Answer {
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        return plain(StatusCode::BAD_REQUEST, "sec-websocket-key is missing\n");
    };
    let accept = derive_accept_key(key.as_bytes());
    let upgraded = hyper::upgrade::on(&mut request);
    let shared = Arc::clone(shared);
    let connection = Arc::clone(connection);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgraded.await {
            websocket::serve(shared, TokioIo::new(upgraded), &connection).await;
        }
    });
    let mut answer = plain(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    answer
}

fn json(status: StatusCode, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

fn plain(status: StatusCode, body: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    answer
}
