//! What the issuer sees.

use dyad_protocol::api::account::TokensRequest;
use dyad_protocol::api::mailbox::CreateMailbox;
use dyad_protocol::api::submit::Submission;

use dyad_protocol::token::{ProviderSeed, Token, TokenClass};
use dyad_testkit::{BEGIN, Person, SimulatedProvider, World};

use crate::overlap::{contains, shared};
use crate::parties::{MINUTE, Parties, host, name};

/// The tokens that were redeemed at the services of a provider.
fn redeemed(parties: &Parties, whose: char) -> Vec<Token> {
    let submissions = parties.exchanges(&host("sender", whose), "POST /v1/submit");
    let messages = submissions
        .iter()
        .map(|exchange| Submission::decode(&exchange.request).unwrap().token);
    let created = parties.exchanges(&host("receiver", whose), "POST /v1/mailboxes");
    let created = created
        .iter()
        .filter_map(|exchange| serde_json::from_slice::<CreateMailbox>(&exchange.request).ok());
    messages
        .chain(created.map(|request| request.token))
        .collect()
}

#[test]
fn the_issuer_cannot_tell_a_token_that_it_issued_when_it_is_redeemed() {
    let mut parties = Parties::friends(31);
    parties.converse(&["one", "two", "three"]);
    let view = parties.view(&host("issuer", 'a'));
    let tokens = redeemed(&parties, 'a');
    assert!(tokens.len() >= 4, "{}", tokens.len());
    for token in &tokens {
        let bytes = token.as_bytes();
        // Nonce and authenticator are all that tokens of one day and class differ by.
        assert_eq!(shared(&view, &bytes[2..34]), None);
        assert_eq!(shared(&view, &bytes[98..]), None);
        assert_eq!(bytes[34..98].len() + 32 + 64 + 2, Token::LEN);
    }
    let of_messages = &tokens[..tokens.len() - 1];
    let common = |token: &Token| token.as_bytes()[34..98].to_vec();
    assert!(
        of_messages
            .windows(2)
            .all(|pair| common(&pair[0]) == common(&pair[1]))
    );

    // It would be noticed: what it was asked and what it answered is on its disk.
    let issued = parties.exchanges(&host("issuer", 'a'), "POST /v1/tokens");
    assert!(!issued.is_empty());
    assert!(shared(&parties.disk(&host("issuer", 'a')), &issued[0].answer).is_some());
    // And the services that redeem see the tokens.
    assert!(contains(
        &parties.view(&host("sender", 'a')),
        tokens[0].as_bytes()
    ));
}

#[test]
fn every_fetch_of_tokens_is_for_the_whole_allowance_of_the_day() {
    let mut parties = Parties::friends(32);
    parties.converse(&["one"]);
    let issued = parties.exchanges(&host("issuer", 'a'), "POST /v1/tokens");
    assert!(issued.len() >= 2, "{}", issued.len());
    for exchange in &issued {
        let request =
            TokensRequest::verify(&exchange.request, &name(&host("issuer", 'a'))).unwrap();
        let elements = request.request().len() / 32;
        assert!([120, 4, 256].contains(&elements), "{elements}");
    }
}

#[test]
fn the_issuer_sees_accounts_and_nothing_of_what_they_do() {
    let mut parties = Parties::friends(33);
    parties.converse(&["about ships"]);
    let issuer = host("issuer", 'a');
    let view = parties.view(&issuer);
    let mailboxes = parties
        .service(&host("receiver", 'a'))
        .contents("receiver", &["mailbox"])
        .unwrap();
    assert!(!mailboxes.is_empty());
    for (_, root, _) in mailboxes {
        assert!(!contains(&view, &root), "the issuer sees a mailbox");
    }
    for item in parties.delivered(&host("receiver", 'b')) {
        assert_eq!(
            shared(&view, &item.sealed.as_bytes()[1..]),
            None,
            "the issuer sees a message"
        );
    }
    for host in [
        host("receiver", 'b'),
        host("sender", 'b'),
        host("issuer", 'b'),
    ] {
        assert!(!contains(&view, host.as_bytes()), "the issuer sees {host}");
    }
    // It would be noticed: it sees its own account, from its own person's machine.
    let accounts = parties
        .service(&issuer)
        .contents("issuer", &["account"])
        .unwrap();
    assert_eq!(accounts.len(), 1);
    assert!(contains(&view, &accounts[0].1));
    assert!(
        parties
            .exchanges(&issuer, "POST /v1/tokens")
            .iter()
            .all(|exchange| exchange.from == "alex")
    );
}

#[test]
fn an_issuer_that_shows_somebody_keys_of_their_own_is_caught_by_who_has_a_second_provider() {
    let mut world = World::new(34, std::time::Duration::from_millis(40));
    let provider =
        |host: &str| SimulatedProvider::new(name(host), ProviderSeed::new([1; 32]), BEGIN);
    let mut face = provider("one.example");
    face.hide(&name("one-for-alex.example"), ProviderSeed::new([2; 32]));
    for mut provider in [provider("one.example"), provider("two.example"), face] {
        for tier in provider
            .config_mut()
            .issuer
            .as_mut()
            .unwrap()
            .tiers
            .values_mut()
        {
            (tier.message, tier.mailbox) = (8, 2);
        }
        world.add_provider(provider);
    }
    let mut alex = Person::new("alex", 1, BEGIN, world.ledger()).unwrap();
    alex.mislead(name("one.example"), name("one-for-alex.example"));
    let blair = Person::new("blair", 2, BEGIN, world.ledger()).unwrap();
    let mut tokens_of_one = |person: &Person| {
        world.add_person(person.clone());
        for url in ["two.example", "one.example"] {
            let add = async move |client: dyad_client::Client| client.provider_add(url, None).await;
            world
                .must(person, "adding a provider", 10 * MINUTE, add)
                .unwrap();
        }
        world.pass(90 * MINUTE).unwrap();
        let status = world
            .must(person, "looking", MINUTE, async |client| client.status())
            .unwrap();
        let one = status
            .providers
            .iter()
            .find(|p| p.host.as_str() == "one.example")
            .unwrap();
        let messages = one
            .tokens
            .iter()
            .find(|stock| stock.class == TokenClass::Message)
            .unwrap();
        let told = status
            .notices
            .iter()
            .any(|notice| notice.kind == "token-key-differs");
        (messages.usable + messages.later, told)
    };
    let (tokens, told) = tokens_of_one(&alex);
    assert_eq!((tokens, told), (0, true));
    // Whoever is shown what all are shown has nothing to complain about.
    let (tokens, told) = tokens_of_one(&blair);
    assert_eq!((tokens >= 8, told), (true, false));
}
