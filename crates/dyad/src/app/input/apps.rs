//! What the person decides about other programs.

use dyad_app::Request;
use dyad_client::view::{AppChange, AppGrant};

use crate::app::args::{AppsArgs, AppsCommand};

pub(super) fn apps(args: &AppsArgs) -> Request {
    match args.command.clone() {
        None | Some(AppsCommand::List) => Request::Apps,
        Some(AppsCommand::Pending) => Request::AppRequests,
        Some(AppsCommand::Allow(args)) => Request::AppAllow {
            grant: AppGrant {
                code: args.code,
                contacts: args.contact,
                all_contacts: args.all_contacts,
                messages: args.messages,
            },
        },
        Some(AppsCommand::Deny { which }) => Request::AppDeny { which },
        Some(AppsCommand::Change(args)) => Request::AppChange {
            name: args.name,
            change: AppChange {
                add: args.add,
                remove: args.remove,
                all_contacts: args.all_contacts,
                no_messages: args.no_messages,
            },
        },
        Some(AppsCommand::Revoke { name }) => Request::AppRevoke { name },
        Some(AppsCommand::Where) => Request::ApiPlace,
    }
}
