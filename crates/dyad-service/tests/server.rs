//! The server over real sockets, with peers good and bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use dyad_net::{
    BoxedIo, DirectDialer, DirectSettings, HttpClient, HttpLimits, Request, RootCertificates,
    WebSocketLimits, websocket,
};
use dyad_protocol::id::HostName;
use dyad_service::extract::BinaryBody;
use dyad_service::server::{Accept, PeerInfo, ServerLimits, serve};
use dyad_service::tls::TlsConfig;
use dyad_service::websocket::frugal;
use dyad_service::{Shutdown, telemetry};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

const SOON: Duration = Duration::from_secs(5);
const A_MOMENT: Duration = Duration::from_millis(150);

struct Server {
    address: SocketAddr,
    shutdown: Shutdown,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router, limits: ServerLimits) -> Self {
        Self::start_with(router, limits, None).await
    }

    async fn start_with(router: Router, limits: ServerLimits, tls: Option<TlsConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let running = tokio::spawn(serve(listener, router, tls, shutdown.clone(), limits));
        Self {
            address,
            shutdown,
            running,
        }
    }

    fn host(&self) -> HostName {
        self.address.to_string().parse().unwrap()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

fn slow(time: Duration) -> Router {
    let handler = get(move || async move {
        sleep(time).await;
        "late"
    });
    Router::new().route("/", handler)
}

fn quick(change: impl FnOnce(&mut ServerLimits)) -> ServerLimits {
    let mut limits = ServerLimits {
        idle: Duration::from_millis(200),
        handshake: Duration::from_millis(200),
        drain: Duration::from_secs(2),
        ..ServerLimits::default()
    };
    change(&mut limits);
    limits
}

fn client() -> HttpClient {
    HttpClient::new(dialer(RootCertificates::system()), HttpLimits::default())
}

fn dialer(roots: RootCertificates) -> Arc<DirectDialer> {
    let settings = DirectSettings {
        roots,
        allow_loopback: true,
        ..DirectSettings::default()
    };
    Arc::new(DirectDialer::new(settings))
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// Reads until the peer hangs up.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one answer whose body ends with `end`.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut buffer = [0; 1024];
        let read = timeout(SOON, stream.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert_ne!(read, 0, "hung up after {text:?}");
        text += std::str::from_utf8(&buffer[..read]).unwrap();
    }
    text
}

#[tokio::test]
async fn a_request_is_served_and_the_connection_kept() {
    let server = Server::start(hello(), ServerLimits::default()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(GET).await.unwrap();
        assert!(
            until(&mut stream, "hello")
                .await
                .starts_with("HTTP/1.1 200 OK")
        );
    }
}

#[tokio::test]
async fn a_peer_that_never_finishes_its_headers_is_hung_up_on() {
    let server = Server::start(hello(), quick(|_| {})).await;
    for beginning in [
        "",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
    ] {
        let mut stream = server.connect().await;
        let start = Instant::now();
        let drip = async {
            stream.write_all(beginning.as_bytes()).await.unwrap();
            while !beginning.is_empty() {
                sleep(Duration::from_millis(20)).await;
                if stream.write_all(b"y").await.is_err() {
                    break;
                }
            }
            rest(&mut stream).await
        };
        timeout(SOON, drip).await.expect("hung up in time");
        assert!(
            start.elapsed() >= Duration::from_millis(190),
            "{beginning:?}"
        );
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_a_slow_request_is_not() {
    let server = Server::start(slow(Duration::from_millis(700)), quick(|_| {})).await;
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    until(&mut stream, "late").await;
    let start = Instant::now();
    assert_eq!(timeout(SOON, rest(&mut stream)).await.unwrap(), "");
    assert!(start.elapsed() >= A_MOMENT);
}

#[tokio::test]
async fn a_peer_that_does_not_read_its_answer_is_cut_off() {
    let large = Router::new().route("/", get(|| async { vec![0u8; 20_000_000] }));
    let server = Server::start(large, quick(|l| l.max_connections = 1)).await;
    let mut stuck = server.connect().await;
    stuck.write_all(GET).await.unwrap();
    // Only one place: the next is served once the stuck one has lost its own.
    let roomy = HttpLimits {
        max_response: usize::MAX,
        ..HttpLimits::default()
    };
    let http = HttpClient::new(dialer(RootCertificates::system()), roomy);
    let request = Request::get(server.host(), "/").with_max_response(usize::MAX);
    let answer = timeout(Duration::from_secs(20), http.send(request))
        .await
        .unwrap();
    assert_eq!(answer.unwrap().body.len(), 20_000_000);
}

#[tokio::test]
async fn headers_too_large_or_too_many_are_refused() {
    let server = Server::start(hello(), ServerLimits::default()).await;
    let large = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "y".repeat(20_000)
    );
    let many: String = (0..100).map(|i| format!("x{i}: y\r\n")).collect();
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    for request in [large, many] {
        let mut stream = server.connect().await;
        let _ = stream.write_all(request.as_bytes()).await;
        let answer = timeout(SOON, rest(&mut stream)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let mut stream = server.connect().await;
    stream
        .write_all(b"\x16\x03\x01\0\0garbage\r\n\r\n")
        .await
        .unwrap();
    let answer = timeout(SOON, rest(&mut stream)).await.unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
}

#[tokio::test]
async fn too_large_a_body_is_refused_before_it_is_read() {
    let take = post(|body: BinaryBody<1000>| async move { body.0.len().to_string() });
    let server = Server::start(
        telemetry::observe(Router::new().route("/", take)),
        quick(|_| {}),
    )
    .await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/dyad\r\n";

    let mut stream = server.connect().await;
    let announced = format!("{head}content-length: 1000000000000\r\n\r\n");
    stream.write_all(announced.as_bytes()).await.unwrap();
    let answer = timeout(SOON, rest(&mut stream)).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("At most 1000 bytes"),
        "{answer}"
    );

    let mut stream = server.connect().await;
    let hidden = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{}",
        "64\r\n".to_owned() + &"z".repeat(100) + "\r\n"
    );
    stream.write_all(hidden.as_bytes()).await.unwrap();
    let chunk = format!("64\r\n{}\r\n", "z".repeat(100));
    for _ in 0..20 {
        let _ = stream.write_all(chunk.as_bytes()).await;
    }
    let answer = timeout(SOON, rest(&mut stream)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    let request = Request::post(server.host(), "/", "application/dyad", vec![0u8; 1000]);
    assert_eq!(client().send(request).await.unwrap().body, "1000");
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let server = Server::start(
        hello(),
        quick(|l| {
            l.max_connections = 2;
            l.idle = Duration::from_secs(30);
        }),
    )
    .await;
    let (mut first, mut second, mut third) = (
        server.connect().await,
        server.connect().await,
        server.connect().await,
    );
    for stream in [&mut first, &mut second] {
        stream.write_all(GET).await.unwrap();
        until(stream, "hello").await;
    }
    third.write_all(GET).await.unwrap();
    let mut byte = [0];
    assert!(
        timeout(A_MOMENT, third.read(&mut byte)).await.is_err(),
        "no place yet"
    );
    drop(first);
    until(&mut third, "hello").await;
}

#[tokio::test]
async fn draining_answers_what_was_asked_and_takes_nothing_new() {
    let server = Server::start(slow(Duration::from_millis(300)), quick(|_| {})).await;
    let mut busy = server.connect().await;
    let mut idle = server.connect().await;
    busy.write_all(GET).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.shutdown.drain();
    assert_eq!(
        timeout(SOON, rest(&mut idle)).await.unwrap(),
        "",
        "idle ones are closed at once"
    );
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nothing new is accepted"
    );
    let answer = timeout(SOON, rest(&mut busy)).await.unwrap();
    assert!(answer.ends_with("late"), "{answer}");
    timeout(SOON, server.running).await.unwrap().unwrap();
}

#[tokio::test]
async fn draining_does_not_wait_forever() {
    let limits = quick(|l| l.drain = Duration::from_millis(200));
    let server = Server::start(slow(Duration::from_secs(60)), limits).await;
    let mut busy = server.connect().await;
    busy.write_all(GET).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    server.shutdown.drain();
    timeout(SOON, server.running).await.unwrap().unwrap();
    assert_eq!(timeout(SOON, rest(&mut busy)).await.unwrap(), "");
}

async fn echo(mut socket: WebSocket, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.draining() => return,
            message = socket.recv() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if socket.send(Message::Binary(bytes)).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

fn socket_router(shutdown: Shutdown) -> Router {
    let upgrade = |upgrade: WebSocketUpgrade, Extension(shutdown): Extension<Shutdown>| async move {
        frugal(upgrade, 1000, 10_000).on_upgrade(move |socket| echo(socket, shutdown))
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/socket", get(upgrade))
        .layer(Extension(shutdown))
}

#[tokio::test]
async fn a_websocket_outlives_the_idle_time_counts_as_a_connection_and_ends_with_the_process() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    let shutdown = Shutdown::new();
    let router = socket_router(shutdown.clone());
    let limits = quick(|l| l.max_connections = 1);
    let running = tokio::spawn(serve(listener, router, None, shutdown.clone(), limits));

    let dialer = dialer(RootCertificates::system());
    let mut socket = websocket(&*dialer, &host, "/socket", WebSocketLimits::default())
        .await
        .unwrap();
    sleep(Duration::from_millis(500)).await;
    socket
        .send(Bytes::from_static(b"still here"))
        .await
        .unwrap();
    assert_eq!(socket.recv().await.unwrap().unwrap(), "still here");

    let http = HttpClient::new(dialer, HttpLimits::default());
    let request = Request::get(host.clone(), "/");
    let no_place = http.send(request.clone().with_timeout(A_MOMENT)).await;
    assert_eq!(no_place.unwrap_err().code(), "timeout");
    socket.close().await;
    assert_eq!(http.send(request).await.unwrap().body, "hello");
    drop(http);

    let dialer = self::dialer(RootCertificates::system());
    let mut socket = websocket(&*dialer, &host, "/socket", WebSocketLimits::default())
        .await
        .unwrap();
    shutdown.drain();
    let _ = timeout(SOON, socket.recv()).await.unwrap();
    timeout(SOON, running).await.unwrap().unwrap();
}

fn certificate(dir: &Path) -> (TlsConfig, RootCertificates, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let roots = RootCertificates::with_pem(made.cert.pem().as_bytes()).unwrap();
    (
        TlsConfig::load(&cert, &key).unwrap(),
        roots,
        made.cert.der().to_vec(),
    )
}

#[tokio::test]
async fn tls_is_spoken_with_who_trusts_the_certificate_and_websockets_pass_through_it() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, roots, _) = certificate(dir.path());
    let shutdown = Shutdown::new();
    let server = Server::start_with(socket_router(shutdown), quick(|_| {}), Some(tls)).await;
    let host: HostName = format!("localhost:{}", server.address.port())
        .parse()
        .unwrap();

    let trusting = dialer(roots);
    let http = HttpClient::new(trusting.clone(), HttpLimits::default());
    assert_eq!(
        http.send(Request::get(host.clone(), "/"))
            .await
            .unwrap()
            .body,
        "hello"
    );
    let mut socket = websocket(&*trusting, &host, "/socket", WebSocketLimits::default())
        .await
        .unwrap();
    socket.send(Bytes::from_static(b"sealed")).await.unwrap();
    assert_eq!(socket.recv().await.unwrap().unwrap(), "sealed");

    let other = tempfile::tempdir().unwrap();
    let stranger = HttpClient::new(dialer(certificate(other.path()).1), HttpLimits::default());
    let error = stranger.send(Request::get(host, "/")).await.unwrap_err();
    assert_eq!(error.code(), "tls", "{error}");
}

#[tokio::test]
async fn http2_is_spoken_where_tls_negotiated_it() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, _, der) = certificate(dir.path());
    let server = Server::start_with(hello(), quick(|_| {}), Some(tls)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(der.into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect("localhost".try_into().unwrap(), server.connect().await)
        .await
        .unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let request = || {
        http::Request::get("https://localhost/")
            .body(Empty::<Bytes>::new())
            .unwrap()
    };
    let (a, b) = (
        sender.send_request(request()),
        sender.clone().send_request(request()),
    );
    for answer in [a.await.unwrap(), b.await.unwrap()] {
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.into_body().collect().await.unwrap().to_bytes(),
            "hello"
        );
    }
    // Silence ends it, also in HTTP/2.
    timeout(Duration::from_secs(10), connection)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_peer_that_never_shakes_hands_is_hung_up_on() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, ..) = certificate(dir.path());
    let server = Server::start_with(hello(), quick(|_| {}), Some(tls)).await;
    let mut silent = server.connect().await;
    assert_eq!(timeout(SOON, rest(&mut silent)).await.unwrap(), "");
    let mut plain = server.connect().await;
    plain.write_all(GET).await.unwrap();
    assert!(
        !timeout(SOON, rest(&mut plain))
            .await
            .unwrap()
            .contains("HTTP")
    );
}

/// A listener without a network, as a simulation has it.
struct Simulated {
    incoming: mpsc::Receiver<DuplexStream>,
    peer: SocketAddr,
    failures: usize,
}

impl Accept for Simulated {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        if self.failures > 0 {
            self.failures -= 1;
            return Err(io::Error::other("too many open files"));
        }
        match self.incoming.recv().await {
            Some(stream) => Ok((BoxedIo::new(stream), PeerInfo::new(self.peer))),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_simulated_listener_is_served_in_virtual_time() {
    let (connect, incoming) = mpsc::channel(8);
    let peer = "198.51.100.1:4711".parse().unwrap();
    let listener = Simulated {
        incoming,
        peer,
        failures: 3,
    };
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let handler = get(move |Extension(peer): Extension<PeerInfo>| async move {
        assert!(peer.key().is_some());
        count.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_secs(3600)).await;
        "an hour later"
    });
    let limits = ServerLimits {
        max_connections_per_peer: 2,
        ..ServerLimits::default()
    };
    let shutdown = Shutdown::new();
    let router = Router::new().route("/", handler);
    let running = tokio::spawn(serve(listener, router, None, shutdown.clone(), limits));

    let mut streams = Vec::new();
    for _ in 0..3 {
        let (ours, theirs) = tokio::io::duplex(4096);
        connect.send(theirs).await.unwrap();
        streams.push(ours);
        sleep(Duration::from_secs(1)).await;
    }
    let mut third = streams.pop().unwrap();
    assert_eq!(
        rest(&mut third).await,
        "",
        "one peer has at most two connections"
    );
    let [mut first, mut second] = <[DuplexStream; 2]>::try_from(streams).unwrap();
    first.write_all(GET).await.unwrap();
    let start = Instant::now();
    assert_eq!(rest(&mut second).await, "");
    assert!(
        start.elapsed() <= Duration::from_secs(70),
        "silence is ended after a minute"
    );
    let answer = rest(&mut first).await;
    assert!(answer.ends_with("an hour later"), "{answer}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    shutdown.drain();
    running.await.unwrap();
}
