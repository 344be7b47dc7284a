//! WebSockets against a real server on loopback, good and bad.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket as ServerSocket};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use bytes::Bytes;
use dyad_net::{DirectDialer, DirectSettings, NetError, WebSocket, WebSocketLimits, websocket};
use dyad_protocol::id::HostName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

async fn serve(router: Router) -> HostName {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    host
}

/// A server whose socket is handled by `handler`.
async fn server<F>(handler: impl Fn(ServerSocket) -> F + Clone + Send + Sync + 'static) -> HostName
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = |upgrade: WebSocketUpgrade| async move { upgrade.on_upgrade(handler) };
    serve(Router::new().route("/", get(upgrade))).await
}

fn limits() -> WebSocketLimits {
    WebSocketLimits {
        idle: Duration::from_millis(400),
        max_message: 1000,
        ..WebSocketLimits::default()
    }
}

async fn open(host: &HostName) -> Result<WebSocket, NetError> {
    let dialer = DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    });
    websocket(&dialer, host, "/", limits()).await
}

async fn echo(mut socket: ServerSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn messages_go_both_ways_in_order() {
    let mut socket = open(&server(echo).await).await.unwrap();
    for size in [0usize, 1, 999, 1000] {
        socket.send(Bytes::from(vec![7; size])).await.unwrap();
    }
    for size in [0usize, 1, 999, 1000] {
        assert_eq!(socket.recv().await.unwrap().unwrap(), vec![7; size]);
    }
    socket.close().await;
}

#[tokio::test]
async fn waiting_for_a_message_can_be_given_up_without_losing_one() {
    let host = server(|mut socket: ServerSocket| async move {
        for n in 0..50u8 {
            sleep(Duration::from_millis(3)).await;
            socket
                .send(Message::Binary(Bytes::from(vec![n])))
                .await
                .unwrap();
        }
        let _ = socket.recv().await;
    })
    .await;
    let mut socket = open(&host).await.unwrap();
    let mut got = Vec::new();
    while got.len() < 50 {
        if let Ok(message) = timeout(Duration::from_millis(2), socket.recv()).await {
            got.extend_from_slice(&message.unwrap().unwrap());
        }
    }
    assert_eq!(got, (0..50).collect::<Vec<u8>>());
}

#[tokio::test]
async fn a_silent_server_that_lives_is_kept_and_a_dead_one_is_not() {
    let host = server(echo).await;
    let mut socket = open(&host).await.unwrap();
    // The server answers pings as long as it reads: several idle times pass.
    assert!(
        timeout(Duration::from_millis(1500), socket.recv())
            .await
            .is_err()
    );

    let dead = server(|socket: ServerSocket| async move {
        sleep(Duration::from_secs(60)).await;
        drop(socket);
    })
    .await;
    let mut socket = open(&dead).await.unwrap();
    let error = timeout(Duration::from_secs(2), socket.recv())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.code(), "timeout");
}

#[tokio::test]
async fn pings_are_answered() {
    let host = server(|mut socket: ServerSocket| async move {
        socket
            .send(Message::Ping(Bytes::from_static(b"there?")))
            .await
            .unwrap();
        let answer = socket.recv().await.unwrap().unwrap();
        let heard = answer == Message::Pong(Bytes::from_static(b"there?"));
        socket
            .send(Message::Binary(Bytes::from(vec![u8::from(heard)])))
            .await
            .unwrap();
        let _ = socket.recv().await;
    })
    .await;
    let mut socket = open(&host).await.unwrap();
    let received = timeout(Duration::from_secs(2), socket.recv())
        .await
        .unwrap();
    assert_eq!(received.unwrap().unwrap(), vec![1]);
}

#[tokio::test]
async fn too_large_a_message_is_dropped() {
    let host = server(|mut socket: ServerSocket| async move {
        let _ = socket
            .send(Message::Binary(Bytes::from(vec![0; 1001])))
            .await;
        let _ = socket.recv().await;
    })
    .await;
    let error = open(&host).await.unwrap().recv().await.unwrap_err();
    assert_eq!(error, NetError::TooLarge { host, limit: 1000 });
}

#[tokio::test]
async fn text_is_garbage_and_a_goodbye_is_an_end() {
    let host = server(|mut socket: ServerSocket| async move {
        let _ = socket.send(Message::Text("hello".into())).await;
        let _ = socket.recv().await;
    })
    .await;
    assert_eq!(
        open(&host).await.unwrap().recv().await.unwrap_err().code(),
        "garbage"
    );
    let host = server(|socket: ServerSocket| async move {
        let _ = { socket }.send(Message::Close(None)).await;
    })
    .await;
    assert_eq!(open(&host).await.unwrap().recv().await.unwrap(), None);
    let host = server(|socket: ServerSocket| async move { drop(socket) }).await;
    let mut socket = open(&host).await.unwrap();
    assert!(matches!(
        socket.recv().await,
        Ok(None) | Err(NetError::Garbage { .. } | NetError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn a_server_that_opens_no_websocket_is_told_apart() {
    let router = Router::new().route(
        "/",
        get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "later") }),
    );
    let error = open(&serve(router).await).await.unwrap_err();
    assert!(
        matches!(error, NetError::WebSocketRefused { status: 503, .. }),
        "{error}"
    );
    assert!(error.is_temporary());
    let error = open(&serve(Router::new()).await).await.unwrap_err();
    assert!(!error.is_temporary(), "{error}");
    let moved = Router::new().route("/", get(|| async { Redirect::temporary("/other") }));
    let error = open(&serve(moved).await).await.unwrap_err();
    assert_eq!(error.code(), "redirect-refused");
}

#[tokio::test]
async fn garbage_and_silence_instead_of_a_handshake_are_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host: HostName = listener.local_addr().unwrap().to_string().parse().unwrap();
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        first
            .write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            .await
            .unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        let _ = second.read_to_end(&mut Vec::new()).await;
        drop(first);
    });
    assert_eq!(open(&host).await.unwrap_err().code(), "garbage");
    let dialer = DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    });
    let short = WebSocketLimits {
        connect: Duration::from_millis(100),
        ..limits()
    };
    assert_eq!(
        websocket(&dialer, &host, "/", short)
            .await
            .unwrap_err()
            .code(),
        "timeout"
    );
}
