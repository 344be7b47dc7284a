//! A real process is killed in the middle of uploads, again and again: what was answered for is there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
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

    /// The most memory that the process ever had, in megabytes.
    fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes / 1000
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

/// A blob of an app, and the parts for which it had an answer.
struct Upload {
    secret: BlobSecret,
    create: Request,
    answered: Vec<u32>,
}

impl Upload {
    fn new(data: &Path, host: &HostName, size: BlobSize) -> Self {
        let secret = BlobSecret::new(rand::random());
        let create = BlobCreate {
            locator: secret.locator(),
            size,
            days: 1,
            tokens: tokens(data, host, size.tokens() as u16),
        };
        Self {
            create: Request::post(host.clone(), BLOBS_PATH, BINARY, create.encode()),
            secret,
            answered: Vec::new(),
        }
    }
}

/// Puts these parts one after another; gives those that were answered, and whether one was cut off.
async fn put_all(
    provider: Arc<Provider>,
    secret: BlobSecret,
    parts: Vec<(u32, Bytes)>,
) -> (Vec<u32>, bool) {
    let mut kept = Vec::new();
    for (n, bytes) in parts {
        let path = part_path(&secret.locator(), n);
        match provider.call(Method::PUT, path, &secret, bytes).await {
            Ok(answer) => {
                assert_eq!(answer.status, 204);
                kept.push(n);
            }
            Err(_killed) => return (kept, true),
        }
    }
    (kept, false)
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
    let size = BlobSize::of_chunks(320).unwrap();
    let bytes: Vec<u8> = (0..size.bytes())
        .map(|i| ((i * 2_654_435_761) >> 13) as u8)
        .collect();
    let bytes = Bytes::from(bytes);
    let part = |n: u32| {
        bytes
            .slice(n as usize * PART_LEN..)
            .slice(..size.part_len(n).unwrap())
    };

    let mut provider = Arc::new(Provider::start(&data, port).await);
    let mut uploads: Vec<Upload> = Vec::new();
    let mut cut_off = 0;
    for life in 0..KILLS {
        for upload in &uploads {
            let missing = provider.missing(&upload.secret).await;
            for part in &upload.answered {
                assert!(
                    !is_missing(&missing, *part),
                    "part {part} was lost before life {life}"
                );
            }
        }
        let mut upload = Upload::new(&data, &provider.host, size);
        assert_eq!(
            provider
                .http
                .send(upload.create.clone())
                .await
                .unwrap()
                .status,
            201
        );
        // Two at a time; each part is answered, or cut off with the process.
        let lanes = [0, 1].map(|lane| {
            let parts = (0..size.parts()).filter(|n| n % 2 == lane);
            let parts = parts.map(|n| (n, part(n))).collect();
            tokio::spawn(put_all(Arc::clone(&provider), upload.secret.clone(), parts))
        });
        let pause = rand::rng().random_range(5..80);
        sleep(Duration::from_millis(pause)).await;
        // SIGKILL, from outside: the handle is shared with the lanes.
        let id = provider.process.id().to_string();
        let killed = Command::new("kill").args(["-KILL", &id]).status();
        assert!(killed.unwrap().success());
        for lane in lanes {
            let (answered, cut) = lane.await.unwrap();
            upload.answered.extend(answered);
            cut_off += usize::from(cut);
        }
        Arc::try_unwrap(provider)
            .unwrap_or_else(|_| panic!("a lane is left"))
            .kill();
        provider = Arc::new(Provider::start(&data, port).await);
        // The same request for room, as an app without an answer makes it: nothing is doubled.
        assert_eq!(
            provider
                .http
                .send(upload.create.clone())
                .await
                .unwrap()
                .status,
            201
        );
        uploads.push(upload);
    }
    assert!(cut_off > 0, "the process was never killed in the middle");

    for upload in &uploads {
        let all = (0..size.parts()).map(|n| (n, part(n))).collect();
        let (kept, cut) = put_all(Arc::clone(&provider), upload.secret.clone(), all).await;
        assert_eq!((kept.len() as u32, cut), (size.parts(), false));
        assert_eq!(provider.missing(&upload.secret).await, []);
        // Read back the way another person does: through the receiver, four parts at a time.
        let mut read = Vec::new();
        for (first, token) in (0..size.parts())
            .step_by(4)
            .zip(tokens(&data, &provider.host, 2))
        {
            read.extend(fetch(&provider, upload, size, first, token).await);
        }
        assert!(read == bytes, "what came back differs");
        let path = blob_path(&upload.secret.locator());
        let gone = provider
            .call(Method::DELETE, path, &upload.secret, Bytes::new())
            .await;
        assert_eq!(gone.unwrap().status, 204);
    }
    assert_eq!(files_under(&data.join("blobs")), 0);
    let peak = provider.peak_memory();
    println!("250 MB in, 250 MB out; most memory: {peak} MB");
    assert!(peak < 256, "{peak} MB");
    Arc::try_unwrap(provider)
        .unwrap_or_else(|_| panic!("in use"))
        .kill();
}

/// In two halves, as somebody does who was cut off in the middle.
async fn fetch(
    provider: &Provider,
    upload: &Upload,
    size: BlobSize,
    first: u32,
    token: Token,
) -> Vec<u8> {
    let fetch = BlobFetch {
        token,
        host: provider.host.clone(),
        locator: upload.secret.locator(),
        first,
    };
    let half = size.fetch_len(first).unwrap() / 2;
    let mut read = Vec::new();
    for range in [format!("bytes=0-{}", half - 1), format!("bytes={half}-")] {
        let range = HeaderValue::from_str(&range).unwrap();
        let request = Request::post(
            provider.host.clone(),
            BLOB_FETCH_PATH,
            BINARY,
            fetch.encode(),
        )
        .with_max_response(5 * PART_LEN)
        .with_header(http::header::RANGE, range);
        let answer = provider.http.send(request).await.unwrap();
        assert_eq!(answer.status, 206);
        read.extend_from_slice(&answer.body);
    }
    read
}
