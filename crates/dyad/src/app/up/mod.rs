//! `dyad up`: the app and default services in one process, until told to stop.
//!
//! The first start creates what is missing: home, services' seed, encrypted store. Later ones find it.

mod announce;
mod api;
mod page;
mod services;
mod settings;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
use dyad_app::{App, AppError};
use page::{Opener, Served};
use settings::Settings;

/// What is logged without `DYAD_LOG`: what services say to one another (503 until they know each other) is
/// no news for a person.
const LOG_FILTER: &str = "error";
/// How long a browser may take to start and read where the page is.
const OPENING: Duration = Duration::from_secs(20);
/// Pauses between attempts to use the services of this process, doubling from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

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
    let app = App::new(home.path(), run::options);
    let mut served = if args.no_page {
        None
    } else {
        Some(page::prepare(&app, home, &mut settings, args.page).await?)
    };
    let created = open(&app, home, args).await?;
    // Whoever comes too late to the socket finds the lock; whoever comes too early finds neither.
    let gate = Gate::open(&home.socket())?;
    let door = api::open(&app, home, served.as_mut())?;
    let began = Instant::now();
    settings.save(home.path())?;
    let stop = Shutdown::new();
    stop.on_signals()
        .map_err(|e| AppError::other("no-signals", "Signals cannot be caught.").with_detail(e))?;
    let serving = Shutdown::new();
    let provider = services::start(home, &settings, &host, listener, serving.clone()).await?;
    let own = Own {
        home: home.path().to_owned(),
        host,
        provider,
    };
    let problem = match app.client() {
        Ok(client) => own.used_by(&client).await.err(),
        Err(_) => None,
    };
    let url = served.as_ref().map(|served| served.page.launch());
    let announcement = announcement(home, &settings, &app, &own, created, problem, url, began)?;
    let opener = announcement
        .page
        .as_deref()
        .filter(|_| !args.no_open && !output.is_json() && io::stdout().is_terminal())
        .and_then(|url| Opener::open(home.path(), url));
    tell(output, &announcement);
    let worked = run_until(&app, (gate, door), served, &own, &stop, output).await;
    drop(opener);
    worked?;
    // The services go last: what the app still had to say went through them.
    serving.drain();
    tokio::select! {
        () = own.provider.finished() => {}
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

/// Has the desktop open the page, and leaves it the time to read where that is.
pub(super) async fn open_page(home: &Home, url: &str) {
    let opener = Opener::open(home.path(), url);
    if opener.is_some() {
        tokio::time::sleep(OPENING).await;
    }
}

/// Opens or makes the profile if its key is at hand, or if there is no page to ask for it. Says whether
/// it was made just now.
async fn open(app: &App, home: &Home, args: &UpArgs) -> Result<bool, AppError> {
    let name = args.name.as_deref();
    if home.has_profile() {
        let unlock = if args.no_page {
            Some(passphrase::for_opening(home)?)
        } else {
            passphrase::at_hand(home)?
        };
        if let Some(unlock) = unlock {
            app.unlock(unlock).await?;
        }
        return Ok(false);
    }
    let unlock = if args.no_page || args.unlock.keyring {
        Some(passphrase::for_creating(home, args.unlock.keyring)?)
    } else {
        passphrase::at_hand(home)?
    };
    let Some(unlock) = unlock else {
        return Ok(false);
    };
    app.create(unlock, name).await?;
    Ok(true)
}

#[expect(clippy::too_many_arguments, reason = "all that there is to tell, once")]
fn announcement(
    home: &Home,
    settings: &Settings,
    app: &App,
    own: &Own,
    created: bool,
    problem: Option<AppError>,
    page: Option<String>,
    began: Instant,
) -> Result<Announcement, AppError> {
    let (name, contacts) = match app.client() {
        Ok(client) => (client.profile()?.name, client.contacts()?.len()),
        Err(_) => (String::new(), 0),
    };
    let scheme = if settings.tls.is_some() {
        "https"
    } else {
        "http"
    };
    Ok(Announcement {
        home: Announcement::shown_home(home),
        default_home: home.is_default(),
        url: format!("{scheme}://{}", own.host),
        page,
        stage: app.stage().into(),
        created,
        pid: std::process::id(),
        name,
        contacts,
        problem: problem.map(|e| {
            format!(
                "The app does not use these services yet; it tries again by itself. {}",
                e.message
            )
        }),
        only_here: settings.host.is_none(),
        ready_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The services of this process.
struct Own {
    home: PathBuf,
    host: HostName,
    provider: RunningProvider,
}

impl Own {
    /// Has the app use them, however long that takes: a name may only lead here after a while, and a machine may
    /// start before its network.
    async fn used_in_the_end(&self, client: &Client) {
        let mut pause = FIRST_PAUSE;
        while let Err(error) = self.used_by(client).await {
            tracing::error!(code = %error.code, "{error}");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Has the app use them, unless it does, or did and was told to use others instead.
    async fn used_by(&self, client: &Client) -> Result<(), AppError> {
        let all = client.provider_list()?;
        let ours = all.iter().find(|p| p.host == self.host);
        if ours.is_some_and(|p| p.removed.is_none()) {
            return Settings::note_used(&self.home);
        }
        let others = all.iter().any(|p| p.removed.is_none());
        if others && (ours.is_some() || Settings::were_used(&self.home)?) {
            return Ok(());
        }
        let code = services::own_code(&self.provider).await?;
        let scheme = if self.host.is_loopback_ip() && code.is_none() {
            "http"
        } else {
            "https"
        };
        client
            .provider_add(&format!("{scheme}://{}", self.host), code.as_deref())
            .await?;
        Settings::note_used(&self.home)
    }
}

async fn run_until(
    app: &App,
    (gate, door): (Gate, api::Door),
    served: Option<Served>,
    own: &Own,
    stop: &Shutdown,
    output: &Output,
) -> Result<(), AppError> {
    // Each time the profile is opened, by the page say.
    let opened = |client: Client| async move {
        let telling = async {
            let mut events = client.follow();
            while let Some(event) = events.next().await {
                let screen = Screen::stdout();
                if let Some(line) = announce::notice(&screen, &event)
                    .filter(|_| screen.terminal && !output.is_json())
                {
                    output.lines(&[line]);
                }
            }
        };
        let joining = async {
            own.used_in_the_end(&client).await;
            std::future::pending::<()>().await;
        };
        // It is over when the profile is closed.
        tokio::select! {
            () = telling => {}
            () = joining => {}
        }
    };
    let page = async {
        if let Some(served) = served {
            served.run(stop.clone()).await;
        }
    };
    let commands = control::serve(gate, app.clone(), stop.draining());
    let work = app.run(stop.draining(), opened);
    let ended = async {
        let worked = work.await;
        // A defect in the work ends everything.
        stop.drain();
        worked
    };
    let programs = door.run(stop.clone());
    tokio::join!(ended, commands, page, programs).0
}

fn tell(output: &Output, announcement: &Announcement) {
    if output.is_json() {
        output.json(announcement);
    } else {
        output.lines(&announce::running(output.screen(), announcement));
    }
}
