//! Whether the services fit together, and their settings are possible.

use dyad_protocol::call_server::{MAX_CALL_SERVERS, MAX_LOGIN_LEN};
use dyad_protocol::id::HostName;
use dyad_service::config::Report;

use crate::ProviderConfig;

pub(super) fn check(config: &ProviderConfig, report: &mut Report) {
    if config.issuer.is_none() && config.sender.is_none() && config.receiver.is_none() {
        report.error(
            "the file",
            "has none of the sections issuer, sender and receiver, so nothing would run.",
            "Add the sections of the services that should run here; they may be empty.",
        );
        return;
    }
    named_once(config, report);
    complete(config, report);
    if let Some(Err(error)) = config.issuer.as_ref().map(|issuer| issuer.validate()) {
        let what = format!("must be {}.", error.must_be);
        report.error(format!("issuer.{}", error.key), what, "Change it.");
    }
    if let Some(sender) = &config.sender {
        sender.check("sender", report);
    }
    calls(config, report);
    if let Some(Err(error)) = config.receiver.as_ref().map(|receiver| receiver.validate()) {
        let what = format!("must be {}.", error.must_be);
        report.error(format!("receiver.{}", error.key), what, "Change it.");
    }
}

/// Browsers must be able to use what is named for calls.
fn calls(config: &ProviderConfig, report: &mut Report) {
    let servers = &config.calls;
    if !servers.are_sane() {
        report.error(
            "calls",
            format!(
                "must name at most {MAX_CALL_SERVERS} servers of each kind, `stun:` under stun and `turn:` under turn, \
                 these with a username and a credential of 1 to {MAX_LOGIN_LEN} visible ASCII characters."
            ),
            "Change it.",
        );
    } else if !servers.turn.is_empty() {
        report.warning(
            "calls.turn",
            "stands in the document with its credential, which everybody can read and use.",
            "Limit in the TURN server how much may be relayed, and let it relay to public addresses only.",
        );
    }
}

/// No service is both here and elsewhere, and elsewhere is not here.
fn named_once(config: &ProviderConfig, report: &mut Report) {
    let elsewhere = &config.elsewhere;
    let services: [(&str, bool, Option<&HostName>); 3] = [
        ("issuer", config.issuer.is_some(), elsewhere.issuer.as_ref()),
        ("sender", config.sender.is_some(), elsewhere.sender.as_ref()),
        (
            "receiver",
            config.receiver.is_some(),
            elsewhere.receiver.as_ref(),
        ),
    ];
    for (name, here, host) in services {
        let Some(host) = host else { continue };
        if here {
            report.error(
                format!("elsewhere.{name}"),
                format!("names another host, but the section {name} makes it run here."),
                "Remove one of the two.",
            );
        } else if *host == config.provider.host {
            report.error(
                format!("elsewhere.{name}"),
                "is this very host, where it does not run.",
                format!("Name the other host, or add the section {name}."),
            );
        }
    }
}

/// Tokens that are redeemed here come from somewhere, and those issued here go somewhere.
fn complete(config: &ProviderConfig, report: &mut Report) {
    let redeems = config.sender.is_some() || config.receiver.is_some();
    if redeems && config.issuer_host().is_none() {
        report.error(
            "elsewhere.issuer",
            "is missing: sender and receiver take tokens that nobody issues.",
            "Add the section issuer, or name the host of the provider's issuer.",
        );
    }
    if config.issuer.is_none() {
        if config.receiver.is_some() && config.sender_host().is_none() {
            report.warning(
                "elsewhere.sender",
                "is missing: tokens for files name the provider's sender, and would be refused by the receiver here.",
                "Name the host of the provider's sender, unless it has none.",
            );
        }
        return;
    }
    for (name, host) in [
        ("sender", config.sender_host()),
        ("receiver", config.receiver_host()),
    ] {
        if host.is_none() {
            report.warning(
                format!("elsewhere.{name}"),
                format!("is missing: no tokens for a {name} are issued."),
                format!("Add the section {name}, or name the host of the provider's {name}."),
            );
        }
    }
}
