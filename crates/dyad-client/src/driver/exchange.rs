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
    /// Empty if the answer was no problem of ours.
    pub(crate) code: String,
    detail: String,
    retry_after: Option<Duration>,
}

impl ServiceError {
    /// For the person.
    pub(crate) fn person(&self) -> String {
        match self {
            Self::Net(error) => error.person(),
            Self::Refused(refusal) if refusal.code.is_empty() => format!(
                "{} answered with status {} and no reason, as something in front of a service does while it is worked on. \
                 Try later.",
                refusal.host, refusal.status
            ),
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

    /// The definite no of a service, if it said one. A status alone is none: a proxy in front of the
    /// service answers 404 or 403 while the service is away.
    pub(crate) fn definite(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal)
                if !refusal.code.is_empty()
                    && (400..500).contains(&refusal.status)
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
            Self::Refused(refusal) if refusal.code.is_empty() => {
                ClientError::later("nonsense", text)
            }
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

/// Any other request.
pub(crate) async fn ask(http: &HttpClient, request: Request) -> Answer<Bytes> {
    let host = request.host.clone();
    accept(&host, http.send(request).await?)
}

pub(crate) fn read_json<T: DeserializeOwned>(host: &HostName, body: &[u8]) -> Answer<T> {
    serde_json::from_slice(body).map_err(|_| ServiceError::Nonsense {
        host: host.clone(),
        what: "unreadable JSON",
    })
}

fn accept(host: &HostName, response: Response) -> Answer<Bytes> {
    if response.is_success() {
        return Ok(response.body);
    }
    let (code, detail) = response
        .problem()
        .map(|problem| (problem.code, problem.detail))
        .unwrap_or_default();
    Err(ServiceError::Refused(Refusal {
        host: host.clone(),
        status: response.status,
        code,
        detail,
        retry_after: response.retry_after,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str, detail: &str) -> ServiceError {
        ServiceError::Refused(Refusal {
            host: "dyad.example".parse().unwrap(),
            status,
            code: code.to_owned(),
            detail: detail.to_owned(),
            retry_after: None,
        })
    }

    #[test]
    fn only_a_problem_of_ours_is_a_definite_no() {
        let no = answer(409, "token-used", "No way.");
        assert_eq!(no.definite().unwrap().code, "token-used");
        assert_eq!(no.person(), "dyad.example says: No way.");
        // What a proxy answers while the service behind it is away, and what may be different soon.
        for (status, code) in [
            (404, ""),
            (403, ""),
            (410, ""),
            (429, "slow-down"),
            (503, "full"),
        ] {
            let error = answer(status, code, "");
            assert!(error.definite().is_none(), "{status}");
            assert_eq!(
                error.into_client("").kind,
                crate::ErrorKind::TryLater,
                "{status}"
            );
        }
    }
}
