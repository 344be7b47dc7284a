//! Has a command done: through the `dyad up` that runs on the home, or by opening the home.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dyad_client::{Client, ClientOptions, UnlockMethod};
use dyad_net::{DirectDialer, DirectSettings};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::args::{AppCommand, ContactCommand, CreateArgs, ProviderCommand};
use super::home::Home;
use super::input::Task;
use super::output::Output;
use super::show::Wishes;
use super::{control, input, passphrase, up};
use crate::cli::GlobalArgs;
use dyad_app::AppError;
use dyad_app::{Request, Response};

/// How long a command waits for another process that has the home open.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How often it looks.
const BUSY_LOOK: Duration = Duration::from_millis(100);
/// Answers that may wait for a slow terminal.
const PENDING_ITEMS: usize = 64;

/// Runs one of the person's commands to its end.
pub(crate) fn run(global: &GlobalArgs, command: &AppCommand) -> ExitCode {
    let wishes = Wishes {
        qr: match command {
            AppCommand::Invite(args) => args.qr,
            AppCommand::Contact(ContactCommand::Verify { qr, .. }) => *qr,
            _ => false,
        },
        letters: matches!(command, AppCommand::Game(command) if command.letters()),
    };
    let output = Output::new(global.json, wishes);
    let result = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(dispatch(global, command, &output)),
        Err(e) => Err(
            AppError::other("no-runtime", "The system does not let this program start.")
                .with_detail(e),
        ),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

async fn dispatch(
    global: &GlobalArgs,
    command: &AppCommand,
    output: &Output,
) -> Result<u8, AppError> {
    let home = Home::resolve(global.home.as_deref())?;
    let mut request = match input::task(command)? {
        Task::Up(args) => return up::up(&home, args, output).await,
        Task::Ask(request) => request,
    };
    if let Request::Unlock { passphrase } = &mut request
        && home.has_profile()
        && Client::unlock_method(home.path())? == UnlockMethod::Passphrase
    {
        *passphrase = Some(passphrase::for_running()?);
    }
    let file = match command {
        AppCommand::Invite(args) => args
            .file
            .as_deref()
            .map(InvitationFile::create)
            .transpose()?,
        _ => None,
    };
    let work = perform(&home, &request, creation(command), |item| {
        output.response(&item)
    });
    let response = output.waiting(request.progress(), work).await?;
    let mut code = response.exit_code();
    output.response(&response);
    if let (AppCommand::Page { open: true }, Response::Page { url }) = (command, &response) {
        up::open_page(&home, url).await;
    }
    let shows = matches!(&response, Response::Messages { messages, .. } if !messages.is_empty());
    if shows && !home.socket().exists() {
        output.hint("`dyad up` is not running here: `dyad sync` fetches what is new.");
    }
    if let (Some(file), Response::InvitationCreated { created }) = (file, &response) {
        file.keep(&created.file)?;
        // A file is good without any host.
        code = 0;
    }
    Ok(code)
}

fn creation(command: &AppCommand) -> CreateArgs {
    match command {
        AppCommand::Provider(ProviderCommand::Add { unlock, .. }) => *unlock,
        AppCommand::Me(args) => args.unlock,
        _ => CreateArgs::default(),
    }
}

async fn perform(
    home: &Home,
    request: &Request,
    creation: CreateArgs,
    item: impl FnMut(Response),
) -> Result<Response, AppError> {
    let patience = Instant::now() + BUSY_WAIT;
    loop {
        if let Some(connection) = control::connect(&home.socket())? {
            return interruptible(request, connection.call(request, item)).await;
        }
        // Looked at before anybody is asked for a passphrase. An `up` that is just starting opens its
        // socket soon, and most other commands are done soon.
        match Client::holder(home.path()) {
            None => break,
            Some(pid) if Instant::now() >= patience => return Err(busy(home, pid)),
            Some(_) => sleep(BUSY_LOOK).await,
        }
    }
    let client = open(home, request, creation).await?;
    direct(&client, request, item).await
}

fn busy(home: &Home, pid: u32) -> AppError {
    AppError::later(
        "home-busy",
        format!(
            "Process {pid} has {} open, and is not a running `dyad up` that could do this. Try again when it is done.",
            home.path().display()
        ),
    )
}

/// Following ends with Ctrl-C, which is how it is meant to end.
async fn interruptible(
    request: &Request,
    work: impl Future<Output = Result<Response, AppError>>,
) -> Result<Response, AppError> {
    if !request.needs_running() {
        return work.await;
    }
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Ok(Response::Ended),
    }
}

async fn open(home: &Home, request: &Request, creation: CreateArgs) -> Result<Client, AppError> {
    if home.has_profile() {
        let unlock = passphrase::for_opening(home)?;
        return Ok(Client::open(home.path(), unlock, options()).await?);
    }
    if !request.creates_profile() {
        return Err(AppError::config(
            "no-profile",
            format!(
                "There is nothing in {} yet. `dyad up` creates it, with services of its own on this machine; `dyad \
                 provider add URL` creates it and uses somebody's services.",
                home.path().display()
            ),
        ));
    }
    home.prepare()?;
    let unlock = passphrase::for_creating(home, creation.keyring)?;
    Ok(Client::create(home.path(), unlock, options()).await?)
}

/// The client as every command uses it: hosts that the person names may lie anywhere, this machine
/// included, where there are no certificates.
pub(super) fn options() -> ClientOptions {
    let settings = DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    };
    ClientOptions::new(Arc::new(DirectDialer::new(settings)))
}

async fn direct(
    client: &Client,
    request: &Request,
    mut item: impl FnMut(Response),
) -> Result<Response, AppError> {
    let (items, mut pending) = mpsc::channel(PENDING_ITEMS);
    let work = async {
        let result = dyad_app::handle(client, request.clone(), &items).await;
        drop(items);
        result
    };
    if !request.needs_running() {
        let print = async {
            while let Some(response) = pending.recv().await {
                item(response);
            }
        };
        return tokio::join!(work, print).0;
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let print = async {
        loop {
            tokio::select! {
                response = pending.recv() => match response {
                    Some(response) => item(response),
                    None => break,
                },
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        pending.close();
        drop(stop);
    };
    let running = client.run(async {
        let _ = stopped.await;
    });
    let (result, (), ran) = tokio::join!(work, print, running);
    ran?;
    result
}

/// A file for an invitation: made before the invitation, so that none is made that cannot be written;
/// gone again if there is none. Readable to its owner only, since whoever reads it can answer.
struct InvitationFile {
    path: PathBuf,
    file: Option<File>,
}

impl InvitationFile {
    fn create(path: &Path) -> Result<Self, AppError> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|e| {
                let what = if e.kind() == io::ErrorKind::AlreadyExists {
                    "exists already"
                } else {
                    "cannot be created"
                };
                AppError::usage(
                    "file-not-created",
                    format!("{} {what}. No invitation was made.", path.display()),
                )
                .with_detail(e)
            })?;
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
        })
    }

    fn keep(mut self, text: &str) -> Result<(), AppError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| {
                AppError::other(
                    "file-not-written",
                    format!(
                        "{} could not be written. The link above is good all the same.",
                        self.path.display()
                    ),
                )
                .with_detail(e)
            })
    }
}

impl Drop for InvitationFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
