//! What the person decides about themselves and the app.

use dyad_app::{ProfileChange, Request, SettingsChange};
use dyad_client::view::{Notifications, Theme};

use crate::app::args::{
    MeArgs, NotificationsArg, ProfileArgs, ProfileCommand, SettingsArgs, ThemeArg,
};

pub(super) fn me(args: &MeArgs) -> Request {
    match &args.command {
        Some(ProfileCommand::Profiles) => return Request::Profiles,
        Some(ProfileCommand::Add(profile)) => {
            return Request::ProfileAdd {
                profile: change(profile),
            };
        }
        Some(ProfileCommand::Change { id, profile }) => {
            return Request::ProfileChange {
                id: *id,
                profile: change(profile),
            };
        }
        Some(ProfileCommand::Remove { id }) => return Request::ProfileRemove { id: *id },
        None => {}
    }
    if args.name.is_none() && args.pronouns.is_none() && args.read_receipts.is_none() {
        return Request::Me;
    }
    Request::SetMe {
        name: args.name.clone(),
        pronouns: args.pronouns.clone(),
        read_receipts: args.read_receipts,
    }
}

fn change(args: &ProfileArgs) -> ProfileChange {
    ProfileChange {
        name: args.name.clone(),
        pronouns: args.pronouns.clone(),
        read_receipts: args.read_receipts,
        colour: args.colour,
        letters: args.letters.clone(),
        default: args.default,
    }
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
