//! What can go wrong between us and another host.
//!
//! `Display` is the text for a log, [`NetError::person`] the text for a person,
//! [`NetError::code`] the stable word for machines.

use std::net::IpAddr;

use dyad_protocol::id::HostName;

/// Why an exchange with another host did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// No connection could be made, or it broke before the answer began.
    #[error("{host} is unreachable: {why}")]
    Unreachable {
        /// Who was called.
        host: HostName,
        /// The operating system's words.
        why: String,
    },
    /// The name service knows no such name, or has no address for it.
    #[error("{host} has no address in the name service")]
    NameUnknown {
        /// Who was called.
        host: HostName,
    },
    /// The host did not finish in time.
    #[error("{host} took too long ({stage})")]
    Timeout {
        /// Who was called.
        host: HostName,
        /// What was being waited for.
        stage: &'static str,
    },
    /// The host lies at an address that hosts chosen by others must not have.
    #[error("{host} lies at {address}, which is refused: {block}")]
    ForbiddenAddress {
        /// Who was called.
        host: HostName,
        /// Where it turned out to be.
        address: IpAddr,
        /// Name of the special-purpose block (RFC 6890).
        block: &'static str,
    },
    /// The host names a port that hosts chosen by others must not have.
    #[error("{host} asks for port {port}, which is refused")]
    ForbiddenPort {
        /// Who was called.
        host: HostName,
        /// The port asked for.
        port: u16,
    },
    /// TLS failed: mostly a certificate that is not valid for this name.
    #[error("TLS with {host} failed: {why}")]
    Tls {
        /// Who was called.
        host: HostName,
        /// rustls's words.
        why: String,
    },
    /// This machine has no usable TLS settings.
    #[error("TLS cannot be used on this machine: {why}")]
    TlsSetup {
        /// What is missing.
        why: String,
    },
    /// The answer is larger than the caller allows.
    #[error("{host} answered with more than {limit} bytes")]
    TooLarge {
        /// Who was called.
        host: HostName,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The answer is not HTTP, not a WebSocket, or violates it.
    #[error("{host} answered with something else than expected: {why}")]
    Garbage {
        /// Who was called.
        host: HostName,
        /// What was wrong.
        why: String,
    },
    /// The connection ended in the middle of the answer.
    #[error("{host} hung up in the middle of its answer")]
    Truncated {
        /// Who was called.
        host: HostName,
    },
    /// The host wants to send us elsewhere. Redirects are never followed.
    #[error("{host} answered with a redirect (status {status})")]
    RedirectRefused {
        /// Who was called.
        host: HostName,
        /// The status, 300 to 399.
        status: u16,
    },
    /// The host speaks HTTP but does not open a WebSocket at this path.
    #[error("{host} refused the WebSocket with status {status}")]
    WebSocketRefused {
        /// Who was called.
        host: HostName,
        /// The status it gave instead of 101.
        status: u16,
    },
    /// The request cannot be written as HTTP: a mistake of the caller.
    #[error("the request cannot be sent: {why}")]
    BadRequest {
        /// What is wrong with it.
        why: String,
    },
}

impl NetError {
    /// A connection that could not be made or broke.
    #[must_use]
    pub fn unreachable(host: &HostName, why: impl std::fmt::Display) -> Self {
        Self::Unreachable {
            host: host.clone(),
            why: why.to_string(),
        }
    }

    /// Something that took too long.
    #[must_use]
    pub fn timeout(host: &HostName, stage: &'static str) -> Self {
        Self::Timeout {
            host: host.clone(),
            stage,
        }
    }

    /// An answer that is not what it should be.
    #[must_use]
    pub fn garbage(host: &HostName, why: impl std::fmt::Display) -> Self {
        Self::Garbage {
            host: host.clone(),
            why: why.to_string(),
        }
    }

    /// Whether the same request may well succeed later without anybody changing anything here.
    ///
    /// `false` is no promise that it never will: the other side may be mended. Whoever has
    /// promised to try for days goes on trying.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::NameUnknown { .. }
            | Self::Timeout { .. }
            | Self::Tls { .. }
            | Self::Truncated { .. } => true,
            Self::WebSocketRefused { status, .. } => *status == 429 || *status >= 500,
            Self::ForbiddenAddress { .. }
            | Self::ForbiddenPort { .. }
            | Self::TlsSetup { .. }
            | Self::TooLarge { .. }
            | Self::Garbage { .. }
            | Self::RedirectRefused { .. }
            | Self::BadRequest { .. } => false,
        }
    }

    /// A stable word for each kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::NameUnknown { .. } => "name-unknown",
            Self::Timeout { .. } => "timeout",
            Self::ForbiddenAddress { .. } => "forbidden-address",
            Self::ForbiddenPort { .. } => "forbidden-port",
            Self::Tls { .. } => "tls",
            Self::TlsSetup { .. } => "tls-setup",
            Self::TooLarge { .. } => "answer-too-large",
            Self::Garbage { .. } => "garbage",
            Self::Truncated { .. } => "truncated",
            Self::RedirectRefused { .. } => "redirect-refused",
            Self::WebSocketRefused { .. } => "websocket-refused",
            Self::BadRequest { .. } => "bad-request",
        }
    }

    /// What a person is told: who is at fault and what to do.
    #[must_use]
    pub fn person(&self) -> String {
        match self {
            Self::Unreachable { host, .. } => {
                format!("{host} cannot be reached. Check the network; it will be tried again.")
            }
            Self::NameUnknown { host } => {
                format!("The name {host} leads nowhere. Check its spelling and the network.")
            }
            Self::Timeout { host, .. } => {
                format!("{host} did not answer in time. It will be tried again.")
            }
            Self::ForbiddenAddress { host, .. } => format!(
                "{host} lies inside a private or reserved network, where hosts named by others are never called."
            ),
            Self::ForbiddenPort { host, .. } => {
                format!(
                    "{host} names a port that hosts named by others must not use (443 or above 1023)."
                )
            }
            Self::Tls { host, .. } => format!(
                "{host} could not prove who it is (TLS). Its certificate may have expired, this computer's clock may be wrong, or somebody is in between."
            ),
            Self::TlsSetup { why } => {
                format!(
                    "This computer cannot check certificates: {why}. Install its root certificates (package ca-certificates)."
                )
            }
            Self::TooLarge { host, .. } => {
                format!("{host} answered with far more than expected; the answer was dropped.")
            }
            Self::Garbage { host, .. } => {
                format!(
                    "{host} answered with nonsense. It may not be a Dyad provider, or something in between interferes."
                )
            }
            Self::Truncated { host } => {
                format!("{host} hung up in the middle of its answer. It will be tried again.")
            }
            Self::RedirectRefused { host, .. } => format!(
                "{host} wants to send us elsewhere, which is never followed. Use the provider's exact name; on a public network, sign in to it first."
            ),
            Self::WebSocketRefused { host, status } => {
                format!("{host} did not open a lasting connection (status {status}).")
            }
            Self::BadRequest { why } => format!("The request cannot be sent: {why}."),
        }
    }
}
