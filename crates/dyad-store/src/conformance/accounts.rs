//! Accounts, codes and issued answers keep their rules, whatever races or crashes.

use std::sync::Arc;

use crate::accounts::codes::{self, Code};
use crate::accounts::issued::{self, Claim, Issue};
use crate::accounts::{self, Account, Enrolment};
use crate::{Backend, CommitterOptions, Store, StoreError};

const NOW: u64 = 1_000_000;
const CODE: codes::CodeHash = [9; 32];

fn code(uses: u32) -> Code {
    Code {
        tier: "friends".to_owned(),
        created: NOW,
        expires: NOW + 100,
        uses,
        left: uses,
        note: "for the choir".to_owned(),
    }
}

fn claim(account: u8, request: u8) -> Claim {
    Claim {
        account: [account; 32],
        class: 1,
        epoch: 20_000,
        request_hash: [request; 32],
    }
}

async fn create(store: &Store, hash: codes::CodeHash, code: Code) {
    let created = store.commit(move |tx| {
        codes::create(tx, &hash, &code);
        Ok::<_, StoreError>(())
    });
    created.await.unwrap();
}

async fn enrol(store: &Store, account: u8, now: u64) -> Enrolment {
    store
        .commit(move |tx| accounts::enrol_with_code(tx, &[account; 32], &CODE, now))
        .await
        .unwrap()
}

async fn keep(store: &Store, claim: Claim, answer: &'static [u8]) -> Issue {
    store
        .commit(move |tx| issued::keep(tx, &claim, answer))
        .await
        .unwrap()
}

/// Fifty people use a code for ten at the same moment.
pub async fn a_code_enrols_as_many_as_it_was_made_for(store: Store) {
    create(&store, CODE, code(10)).await;
    let racing: Vec<_> = (0..50)
        .map(|account| {
            let store = store.clone();
            tokio::spawn(async move { enrol(&store, account, NOW).await })
        })
        .collect();
    let mut enrolled = 0;
    for outcome in racing {
        match outcome.await.unwrap() {
            Enrolment::New(account) => {
                assert_eq!(account.tier, "friends");
                enrolled += 1;
            }
            Enrolment::Refused => {}
            Enrolment::Known(_) => unreachable!("each account came once"),
        }
    }
    assert_eq!(enrolled, 10);
    assert_eq!(codes::list(store.read()).unwrap()[0].1.left, 0);
}

/// Enrolling again gives the account as it was, and takes nothing from the code.
pub async fn enrolling_again_changes_nothing(store: Store) {
    create(&store, CODE, code(2)).await;
    let first = Account {
        tier: "friends".to_owned(),
        created: NOW,
    };
    assert_eq!(enrol(&store, 1, NOW).await, Enrolment::New(first.clone()));
    assert_eq!(
        enrol(&store, 1, NOW + 1).await,
        Enrolment::Known(first.clone())
    );
    let open = store
        .commit(|tx| accounts::enrol_open(tx, &[1; 32], "other", NOW + 2))
        .await
        .unwrap();
    assert_eq!(open, Enrolment::Known(first.clone()));
    assert_eq!(accounts::find(store.read(), &[1; 32]), Ok(Some(first)));
    assert_eq!(accounts::find(store.read(), &[2; 32]), Ok(None));
    assert_eq!(codes::list(store.read()).unwrap()[0].1.left, 1);
}

/// Unknown, expired and revoked codes enrol nobody.
pub async fn a_code_ends_by_its_date_or_by_revocation(store: Store) {
    assert_eq!(enrol(&store, 1, NOW).await, Enrolment::Refused);
    create(&store, CODE, code(5)).await;
    assert_eq!(enrol(&store, 1, NOW + 100).await, Enrolment::Refused);
    assert!(matches!(
        enrol(&store, 1, NOW + 99).await,
        Enrolment::New(_)
    ));
    for (id, there) in [([8; 8], false), ([9; 8], true), ([9; 8], false)] {
        let revoked = store.commit(move |tx| codes::revoke(tx, &id)).await;
        assert_eq!(revoked, Ok::<_, StoreError>(there));
    }
    assert_eq!(enrol(&store, 2, NOW).await, Enrolment::Refused);
}

/// Of many codes those that expired are forgotten, page by page, and the others stay as they were.
pub async fn expired_codes_are_forgotten(store: Store) {
    for number in 0..600_u32 {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let expires = if number % 3 == 0 { NOW + 1 } else { NOW };
        let code = Code { expires, ..code(1) };
        create(&store, hash, code).await;
    }
    let mut after = None;
    for _ in 0..3 {
        after = store
            .commit(move |tx| codes::forget_expired(tx, after, NOW))
            .await
            .unwrap();
    }
    assert_eq!(after, None);
    let left = codes::list(store.read()).unwrap();
    assert_eq!(left.len(), 200);
    assert!(left.iter().all(|(_, code)| code.expires == NOW + 1));
}

/// A hundred different requests for the same day's tokens race: one is answered.
pub async fn of_many_claims_one_is_answered(store: Store) {
    let racing: Vec<_> = (0..100)
        .map(|request| {
            let store = store.clone();
            tokio::spawn(async move { keep(&store, claim(1, request), b"answer").await })
        })
        .collect();
    let mut fresh = 0;
    for outcome in racing {
        match outcome.await.unwrap() {
            Issue::Fresh => fresh += 1,
            Issue::Conflict => {}
            Issue::Same(_) => unreachable!("no two requests are the same"),
        }
    }
    assert_eq!(fresh, 1);
}

/// The same request is answered with the first bytes; accounts, classes and epochs are apart.
pub async fn the_same_claim_gets_the_first_answer(store: Store) {
    assert_eq!(issued::find(store.read(), &claim(1, 1)), Ok(None));
    assert_eq!(keep(&store, claim(1, 1), b"first").await, Issue::Fresh);
    let first = Issue::Same(b"first".to_vec());
    assert_eq!(keep(&store, claim(1, 1), b"second").await, first);
    assert_eq!(issued::find(store.read(), &claim(1, 1)), Ok(Some(first)));
    assert_eq!(
        issued::find(store.read(), &claim(1, 2)),
        Ok(Some(Issue::Conflict))
    );
    let (mut class, mut epoch) = (claim(1, 2), claim(1, 2));
    class.class = 2;
    epoch.epoch += 1;
    for apart in [claim(2, 2), class, epoch] {
        assert_eq!(keep(&store, apart, b"x").await, Issue::Fresh);
    }
}

/// Old epochs go, later ones stay.
pub async fn epochs_of_issued_answers_are_dropped(store: Store) {
    for epoch in 3..=6 {
        let claim = Claim {
            epoch,
            ..claim(1, 1)
        };
        keep(&store, claim, b"answer").await;
    }
    let dropped = store.commit(|tx| issued::drop_before(tx, 5)).await;
    assert_eq!(dropped, Ok::<_, StoreError>(2));
    assert_eq!(store.read().periods("issued").unwrap(), [5, 6]);
}

/// After a crash accounts are known, codes are as much used as they were, answers are the same.
pub async fn accounts_survive_a_crash(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    create(&store, CODE, code(1)).await;
    assert!(matches!(enrol(&store, 1, NOW).await, Enrolment::New(_)));
    assert_eq!(keep(&store, claim(1, 1), b"first").await, Issue::Fresh);
    store.close().await;

    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert!(matches!(enrol(&store, 1, NOW).await, Enrolment::Known(_)));
    assert_eq!(enrol(&store, 2, NOW).await, Enrolment::Refused);
    let again = keep(&store, claim(1, 1), b"second").await;
    assert_eq!(again, Issue::Same(b"first".to_vec()));
}
