//! `dyad serve`: a provider until it is stopped.

use std::sync::Arc;

use dyad_protocol::time::SystemClock;
use dyad_provider::{ProviderConfig, start_provider};
use dyad_service::config::Report;
use dyad_service::{Shutdown, telemetry};

use super::check::examine;
use super::config::ConfigArgs;
use super::failure::Failure;
use super::operator;

/// What is logged where DYAD_LOG says nothing. What the store does by itself tells an operator nothing.
const LOG_FILTER: &str = "info,fjall=warn,lsm_tree=warn";

pub(super) fn run(args: &ConfigArgs, json: bool) -> Result<u8, Failure> {
    let (config, report) = examine(args)?;
    let config = match config {
        Some(config) if !report.has_errors() => config,
        _ => return Err(Failure::config("config-wrong", findings(&report))),
    };
    telemetry::init(config.log, LOG_FILTER).map_err(|e| Failure::config("log-filter", e))?;
    for finding in report.findings() {
        tracing::warn!("{finding}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::other("no-runtime", format!("threads cannot be started: {e}")))?;
    runtime.block_on(serve(&config, json))
}

async fn serve(config: &ProviderConfig, json: bool) -> Result<u8, Failure> {
    let shutdown = Shutdown::new();
    shutdown
        .on_signals()
        .map_err(|e| Failure::other("no-signals", format!("signals cannot be received: {e}")))?;
    let provider = start_provider(config, Arc::new(SystemClock), shutdown)
        .await
        .map_err(|e| {
            if e.is_configuration() {
                Failure::config("not-started", e)
            } else {
                Failure::other("not-started", e)
            }
        })?;
    if json {
        operator::json(&serde_json::json!({
            "serving": {
                "host": provider.host(),
                "listen": provider.address(),
                "admin_listen": provider.admin_address(),
            }
        }));
    }
    provider.finished().await;
    Ok(0)
}

fn findings(report: &Report) -> String {
    format!("nothing was started:\n{}", report.to_string().trim_end())
}
