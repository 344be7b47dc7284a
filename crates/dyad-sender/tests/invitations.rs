//! Hosted invitations: there for whoever has the link, gone when they expire or are withdrawn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{SENDER, START, World, host, submission, token};
use dyad_protocol::api::invite::{
    HostInvitation, INVITATION_PATH_PREFIX, INVITATIONS_PATH, LINK_PATH, WITHDRAW_PATH,
    WithdrawInvitation,
};
use dyad_protocol::id::InvitationLocator;
use dyad_protocol::limits::{DAY, HOSTED_INVITATION_LEN};
use dyad_protocol::sign::WithdrawKey;
use dyad_protocol::token::Token;
use tokio::time::sleep;

fn key(n: u8) -> WithdrawKey {
    WithdrawKey::new([n; 32])
}

fn invitation(token: Token, n: u8) -> HostInvitation {
    HostInvitation {
        token,
        locator: InvitationLocator::new([n; 16]),
        withdraw_key: key(n).public(),
        expires: START.plus(DAY),
        ciphertext: vec![n; HOSTED_INVITATION_LEN],
    }
}

fn path(n: u8) -> String {
    format!(
        "{INVITATION_PATH_PREFIX}{}",
        InvitationLocator::new([n; 16])
    )
}

async fn host_it(world: &World, invitation: &HostInvitation) -> (u16, String) {
    let body = serde_json::to_string(invitation).unwrap();
    let answer = world.post(INVITATIONS_PATH, "application/json", body).await;
    (answer.status, answer.code())
}

async fn withdraw(world: &World, name: u8, at: &str, signer: u8) -> u16 {
    let locator = InvitationLocator::new([name; 16]);
    let request = WithdrawInvitation::sign(&host(at), locator, &key(signer));
    let body = serde_json::to_string(&request).unwrap();
    let answer = world.post(WITHDRAW_PATH, "application/json", body).await;
    assert!(answer.body.is_empty());
    answer.status
}

#[tokio::test(start_paused = true)]
async fn an_invitation_is_hosted_once_for_its_token_and_found_by_its_name() {
    let world = World::new();
    let request = invitation(token(), 1);
    for _ in 0..2 {
        assert_eq!(host_it(&world, &request).await.0, 201);
    }
    let world = world.crash();
    assert_eq!(host_it(&world, &request).await.0, 201);
    let answer = world.get(&path(1)).await;
    assert_eq!(
        (answer.status, answer.body.as_ref()),
        (200, &[1; HOSTED_INVITATION_LEN][..])
    );
    assert_eq!(answer.headers["cache-control"], "no-store");

    let mut other = request.clone();
    other.ciphertext[0] ^= 1;
    assert_eq!(host_it(&world, &other).await, (409, "token-spent".into()));
    let reused = submission(request.token, "receiver.example", 1);
    assert_eq!(world.submit(&reused).await.code(), "token-spent");
    other.token = token();
    assert_eq!(host_it(&world, &other).await, (409, "locator-taken".into()));
    // The token of a refused request is not spent.
    other.locator = InvitationLocator::new([2; 16]);
    assert_eq!(host_it(&world, &other).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_hosted_is_refused_with_the_reason_and_costs_nothing() {
    let world = World::with(|config| config.invitations.limit = 1);
    let good = invitation(token(), 1);
    let mut short = good.clone();
    short.ciphertext.pop();
    let mut long = good.clone();
    long.ciphertext.push(0);
    let mut over = good.clone();
    over.expires = START;
    let mut far = good.clone();
    far.expires = START.plus(91 * DAY);
    let mut forged = *good.token.as_bytes();
    forged[161] ^= 1;
    let mut bad_token = good.clone();
    bad_token.token = Token::new(forged);
    for (request, expected) in [
        (short, (400, "wrong-length")),
        (long, (400, "wrong-length")),
        (over, (400, "expired")),
        (far, (400, "too-long")),
        (bad_token, (401, "token-forged")),
    ] {
        let (status, code) = host_it(&world, &request).await;
        assert_eq!((status, code.as_str()), expected);
    }
    assert_eq!(host_it(&world, &good).await.0, 201);
    let full = host_it(&world, &invitation(token(), 2)).await;
    assert_eq!(full, (503, "invitations-full".into()));
}

#[tokio::test(start_paused = true)]
async fn never_there_withdrawn_and_expired_look_alike() {
    let world = World::new().run();
    let mut expiring = invitation(token(), 1);
    expiring.expires = START.plus(100);
    assert_eq!(host_it(&world, &expiring).await.0, 201);
    assert_eq!(host_it(&world, &invitation(token(), 2)).await.0, 201);
    assert_eq!(withdraw(&world, 2, SENDER, 2).await, 204);
    sleep(Duration::from_secs(100)).await;
    let never = world.get(&path(9)).await;
    assert_eq!(
        (never.status, never.code().as_str()),
        (404, "no-invitation")
    );
    for name in [1, 2] {
        let answer = world.get(&path(name)).await;
        assert_eq!((answer.status, &answer.body), (never.status, &never.body));
        assert_eq!(answer.headers, never.headers);
    }
    sleep(Duration::from_secs(200)).await;
    let left = dyad_store::invitations::number(world.store.read()).unwrap();
    assert_eq!(left, 0, "what expired is deleted");
}

#[tokio::test(start_paused = true)]
async fn only_the_inviter_withdraws_and_nobody_learns_whether_it_was_there() {
    let world = World::new();
    assert_eq!(host_it(&world, &invitation(token(), 1)).await.0, 201);
    assert_eq!(withdraw(&world, 1, SENDER, 2).await, 204, "another's key");
    assert_eq!(
        withdraw(&world, 1, "other.example", 1).await,
        204,
        "for another host"
    );
    assert_eq!(withdraw(&world, 7, SENDER, 1).await, 204, "never there");
    assert_eq!(world.get(&path(1)).await.status, 200);
    assert_eq!(withdraw(&world, 1, SENDER, 1).await, 204);
    assert_eq!(world.get(&path(1)).await.status, 404);
    assert_eq!(withdraw(&world, 1, SENDER, 1).await, 204);
}

#[tokio::test(start_paused = true)]
async fn the_page_behind_a_link_keeps_the_secret_to_the_browser() {
    let world = World::new();
    let answer = world.get(LINK_PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(page.contains("dyad accept"));
}
