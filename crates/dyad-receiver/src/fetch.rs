//! Long poll: many mailboxes, acknowledging on the way, waiting a while for the first message.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use dyad_protocol::api::BINARY;
use dyad_protocol::api::fetch::{
    Entry, FETCH_VERSION, FetchRequest, FetchResponse, MAX_FETCH_REQUEST_LEN, MAX_WAIT, Position,
};
use dyad_protocol::codec::Flag;
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::RootAddress;
use dyad_protocol::limits::{MAX_FETCH_ITEMS, MAX_MAILBOXES_PER_CONNECTION};
use dyad_service::Problem;
use dyad_service::extract::BinaryBody;
use dyad_store::StoreError;
use dyad_store::mailbox::consumer::{self, StoredEntry};
use http::header::{self, HeaderName};
use tokio::time::{Instant, sleep_until};

use crate::attach::{Attached, attach};
use crate::mailboxes::stale_challenge;
use crate::receiver::Shared;
use crate::wake::{Waker, Watch};

type Answer = ([(HeaderName, &'static str); 2], Vec<u8>);

/// `POST` of a [`FetchRequest`].
pub(crate) async fn fetch(
    State(shared): State<Arc<Shared>>,
    BinaryBody(body): BinaryBody<MAX_FETCH_REQUEST_LEN>,
) -> Result<Answer, Problem> {
    let _place = shared.polls.enter()?;
    let request = parse(&body)?;
    if !shared
        .challenges
        .accepts(&request.challenge, shared.clock.now())
    {
        return Err(stale_challenge());
    }
    let deadline = Instant::now() + Duration::from_secs(u64::from(request.wait));
    let mut refused = Vec::new();
    let mut open = Vec::new();
    for attached in attach(&shared, request.challenge, request.mailboxes).await? {
        match attached {
            Attached::Open {
                root, acknowledged, ..
            } => open.push((root, acknowledged)),
            Attached::Refused(root) => refused.push(root),
        }
    }
    let (entries, more) = wait_for_entries(&shared, open, deadline).await?;
    let response = FetchResponse {
        version: FETCH_VERSION,
        refused,
        entries,
        more: Flag(more),
    };
    let headers = [
        (header::CONTENT_TYPE, BINARY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, response.encode()))
}

fn parse(body: &[u8]) -> Result<FetchRequest, Problem> {
    let bad = |detail: String| Problem::bad_request("bad-fetch", detail);
    let request = FetchRequest::decode(body).map_err(|error| bad(format!("{error}.")))?;
    if request.version != FETCH_VERSION {
        return Err(bad("This version of the request is not known here.".into()));
    }
    if request.wait > MAX_WAIT {
        return Err(bad(format!("A poll waits for at most {MAX_WAIT} seconds.")));
    }
    let count = request.mailboxes.len();
    if !(1..=MAX_MAILBOXES_PER_CONNECTION).contains(&count) {
        return Err(bad("A poll is for 1 to 64 mailboxes.".into()));
    }
    let roots: HashSet<RootAddress> = request.mailboxes.iter().map(|m| m.root).collect();
    if roots.len() != count {
        return Err(bad("A mailbox is named twice.".into()));
    }
    Ok(request)
}

/// The messages that wait; if there are none, those that come first. And whether there are more.
async fn wait_for_entries(
    shared: &Arc<Shared>,
    open: Vec<(RootAddress, Position)>,
    deadline: Instant,
) -> Result<(Vec<Entry>, bool), StoreError> {
    let waker = Arc::new(Waker::default());
    // Before the first look: what comes in between is not missed.
    let _watches: Vec<Watch> = open
        .iter()
        .map(|(root, _)| shared.wakes.watch(*root, &waker))
        .collect();
    let open = Arc::new(open);
    loop {
        let mailboxes = Arc::clone(&open);
        let (entries, more) = shared
            .aside(move |shared| collect(shared, &mailboxes))
            .await?;
        if !entries.is_empty() || open.is_empty() {
            return Ok((entries, more));
        }
        tokio::select! {
            _ready = waker.ready() => {}
            () = sleep_until(deadline) => return Ok((entries, more)),
            () = shared.shutdown.draining() => return Ok((entries, more)),
        }
    }
}

/// Up to [`MAX_FETCH_ITEMS`] messages: first each mailbox its share, then what is left of the others'.
fn collect(
    shared: &Shared,
    open: &[(RootAddress, Position)],
) -> Result<(Vec<Entry>, bool), StoreError> {
    let mut entries = Vec::new();
    let mut unfinished = open.to_vec();
    while !unfinished.is_empty() && entries.len() < MAX_FETCH_ITEMS {
        let room = MAX_FETCH_ITEMS - entries.len();
        let share = (room / unfinished.len()).max(1);
        let mut still = Vec::new();
        for (root, after) in unfinished {
            let limit = share.min(MAX_FETCH_ITEMS - entries.len());
            if limit == 0 {
                still.push((root, after));
                continue;
            }
            let read = consumer::read(shared.store.read(), &root, after, limit)?;
            if read.len() == limit {
                let last = read.last().map_or(after, |entry| entry.position);
                still.push((root, last));
            }
            for stored in read {
                entries.push(to_entry(root, stored)?);
            }
        }
        unfinished = still;
    }
    let mut more = false;
    for (root, after) in unfinished {
        more = more || !consumer::read(shared.store.read(), &root, after, 1)?.is_empty();
    }
    Ok((entries, more))
}

/// A stored message as it travels to its owner.
pub(crate) fn to_entry(root: RootAddress, stored: StoredEntry) -> Result<Entry, StoreError> {
    let sealed = SealedMessage::from_slice(&stored.sealed).ok_or_else(|| StoreError::Damaged {
        what: "a message in a mailbox".to_owned(),
    })?;
    Ok(Entry {
        root,
        position: stored.position,
        address: stored.address,
        sealed,
    })
}
