//! The client against real servers on loopback, good and bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use dyad_net::{
    BoxedIo, Dial, DirectDialer, DirectSettings, HttpClient, HttpLimits, NetError, Request,
};
use dyad_protocol::id::HostName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Counts connections.
#[derive(Debug)]
struct Counting {
    inner: DirectDialer,
    dials: AtomicUsize,
}

#[async_trait::async_trait]
impl Dial for Counting {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        self.dials.fetch_add(1, Ordering::SeqCst);
        self.inner.dial(host).await
    }
}

fn dialer(allow_loopback: bool) -> Arc<Counting> {
    let settings = DirectSettings {
        allow_loopback,
        connect: Duration::from_secs(2),
        ..DirectSettings::default()
    };
    Arc::new(Counting {
        inner: DirectDialer::new(settings),
        dials: AtomicUsize::new(0),
    })
}

fn client() -> (HttpClient, Arc<Counting>) {
    client_with(HttpLimits::default())
}

fn client_with(limits: HttpLimits) -> (HttpClient, Arc<Counting>) {
    let dialer = dialer(true);
    (HttpClient::new(dialer.clone(), limits), dialer)
}

async fn serve(router: Router) -> HostName {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    host
}

/// A server that reads a request and then writes exactly these bytes and hangs up, again and again.
async fn raw(answer: impl Into<Vec<u8>>) -> HostName {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                read_head(&mut stream).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
                let _ = stream.read(&mut [0; 64]).await;
            });
        }
    });
    host
}

async fn read_head(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.windows(4).any(|w| w == b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) => seen.push(byte[0]),
            _ => return false,
        }
    }
    true
}

async fn get_from(host: &HostName) -> Result<dyad_net::Response, NetError> {
    client().0.send(Request::get(host.clone(), "/")).await
}

#[tokio::test]
async fn a_request_reaches_the_server_as_given_and_so_does_the_answer() {
    let echo = post(|request: axum::extract::Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1024).await.unwrap();
        let text = format!(
            "{} {} {} {} {}",
            parts.uri,
            parts.headers["host"].to_str().unwrap(),
            parts.headers["content-type"].to_str().unwrap(),
            parts.headers["x-more"].to_str().unwrap(),
            body.len(),
        );
        assert_eq!(
            parts.headers.len(),
            4,
            "nothing else is told: {:?}",
            parts.headers
        );
        (
            axum::http::StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", "17")],
            text,
        )
    });
    let host = serve(Router::new().route("/a/b", echo)).await;
    let request = Request::post(host.clone(), "/a/b?c=d", "application/dyad", vec![0u8; 300])
        .with_header("x-more".parse().unwrap(), "y".parse().unwrap());
    let answer = client().0.send(request).await.unwrap();
    assert_eq!(answer.status, 429);
    assert!(!answer.is_success());
    assert_eq!(answer.retry_after, Some(Duration::from_secs(17)));
    assert!(answer.is_type("text/plain"));
    assert_eq!(
        answer.body,
        format!("/a/b?c=d {host} application/dyad y 300")
    );
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let host = serve(Router::new().route("/", get(|| async { "here" }))).await;
    let (client, dialer) = client();
    for _ in 0..20 {
        let answer = client.send(Request::get(host.clone(), "/")).await.unwrap();
        assert_eq!(answer.body, "here");
        tokio::task::yield_now().await;
    }
    assert_eq!(dialer.dials.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_allowed() {
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (r, m) = (running, most.clone());
    let slow = get(move || async move {
        let now = r.fetch_add(1, Ordering::SeqCst) + 1;
        m.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        r.fetch_sub(1, Ordering::SeqCst);
    });
    let host = serve(Router::new().route("/", slow)).await;
    let (client, _) = client_with(HttpLimits {
        max_in_flight: 3,
        ..HttpLimits::default()
    });
    let all = (0..12).map(|_| client.send(Request::get(host.clone(), "/")));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    let slow = get(|| async { tokio::time::sleep(Duration::from_secs(60)).await });
    let host = serve(Router::new().route("/", slow)).await;
    let request = Request::get(host, "/").with_timeout(Duration::from_millis(100));
    let error = client().0.send(request).await.unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(error.is_temporary());
}

#[tokio::test]
async fn a_server_that_trickles_its_answer_is_not_waited_for() {
    let drip = get(|| async {
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b".")), ()))
        });
        Body::from_stream(drops)
    });
    let host = serve(Router::new().route("/", drip)).await;
    let request = Request::get(host, "/").with_timeout(Duration::from_millis(200));
    assert_eq!(
        client().0.send(request).await.unwrap_err().code(),
        "timeout"
    );
}

#[tokio::test]
async fn too_large_an_answer_is_dropped_whether_announced_or_not() {
    let announced = get(|| async { vec![0u8; 2000] });
    let hidden = get(|| async {
        Body::from_stream(futures_util::stream::repeat_with(|| {
            Ok::<_, Infallible>(Bytes::from_static(&[0; 100]))
        }))
    });
    let host = serve(
        Router::new()
            .route("/announced", announced)
            .route("/hidden", hidden),
    )
    .await;
    for path in ["/announced", "/hidden"] {
        let request = Request::get(host.clone(), path).with_max_response(1999);
        let error = client().0.send(request).await.unwrap_err();
        assert_eq!(
            error,
            NetError::TooLarge {
                host: host.clone(),
                limit: 1999
            },
            "{path}"
        );
    }
    let request = Request::get(host.clone(), "/announced").with_max_response(2000);
    assert_eq!(client().0.send(request).await.unwrap().body.len(), 2000);
    // The client's own limit holds whatever a caller asks for.
    let (strict, _) = client_with(HttpLimits {
        max_response: 10,
        ..HttpLimits::default()
    });
    let request = Request::get(host, "/announced").with_max_response(usize::MAX);
    assert_eq!(
        strict.send(request).await.unwrap_err().code(),
        "answer-too-large"
    );
}

#[tokio::test]
async fn too_large_a_head_is_dropped() {
    let bytes = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    assert_eq!(
        get_from(&raw(bytes).await).await.unwrap_err().code(),
        "answer-too-large"
    );
    let many: String = (0..1000).map(|i| format!("x{i}: y\r\n")).collect();
    let many = format!("HTTP/1.1 200 OK\r\n{many}\r\n");
    assert_eq!(
        get_from(&raw(many).await).await.unwrap_err().code(),
        "answer-too-large"
    );
}

#[tokio::test]
async fn what_is_not_http_is_called_garbage() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 two hundred\r\n\r\n",
        "\0\0\0\0\0\0\0\0",
        "HTTP/9.9 200 OK\r\n\r\n",
    ] {
        let error = get_from(&raw(bytes).await).await.unwrap_err();
        assert_eq!(error.code(), "garbage", "{bytes:?}: {error}");
    }
    let bad_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let error = get_from(&raw(bad_chunk).await).await.unwrap_err();
    assert!(matches!(error.code(), "garbage" | "truncated"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let target = Arc::new(AtomicUsize::new(0));
    let seen = target.clone();
    let moved = get(|| async { (axum::http::StatusCode::FOUND, [("location", "/secret")]) });
    let secret = get(move || async move {
        seen.fetch_add(1, Ordering::SeqCst);
    });
    let host = serve(Router::new().route("/", moved).route("/secret", secret)).await;
    let error = get_from(&host).await.unwrap_err();
    assert_eq!(error, NetError::RedirectRefused { host, status: 302 });
    assert_eq!(target.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_cut_short_is_an_error_and_not_a_short_answer() {
    for bytes in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n12345",
    ] {
        let error = get_from(&raw(bytes).await).await.unwrap_err();
        assert_eq!(error.code(), "truncated", "{bytes:?}");
        assert!(error.is_temporary());
    }
    assert_eq!(
        get_from(&raw("").await).await.unwrap_err().code(),
        "unreachable"
    );
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_without_anybody_noticing() {
    // Answers one request for each connection, promises to keep it, and hangs up a moment later.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            if read_head(&mut stream).await {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .await
                    .unwrap();
            }
        }
    });
    let (client, dialer) = client();
    for _ in 0..5 {
        let answer = client.send(Request::get(host.clone(), "/")).await.unwrap();
        assert_eq!(answer.body, "ok");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(dialer.dials.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_request_that_was_sent_is_never_sent_twice() {
    // The second request on a connection is read completely, and then the server hangs up on it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = requests.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let seen = seen.clone();
            tokio::spawn(async move {
                read_head(&mut stream).await;
                seen.fetch_add(1, Ordering::SeqCst);
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .await
                    .unwrap();
                if read_head(&mut stream).await {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let (client, _) = client();
    client.send(Request::get(host.clone(), "/")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let error = client.send(Request::get(host, "/")).await.unwrap_err();
    assert_eq!(error.code(), "unreachable");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn idle_connections_are_closed_after_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    let (client, _) = client_with(HttpLimits {
        keep_idle: Duration::from_millis(100),
        ..HttpLimits::default()
    });
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        // Ends when the client hangs up.
        stream.read(&mut [0; 1]).await.unwrap()
    });
    client.send(Request::get(host, "/")).await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(5), server)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read, 0);
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_plain_http_needs_the_switch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    drop(listener);
    let error = get_from(&host).await.unwrap_err();
    assert_eq!(error.code(), "unreachable");
    assert!(error.person().contains("cannot be reached"));

    // Without the switch, TLS is spoken, which this server does not understand.
    let host = serve(Router::new()).await;
    let strict = HttpClient::new(dialer(false), HttpLimits::default());
    let error = strict.send(Request::get(host, "/")).await.unwrap_err();
    assert!(matches!(error.code(), "tls" | "tls-setup"), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_apart() {
    // RFC 6761: "invalid" never exists.
    let error = get_from(&"nowhere.invalid".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "name-unknown");
}

#[tokio::test]
async fn a_path_that_is_none_is_the_callers_mistake() {
    let host: HostName = "127.0.0.1:9".parse().unwrap();
    for path in ["", "no-slash", "/with space", "/\r\nx: y"] {
        let error = client()
            .0
            .send(Request::get(host.clone(), path))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "bad-request", "{path:?}");
    }
}

#[test]
fn nothing_of_a_request_body_or_path_is_shown_in_logs() {
    let host: HostName = "dyad.example".parse().unwrap();
    let request = Request::post(host, "/secret-path", "application/dyad", "secret-body")
        .with_header(
            "authorization".parse().unwrap(),
            "secret-token".parse().unwrap(),
        );
    let shown = format!("{request:?}");
    assert!(
        shown.contains("dyad.example") && !shown.contains("secret"),
        "{shown}"
    );
}
