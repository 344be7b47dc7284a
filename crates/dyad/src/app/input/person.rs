//! What the person decides about themselves and the app.

use dyad_app::{AppError, PictureChange, ProfileChange, Request, SettingsChange};
use dyad_client::view::{Notifications, Theme};

use super::absolute;
use crate::app::args::{
    MeArgs, NotificationsArg, PictureArgs, ProfileArgs, ProfileCommand, SettingsArgs, ThemeArg,
};

pub(super) fn me(args: &MeArgs) -> Result<Request, AppError> {
    Ok(match &args.command {
        Some(ProfileCommand::Profiles) => Request::Profiles,
        Some(ProfileCommand::Add(profile)) => Request::ProfileAdd {
            profile: change(profile)?,
        },
        Some(ProfileCommand::Change { id, profile }) => Request::ProfileChange {
            id: *id,
            profile: change(profile)?,
        },
        Some(ProfileCommand::Remove { id }) => Request::ProfileRemove { id: *id },
        None => default_profile(args)?,
    })
}

fn default_profile(args: &MeArgs) -> Result<Request, AppError> {
    let picture = picture(&args.picture)?;
    if args.name.is_none()
        && args.pronouns.is_none()
        && args.read_receipts.is_none()
        && picture.is_none()
    {
        return Ok(Request::Me);
    }
    Ok(Request::SetMe {
        name: args.name.clone(),
        pronouns: args.pronouns.clone(),
        read_receipts: args.read_receipts,
        picture,
    })
}

fn change(args: &ProfileArgs) -> Result<ProfileChange, AppError> {
    Ok(ProfileChange {
        name: args.name.clone(),
        pronouns: args.pronouns.clone(),
        read_receipts: args.read_receipts,
        colour: args.colour,
        letters: args.letters.clone(),
        default: args.default,
        picture: picture(&args.picture)?,
    })
}

fn picture(args: &PictureArgs) -> Result<Option<PictureChange>, AppError> {
    Ok(match &args.picture {
        Some(path) => Some(PictureChange::From(absolute(path)?)),
        None => args.no_picture.then_some(PictureChange::Remove),
    })
}

pub(super) fn settings(args: &SettingsArgs) -> Request {
    let change = SettingsChange {
        notifications: args.notifications.map(|wanted| match wanted {
            NotificationsArg::Off => Notifications::Off,
            NotificationsArg::WithoutContent => Notifications::WithoutContent,
            NotificationsArg::WithContent => Notifications::WithContent,
        }),
        lock_after_minutes: args.lock_after.map(|lock| lock.0),
        theme: args.theme.map(|wanted| match wanted {
            ThemeArg::System => Theme::System,
            ThemeArg::Light => Theme::Light,
            ThemeArg::Dark => Theme::Dark,
        }),
        language: args.language.clone(),
        fetch_up_to: args.fetch_up_to,
        traffic: args.traffic,
        relayed_calls: args.relayed_calls,
    };
    if change == SettingsChange::default() {
        return Request::Settings;
    }
    Request::ChangeSettings { change }
}
