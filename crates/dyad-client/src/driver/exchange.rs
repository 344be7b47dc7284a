//! One request to a service and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use dyad_net::{HttpClient, NetError, Request, Response};
use dyad_protocol::api::BINARY;
use dyad_protocol::id::HostName;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ClientError;

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";
/// Of a service's own words, so many characters are shown.
const MAX_DETAIL: usize = 300;

/// Why an exchange with a service led to nothing.
#[derive(Debug, Clone)]
pub(crate) enum ServiceError {
    /// It did not come about.
    Net(NetError),
    /// The service said no.
    Refused(Refusal),
    /// The service answered something that makes no sense.
    Nonsense { host: HostName, what: &'static str },
    /// What it published is not signed by the key that it is known by.
    KeyChanged { host: HostName },
}

/// A problem (RFC 9457).
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) host: HostName,
    pub(crate) status: u16,
    pub(crate) code: String,
    detail: String,
    retry_after: Option<Duration>,
}

impl ServiceError {
    /// For the person.
    pub(crate) fn person(&self) -> String {
        match self {
            Self::Net(error) => error.person(),
            Self::Refused(refusal) if refusal.detail.is_empty() => {
                format!("{} refused (status {}).", refusal.host, refusal.status)
            }
            Self::Refused(refusal) => format!("{} says: {}", refusal.host, refusal.detail),
            Self::Nonsense { host, what } => {
                format!("{host} answered with nonsense ({what}). Its operator has to mend it.")
            }
            Self::KeyChanged { host } => format!(
                "{host} shows another key than the one it is known by. Somebody may be impersonating it; nothing it says is used."
            ),
        }
    }

    /// The status with which the service said a definite no, if it did.
    pub(crate) fn definite(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal)
                if (400..500).contains(&refusal.status)
                    && !matches!(refusal.status, 408 | 425 | 429) =>
            {
                Some(refusal)
            }
            _ => None,
        }
    }

    /// How long the service asked us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// As the outcome of what the person asked for. `kept` says what was kept.
    pub(crate) fn into_client(self, kept: &str) -> ClientError {
        let text = format!("{} {kept}", self.person()).trim_end().to_owned();
        match &self {
            Self::Net(error) if error.is_temporary() => {
                ClientError::unavailable(error.code(), text)
            }
            Self::Net(error) => ClientError::unavailable(error.code(), text),
            Self::Refused(refusal) if self.definite().is_none() => {
                ClientError::later(&refusal.code, text)
            }
            Self::Refused(refusal) => ClientError::unavailable(&refusal.code, text),
            Self::Nonsense { .. } => ClientError::unavailable("nonsense", text),
            Self::KeyChanged { .. } => ClientError::unavailable("key-changed", text),
        }
    }
}

impl From<NetError> for ServiceError {
    fn from(error: NetError) -> Self {
        Self::Net(error)
    }
}

/// Result of an exchange.
pub(crate) type Answer<T> = std::result::Result<T, ServiceError>;

pub(crate) async fn get(
    http: &HttpClient,
    host: &HostName,
    path: &str,
    max: usize,
) -> Answer<Bytes> {
    let request = Request::get(host.clone(), path).with_max_response(max);
    accept(host, http.send(request).await?)
}

pub(crate) async fn get_json<T: DeserializeOwned>(
    http: &HttpClient,
    host: &HostName,
    path: &str,
) -> Answer<T> {
    read_json(host, &get(http, host, path, 64 * 1024).await?)
}

pub(crate) async fn post_json(
    http: &HttpClient,
    host: &HostName,
    path: &str,
    body: &impl Serialize,
    max: usize,
) -> Answer<Bytes> {
    let body = serde_json::to_vec(body).map_err(|e| NetError::BadRequest { why: e.to_string() })?;
    let request = Request::post(host.clone(), path, JSON, body).with_max_response(max);
    accept(host, http.send(request).await?)
}

pub(crate) async fn post_for_json<T: DeserializeOwned>(
    http: &HttpClient,
    host: &HostName,
    path: &str,
    body: &impl Serialize,
) -> Answer<T> {
    read_json(host, &post_json(http, host, path, body, 256 * 1024).await?)
}

pub(crate) async fn post_binary(
    http: &HttpClient,
    host: &HostName,
    path: &str,
    body: Vec<u8>,
    max: usize,
    timeout: Option<Duration>,
) -> Answer<Bytes> {
    let mut request = Request::post(host.clone(), path, BINARY, body).with_max_response(max);
    if let Some(timeout) = timeout {
        request = request.with_timeout(timeout);
    }
    accept(host, http.send(request).await?)
}

fn read_json<T: DeserializeOwned>(host: &HostName, body: &[u8]) -> Answer<T> {
    serde_json::from_slice(body).map_err(|_| ServiceError::Nonsense {
        host: host.clone(),
        what: "unreadable JSON",
    })
}

fn accept(host: &HostName, response: Response) -> Answer<Bytes> {
    if response.is_success() {
        return Ok(response.body);
    }
    let (code, detail) = if response.is_type(PROBLEM_JSON) {
        problem(&response.body)
    } else {
        Default::default()
    };
    Err(ServiceError::Refused(Refusal {
        host: host.clone(),
        status: response.status,
        code,
        detail,
        retry_after: response.retry_after,
    }))
}

/// Code and detail of a problem, cleaned of whatever could play tricks on a terminal.
fn problem(body: &[u8]) -> (String, String) {
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Problem {
        r#type: String,
        detail: String,
    }
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    let code = problem.r#type.rsplit(':').next().unwrap_or_default();
    let clean = |text: &str, max| {
        text.chars()
            .filter(|c| !c.is_control())
            .take(max)
            .collect::<String>()
    };
    (clean(code, 64), clean(&problem.detail, MAX_DETAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_says_cannot_move_the_cursor() {
        let body = br#"{"type":"urn:dyad:problem:token-used","detail":"no\u001b[2J\nway"}"#;
        assert_eq!(problem(body), ("token-used".into(), "no[2Jway".into()));
        assert_eq!(problem(b"<html>"), Default::default());
        let long = serde_json::json!({"detail": "x".repeat(10_000)}).to_string();
        assert_eq!(problem(long.as_bytes()).1.len(), MAX_DETAIL);
    }
}
