//! RFC 9497's vectors for the function under our tokens. (Those for batches of tokens run in `token`.)
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

use privacypass::private_tokens::{Group, Ristretto255, VoprfClient, VoprfServer};
use rand_core::{TryCryptoRng, TryRng};
use serde::Deserialize;
use support::{unhex, unhex_array};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    seed: String,
    key_info: String,
    #[serde(rename = "pkSm")]
    public: String,
    #[serde(rename = "cases")]
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Case {
    input: Vec<String>,
    blind: Vec<String>,
    blinded_element: Vec<String>,
    evaluation_element: Vec<String>,
    proof: String,
    proof_random_scalar: String,
    output: Vec<String>,
}

/// Gives the one value that the vector says was drawn.
struct Drawn([u8; 32]);

impl TryRng for Drawn {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        panic!("only whole scalars are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        panic!("only whole scalars are drawn")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[test]
fn blinding_evaluation_proof_and_output_are_those_of_rfc_9497() {
    let file: File = serde_json::from_str(include_str!("data/rfc9497.json")).unwrap();
    let (seed, info) = (unhex(&file.seed), unhex(&file.key_info));
    let server = VoprfServer::<Ristretto255>::new_from_seed(&seed, &info).unwrap();
    let public = server.get_public_key();
    assert_eq!(
        Ristretto255::serialize_elem(public)[..],
        unhex(&file.public)
    );

    for case in &file.cases {
        let inputs: Vec<_> = case.input.iter().map(|input| unhex(input)).collect();
        let (mut clients, mut blinded) = (Vec::new(), Vec::new());
        for ((input, blind), expected) in inputs.iter().zip(&case.blind).zip(&case.blinded_element)
        {
            let blind = Ristretto255::deserialize_scalar(&unhex(blind)).unwrap();
            let result =
                VoprfClient::<Ristretto255>::deterministic_blind_unchecked(input, blind).unwrap();
            assert_eq!(result.message.serialize()[..], unhex(expected));
            clients.push(result.state);
            blinded.push(result.message);
        }
        let mut rng = Drawn(unhex_array(&case.proof_random_scalar));
        let prepared: Vec<_> = server
            .batch_blind_evaluate_prepare(blinded.iter())
            .collect();
        let answer = server
            .batch_blind_evaluate_finish(&mut rng, blinded.iter(), &prepared)
            .unwrap();
        let proof = answer.proof;
        let messages: Vec<_> = answer.messages.collect();
        for (element, expected) in messages.iter().zip(&case.evaluation_element) {
            assert_eq!(element.serialize()[..], unhex(expected));
        }
        assert_eq!(proof.serialize()[..], unhex(&case.proof));
        let outputs: Vec<_> =
            VoprfClient::batch_finalize(&inputs, &clients, &messages, &proof, public)
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
        for ((output, input), expected) in outputs.iter().zip(&inputs).zip(&case.output) {
            assert_eq!(output[..], unhex(expected));
            assert_eq!(server.evaluate(input).unwrap()[..], unhex(expected));
        }
    }
    println!("RFC 9497, VOPRF mode: {} cases", file.cases.len());
    assert_eq!(file.cases.len(), 3);
}
