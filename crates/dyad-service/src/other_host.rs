//! What an app is told of a host that was called on its behalf: why, but nothing of the way there.

use dyad_net::NetError;

use crate::error::Problem;

/// A host that must not be called.
#[must_use]
pub fn forbidden_host() -> Problem {
    Problem::bad_request(
        "forbidden-host",
        "This host lies in a private or reserved network, or names a port of another protocol. Such hosts are never called.",
    )
}

/// A host that was called on an app's behalf and did not answer as it should.
#[must_use]
pub fn other_host(error: &NetError) -> Problem {
    match error {
        NetError::ForbiddenAddress { .. } | NetError::ForbiddenPort { .. } => forbidden_host(),
        NetError::Unreachable { .. }
        | NetError::NameUnknown { .. }
        | NetError::Truncated { .. } => {
            Problem::bad_gateway("host-unreachable", "The other host could not be reached.")
        }
        NetError::Timeout { .. } => {
            Problem::bad_gateway("host-timeout", "The other host did not answer in time.")
        }
        NetError::Tls { .. } => Problem::bad_gateway(
            "host-tls",
            "The other host could not prove who it is (TLS).",
        ),
        NetError::TlsSetup { .. } | NetError::BadRequest { .. } => Problem::internal(error.code()),
        _ => host_nonsense(),
    }
}

/// A host whose answer is none.
#[must_use]
pub fn host_nonsense() -> Problem {
    Problem::bad_gateway("host-nonsense", "The other host answered with nonsense.")
}
