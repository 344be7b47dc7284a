//! The default services of `up`: one provider in this process, for this home or for a public name.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use dyad_issuer::admin::{CODES_PATH, CreatedCode, NewCode};
use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request};
use dyad_protocol::id::HostName;
use dyad_protocol::time::SystemClock;
use dyad_provider::{Listeners, ProviderConfig, ProviderError, RunningProvider, start_provider_on};
use dyad_service::Shutdown;
use dyad_service::config::TlsFiles;
use tokio::net::TcpListener;

use super::settings::Settings;
use crate::app::home::Home;
use dyad_app::AppError;
use dyad_client::ErrorKind;

/// Takes the address, and notes which port it became. `in_addresses` says that contacts hold addresses
/// with this one in them.
///
/// # Errors
/// It is taken, or may not be had; says which option names another.
pub(super) async fn bind(
    settings: &mut Settings,
    in_addresses: bool,
) -> Result<TcpListener, AppError> {
    let failed = |e: io::Error| in_use(settings.listen, in_addresses, &e);
    let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
    settings.listen = listener.local_addr().map_err(failed)?;
    Ok(listener)
}

fn in_use(listen: SocketAddr, in_addresses: bool, e: &io::Error) -> AppError {
    let why = match e.kind() {
        io::ErrorKind::AddrInUse => "is in use by another program",
        io::ErrorKind::PermissionDenied => "needs more rights than this program has",
        _ => "cannot be listened on",
    };
    let advice = if in_addresses {
        "It is part of the addresses that your contacts hold, so --listen cannot change it: stop the other program, and \
         start again."
    } else {
        "Choose another with --listen; `--listen 127.0.0.1:0` takes a free port."
    };
    AppError::config("listen-failed", format!("{listen} {why}. {advice}")).with_detail(e)
}

/// Starts the services on a listener.
///
/// # Errors
/// What has to be mended.
pub(super) async fn start(
    home: &Home,
    settings: &Settings,
    host: &HostName,
    listener: TcpListener,
    shutdown: Shutdown,
) -> Result<RunningProvider, AppError> {
    let mut config = ProviderConfig::embedded(host.clone(), settings.listen, &home.provider());
    let mut admin = None;
    if let Some(tls) = &settings.tls {
        // Others can reach it now: accounts need a code, and nothing goes over plain http.
        config.provider.allow_loopback = false;
        config.provider.tls = Some(TlsFiles {
            cert: tls.cert.clone(),
            key: tls.key.clone(),
        });
        if let Some(issuer) = &mut config.issuer {
            issuer.open_registration = false;
        }
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let bound = TcpListener::bind(any_port)
            .await
            .map_err(|e| in_use(any_port, false, &e))?;
        admin = Some(bound);
    }
    let listeners = Listeners {
        public: listener,
        admin,
    };
    start_provider_on(&config, listeners, Arc::new(SystemClock), shutdown)
        .await
        .map_err(not_started)
}

fn not_started(error: ProviderError) -> AppError {
    let kind = if error.is_configuration() {
        ErrorKind::Config
    } else {
        ErrorKind::Other
    };
    AppError::new(
        kind,
        "services-not-started",
        format!("The services could not be started: {error}."),
    )
}

/// A code that enrols this home's own account, where the services do not take everybody.
///
/// # Errors
/// The services do not give one.
pub(super) async fn own_code(running: &RunningProvider) -> Result<Option<String>, AppError> {
    let Some(address) = running.admin_address() else {
        return Ok(None);
    };
    let failed = |why: &dyn std::fmt::Display| {
        AppError::other(
            "no-code",
            "The services gave no enrolment code for this home.",
        )
        .with_detail(why)
    };
    let settings = DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    };
    let http = HttpClient::new(Arc::new(DirectDialer::new(settings)), HttpLimits::default());
    let host: HostName = address.to_string().parse().map_err(|e| failed(&e))?;
    let new = NewCode {
        tier: None,
        uses: 1,
        days: 1,
        note: "the home that runs these services".to_owned(),
    };
    let body = serde_json::to_vec(&new).map_err(|e| failed(&e))?;
    let request = Request::post(host, CODES_PATH, "application/json", body);
    let response = http.send(request).await.map_err(|e| failed(&e))?;
    let created: CreatedCode = serde_json::from_slice(&response.body).map_err(|e| failed(&e))?;
    Ok(Some(created.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::args::UpArgs;

    #[tokio::test]
    async fn a_taken_port_is_told_with_the_option_that_names_another() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let args = UpArgs {
            listen: Some(taken.local_addr().unwrap()),
            ..UpArgs::default()
        };
        let mut settings = Settings::load(dir.path(), &args).unwrap();
        let first = bind(&mut settings, false).await.unwrap_err();
        assert_eq!(first.exit_code(), 78);
        assert!(first.message.contains("--listen 127.0.0.1:0"), "{first}");
        let later = bind(&mut settings, true).await.unwrap_err();
        assert!(later.message.contains("stop the other program"), "{later}");
    }
}
