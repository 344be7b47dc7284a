//! Client and server over a simulated network: lost, slow and cut connections, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use dyad_net::{BoxedIo, Dial, HttpClient, HttpLimits, NetError, Request};
use dyad_protocol::id::HostName;
use dyad_service::Shutdown;
use dyad_service::extract::BinaryBody;
use dyad_service::server::{Accept, PeerInfo, ServerLimits, serve};
use tokio::time::{Instant, sleep};
use turmoil::net::{TcpListener, TcpStream};

const PORT: u16 = 7411;

struct Listener(TcpListener);

impl Accept for Listener {
    async fn accept(&mut self) -> io::Result<(BoxedIo, PeerInfo)> {
        let (stream, peer) = self.0.accept().await?;
        Ok((BoxedIo::new(stream), PeerInfo::new(peer)))
    }
}

#[derive(Debug)]
struct Dialer;

#[async_trait::async_trait]
impl Dial for Dialer {
    async fn dial(&self, host: &HostName) -> Result<BoxedIo, NetError> {
        let stream = TcpStream::connect((host.host(), host.port().unwrap_or(443))).await;
        stream
            .map(BoxedIo::new)
            .map_err(|e| NetError::unreachable(host, e))
    }
}

fn client() -> HttpClient {
    HttpClient::new(Arc::new(Dialer), HttpLimits::default())
}

fn request() -> Request {
    let host = format!("server:{PORT}").parse().unwrap();
    Request::post(host, "/", "application/dyad", vec![7; 3000])
        .with_timeout(Duration::from_secs(20))
}

fn simulation() -> turmoil::Sim<'static> {
    let mut sim = turmoil::Builder::new()
        .rng_seed(1)
        .simulation_duration(Duration::from_secs(600))
        .build();
    sim.host("server", || async {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let length = post(|body: BinaryBody<4000>| async move { body.0.len().to_string() });
        let router = Router::new().route("/", length);
        serve(
            Listener(listener),
            router,
            None,
            Shutdown::new(),
            ServerLimits::default(),
        )
        .await;
        Ok(())
    });
    sim
}

#[test]
fn requests_go_through_a_simulated_network() {
    let mut sim = simulation();
    sim.client("client", async {
        let client = client();
        for _ in 0..50 {
            assert_eq!(client.send(request()).await?.body, "3000");
        }
        Ok(())
    });
    sim.run().unwrap();
}

#[test]
fn a_partition_is_an_error_in_time_and_its_end_is_noticed() {
    let mut sim = simulation();
    sim.client("client", async {
        let client = client();
        client.send(request()).await?;
        turmoil::partition("client", "server");
        let start = Instant::now();
        let error = client.send(request()).await.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        assert!(start.elapsed() <= Duration::from_secs(21));
        turmoil::repair("client", "server");
        assert_eq!(client.send(request()).await?.body, "3000");
        Ok(())
    });
    sim.run().unwrap();
}

#[test]
fn a_server_that_crashed_and_came_back_is_reached_again() {
    let mut sim = simulation();
    sim.client("client", async {
        let client = client();
        client.send(request()).await?;
        sleep(Duration::from_secs(10)).await;
        let mut failures = 0;
        while client.send(request()).await.is_err() {
            failures += 1;
            assert!(failures < 20);
            sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    });
    for _ in 0..2000 {
        sim.step().unwrap();
    }
    sim.crash("server");
    for _ in 0..2000 {
        sim.step().unwrap();
    }
    sim.bounce("server");
    sim.run().unwrap();
}
