//! Fetching blobs for people here from hosts that their contacts have named, so that those never see who reads.
//!
//! Whoever has a token can make us call a host of their choice. So: the guarded dialler, a token for each call,
//! bounded numbers in all and for one host, bounded time and size. The token is spent before the host is called
//! and stays good for this very request, so that it can go on after a cut.

mod cache;
mod calls;
mod origin;
mod send;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dyad_net::{HttpClient, HttpLimits};
use dyad_protocol::api::blob::{
    BLOB_LENGTH_HEADER, BlobFetch, BlobSize, FETCH_PARTS, MAX_BLOB_FETCH_LEN, PART_LEN,
};
use dyad_protocol::id::HostName;
use dyad_protocol::token::{Redeemer, TokenClass};
use dyad_service::Problem;
use dyad_service::extract::{BinaryBody, OCTETS};
use dyad_service::pump::pump;
use dyad_service::range::{ByteRange, Span, unsatisfiable};
use dyad_store::StoreError;
use dyad_store::spent::{Spend, spend};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, response};
use tokio::time::sleep;

use self::cache::Cache;
use self::calls::Calls;
use self::send::{Opened, Sending};
use crate::config::BlobConfig;
use crate::mailboxes::token_problem;
use crate::receiver::Shared;

/// Who takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the cache is looked through.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What fetching blobs needs.
#[derive(Debug)]
pub struct BlobDeps {
    /// Verifies tokens of class `blob`.
    pub redeemer: Redeemer,
    /// A folder for nothing but what was fetched, emptied at the start; `None` to keep nothing.
    pub cache: Option<PathBuf>,
}

/// What the handler works with.
#[derive(Debug)]
pub(crate) struct Blobs {
    redeemer: Redeemer,
    http: HttpClient,
    cache: Option<Cache>,
    calls: Calls,
}

impl Blobs {
    /// Calls over the dialler of `http`, but with connections of its own: long answers must not keep
    /// documents of sender services waiting.
    pub(crate) fn open(
        deps: BlobDeps,
        http: &HttpClient,
        own: HostName,
        config: &BlobConfig,
    ) -> Result<Self, StoreError> {
        let limits = HttpLimits {
            max_in_flight: config.fetches_at_once,
            max_idle: config.fetches_at_once,
            ..HttpLimits::default()
        };
        let keep = Duration::from_secs(config.cache_time);
        let cache = deps.cache.filter(|_| config.cache_bytes > 0);
        let cache = cache
            .map(|folder| Cache::open(&folder, config.cache_bytes, keep))
            .transpose()
            .map_err(|error| StoreError::Io(format!("the cache of blobs: {error}")))?;
        Ok(Self {
            redeemer: deps.redeemer,
            http: HttpClient::new(Arc::clone(http.dialer()), limits),
            cache,
            calls: Calls::new(config, own),
        })
    }
}

/// Keeps the cache within its bounds, until stopping.
pub(crate) async fn run(shared: &Arc<Shared>) {
    let Some(cache) = &shared.blobs.cache else {
        return;
    };
    loop {
        tokio::select! {
            () = shared.shutdown.stopping() => return,
            () = sleep(TIDY_EVERY) => {}
        }
        // What is merely convenient makes room for what was promised.
        let no_room = shared.disk.as_ref().is_some_and(|disk| disk.is_full());
        cache.tidy(no_room).await;
    }
}

/// `POST /v1/blobs/fetch`.
pub(crate) async fn fetch(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    BinaryBody(body): BinaryBody<MAX_BLOB_FETCH_LEN>,
) -> Result<Response, Problem> {
    let answer = begin(&shared, &headers, &body).await;
    let outcome = answer.as_ref().map_or_else(Problem::code, |_| "begun");
    metrics::counter!("receiver_blob_fetches_total", "outcome" => outcome).increment(1);
    answer
}

async fn begin(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Problem> {
    let request = BlobFetch::decode(body)
        .map_err(|error| Problem::bad_request("malformed", format!("{error}.")))?;
    let call = shared.blobs.calls.enter(&request.host)?;
    pay(shared, &request).await?;
    // From the end is not worth a call of its own: the whole is the answer then.
    let range = ByteRange::of(headers).filter(|range| matches!(range, ByteRange::From(..)));
    let skipped = match range {
        Some(ByteRange::From(first, _)) => first / PART_LEN as u64,
        _ => 0,
    };
    let skipped = u32::try_from(skipped)
        .unwrap_or(u32::MAX)
        .min(FETCH_PARTS - 1);
    let (first, part) = (request.first, request.first + skipped);
    let sending = Sending {
        shared: Arc::clone(shared),
        request,
        _call: call,
    };
    let opened = sending.open(part).await?;
    let size = opened.size();
    let len = size.fetch_len(first).ok_or_else(no_part)?;
    let span = match range {
        None => Span::whole(len),
        Some(range) => match range.within(len) {
            Ok(span) => span,
            Err(_nothing) => return Ok(unsatisfiable(len).into_response()),
        },
    };
    if matches!(opened, Opened::Beyond(_)) {
        return Err(no_part());
    }
    let (feeder, body) = pump(span.len(), PATIENCE);
    tokio::spawn(sending.send(opened, span, feeder));
    let mut response = Response::new(body);
    head(&mut response, size, span, range.is_some().then_some(len))?;
    Ok(response)
}

fn head<B>(
    response: &mut response::Response<B>,
    size: BlobSize,
    span: Span,
    partial_of: Option<u64>,
) -> Result<(), Problem> {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, span.len().into());
    headers.insert(
        HeaderName::from_static(BLOB_LENGTH_HEADER),
        size.bytes().into(),
    );
    if let Some(len) = partial_of {
        let value = span.content_range(len).parse().map_err(Problem::internal)?;
        headers.insert(header::CONTENT_RANGE, value);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(())
}

/// Spends the token for this request, or finds that it was.
async fn pay(shared: &Arc<Shared>, request: &BlobFetch) -> Result<(), Problem> {
    let (token, now) = (request.token, shared.clock.now());
    let epoch = shared
        .aside(move |shared| Ok(shared.blobs.redeemer.verify(&token, now)))
        .await?
        .map_err(|error| token_problem(&error))?;
    let hash = request.request_hash();
    let spent = shared
        .store
        .commit(move |tx| {
            let (class, nonce) = (TokenClass::Blob.number(), token.nonce());
            spend(tx, class, epoch.number(), nonce.as_bytes(), &hash, &[])
        })
        .await?;
    match spent {
        Spend::Fresh | Spend::Same(_) => Ok(()),
        Spend::Conflict => Err(Problem::conflict(
            "token-used",
            "This token was spent for another request. Use a fresh one.",
        )),
    }
}

fn no_blob() -> Problem {
    Problem::not_found(
        "no-blob",
        "The other host has no such blob: it never had it, or it is not complete, has expired or was deleted.",
    )
}

fn no_part() -> Problem {
    Problem::not_found("no-part", "The blob has no part of this number.")
}
