//! `dyad code`: enrolment codes, made, listed and revoked through the operator's listener of a provider
//! that runs on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use clap::{Args, Subcommand};
use dyad_issuer::admin::{
    CODES_PATH, CodeEntry, CodeList, CreatedCode, MAX_DAYS, MAX_USES, NewCode,
};
use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request, Response};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::time::{Clock, SystemClock, Timestamp};
use dyad_provider::ProviderConfig;
use serde::de::DeserializeOwned;

use super::config::ConfigArgs;
use super::failure::Failure;
use super::operator;

/// Largest answer: thousands of codes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// `dyad code ...`.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum CodeCommand {
    /// Make a code; it is shown this once
    Create(CreateArgs),
    /// List the codes, without the codes themselves
    List(ConfigArgs),
    /// Let a code enrol nobody any more; accounts that it enrolled stay
    Revoke {
        /// Its id from the list
        id: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Accounts that it enrols
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_USES)))]
    uses: u32,
    /// Days until it expires
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
    days: u32,
    /// Tier of the accounts [default: the default tier]
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// A note for yourself
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

pub(super) fn run(command: &CodeCommand, json: bool) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::other("no-runtime", format!("this program cannot start: {e}")))?;
    runtime.block_on(dispatch(command, json))?;
    Ok(0)
}

async fn dispatch(command: &CodeCommand, json: bool) -> Result<(), Failure> {
    match command {
        CodeCommand::Create(args) => create(args, json).await,
        CodeCommand::List(config) => list(&config.read_sound()?, json).await,
        CodeCommand::Revoke { id, config } => revoke(&config.read_sound()?, id, json).await,
    }
}

async fn create(args: &CreateArgs, json: bool) -> Result<(), Failure> {
    let config = args.config.read_sound()?;
    let admin = Admin::of(&config)?;
    let new = NewCode {
        tier: args.tier.clone(),
        uses: args.uses,
        days: args.days,
        note: args.note.clone(),
    };
    let body = serde_json::to_vec(&new).map_err(|e| Failure::other("internal", e))?;
    let request = Request::post(admin.host.clone(), CODES_PATH, "application/json", body);
    let created: CreatedCode = answer(&admin.ask(request).await?)?;
    if json {
        operator::json(&created);
        return Ok(());
    }
    let host = &config.provider.host;
    let scheme = if host.is_loopback_ip() {
        "http"
    } else {
        "https"
    };
    operator::line(&created.code);
    operator::line("");
    operator::line(&format!(
        "{}. It is not shown again. Whoever has it:",
        sentence(&created.entry)
    ));
    operator::line(&format!(
        "    dyad provider add {scheme}://{host} --code {}",
        created.code
    ));
    Ok(())
}

async fn list(config: &ProviderConfig, json: bool) -> Result<(), Failure> {
    let admin = Admin::of(config)?;
    let request = Request::get(admin.host.clone(), CODES_PATH).with_max_response(MAX_ANSWER);
    let list: CodeList = answer(&admin.ask(request).await?)?;
    if json {
        operator::json(&list);
        return Ok(());
    }
    if list.codes.is_empty() {
        operator::line("There are no codes. `dyad code create` makes one.");
    }
    for entry in &list.codes {
        let note = if entry.note.is_empty() { "" } else { "  " };
        operator::line(&format!(
            "{}  {}{note}{}",
            entry.id,
            sentence(entry),
            entry.note.escape_debug()
        ));
    }
    Ok(())
}

async fn revoke(config: &ProviderConfig, id: &str, json: bool) -> Result<(), Failure> {
    if id.len() != 16 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        let message = format!(
            "{} is not the id of a code: 16 hexadecimal digits, see `dyad code list`.",
            id.escape_debug()
        );
        return Err(Failure::usage("not-an-id", message));
    }
    let admin = Admin::of(config)?;
    let request = Request {
        method: "DELETE"
            .parse()
            .map_err(|e| Failure::other("internal", format!("{e}")))?,
        ..Request::get(admin.host.clone(), format!("{CODES_PATH}/{id}"))
    };
    let response = admin.ask(request).await?;
    if response.status == 404 {
        return Err(Failure::other(
            "unknown-code",
            format!("There is no code {id}."),
        ));
    }
    refused(&response)?;
    if json {
        operator::json(&serde_json::json!({ "revoked": id }));
    } else {
        operator::line(&format!("The code {id} enrols nobody any more."));
    }
    Ok(())
}

/// The operator's listener of the provider.
struct Admin {
    host: HostName,
    http: HttpClient,
}

impl Admin {
    fn of(config: &ProviderConfig) -> Result<Self, Failure> {
        let wrong = |message: &str| Failure::config("no-admin-listener", message);
        if config.issuer.is_none() {
            return Err(wrong(
                "This configuration runs no issuer: ask the host that does.",
            ));
        }
        let address = config.provider.admin_listen.ok_or_else(|| {
            wrong("Codes are made through provider.admin_listen: set it, and restart the provider.")
        })?;
        let address = reachable(address);
        if !address.ip().is_loopback() {
            return Err(wrong(
                "provider.admin_listen is no loopback address, over which codes would travel in the open. Use \
                 127.0.0.1.",
            ));
        }
        let host = address
            .to_string()
            .parse()
            .map_err(|e| wrong(&format!("provider.admin_listen: {e}")))?;
        let dialer = DirectDialer::new(DirectSettings {
            allow_loopback: true,
            ..DirectSettings::default()
        });
        let http = HttpClient::new(Arc::new(dialer), HttpLimits::default());
        Ok(Self { host, http })
    }

    async fn ask(&self, request: Request) -> Result<Response, Failure> {
        self.http.send(request).await.map_err(|e| {
            let message = format!(
                "The provider does not answer ({e}). Is it running? `dyad serve` starts it."
            );
            Failure::unavailable("not-running", message)
        })
    }
}

/// "All addresses" includes this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn answer<T: DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    refused(response)?;
    serde_json::from_slice(&response.body).map_err(|_| {
        let message = "What listens on provider.admin_listen is no Dyad provider of this release.";
        Failure::unavailable("not-understood", message)
    })
}

fn refused(response: &Response) -> Result<(), Failure> {
    if response.is_success() {
        return Ok(());
    }
    let problem: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let detail = problem["detail"]
        .as_str()
        .unwrap_or("The provider gave no reason.");
    let detail = detail.escape_debug();
    Err(match response.status {
        400 => Failure::usage("refused", detail),
        429 | 503 => Failure::later("busy", detail),
        status => Failure::other("refused", format!("{detail} ({status})")),
    })
}

/// Such as: Enrols 3 of 5 accounts of tier "standard", for 29 days.
fn sentence(entry: &CodeEntry) -> String {
    let CodeEntry {
        uses,
        left,
        tier,
        expires,
        ..
    } = entry;
    let count = if left == uses {
        uses.to_string()
    } else {
        format!("{left} more of {uses}")
    };
    let accounts = if *uses == 1 { "account" } else { "accounts" };
    format!(
        "Enrols {count} {accounts} of tier {tier:?}, {}",
        remaining(*expires, SystemClock.now())
    )
}

fn remaining(expires: Timestamp, now: Timestamp) -> String {
    let seconds = expires.since(now);
    match (seconds, seconds.div_ceil(DAY)) {
        (0, _) => "but has expired".to_owned(),
        (_, 1) => "until tomorrow".to_owned(),
        (_, days) => format!("for {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_is_said_in_days() {
        let now = Timestamp::from_secs(1_000 * DAY);
        assert_eq!(remaining(now, now), "but has expired");
        assert_eq!(remaining(now.plus(1), now), "until tomorrow");
        assert_eq!(remaining(now.plus(30 * DAY), now), "for 30 days");
    }

    #[test]
    fn a_listener_on_all_addresses_is_asked_on_loopback() {
        assert_eq!(
            reachable("0.0.0.0:5".parse().unwrap()),
            "127.0.0.1:5".parse().unwrap()
        );
        assert_eq!(
            reachable("[::]:5".parse().unwrap()),
            "[::1]:5".parse().unwrap()
        );
        let other = "198.51.100.1:5".parse().unwrap();
        assert_eq!(reachable(other), other);
    }
}
