//! What one message costs, step by step. `cargo run --release --bin micro [seconds per figure]`

use std::time::Duration;

use dyad_bench::measure::{measure, report};
use dyad_protocol::address::{self, AddressKind, AddressPlaintext, Generation, MintingKey};
use dyad_protocol::envelope::{self, Content, TicketContext};
use dyad_protocol::hpke::X25519Secret;
use dyad_protocol::id::{HostName, RootAddress, SealedHash};
use dyad_protocol::limits::ENVELOPE_CAPACITY;
use dyad_protocol::psk::Psk;
use dyad_protocol::sign::AddressSigningKey;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Redeemer, TokenClass, TokenScope,
};
use rand_chacha::rand_core::SeedableRng;

fn main() {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or(2.0);
    let budget = Duration::from_secs_f64(seconds);
    addresses(budget);
    envelopes(budget);
    tokens(budget);
}

fn addresses(budget: Duration) {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let host: HostName = "receiver.example".parse().expect("a host");
    let (transit, key) = (
        X25519Secret::random(&mut rng),
        X25519Secret::random(&mut rng),
    );
    let owner = AddressSigningKey::random(&mut rng);
    let now = Timestamp::from_secs(1_800_000_000);
    let plain = AddressPlaintext {
        root: RootAddress::new([7; 16]),
        expiry: AddressKind::Ticket.expiry(now),
        kind: AddressKind::Ticket,
    };
    let minting = MintingKey {
        generation: Generation(1),
        public: key.public(),
    };
    let sealed = SealedHash::of(&[0; 2944]);

    report(
        "mint",
        &measure(budget, || {
            address::mint(&host, &minting, &plain, &owner, &mut rng)
        }),
    );
    let minted = address::mint(&host, &minting, &plain, &owner, &mut rng).expect("minted");
    let public = transit.public();
    report(
        "seal",
        &measure(budget, || {
            address::seal(&host, Generation(1), &public, &minted, &sealed, &mut rng)
        }),
    );
    let travelling =
        address::seal(&host, Generation(1), &public, &minted, &sealed, &mut rng).expect("sealed");
    let public = owner.public();
    let open = || {
        let inner = address::open_sender(&host, &transit, &travelling, &sealed).expect("outer");
        address::open_recipient(&host, &key, &inner).expect("inner")
    };
    report(
        "resolve one",
        &measure(budget, || {
            open().authorise(&host, &public, now).expect("authorised")
        }),
    );
    report(
        "resolve 16",
        &measure(budget, || {
            let opened: Vec<_> = (0..16).map(|_| (open(), public)).collect();
            let resolved = address::authorise_all(&host, &opened, now);
            assert!(resolved.iter().all(Result::is_ok), "authorised");
        }),
    );
}

fn envelopes(budget: Duration) {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(2);
    let secret = X25519Secret::random(&mut rng);
    let psk = Psk::random(&mut rng);
    let context = TicketContext([3; 32]);
    let address = address::RecipientAddress::new([4; 133]);
    let content = Content::Ratchet(vec![5; ENVELOPE_CAPACITY]);
    let public = secret.public();
    report(
        "envelope seal",
        &measure(budget, || {
            envelope::seal(&content, &public, &psk, &context, &address, &mut rng)
        }),
    );
    let sealed =
        envelope::seal(&content, &public, &psk, &context, &address, &mut rng).expect("sealed");
    report(
        "envelope open",
        &measure(budget, || {
            envelope::open(&sealed, &secret, &psk, &context, &address)
        }),
    );
}

fn tokens(budget: Duration) {
    const COUNT: u16 = 1_000;
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(3);
    let seed = ProviderSeed::random(&mut rng);
    let host: HostName = "provider.example".parse().expect("a host");
    let epoch = Epoch::from_number(20_000);
    let scope = TokenScope {
        issuer: host.clone(),
        redeemer: host.clone(),
        class: TokenClass::Message,
        epoch,
    };
    let key = IssuerKey::derive(&seed, TokenClass::Message, epoch);
    let batch = BatchSeed::random(&mut rng);
    let pending = PendingBatch::new(&batch, &key.public(), &scope, COUNT).expect("a batch");
    report(
        "token batch of 1000: request",
        &measure(budget, || {
            PendingBatch::new(&batch, &key.public(), &scope, COUNT)
        }),
    );
    report(
        "token batch of 1000: issue",
        &measure(budget, || key.issue(pending.request(), COUNT)),
    );
    let response = key.issue(pending.request(), COUNT).expect("issued");
    report(
        "token batch of 1000: finish",
        &measure(budget, || pending.finish(&response)),
    );
    let tokens = pending.finish(&response).expect("tokens");
    let redeemer = Redeemer::new(&seed, host.clone(), host, TokenClass::Message);
    let now = Timestamp::from_secs(20_000 * 86_400);
    report(
        "token verify",
        &measure(budget, || redeemer.verify(&tokens[0], now)),
    );
}
