//! What `dyad check` says of a bucket, against a server that speaks S3: `.ci/s3` starts one and says where it is in DYAD_S3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request};
use dyad_provider::ProviderConfig;
use dyad_provider::check::try_bucket;
use dyad_sender::S3Config;
use http::Method;
use tempfile::TempDir;

/// Somewhere that takes connections and says nothing.
async fn silence() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(taken) = listener.accept().await {
            kept.push(taken);
        }
    });
    format!("http://{address}")
}

/// Somewhere that refuses everything in the words of S3.
async fn refusing() -> String {
    let app = axum::Router::new().fallback(async || {
        let text = "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code><Message>Who is that?</Message></Error>";
        (http::StatusCode::FORBIDDEN, text)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

struct Case {
    folder: TempDir,
    config: ProviderConfig,
}

impl Case {
    fn new(bucket: &str, endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "any\n").unwrap();
        let listen: SocketAddr = "127.0.0.1:7411".parse().unwrap();
        let host = listen.to_string().parse().unwrap();
        let mut config = ProviderConfig::embedded(host, listen, folder.path());
        config.sender.as_mut().unwrap().blobs.s3 = Some(S3Config {
            bucket: bucket.into(),
            region: "us-east-1".into(),
            endpoint: Some(endpoint.into()),
            prefix: "some/where".into(),
            access_key: Some("any".into()),
            secret_key_file: Some(secret),
        });
        Self { folder, config }
    }

    /// What is found, and that it did not take long.
    async fn found(&self) -> Vec<String> {
        let begin = Instant::now();
        let report = try_bucket(&self.config).await;
        assert!(begin.elapsed() < Duration::from_secs(30));
        let findings = report.findings().iter();
        findings.map(ToString::to_string).collect()
    }
}

/// One finding, of this place, in these words.
fn is(found: &[String], at: &str, words: &str) {
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains(at) && found[0].contains(words),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_or_refuses_is_said_to() {
    let nobody = Case::new("dyad-blobs", "http://127.0.0.1:1");
    is(
        &nobody.found().await,
        "warning: sender.blobs.s3.endpoint",
        "nobody answers",
    );
    let silent = Case::new("dyad-blobs", &silence().await);
    is(
        &silent.found().await,
        "warning: sender.blobs.s3.endpoint",
        "nobody answers",
    );
    let refused = Case::new("dyad-blobs", &refusing().await);
    is(
        &refused.found().await,
        "warning: sender.blobs.s3.access_key",
        "InvalidAccessKeyId",
    );

    let mut case = Case::new("dyad-blobs", "http://127.0.0.1:1");
    std::fs::remove_file(case.folder.path().join("secret")).unwrap();
    is(
        &case.found().await,
        "error: sender.blobs.s3",
        "cannot be used",
    );
    // Where no files are kept nobody is asked.
    case.config.sender.as_mut().unwrap().blobs.capacity = 0;
    assert!(case.found().await.is_empty());
    case.config.sender = None;
    assert!(case.found().await.is_empty());
}

#[tokio::test]
#[ignore = "needs a server that speaks S3; .ci/s3 runs it"]
async fn a_bucket_that_works_passes_and_one_that_is_not_there_is_named() {
    let endpoint = std::env::var("DYAD_S3").expect("DYAD_S3 names the server, as .ci/s3 does");
    let dialer = DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    });
    let http = HttpClient::new(Arc::new(dialer), HttpLimits::default());
    let host: dyad_protocol::id::HostName = endpoint.trim_start_matches("http://").parse().unwrap();
    let made = http.send(Request {
        method: Method::PUT,
        ..Request::get(host.clone(), "/dyad-check")
    });
    assert_eq!(made.await.unwrap().status, 200);
    assert!(Case::new("dyad-check", &endpoint).found().await.is_empty());
    // Nothing is left there.
    let list = http.send(Request::get(host, "/dyad-check?list-type=2"));
    let listed = list.await.unwrap();
    assert!(!String::from_utf8_lossy(&listed.body).contains("<Contents>"));
    let missing = Case::new("dyad-nowhere", &endpoint);
    is(
        &missing.found().await,
        "warning: sender.blobs.s3.bucket",
        "no such bucket",
    );
}
