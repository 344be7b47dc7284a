//! `dyad up`: the app and default services in one process, until told to stop.
//!
//! The first start creates what is missing: home, services' seed, encrypted store. Later ones find it.

mod announce;
mod services;
mod settings;

use std::time::Instant;

use dyad_client::Client;
use dyad_protocol::id::HostName;
use dyad_provider::RunningProvider;
use dyad_service::Shutdown;
use dyad_service::telemetry::{self, LogFormat};

use super::args::UpArgs;
use super::control::{self, Gate};
use super::home::Home;
use super::output::Output;
use super::show::Screen;
use super::{passphrase, run};
use announce::Announcement;
use dyad_app::AppError;
use settings::Settings;

/// What is logged without `DYAD_LOG`: what services say to one another (503 until they know each other) is
/// no news for a person.
const LOG_FILTER: &str = "error";

/// Runs until a signal; answers the exit code.
///
/// # Errors
/// What has to be mended before it can start. What was there before is as it was.
pub(super) async fn up(home: &Home, args: &UpArgs, output: &Output) -> Result<u8, AppError> {
    if let Some(pid) = Client::holder(home.path()) {
        return Err(AppError::later(
            "home-busy",
            format!(
                "Process {pid} has {} open already; if that is `dyad up`, all commands go through it. Stop it first to \
                 start anew.",
                home.path().display()
            ),
        ));
    }
    telemetry::init(LogFormat::Plain, LOG_FILTER)
        .map_err(|e| AppError::config("log-filter", e.to_string()))?;
    home.prepare()?;
    let mut settings = Settings::load(home.path(), args)?;
    // Before the passphrase is asked for: a port that is taken should be known first.
    let in_addresses = settings.host.is_none() && Settings::remembered(home.path());
    let listener = services::bind(&mut settings, in_addresses).await?;
    let host = settings.name().ok_or_else(|| {
        AppError::other(
            "no-host",
            "The services' address cannot be used as a host name.",
        )
    })?;
    let (client, created) = open(home, args).await?;
    let began = Instant::now();
    settings.save(home.path())?;
    let stop = Shutdown::new();
    stop.on_signals()
        .map_err(|e| AppError::other("no-signals", "Signals cannot be caught.").with_detail(e))?;
    let serving = Shutdown::new();
    let provider = services::start(home, &settings, &host, listener, serving.clone()).await?;
    let gate = Gate::open(&home.socket())?;
    let problem = use_own(&client, &host, &provider).await.err();
    let announcement = Announcement {
        home: Announcement::shown_home(home),
        default_home: home.is_default(),
        url: format!(
            "{}://{host}",
            if settings.tls.is_some() {
                "https"
            } else {
                "http"
            }
        ),
        created,
        pid: std::process::id(),
        name: client.profile()?.name,
        contacts: client.contacts()?.len(),
        problem: problem.map(|e| {
            format!(
                "The app does not use these services yet; the next start tries again. {}",
                e.message
            )
        }),
        only_here: settings.host.is_none(),
        ready_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    tell(output, &announcement);
    run_until(&client, gate, &stop, output).await?;
    // The services go last: what the app still had to say went through them.
    serving.drain();
    tokio::select! {
        () = provider.finished() => {}
        // A second signal: nothing accepted is lost by it, it is only less polite to who is connected.
        () = stop.stopping() => {}
    }
    if output.is_json() {
        output.json(&serde_json::json!({ "type": "stopped" }));
    } else {
        output.lines(&["Stopped. Everything is on disk.".to_owned()]);
    }
    Ok(0)
}

async fn open(home: &Home, args: &UpArgs) -> Result<(Client, bool), AppError> {
    if home.has_profile() {
        let unlock = passphrase::for_opening(home)?;
        return Ok((
            Client::open(home.path(), unlock, run::options()).await?,
            false,
        ));
    }
    let unlock = passphrase::for_creating(home, args.unlock.keyring)?;
    let client = Client::create(home.path(), unlock, run::options()).await?;
    if let Some(name) = &args.name {
        let mut profile = client.profile()?;
        profile.name = name.clone();
        client.set_profile(profile)?;
    }
    Ok((client, true))
}

/// Has the app use the services of this process, at the first start.
async fn use_own(
    client: &Client,
    host: &HostName,
    provider: &RunningProvider,
) -> Result<(), AppError> {
    let known = client
        .provider_list()?
        .iter()
        .any(|p| p.host == *host && p.removed.is_none());
    if known {
        return Ok(());
    }
    let code = services::own_code(provider).await?;
    let scheme = if host.is_loopback_ip() && code.is_none() {
        "http"
    } else {
        "https"
    };
    client
        .provider_add(&format!("{scheme}://{host}"), code.as_deref())
        .await?;
    Ok(())
}

async fn run_until(
    client: &Client,
    gate: Gate,
    stop: &Shutdown,
    output: &Output,
) -> Result<(), AppError> {
    let mut events = client.follow();
    let notices = async {
        while let Some(event) = events.next().await {
            let screen = Screen::stdout();
            if let Some(line) =
                announce::notice(&screen, &event).filter(|_| screen.terminal && !output.is_json())
            {
                output.lines(&[line]);
            }
        }
        std::future::pending::<()>().await;
    };
    let commands = control::serve(gate, client.clone(), stop.draining());
    let work = async { tokio::join!(client.run(stop.draining()), commands).0 };
    tokio::select! {
        ended = work => Ok(ended?),
        () = notices => Ok(()),
    }
}

fn tell(output: &Output, announcement: &Announcement) {
    if output.is_json() {
        output.json(announcement);
    } else {
        output.lines(&announce::running(output.screen(), announcement));
    }
}
