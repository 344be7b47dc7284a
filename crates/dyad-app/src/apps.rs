//! Other programs that use relationships of the person.

use dyad_client::Client;

use crate::error::AppError;
use crate::request::Request;
use crate::response::Response;

pub(crate) fn handle(client: &Client, request: Request) -> Result<Response, AppError> {
    Ok(match request {
        Request::AppRequests => Response::AppRequests {
            requests: client.app_requests()?,
        },
        Request::AppAllow { grant } => Response::AppAllowed {
            app: client.app_allow(&grant)?,
        },
        Request::AppDeny { which } => Response::AppDenied {
            request: client.app_deny(&which)?,
        },
        Request::AppChange { name, change } => Response::AppChanged {
            app: client.app_change(&name, &change)?,
        },
        Request::AppRevoke { name } => Response::AppRevoked {
            app: client.app_revoke(&name)?,
        },
        _ => Response::Apps {
            apps: client.apps()?,
        },
    })
}
