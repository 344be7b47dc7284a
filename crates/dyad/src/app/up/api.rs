//! The way of other programs to the running app: a socket in the home, and the port of the page where only this machine
//! reaches that.

use dyad_api::Api;
use dyad_app::{ApiPlace, App, AppError};
use dyad_service::Shutdown;
use tokio::net::UnixListener;

use super::page::Served;
use crate::app::control::bind;
use crate::app::home::Home;

/// The socket, while it is open; removed from the file system when dropped.
pub(super) struct Door {
    api: Api,
    listener: UnixListener,
    path: std::path::PathBuf,
}

/// Opens the socket, and lets programs through the page's port. The caller holds the home's lock.
///
/// # Errors
/// The home cannot be written.
pub(super) fn open(app: &App, home: &Home, page: Option<&mut Served>) -> Result<Door, AppError> {
    let path = home.api_socket();
    let failed = |e: std::io::Error| {
        AppError::config(
            "api-unusable",
            format!("{} cannot be opened.", path.display()),
        )
        .with_detail(e)
    };
    let listener = bind(&path).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = UnixListener::from_std(listener).map_err(failed)?;
    let api = Api::new(app.clone());
    let url = page.and_then(|page| page.let_in(api.clone()));
    app.has_api(ApiPlace {
        socket: path.clone(),
        url: url.map(|url| format!("{url}{}", dyad_api::ROOT)),
    });
    Ok(Door {
        api,
        listener,
        path,
    })
}

impl Door {
    /// Serves until `shutdown` drains.
    pub(super) async fn run(self, shutdown: Shutdown) {
        let Self {
            api,
            listener,
            path,
        } = self;
        let stop = {
            let (api, shutdown) = (api.clone(), shutdown.clone());
            async move {
                shutdown.draining().await;
                api.close();
            }
        };
        dyad_api::serve(listener, dyad_api::router(api), stop).await;
        let _ = std::fs::remove_file(path);
    }
}
