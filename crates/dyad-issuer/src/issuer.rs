//! The service: what it is made of, its endpoints, what it publishes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, post};
use dyad_protocol::api::account::{AccountInfo, ENROL_PATH, Quota, TOKENS_PATH};
use dyad_protocol::codec::Flag;
use dyad_protocol::document::{ClassInfo, IssuerInfo};
use dyad_protocol::id::HostName;
use dyad_protocol::time::Clock;
use dyad_protocol::token::{ProviderSeed, TokenClass};
use dyad_service::limits::ConcurrencyLimit;
use dyad_service::{Problem, Shutdown};
use dyad_store::Store;
use tokio::sync::Semaphore;

use crate::admin::{CODE_PATH, CODES_PATH};
use crate::config::IssuerConfig;
use crate::enrolment_limit::EnrolmentLimit;
use crate::keys::Keys;
use crate::{admin, enrol, sweep, tokens};

/// Requests for tokens that may wait for each thread; one takes about a tenth of a second.
const WAITING_PER_THREAD: usize = 16;

/// What an issuer needs.
#[derive(Debug)]
pub struct IssuerDeps {
    /// Where accounts are kept.
    pub store: Store,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// The issuer's own host name: requests are signed for it.
    pub host: HostName,
    /// From which the token keys come; the redeemers have the same.
    pub seed: ProviderSeed,
    /// The classes that are issued, and where each is redeemed.
    pub redeemers: BTreeMap<TokenClass, HostName>,
    /// What the operator decided; [`IssuerConfig::validate`] was asked.
    pub config: IssuerConfig,
}

/// An issuer. Clones share everything.
#[derive(Clone, Debug)]
pub struct Issuer {
    shared: Arc<Shared>,
}

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: HostName,
    pub(crate) keys: Keys,
    pub(crate) redeemers: BTreeMap<TokenClass, HostName>,
    pub(crate) config: IssuerConfig,
    pub(crate) enrolments: EnrolmentLimit,
    /// Threads at work, and requests that are at work or wait.
    pub(crate) threads: Semaphore,
    pub(crate) places: ConcurrencyLimit,
}

impl Issuer {
    /// Puts an issuer together. Nothing runs yet.
    #[must_use]
    pub fn new(deps: IssuerDeps) -> Self {
        let threads = deps.config.threads.clamp(1, 1024);
        Self {
            shared: Arc::new(Shared {
                store: deps.store,
                clock: deps.clock,
                host: deps.host,
                keys: Keys::new(deps.seed),
                redeemers: deps.redeemers,
                enrolments: EnrolmentLimit::new(deps.config.enrolments),
                config: deps.config,
                threads: Semaphore::new(threads),
                places: ConcurrencyLimit::new(threads * WAITING_PER_THREAD),
            }),
        }
    }

    /// The public endpoints.
    pub fn router(&self) -> Router {
        Router::new()
            .route(ENROL_PATH, post(enrol::enrol))
            .route(TOKENS_PATH, post(tokens::issue))
            .with_state(Arc::clone(&self.shared))
    }

    /// The operator's endpoints. Whoever reaches them may use them: they belong on a listener that
    /// only the operator reaches.
    pub fn admin_router(&self) -> Router {
        Router::new()
            .route(CODES_PATH, post(admin::create).get(admin::list))
            .route(CODE_PATH, delete(admin::revoke))
            .with_state(Arc::clone(&self.shared))
    }

    /// Forgets what is over, until stopping.
    pub async fn run(self, shutdown: Shutdown) {
        sweep::run(&self.shared, &shutdown).await;
    }

    /// What the service document says of the issuer now. Changes as days go by.
    #[must_use]
    pub fn info(&self) -> IssuerInfo {
        let now = self.shared.clock.now();
        let classes = self
            .shared
            .redeemers
            .iter()
            .map(|(class, redeemer)| ClassInfo {
                class: *class,
                redeemer: redeemer.clone(),
                keys: self.shared.keys.published(*class, now),
            });
        IssuerInfo {
            open_registration: Flag(self.shared.config.open_registration),
            classes: classes.collect(),
        }
    }
}

impl Shared {
    /// Runs what may block on a disk, or takes long, where it disturbs nobody.
    pub(crate) async fn aside<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        if self.config.threads == 0 {
            return work(self);
        }
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .map_err(Problem::internal)?
    }

    /// Tokens a day of a class for a tier, if it has any.
    pub(crate) fn quota(&self, tier: &str, class: TokenClass) -> Option<u16> {
        let _issued = self.redeemers.get(&class)?;
        self.config.quotas(tier)?.of(class)
    }

    /// What an account of a tier may have.
    pub(crate) fn account_info(&self, tier: &str) -> AccountInfo {
        let quotas = self.redeemers.keys().filter_map(|class| {
            let per_day = self.quota(tier, *class)?;
            Some(Quota {
                class: *class,
                per_day,
            })
        });
        AccountInfo {
            quotas: quotas.collect(),
        }
    }
}
