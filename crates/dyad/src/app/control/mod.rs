//! The way from a command to a running `dyad up` on the same home.
//!
//! A Unix socket in the home, open only to its owner (file mode 0600 in a folder of mode 0700, and the
//! kernel's word on who calls). One request a connection. It needs no passphrase: whoever runs as the
//! owner could read the running process's memory anyway.
//!
//! Each way lines of JSON. A command sends one [`Call`]; the answer is any number of [`Reply::Item`]
//! and then one [`Reply::Done`] or [`Reply::Error`].

mod client;
mod frame;
mod server;
mod socket;

pub(super) use client::connect;
pub(super) use server::{Gate, serve};
pub(super) use socket::bind;

use serde::{Deserialize, Serialize};

use dyad_app::AppError;
use dyad_app::{Request, Response};

/// Changed whenever a request or response changes, so that a command and an `up` of different releases
/// do not misunderstand one another.
const PROTOCOL: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Call {
    protocol: u32,
    // Kept apart from the version, which must be readable whatever the request became.
    request: serde_json::Value,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Item(Response),
    Done(Response),
    Error(AppError),
}

impl Call {
    fn new(request: &Request) -> Result<Self, serde_json::Error> {
        Ok(Self {
            protocol: PROTOCOL,
            request: serde_json::to_value(request)?,
        })
    }

    fn open(self) -> Result<Request, AppError> {
        if self.protocol != PROTOCOL {
            return Err(AppError::config(
                "other-release",
                "The running `dyad up` is of another release than this command. Stop it and start it again.",
            ));
        }
        serde_json::from_value(self.request).map_err(|e| {
            AppError::other(
                "control-garbage",
                "The running `dyad up` did not understand this command.",
            )
            .with_detail(e)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_another_release_is_refused_with_what_to_do() {
        let mut call = Call::new(&Request::Status).unwrap();
        call.protocol += 1;
        call.request = serde_json::json!({"request": "something new"});
        let error = call.open().unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.exit_code()),
            ("other-release", 78)
        );
    }

    #[test]
    fn every_call_survives_the_way() {
        let request = Request::Send {
            nick: "Blair".into(),
            text: "a\n\"b\"\u{2028}".into(),
            reply_to: None,
            confirm: Some(3),
        };
        let line = serde_json::to_string(&Call::new(&request).unwrap()).unwrap();
        assert!(!line.contains('\n'));
        let call: Call = serde_json::from_str(&line).unwrap();
        assert_eq!(call.open().unwrap(), request);
    }
}
