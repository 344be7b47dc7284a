//! The page in the browser: where it listens, and how the browser of whoever started us gets there.

use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dyad_api::Api;
use dyad_app::{App, AppError};
use dyad_client::UnlockMethod;
use dyad_service::Shutdown;
use dyad_service::server::{ServerLimits, serve};
use dyad_service::tls::TlsConfig;
use dyad_web::{Page, PageAddress};
use tokio::net::TcpListener;

use super::settings::Settings;
use crate::app::home::Home;

/// Where the page listens if nothing else is said and it is free.
const PORT: u16 = 7410;
/// Who may look, and what opens the page, in the home.
const SESSIONS: &str = "page-sessions.json";
const OPENER: &str = "open.html";
/// Time for answers under way when the program stops; streams of events end by themselves.
const DRAIN: Duration = Duration::from_secs(2);

/// The page, while it is served.
pub(super) struct Served {
    pub(super) page: Page,
    /// Other programs, where only this machine reaches the port.
    api: Option<Api>,
    listener: TcpListener,
    tls: Option<TlsConfig>,
}

/// Takes the address, notes which port it became.
///
/// # Errors
/// It is taken, or the home is not one whose page may be reached from elsewhere.
pub(super) async fn prepare(
    app: &App,
    home: &Home,
    settings: &mut Settings,
    asked: Option<SocketAddr>,
) -> Result<Served, AppError> {
    let listener = bind(asked, settings.page).await?;
    let listen = listener
        .local_addr()
        .map_err(|e| AppError::other("page-failed", "The page cannot listen.").with_detail(e))?;
    settings.page = Some(listen);
    let (address, tls) = match (&settings.host, &settings.tls) {
        (Some(host), Some(files)) if !listen.ip().is_loopback() => {
            if app
                .unlock_method()
                .is_ok_and(|method| method == UnlockMethod::Keyring)
            {
                return Err(AppError::config(
                    "page-without-passphrase",
                    "This home is opened by the system's keyring. A page that can be reached from elsewhere needs a passphrase: \
                     use one on this machine only, --page 127.0.0.1:7410.",
                ));
            }
            let tls = TlsConfig::load(&files.cert, &files.key).map_err(|e| {
                AppError::config(
                    "page-certificate",
                    "The certificate for the page cannot be used.",
                )
                .with_detail(e)
            })?;
            let name = host.as_str().split(':').next().unwrap_or_default();
            // As browsers write it: without the port that https has by itself.
            let name = match listen.port() {
                443 => name.to_owned(),
                port => format!("{name}:{port}"),
            };
            (PageAddress::named(listen, name), Some(tls))
        }
        _ => (PageAddress::loopback(listen), None),
    };
    let page = Page::new(app.clone(), address, &home.path().join(SESSIONS));
    app.has_page({
        let page = page.clone();
        move |to| page.launch_to(to)
    });
    Ok(Served {
        page,
        api: None,
        listener,
        tls,
    })
}

/// `remembered` is where it was the last time, `asked` what was typed now.
async fn bind(
    asked: Option<SocketAddr>,
    remembered: Option<SocketAddr>,
) -> Result<TcpListener, AppError> {
    let elsewhere = remembered.filter(|known| !known.ip().is_loopback());
    if let Some(wanted) = asked.or(elsewhere) {
        return TcpListener::bind(wanted).await.map_err(|e| {
            AppError::config(
                "page-failed",
                format!("The page cannot listen on {wanted}. Choose another address with --page; `--page 127.0.0.1:0` takes a free port."),
            )
            .with_detail(e)
        });
    }
    let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Nobody holds this address but the person's browser: another port is better than none.
    if let Ok(listener) = TcpListener::bind(remembered.unwrap_or(here(PORT))).await {
        return Ok(listener);
    }
    TcpListener::bind(here(0)).await.map_err(|e| {
        AppError::config("page-failed", "The page finds no port to listen on.").with_detail(e)
    })
}

impl Served {
    /// Lets other programs in over the page's port, if only this machine reaches it. Gives its URL then.
    pub(super) fn let_in(&mut self, api: Api) -> Option<String> {
        let listen = self.listener.local_addr().ok()?;
        if self.tls.is_some() || !listen.ip().is_loopback() {
            return None;
        }
        self.api = Some(api);
        Some(format!("http://{listen}"))
    }

    /// Serves until `shutdown` drains.
    pub(super) async fn run(self, shutdown: Shutdown) {
        let limits = ServerLimits {
            max_connections: 512,
            drain: DRAIN,
            ..ServerLimits::default()
        };
        let page = self.page.clone();
        let closing = async {
            shutdown.draining().await;
            page.close();
        };
        let router = dyad_web::router(self.page);
        let router = match (self.api, self.listener.local_addr()) {
            (Some(api), Ok(listen)) => router.merge(dyad_api::tcp_router(api, listen)),
            _ => router,
        };
        let server = serve(self.listener, router, self.tls, shutdown.clone(), limits);
        tokio::join!(server, closing);
    }
}

/// A file that leads the browser to the page. Its address holds a token, which must not be in the
/// arguments of a program, where everybody on the machine could read it.
pub(super) struct Opener(PathBuf);

impl Opener {
    /// Writes the file and has the desktop open it. `None` where there is no desktop.
    pub(super) fn open(home: &Path, url: &str) -> Option<Self> {
        let program = desktop()?;
        let opener = Self(home.join(OPENER));
        let written = opener.write(url);
        let child = written.and_then(|()| {
            Command::new(program)
                .arg(&opener.0)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        });
        match child {
            Ok(mut child) => {
                // Only so that it does not stay behind as a zombie.
                tokio::task::spawn_blocking(move || child.wait());
                Some(opener)
            }
            Err(_) => None,
        }
    }

    fn write(&self, url: &str) -> io::Result<()> {
        // One of an earlier run may have been left, and belongs to nobody else in a folder of ours.
        let _ = fs::remove_file(&self.0);
        let mut file = fs::OpenOptions::new();
        let mut file = file
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.0)?;
        write!(
            file,
            "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">\
             <meta http-equiv=\"refresh\" content=\"0;url={url}\"><a href=\"{url}\">Dyad</a>"
        )
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What opens a file with the person's browser, if there is a screen to open it on.
fn desktop() -> Option<&'static str> {
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    let screen = ["WAYLAND_DISPLAY", "DISPLAY"];
    let has = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    screen.iter().any(has).then_some("xdg-open")
}
