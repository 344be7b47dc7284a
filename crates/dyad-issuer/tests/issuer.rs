//! The issuer as its clients and its operator see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use dyad_issuer::admin::{CODES_PATH, CodeList, CreatedCode};
use dyad_issuer::{EnrolmentLimits, Issuer, IssuerConfig, IssuerDeps, Quotas};
use dyad_protocol::api::account::{
    AccountInfo, ENROL_PATH, EnrolRequest, TOKENS_PATH, TokensRequest,
};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::AccountKey;
use dyad_protocol::time::{Clock, Epoch, Timestamp};
use dyad_protocol::token::{
    BatchSeed, PendingBatch, ProviderSeed, Redeemer, TokenClass, TokenScope,
};
use dyad_service::Shutdown;
use dyad_store::{Backend, CommitterOptions, MemoryBackend, Store};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tower::ServiceExt;

const TODAY: u32 = 20_000;
const SEED: [u8; 32] = [42; 32];

#[derive(Debug)]
struct SetClock(AtomicU64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

/// An issuer at issuer.example in the middle of day [`TODAY`].
struct Office {
    issuer: Issuer,
    router: Router,
    clock: Arc<SetClock>,
    backend: MemoryBackend,
}

impl Office {
    fn open(config: IssuerConfig) -> Self {
        Self::on(MemoryBackend::new(), config)
    }

    fn on(backend: MemoryBackend, config: IssuerConfig) -> Self {
        let clock = Arc::new(SetClock(AtomicU64::new(
            u64::from(TODAY) * DAY + 12 * 3_600,
        )));
        let shared: Arc<dyn Backend> = Arc::new(backend.clone());
        // Virtual time does not wait for threads.
        let open = match config.threads {
            0 => Store::open_task,
            _ => Store::open_threaded,
        };
        let issuer = Issuer::new(IssuerDeps {
            store: open(shared, CommitterOptions::default()),
            clock: Arc::clone(&clock) as _,
            host: host("issuer.example"),
            seed: ProviderSeed::new(SEED),
            redeemers: BTreeMap::from([
                (TokenClass::Message, host("sender.example")),
                (TokenClass::Mailbox, host("receiver.example")),
            ]),
            config,
        });
        Self {
            router: issuer.router().merge(issuer.admin_router()),
            issuer,
            clock,
            backend,
        }
    }

    /// The same issuer after a crash.
    fn restarted(self, config: IssuerConfig) -> Self {
        let now = self.clock.now();
        let again = Self::on(self.backend.crash_copy(), config);
        again.set(now);
        again
    }

    fn set(&self, now: Timestamp) {
        self.clock.0.store(now.as_secs(), Ordering::SeqCst);
    }

    async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer {
            status,
            body: body.to_vec(),
        }
    }

    async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header("content-type", kind)
            .body(body.into());
        self.call(request.unwrap()).await
    }

    async fn enrol(&self, request: &EnrolRequest) -> Answer {
        let body = serde_json::to_vec(request).unwrap();
        self.post(ENROL_PATH, "application/json", body).await
    }

    async fn enrolled(&self, number: u8) -> Person {
        let person = Person::new(number);
        let answer = self.enrol(&person.enrolment(None)).await;
        assert_eq!(answer.status, StatusCode::OK);
        person
    }

    async fn tokens(&self, request: &TokensRequest) -> Answer {
        self.post(TOKENS_PATH, "application/dyad", request.encode())
            .await
    }

    fn batch(&self, seed: u8, class: TokenClass, epoch: u32, count: u16) -> PendingBatch {
        let scope = TokenScope {
            issuer: host("issuer.example"),
            redeemer: redeemer(class),
            class,
            epoch: Epoch::from_number(epoch),
        };
        let key = dyad_protocol::token::IssuerKey::derive(
            &ProviderSeed::new(SEED),
            class,
            Epoch::from_number(epoch),
        );
        PendingBatch::new(&BatchSeed::new([seed; 32]), &key.public(), &scope, count).unwrap()
    }
}

fn redeemer(class: TokenClass) -> HostName {
    match class {
        TokenClass::Mailbox => host("receiver.example"),
        _ => host("sender.example"),
    }
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// Status and the word for programs.
    fn problem(&self) -> (u16, String) {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        let kind = body["type"].as_str().unwrap();
        let code = kind.strip_prefix("urn:dyad:problem:").unwrap();
        (self.status.as_u16(), code.to_owned())
    }

    fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Person(AccountKey);

impl Person {
    fn new(number: u8) -> Self {
        Self(AccountKey::new([number; 32]))
    }

    fn enrolment(&self, code: Option<&str>) -> EnrolRequest {
        EnrolRequest::sign(&host("issuer.example"), &self.0, code.map(str::to_owned))
    }

    fn wants(&self, class: TokenClass, epoch: u32, request: &[u8]) -> TokensRequest {
        TokensRequest::sign(
            &host("issuer.example"),
            &self.0,
            class,
            Epoch::from_number(epoch),
            request,
        )
    }
}

/// Few tokens, so that the tests do not wait for arithmetic.
fn open_registration() -> IssuerConfig {
    let few = Quotas {
        message: 5,
        mailbox: 2,
        lookup: 7,
        blob: 0,
    };
    let many = Quotas { message: 9, ..few };
    let tiers = [("standard".to_owned(), few), ("friends".to_owned(), many)];
    IssuerConfig {
        open_registration: true,
        tiers: BTreeMap::from(tiers),
        ..IssuerConfig::default()
    }
}

fn by_code() -> IssuerConfig {
    IssuerConfig {
        open_registration: false,
        ..open_registration()
    }
}

async fn code(office: &Office, body: &str) -> CreatedCode {
    let answer = office
        .post(CODES_PATH, "application/json", body.to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    answer.json()
}

const MESSAGE: TokenClass = TokenClass::Message;

#[tokio::test]
async fn a_device_enrols_fetches_its_tokens_and_the_sender_takes_them() {
    let office = Office::open(open_registration());
    let alex = Person::new(1);
    let info: AccountInfo = office.enrol(&alex.enrolment(None)).await.json();
    // No class that nobody redeems.
    let quotas: Vec<_> = info.quotas.iter().map(|q| (q.class, q.per_day)).collect();
    assert_eq!(quotas, [(MESSAGE, 5), (TokenClass::Mailbox, 2)]);

    let published = office.issuer.info();
    let class = published
        .classes
        .iter()
        .find(|c| c.class == MESSAGE)
        .unwrap();
    assert_eq!(class.redeemer, host("sender.example"));
    let key = class.keys[0];
    let scope = TokenScope {
        issuer: host("issuer.example"),
        redeemer: class.redeemer.clone(),
        class: MESSAGE,
        epoch: key.epoch,
    };
    let batch = PendingBatch::new(&BatchSeed::new([3; 32]), &key.key, &scope, 5).unwrap();
    let answer = office
        .tokens(&alex.wants(MESSAGE, key.epoch.number(), batch.request()))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    let tokens = batch.finish(&answer.body).unwrap();
    let sender = Redeemer::new(
        &ProviderSeed::new(SEED),
        host("issuer.example"),
        host("sender.example"),
        MESSAGE,
    );
    for token in tokens {
        assert_eq!(sender.verify(&token, office.clock.now()), Ok(key.epoch));
    }
}

#[tokio::test]
async fn the_same_request_gets_the_same_bytes_also_after_a_crash_and_another_is_refused() {
    let office = Office::open(open_registration());
    let alex = office.enrolled(1).await;
    let first = alex.wants(MESSAGE, TODAY, office.batch(1, MESSAGE, TODAY, 5).request());
    let other = alex.wants(MESSAGE, TODAY, office.batch(2, MESSAGE, TODAY, 5).request());
    let answer = office.tokens(&first).await.body;
    assert_eq!(office.tokens(&first).await.body, answer);
    assert_eq!(
        office.tokens(&other).await.problem(),
        (409, "already-issued".into())
    );

    let office = office.restarted(open_registration());
    assert_eq!(office.tokens(&first).await.body, answer);
    assert_eq!(office.tokens(&other).await.status, StatusCode::CONFLICT);

    // Just after midnight it may still ask again, but not begin.
    office.set(Timestamp::from_secs(u64::from(TODAY + 1) * DAY + 60));
    assert_eq!(office.tokens(&first).await.body, answer);
    let blair = office.enrolled(2).await;
    let late = blair.wants(MESSAGE, TODAY, office.batch(1, MESSAGE, TODAY, 5).request());
    assert_eq!(
        office.tokens(&late).await.problem(),
        (400, "wrong-epoch".into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_requests_that_race_one_is_served_and_the_same_one_to_all_who_sent_it() {
    let office = Arc::new(Office::open(open_registration()));
    let alex = office.enrolled(1).await;
    let racing: Vec<_> = (0..24_u8)
        .map(|turn| {
            let batch = office.batch(turn % 3, MESSAGE, TODAY, 5);
            let request = alex.wants(MESSAGE, TODAY, batch.request());
            let office = Arc::clone(&office);
            tokio::spawn(async move { office.tokens(&request).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in racing {
        let answer = answer.await.unwrap();
        match answer.status {
            StatusCode::OK => answers.push(answer.body),
            status => assert_eq!(status, StatusCode::CONFLICT),
        }
    }
    assert_eq!(answers.len(), 8);
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn a_batch_is_exactly_the_days_quota() {
    let office = Office::open(open_registration());
    let alex = office.enrolled(1).await;
    for count in [1, 4, 6] {
        let batch = office.batch(1, MESSAGE, TODAY, count);
        let answer = office
            .tokens(&alex.wants(MESSAGE, TODAY, batch.request()))
            .await;
        assert_eq!(answer.problem(), (400, "wrong-count".into()), "{count}");
    }
    // What was refused does not count as issued.
    let batch = office.batch(1, MESSAGE, TODAY, 5);
    let answer = office
        .tokens(&alex.wants(MESSAGE, TODAY, batch.request()))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    // Granted, but redeemed by nobody; and not granted at all.
    for class in [TokenClass::Lookup, TokenClass::Blob] {
        let batch = office.batch(1, class, TODAY, 7);
        let answer = office
            .tokens(&alex.wants(class, TODAY, batch.request()))
            .await;
        assert_eq!(answer.problem(), (403, "class-not-granted".into()));
    }
}

#[tokio::test]
async fn strangers_and_forgers_get_nothing() {
    let office = Office::open(open_registration());
    let batch = office.batch(1, MESSAGE, TODAY, 5);
    let stranger = Person::new(1).wants(MESSAGE, TODAY, batch.request());
    assert_eq!(
        office.tokens(&stranger).await.problem(),
        (401, "unknown-account".into())
    );

    let alex = office.enrolled(2).await;
    let elsewhere = TokensRequest::sign(
        &host("other.example"),
        &alex.0,
        MESSAGE,
        Epoch::from_number(TODAY),
        batch.request(),
    );
    assert_eq!(
        office.tokens(&elsewhere).await.problem(),
        (401, "bad-signature".into())
    );
    // Any changed byte breaks the signature, or what surrounds it.
    let good = alex.wants(MESSAGE, TODAY, batch.request()).encode();
    for place in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let answer = office.post(TOKENS_PATH, "application/dyad", bad).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{place}");
    }
    let mut enrolment = alex.enrolment(None);
    enrolment.account = Person::new(3).0.public();
    assert_eq!(
        office.enrol(&enrolment).await.problem(),
        (401, "bad-signature".into())
    );
}

#[tokio::test]
async fn a_request_for_the_wrong_key_says_so() {
    let office = Office::open(open_registration());
    let alex = office.enrolled(1).await;
    // Made with tomorrow's key, asked for today.
    let batch = office.batch(1, MESSAGE, TODAY + 1, 5);
    let answer = office
        .tokens(&alex.wants(MESSAGE, TODAY, batch.request()))
        .await;
    assert_eq!(answer.problem(), (400, "wrong-key".into()));
}

#[tokio::test]
async fn days_change_at_midnight_and_tomorrow_is_there_two_hours_before() {
    let office = Office::open(open_registration());
    let alex = office.enrolled(1).await;
    let tomorrow = alex.wants(
        MESSAGE,
        TODAY + 1,
        office.batch(1, MESSAGE, TODAY + 1, 5).request(),
    );
    let epochs = || -> Vec<u32> {
        let info = office.issuer.info();
        info.classes[0]
            .keys
            .iter()
            .map(|k| k.epoch.number())
            .collect()
    };
    assert_eq!(epochs(), [TODAY]);
    assert_eq!(
        office.tokens(&tomorrow).await.problem(),
        (400, "wrong-epoch".into())
    );
    office.set(Timestamp::from_secs(u64::from(TODAY) * DAY + 22 * 3_600));
    assert_eq!(epochs(), [TODAY, TODAY + 1]);
    assert_eq!(office.tokens(&tomorrow).await.status, StatusCode::OK);
    office.set(Timestamp::from_secs(u64::from(TODAY + 1) * DAY));
    assert_eq!(epochs(), [TODAY + 1]);
    assert_eq!(office.tokens(&tomorrow).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_by_years_gives_nobody_a_second_batch() {
    let office = Office::open(IssuerConfig {
        threads: 0,
        ..open_registration()
    });
    let shutdown = Shutdown::new();
    shutdown.spawn(office.issuer.clone().run(shutdown.clone()));
    let alex = office.enrolled(1).await;
    let noon = office.clock.now();
    let first = alex.wants(MESSAGE, TODAY, office.batch(1, MESSAGE, TODAY, 5).request());
    let second = alex.wants(MESSAGE, TODAY, office.batch(2, MESSAGE, TODAY, 5).request());
    assert_eq!(office.tokens(&first).await.status, StatusCode::OK);

    for wrong in [noon.plus(3_650 * DAY), noon.minus(3_650 * DAY)] {
        office.set(wrong);
        tokio::time::sleep(std::time::Duration::from_secs(3_601)).await;
        office.set(noon.plus(3_700));
        tokio::time::sleep(std::time::Duration::from_secs(3_601)).await;
        assert_eq!(office.tokens(&second).await.status, StatusCode::CONFLICT);
    }

    // When days really pass, what is over is forgotten.
    office.set(noon.plus(DAY));
    tokio::time::sleep(std::time::Duration::from_secs(2 * 3_601)).await;
    assert_eq!(office.backend.periods("issued").unwrap(), [TODAY]);
    office.set(noon.plus(2 * DAY));
    tokio::time::sleep(std::time::Duration::from_secs(2 * 3_601)).await;
    assert_eq!(office.backend.periods("issued").unwrap(), [0_u32; 0]);
    assert!(shutdown.finish(std::time::Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_code_opens_the_door_as_often_as_it_says_and_sets_the_tier() {
    let office = Office::open(by_code());
    assert_eq!(
        office
            .enrol(&Person::new(1).enrolment(None))
            .await
            .problem(),
        (403, "code-needed".into())
    );
    let made = code(&office, r#"{"uses": 2, "days": 7, "tier": "friends"}"#).await;
    let typed = made.code.to_lowercase().replace('-', " ");
    let info: AccountInfo = office
        .enrol(&Person::new(1).enrolment(Some(&typed)))
        .await
        .json();
    assert_eq!(info.quotas[0].per_day, 9);
    // Once more with the same key, with the code, without, and with a wrong one: nothing is used up.
    for code in [Some(made.code.as_str()), None, Some("wrong")] {
        let again = office.enrol(&Person::new(1).enrolment(code)).await;
        assert_eq!(again.status, StatusCode::OK);
    }
    let listed: CodeList = office
        .call(Request::get(CODES_PATH).body(Body::empty()).unwrap())
        .await
        .json();
    assert_eq!((listed.codes[0].uses, listed.codes[0].left), (2, 1));
    assert_eq!(listed.codes[0].id, made.entry.id);

    let second = office
        .enrol(&Person::new(2).enrolment(Some(&made.code)))
        .await;
    assert_eq!(second.status, StatusCode::OK);
    for code in [made.code.as_str(), "0000-0000-0000-0000", "nonsense"] {
        let refused = office.enrol(&Person::new(3).enrolment(Some(code))).await;
        assert_eq!(refused.problem(), (403, "code-refused".into()), "{code}");
    }
}

#[tokio::test]
async fn a_code_ends_when_it_expires_or_is_revoked() {
    let office = Office::open(by_code());
    let (one, two) = (
        code(&office, r#"{"uses": 5, "days": 1, "note": "choir"}"#).await,
        code(&office, r#"{"uses": 5, "days": 3}"#).await,
    );
    let path = format!("{CODES_PATH}/{}", two.entry.id);
    for status in [204, 404] {
        let revoke = Request::builder().method(Method::DELETE).uri(&path);
        let answer = office.call(revoke.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status);
    }
    let refused = office
        .enrol(&Person::new(1).enrolment(Some(&two.code)))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    office.set(office.clock.now().plus(DAY));
    let refused = office
        .enrol(&Person::new(1).enrolment(Some(&one.code)))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_operator_is_told_what_is_wrong_with_a_code() {
    let office = Office::open(by_code());
    let long = format!(r#"{{"uses": 1, "days": 1, "note": "{}"}}"#, "n".repeat(201));
    for (body, problem) in [
        (
            r#"{"uses": 1, "days": 1, "tier": "no such"}"#,
            "unknown-tier",
        ),
        (r#"{"uses": 0, "days": 1}"#, "out-of-range"),
        (r#"{"uses": 1, "days": 4000}"#, "out-of-range"),
        (r#"{"uses": 1, "days": 1, "uze": 2}"#, "bad-json"),
        (&long, "out-of-range"),
    ] {
        let answer = office
            .post(CODES_PATH, "application/json", body.to_owned())
            .await;
        assert_eq!(answer.problem(), (400, problem.into()), "{body}");
    }
}

#[tokio::test]
async fn open_registration_has_a_pace() {
    let office = Office::open(IssuerConfig {
        enrolments: EnrolmentLimits {
            per_peer: 2,
            in_all: 3,
        },
        ..open_registration()
    });
    for number in 0..3 {
        office.enrolled(number).await;
    }
    let fourth = office.enrol(&Person::new(9).enrolment(None)).await;
    assert_eq!(fourth.status, StatusCode::TOO_MANY_REQUESTS);
    // Who is known already is not held up.
    office.enrolled(0).await;
}

#[tokio::test]
async fn oversized_bodies_and_wrong_types_are_refused() {
    let office = Office::open(open_registration());
    for (path, kind, len) in [
        (ENROL_PATH, "application/json", 1_025),
        (TOKENS_PATH, "application/dyad", 32 * 2_000 + 257),
        (CODES_PATH, "application/json", 4_097),
    ] {
        let answer = office.post(path, kind, vec![b' '; len]).await;
        assert_eq!(answer.problem(), (413, "too-large".into()), "{path}");
        let answer = office.post(path, "text/plain", vec![b' '; 3]).await;
        assert_eq!(answer.problem(), (415, "unsupported-type".into()), "{path}");
        let get = Request::put(path).body(Body::empty()).unwrap();
        assert_eq!(
            office.call(get).await.status,
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_a_client_error(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let office = Office::open(open_registration());
            for (path, kind) in [(ENROL_PATH, "application/json"), (TOKENS_PATH, "application/dyad")] {
                let answer = office.post(path, kind, body.clone()).await;
                assert!(matches!(answer.status.as_u16(), 400 | 401), "{}", answer.status);
            }
        });
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_costs_no_tokens() {
    let office = Office::open(open_registration());
    let alex = office.enrolled(1).await;
    let request = alex.wants(MESSAGE, TODAY, office.batch(1, MESSAGE, TODAY, 5).request());
    office.backend.faults().set_full(true);
    assert_eq!(
        office.tokens(&request).await.problem(),
        (503, "full".into())
    );
    office.backend.faults().set_full(false);
    assert_eq!(office.tokens(&request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn when_too_many_wait_the_rest_is_told_to_come_back() {
    let office = Arc::new(Office::open(IssuerConfig {
        threads: 1,
        ..open_registration()
    }));
    let alex = office.enrolled(1).await;
    let batch = office.batch(1, MESSAGE, TODAY, 5);
    let request = alex.wants(MESSAGE, TODAY, batch.request());
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let (office, request) = (Arc::clone(&office), request.clone());
            tokio::spawn(async move { office.tokens(&request).await })
        })
        .collect();
    let mut refused = 0;
    for answer in waiting {
        let answer = answer.await.unwrap();
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
        } else {
            assert_eq!(answer.status, StatusCode::OK);
        }
    }
    assert!((1..40).contains(&refused), "{refused}");
    assert_eq!(office.tokens(&request).await.status, StatusCode::OK);
}
