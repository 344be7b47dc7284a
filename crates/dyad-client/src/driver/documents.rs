//! What hosts publish: our providers' directly, everybody else's through a sender service of ours,
//! so that a stranger's host never sees this machine's address.

use bytes::Bytes;
use dyad_protocol::api::relay::{RELAY_DOCUMENT_PATH, RelayDocument};
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DOCUMENT_CACHE, MAX_DOCUMENT_LEN};
use dyad_protocol::sign::ServiceKeyHash;
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;
use serde::Serialize;

use super::exchange::{self, Answer};
use super::{Driver, Role, ServiceError};
use crate::error::Result;
use crate::store::providers::{self, Provider};

impl Driver {
    /// Fetches what a host that the person named publishes. Its key is for the caller to judge.
    pub(crate) async fn fetch_own_document(&self, host: &HostName) -> Answer<(Document, Vec<u8>)> {
        let json =
            exchange::get(&self.account_http, host, WELL_KNOWN_PATH, MAX_DOCUMENT_LEN).await?;
        let document = Document::verify(&json, host).map_err(|_| ServiceError::Nonsense {
            host: host.clone(),
            what: "its service document",
        })?;
        Ok((document, json.to_vec()))
    }

    /// The document of a contact's receiver, good enough to seal with now, asked for through `via`.
    ///
    /// The outer error is ours (the store); the inner one the hosts'.
    pub(super) async fn receiver_document(
        &self,
        receiver: &ServiceRecord,
        via: &Provider,
    ) -> Result<Answer<Document>> {
        let host = &receiver.host;
        let (own, cached) = self
            .store
            .read(|c| Ok((providers::get(c, host)?, providers::document(c, host)?)))?;
        if let Some(own) = own.filter(|own| own.document.follows(&receiver.key_hash).is_ok()) {
            return Ok(Ok(own.document));
        }
        let now = self.now();
        let cached = cached.filter(|(document, _)| document.follows(&receiver.key_hash).is_ok());
        let fresh = |fetched: Timestamp| now.distance(fetched) < DOCUMENT_CACHE;
        if let Some((document, _)) = cached
            .as_ref()
            .filter(|(d, fetched)| fresh(*fetched) && seals_at(d, now))
        {
            return Ok(Ok(document.clone()));
        }
        // A cache in between would give the same retired key again.
        let refresh = cached
            .as_ref()
            .is_some_and(|(document, _)| !seals_at(document, now));
        match self.relayed(receiver, via, refresh).await {
            Ok((document, json)) => {
                self.store
                    .write(|tx| providers::put_document(tx, host, &json, now))?;
                Ok(Ok(document))
            }
            Err(error) => {
                self.store
                    .write(|tx| providers::set_document_problem(tx, host, &error.person()))?;
                match cached {
                    Some((document, _)) if seals_at(&document, now) => Ok(Ok(document)),
                    _ => Ok(Err(error)),
                }
            }
        }
    }

    /// Asks a sender service of ours for a host's document; checks whose it is.
    async fn relayed(
        &self,
        record: &ServiceRecord,
        via: &Provider,
        refresh: bool,
    ) -> Answer<(Document, Vec<u8>)> {
        if let Some((_, why)) = self.health.waits(&record.host, Role::Relayed) {
            tracing::debug!(host = %record.host, why, "still waiting before asking again");
        }
        let (document, json) = match self.relay_once(&record.host, via, refresh).await? {
            found if found.0.follows(&record.key_hash).is_ok() => found,
            // Perhaps a cache from before a change of key.
            _ => self.relay_once(&record.host, via, true).await?,
        };
        if document.follows(&record.key_hash).is_err() {
            return Err(ServiceError::KeyChanged {
                host: record.host.clone(),
            });
        }
        Ok((document, json))
    }

    /// Asks a sender service of ours to fetch something for us from a stranger's host.
    pub(crate) async fn relay(
        &self,
        via: &HostName,
        path: &str,
        request: &impl Serialize,
        max: usize,
    ) -> Answer<Bytes> {
        exchange::post_json(&self.sender_http, via, path, request, max).await
    }

    pub(super) async fn relay_once(
        &self,
        host: &HostName,
        via: &Provider,
        refresh: bool,
    ) -> Answer<(Document, Vec<u8>)> {
        let request = RelayDocument {
            host: host.clone(),
            refresh,
        };
        let json = exchange::post_json(
            &self.sender_http,
            &via.host,
            RELAY_DOCUMENT_PATH,
            &request,
            MAX_DOCUMENT_LEN,
        )
        .await?;
        let document = Document::verify(&json, host).map_err(|_| ServiceError::Nonsense {
            host: host.clone(),
            what: "its service document",
        })?;
        Ok((document, json.to_vec()))
    }
}

/// Whether something sealed by this document now can be opened when it arrives.
fn seals_at(document: &Document, now: Timestamp) -> bool {
    document
        .body()
        .receiver
        .as_ref()
        .and_then(|receiver| receiver.transit_key(now))
        .is_some_and(|key| now < key.use_until)
}

/// Whether the key of `document` is `known` or follows it.
pub(super) fn is_known(document: &Document, known: &ServiceKeyHash) -> bool {
    document.follows(known).is_ok()
}
