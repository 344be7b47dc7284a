//! A real process is killed in the middle of uploads, again and again: what was answered for is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, NetError, Request, Response};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::blob::{
    BLOB_FETCH_PATH, BLOBS_PATH, BlobCreate, BlobFetch, BlobParts, BlobSecret, BlobSize, PART_LEN,
    authorization, blob_path, part_path, parts_path,
};
use dyad_protocol::document::WELL_KNOWN_PATH;
use dyad_protocol::id::HostName;
use dyad_protocol::time::{Clock, Epoch, SystemClock};
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Token, TokenClass, TokenScope,
};
use dyad_provider::{ProviderConfig, start_provider};
use dyad_service::{Shutdown, secrets};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};
use rand::RngExt;
use tokio::time::sleep;

const FOLDER: &str = "DYAD_TEST_KILLED_FOLDER";
const PORT: &str = "DYAD_TEST_KILLED_PORT";
const OCTETS: &str = "application/octet-stream";
/// Times that the process is killed.
const KILLS: usize = 12;

/// Not a test: the process that the test below kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other test starts it"]
async fn the_process_that_is_killed() {
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let address = format!("127.0.0.1:{}", std::env::var(PORT).unwrap());
    let host = address.parse().unwrap();
    let mut config = ProviderConfig::embedded(host, address.parse().unwrap(), &folder);
    config.provider.min_free_bytes = 0;
    let running = start_provider(&config, Arc::new(SystemClock), Shutdown::new()).await;
    running.unwrap().finished().await;
}

struct Provider {
    process: Child,
    host: HostName,
    http: HttpClient,
}

impl Provider {
    async fn start(folder: &Path, port: u16) -> Self {
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "the_process_that_is_killed"])
            .env(FOLDER, folder)
            .env(PORT, port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dialer = DirectDialer::new(DirectSettings {
            allow_loopback: true,
            ..DirectSettings::default()
        });
        let provider = Self {
            process,
            host: format!("127.0.0.1:{port}").parse().unwrap(),
            http: HttpClient::new(Arc::new(dialer), HttpLimits::default()),
        };
        for _ in 0..600 {
            let document = Request::get(provider.host.clone(), WELL_KNOWN_PATH);
            if provider.http.send(document).await.is_ok() {
                return provider;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the provider does not start");
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn call(
        &self,
        method: Method,
        path: String,
        secret: &BlobSecret,
        body: Bytes,
    ) -> Result<Response, NetError> {
        let own = HeaderValue::from_str(&authorization(secret)).unwrap();
        let request = Request {
            method,
            content_type: Some(OCTETS),
            body,
            ..Request::get(self.host.clone(), path)
        };
        let request = request
            .with_header(AUTHORIZATION, own)
            .with_max_response(5 * PART_LEN);
        self.http.send(request).await
    }

    async fn missing(&self, secret: &BlobSecret) -> Vec<(u32, u32)> {
        let path = parts_path(&secret.locator());
        let answer = self
            .call(Method::GET, path, secret, Bytes::new())
            .await
            .unwrap();
        assert_eq!(answer.status, 200);
        let parts: BlobParts = serde_json::from_slice(&answer.body).unwrap();
        parts.missing
    }
}

fn tokens(folder: &Path, host: &HostName, count: u16) -> Vec<Token> {
    let seed = ProviderSeed::new(*secrets::load(&folder.join("seed")).unwrap());
    let scope = TokenScope {
        issuer: host.clone(),
        redeemer: host.clone(),
        class: TokenClass::Blob,
        epoch: Epoch::containing(SystemClock.now()),
    };
    let key = IssuerKey::derive(&seed, scope.class, scope.epoch);
    let batch = BatchSeed::random(&mut rand::rng());
    let batch = PendingBatch::new(&batch, &key.public(), &scope, count).unwrap();
    let response = key.issue(batch.request(), count).unwrap();
    batch.finish(&response).unwrap()
}

fn files_under(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| if path.is_dir() { files_under(&path) } else { 1 })
        .sum()
}

fn is_missing(missing: &[(u32, u32)], part: u32) -> bool {
    missing
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&part))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_killed_while_blobs_come_keeps_every_part_it_answered_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // Nobody else gets this port between two lives of the process, most likely.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let size = BlobSize::of_chunks(640).unwrap();
    let bytes: Vec<u8> = (0..size.bytes())
        .map(|i| (i * 2_654_435_761 >> 13) as u8)
        .collect();
    let bytes = Bytes::from(bytes);
    let part = |n: u32| {
        bytes
            .slice(n as usize * PART_LEN..)
            .slice(..size.part_len(n).unwrap())
    };
    let secret = BlobSecret::new(rand::random());

    let mut provider = Arc::new(Provider::start(&data, port).await);
    let create = BlobCreate {
        locator: secret.locator(),
        size,
        days: 1,
        tokens: tokens(&data, &provider.host, 3),
    };
    let create = Request::post(provider.host.clone(), BLOBS_PATH, BINARY, create.encode());
    assert_eq!(
        provider.http.send(create.clone()).await.unwrap().status,
        201
    );

    let mut answered: Vec<u32> = Vec::new();
    for life in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let missing = provider.missing(&secret).await;
        for part in &answered {
            assert!(
                !is_missing(&missing, *part),
                "part {part} was lost in life {life}"
            );
        }
        // Three at a time, from different ends; each is answered, or cut off with the process.
        let uploads = (0..3_u32).map(|lane| {
            let (provider, secret, stop) =
                (Arc::clone(&provider), secret.clone(), Arc::clone(&stop));
            let all: Vec<(u32, Bytes)> = (0..size.parts())
                .filter(|n| n % 3 == lane && is_missing(&missing, *n))
                .map(|n| (n, part(n)))
                .collect();
            tokio::spawn(async move {
                let mut kept = Vec::new();
                for (n, bytes) in all {
                    let path = part_path(&secret.locator(), n);
                    match provider.call(Method::PUT, path, &secret, bytes).await {
                        Ok(answer) if answer.status == 204 => kept.push(n),
                        Ok(answer) => panic!("{}", answer.status),
                        Err(_killed) => break,
                    }
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                }
                kept
            })
        });
        let uploads: Vec<_> = uploads.collect();
        let pause = rand::rng().random_range(5..120);
        sleep(Duration::from_millis(pause)).await;
        let killed = provider.process.id();
        // SIGKILL from outside: the handle is shared with the uploads.
        let status = Command::new("kill")
            .args(["-KILL", &killed.to_string()])
            .status();
        assert!(status.unwrap().success());
        stop.store(true, Ordering::SeqCst);
        for upload in uploads {
            answered.extend(upload.await.unwrap());
        }
        Arc::try_unwrap(provider)
            .unwrap_or_else(|_| panic!("an upload is left"))
            .kill();
        provider = Arc::new(Provider::start(&data, port).await);
        // The same request for room, as an app without an answer makes it: nothing is doubled.
        assert_eq!(
            provider.http.send(create.clone()).await.unwrap().status,
            201
        );
    }

    for n in 0..size.parts() {
        let path = part_path(&secret.locator(), n);
        let put = provider
            .call(Method::PUT, path, &secret, part(n))
            .await
            .unwrap();
        assert_eq!(put.status, 204);
    }
    assert_eq!(provider.missing(&secret).await, []);
    // Read back the way another person does: through the receiver, four parts at a time.
    let mut read = Vec::new();
    for (first, token) in (0..size.parts())
        .step_by(4)
        .zip(tokens(&data, &provider.host, 3))
    {
        let fetch = BlobFetch {
            token,
            host: provider.host.clone(),
            locator: secret.locator(),
            first,
        };
        let request = Request::post(
            provider.host.clone(),
            BLOB_FETCH_PATH,
            BINARY,
            fetch.encode(),
        );
        let half = size.fetch_len(first).unwrap() / 2;
        for range in [format!("bytes=0-{}", half - 1), format!("bytes={half}-")] {
            let request = request.clone().with_max_response(5 * PART_LEN);
            let range = HeaderValue::from_str(&range).unwrap();
            let answer = provider
                .http
                .send(request.with_header(http::header::RANGE, range))
                .await;
            let answer = answer.unwrap();
            assert_eq!(answer.status, 206);
            read.extend_from_slice(&answer.body);
        }
    }
    assert!(read == bytes, "what came back differs");
    let path = blob_path(&secret.locator());
    let gone = provider
        .call(Method::DELETE, path, &secret, Bytes::new())
        .await
        .unwrap();
    assert_eq!(gone.status, 204);
    assert_eq!(files_under(&data.join("blobs")), 0);
    Arc::try_unwrap(provider)
        .unwrap_or_else(|_| panic!("in use"))
        .kill();
}
