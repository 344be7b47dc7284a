//! Pictures that people show beside their names.

use dyad_client::view::ProfileView;
use dyad_client::{Client, Portrait};
use tokio::task::spawn_blocking;

use crate::error::AppError;
use crate::request::{PictureChange, Request};
use crate::response::Response;
use crate::service::{change_profile, changed, profiles, set_me};

pub(crate) async fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    match request {
        Request::SetMe {
            name,
            pronouns,
            read_receipts,
            picture,
        } => {
            // Before anything is changed: it may not be a picture.
            let wanted = read(picture).await?;
            set_me(client, name, pronouns, read_receipts)?;
            show(client, 0, wanted)?;
            Ok(Response::Me {
                profile: client.profile()?,
            })
        }
        Request::ProfileAdd { mut profile } => {
            let wanted = read(profile.picture.take()).await?;
            let added = client.profile_add(changed(ProfileView::default(), profile))?;
            show(client, added.id, wanted)?;
            profiles(client)
        }
        Request::ProfileChange { id, mut profile } => {
            let wanted = read(profile.picture.take()).await?;
            change_profile(client, id, profile)?;
            show(client, id, wanted)?;
            profiles(client)
        }
        Request::SaveContactPicture { nick, to } => Ok(Response::Saved {
            saved: client.save_contact_picture(&nick, &to).await?,
        }),
        _ => Ok(Response::Done),
    }
}

/// What is to be shown from now on; the inner `None`: nothing.
async fn read(change: Option<PictureChange>) -> Result<Option<Option<Portrait>>, AppError> {
    let path = match change {
        None => return Ok(None),
        Some(PictureChange::Remove) => return Ok(Some(None)),
        Some(PictureChange::From(path)) => path,
    };
    let picture = spawn_blocking(move || Portrait::of_path(&path))
        .await
        .map_err(|error| {
            AppError::new(dyad_client::ErrorKind::Other, "defect", error.to_string())
        })?;
    Ok(Some(Some(picture?)))
}

fn show(client: &Client, profile: u64, wanted: Option<Option<Portrait>>) -> Result<(), AppError> {
    if let Some(picture) = wanted {
        client.set_picture(profile, picture.as_ref())?;
    }
    Ok(())
}
