//! A home that is opened and closed while the program runs: made, unlocked and locked by whoever shows
//! the app, used by all interfaces at once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dyad_client::{Client, ClientOptions, ErrorKind, Unlock, UnlockMethod};
use dyad_protocol::id::RelationshipId;
use parking_lot::RwLock;
use secrecy::SecretString;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::error::AppError;
use crate::request::{Request, Secret};
use crate::response::Response;
use crate::service::Items;

/// How long opening waits for what still uses the store that was just closed.
const CLOSING: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(50);

/// Where the app stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// There is no profile yet.
    New,
    /// There is one; nobody has opened it.
    Locked,
    /// It is open and at work.
    Open,
}

/// The app of one home. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// Makes the addresses of a place in the page.
type Launch = dyn Fn(&Place) -> Launched + Send + Sync;

struct Inner {
    home: PathBuf,
    options: Box<dyn Fn() -> ClientOptions + Send + Sync>,
    open: RwLock<Option<Opened>>,
    stage: watch::Sender<Stage>,
    /// One opens or closes at a time.
    turn: Mutex<()>,
    /// Lets a browser in, if there is a page.
    page: OnceLock<Box<Launch>>,
    /// Where other programs reach it, if they can.
    api: OnceLock<ApiPlace>,
}

/// Somewhere in the page. What its address is, is the page's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where it begins.
    Home,
    /// A conversation; a call that rings is taken there.
    Conversation(RelationshipId),
    /// Where somebody is called.
    Calling {
        /// Whom.
        relationship: RelationshipId,
        /// Whether with a picture.
        video: bool,
    },
}

/// The addresses of a place in the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    /// Lets one browser in, once, and leads there. Whoever has it gets in.
    pub url: String,
    /// For a browser that is in already.
    pub page: String,
}

/// Where other programs reach the running app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiPlace {
    /// A Unix socket in the home.
    pub socket: PathBuf,
    /// The same over TCP on this machine.
    pub url: Option<String>,
}

#[derive(Clone)]
struct Opened {
    client: Client,
    closing: CancellationToken,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("home", &self.0.home)
            .field("stage", &self.stage())
            .finish_non_exhaustive()
    }
}

impl App {
    /// The app of `home`, closed. `options` are made anew each time it is opened.
    pub fn new(home: &Path, options: impl Fn() -> ClientOptions + Send + Sync + 'static) -> Self {
        let stage = if Client::exists(home) {
            Stage::Locked
        } else {
            Stage::New
        };
        Self(Arc::new(Inner {
            home: home.to_owned(),
            options: Box::new(options),
            open: RwLock::new(None),
            stage: watch::Sender::new(stage),
            turn: Mutex::new(()),
            page: OnceLock::new(),
            api: OnceLock::new(),
        }))
    }

    /// The folder of the home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        *self.0.stage.borrow()
    }

    /// Tells of changes of the stage.
    #[must_use]
    pub fn stages(&self) -> watch::Receiver<Stage> {
        self.0.stage.subscribe()
    }

    /// The open profile.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: it is locked, or there is none.
    pub fn client(&self) -> Result<Client, AppError> {
        if let Some(opened) = &*self.0.open.read() {
            return Ok(opened.client.clone());
        }
        Err(match self.stage() {
            Stage::New => AppError::config(
                "no-profile",
                "The app is not set up yet: its page in the browser does that (`dyad page` prints the address).",
            ),
            Stage::Locked | Stage::Open => AppError::config(
                "app-locked",
                "The app is locked. `dyad unlock`, or its page in the browser (`dyad page` prints the address), opens it.",
            ),
        })
    }

    /// There is a page in the browser: `launch` gives the addresses of a place in it. The first one counts.
    pub fn has_page(&self, launch: impl Fn(&Place) -> Launched + Send + Sync + 'static) {
        let _ = self.0.page.set(Box::new(launch));
    }

    /// The addresses of a place in the page.
    fn launched(&self, to: &Place) -> Result<Launched, AppError> {
        let launch = self.0.page.get().ok_or_else(|| {
            AppError::config(
                "no-page",
                "This `dyad up` was started with --no-page. Start it without.",
            )
        })?;
        Ok(launch(to))
    }

    /// Other programs reach it there. The first place counts.
    pub fn has_api(&self, place: ApiPlace) {
        let _ = self.0.api.set(place);
    }

    /// Where other programs reach it, if they do.
    pub fn api(&self) -> Option<&ApiPlace> {
        self.0.api.get()
    }

    /// Does what is asked: what is about the app itself here, the rest with the open profile.
    ///
    /// # Errors
    /// Those of [`crate::handle`]; [`ErrorKind::Config`] if the app is locked, or has no page.
    pub async fn call(&self, request: Request, items: &Items) -> Result<Response, AppError> {
        match request {
            Request::Page => Ok(Response::Page {
                url: self.launched(&Place::Home)?.url,
            }),
            Request::CallInPage { nick, video } => {
                let to = match self.stage() {
                    Stage::Open => crate::calls::place(&self.client()?, nick.as_deref(), video)?,
                    // The page asks for the passphrase first.
                    Stage::New | Stage::Locked => Place::Home,
                };
                let Launched { url, page } = self.launched(&to)?;
                Ok(Response::CallInPage { url, page })
            }
            Request::Unlock { passphrase } => {
                let unlock = match (self.unlock_method()?, passphrase) {
                    (UnlockMethod::Keyring, _) => Unlock::Keyring,
                    (UnlockMethod::Passphrase, Some(Secret(text))) => {
                        Unlock::Passphrase(SecretString::from(text))
                    }
                    (UnlockMethod::Passphrase, None) => {
                        return Err(AppError::usage(
                            "passphrase-needed",
                            "This home is opened by a passphrase.",
                        ));
                    }
                };
                self.unlock(unlock).await?;
                Ok(Response::Unlocked)
            }
            Request::Lock => {
                self.lock().await;
                Ok(Response::Locked)
            }
            Request::ApiPlace => match self.0.api.get().cloned() {
                Some(ApiPlace { socket, url }) => Ok(Response::ApiPlace { socket, url }),
                None => Err(AppError::config(
                    "no-api",
                    "Other programs cannot reach this `dyad up`.",
                )),
            },
            request => crate::handle(&self.client()?, request, items).await,
        }
    }

    /// Makes the profile and opens it.
    ///
    /// # Errors
    /// Those of [`Client::create`]; [`ErrorKind::Usage`] if the name is too long. Nothing is kept then.
    pub async fn create(&self, unlock: Unlock, name: Option<&str>) -> Result<(), AppError> {
        let _turn = self.0.turn.lock().await;
        let client = self.blocking(unlock, true).await?;
        if let Some(name) = name {
            let mut profile = client.profile()?;
            name.clone_into(&mut profile.name);
            client.set_profile(profile)?;
        }
        self.opened(client);
        Ok(())
    }

    /// Opens the profile. If it is open already, only the key is checked.
    ///
    /// # Errors
    /// Those of [`Client::open`]: the passphrase is wrong, another process has it, it is damaged.
    pub async fn unlock(&self, unlock: Unlock) -> Result<(), AppError> {
        let _turn = self.0.turn.lock().await;
        if self.stage() == Stage::Open {
            return self.check(unlock).await;
        }
        let patience = Instant::now() + CLOSING;
        loop {
            match self.blocking(unlock.clone(), false).await {
                Ok(client) => {
                    self.opened(client);
                    return Ok(());
                }
                // Something that was under way when it was closed still holds it.
                Err(e) if e.code == "locked" && Instant::now() < patience => sleep(LOOK).await,
                Err(e) => return Err(e),
            }
        }
    }

    /// Whether this key opens the profile.
    ///
    /// # Errors
    /// It does not.
    async fn check(&self, unlock: Unlock) -> Result<(), AppError> {
        let home = self.0.home.clone();
        let checked = tokio::task::spawn_blocking(move || Client::check_unlock(&home, &unlock));
        Ok(checked.await.map_err(|e| defect(&e))??)
    }

    /// Closes the profile: its keys leave memory, and nothing is sent or fetched until it is opened.
    pub async fn lock(&self) {
        let _turn = self.0.turn.lock().await;
        if let Some(opened) = self.0.open.write().take() {
            opened.closing.cancel();
            self.0.stage.send_replace(Stage::Locked);
        }
    }

    /// How the profile is opened.
    ///
    /// # Errors
    /// There is none, or its key file is damaged.
    pub fn unlock_method(&self) -> Result<UnlockMethod, AppError> {
        Ok(Client::unlock_method(&self.0.home)?)
    }

    /// Has the profile work whenever it is open, until `stop` is done. `opened` is called each time
    /// the work begins, and dropped when it ends.
    ///
    /// # Errors
    /// The work ended by a defect.
    pub async fn run<F: Future<Output = ()>>(
        &self,
        stop: impl Future<Output = ()>,
        opened: impl Fn(Client) -> F,
    ) -> Result<(), AppError> {
        let mut stages = self.stages();
        tokio::pin!(stop);
        loop {
            let open = self.0.open.read().clone();
            let Some(Opened { client, closing }) = open else {
                tokio::select! {
                    () = &mut stop => return Ok(()),
                    changed = stages.changed() => if changed.is_err() { return Ok(()) },
                }
                continue;
            };
            let mut stopped = false;
            let ended = async {
                tokio::select! {
                    () = &mut stop => stopped = true,
                    () = closing.cancelled() => {}
                }
            };
            // What is done after opening ends with the work, whatever it waits for.
            let beside = async {
                opened(client.clone()).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                worked = client.run(ended) => worked?,
                () = beside => {}
            }
            if stopped {
                return Ok(());
            }
        }
    }

    fn opened(&self, client: Client) {
        let closing = CancellationToken::new();
        *self.0.open.write() = Some(Opened { client, closing });
        self.0.stage.send_replace(Stage::Open);
    }

    /// Deriving a key takes most of a second of work and much memory: not on a thread that answers.
    async fn blocking(&self, unlock: Unlock, create: bool) -> Result<Client, AppError> {
        let (home, options) = (self.0.home.clone(), (self.0.options)());
        let runtime = tokio::runtime::Handle::current();
        let work = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                if create {
                    Client::create(&home, unlock, options).await
                } else {
                    Client::open(&home, unlock, options).await
                }
            })
        });
        Ok(work.await.map_err(|e| defect(&e))??)
    }
}

fn defect(e: &tokio::task::JoinError) -> AppError {
    AppError::new(
        ErrorKind::Other,
        "defect",
        "Opening the profile ended by a defect. Nothing is lost; try again.",
    )
    .with_detail(e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyad_client::{Database, KdfCost};
    use dyad_net::{DirectDialer, DirectSettings};

    fn app(home: &Path) -> App {
        App::new(home, || {
            let dialer = DirectDialer::new(DirectSettings::default());
            ClientOptions {
                kdf: KdfCost::MINIMAL,
                database: Database::File,
                ..ClientOptions::new(Arc::new(dialer))
            }
        })
    }

    fn passphrase(text: &str) -> Unlock {
        Unlock::Passphrase(SecretString::from(text))
    }

    #[tokio::test]
    async fn a_home_is_made_locked_and_unlocked_while_the_program_runs() {
        let home = tempfile::tempdir().unwrap();
        let app = app(home.path());
        assert_eq!(app.stage(), Stage::New);
        assert_eq!(app.client().unwrap_err().code, "no-profile");
        app.create(passphrase("right"), Some("Alex")).await.unwrap();
        assert_eq!(app.client().unwrap().profile().unwrap().name, "Alex");

        app.lock().await;
        assert_eq!(app.client().unwrap_err().code, "app-locked");
        let wrong = app.unlock(passphrase("wrong")).await.unwrap_err();
        assert_eq!(wrong.code, "wrong-passphrase");
        assert_eq!(app.stage(), Stage::Locked);
        app.unlock(passphrase("right")).await.unwrap();
        assert_eq!(app.stage(), Stage::Open);
        // Asked again while it is open: the key is checked all the same.
        assert!(app.unlock(passphrase("wrong")).await.is_err());
        app.unlock(passphrase("right")).await.unwrap();
    }

    #[tokio::test]
    async fn the_work_follows_the_lock() {
        let home = tempfile::tempdir().unwrap();
        let app = app(home.path());
        let stop = CancellationToken::new();
        let began = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let run = tokio::spawn({
            let (app, stop, began) = (app.clone(), stop.clone(), Arc::clone(&began));
            async move {
                let opened = |_: Client| {
                    began.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    std::future::ready(())
                };
                app.run(stop.cancelled_owned(), opened).await
            }
        });
        app.create(passphrase("p"), None).await.unwrap();
        let running = async |wanted: bool| {
            for _ in 0..500 {
                let is = app.client().is_ok_and(|c| c.status().unwrap().running);
                if is == wanted {
                    return;
                }
                sleep(Duration::from_millis(10)).await;
            }
            panic!("never {wanted}");
        };
        running(true).await;
        app.lock().await;
        app.unlock(passphrase("p")).await.unwrap();
        running(true).await;
        assert_eq!(began.load(std::sync::atomic::Ordering::SeqCst), 2);
        stop.cancel();
        run.await.unwrap().unwrap();
    }
}
