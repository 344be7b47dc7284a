//! What comes from the provider's seed: token keys' seed, the host's service key, and its ancestry.

use std::path::Path;

use dyad_protocol::document::{MAX_SUCCESSION, Succession};
use dyad_protocol::hash::derive;
use dyad_protocol::id::HostName;
use dyad_protocol::label;
use dyad_protocol::sign::ServiceKey;
use dyad_protocol::token::ProviderSeed;
use dyad_service::secrets::{self, SecretError};

use crate::ProviderConfig;

/// The secrets of a provider's process, as far as they come from the seed.
#[derive(Clone, Debug)]
pub struct ProviderKeys {
    /// Token keys derive from it, the same in all processes of the provider.
    pub seed: ProviderSeed,
    /// Signs the host's document and batches. Each host has its own.
    pub service: ServiceKey,
    /// By which those who know an older key of the host follow to this one.
    pub succession: Vec<Succession>,
}

impl ProviderKeys {
    /// Derives them. `previous` are seeds of before, newest first; the oldest beyond what a document can
    /// list are left out.
    #[must_use]
    pub fn derive(host: &HostName, seed: ProviderSeed, previous: &[ProviderSeed]) -> Self {
        let service = service_key(host, &seed);
        let mut newer = service.clone();
        let mut succession = Vec::new();
        for seed in previous.iter().take(MAX_SUCCESSION) {
            let older = service_key(host, seed);
            succession.push(Succession::sign(host, &older, newer.public()));
            newer = older;
        }
        Self {
            seed,
            service,
            succession,
        }
    }

    /// Reads the seeds. A new provider that runs whole in one process gets one made.
    ///
    /// # Errors
    /// A file is missing, damaged, or readable by others.
    pub fn load(config: &ProviderConfig) -> Result<Self, SecretError> {
        let path = config.provider.seed_file();
        // With services elsewhere a seed made here would be another than theirs.
        let secret = if config.elsewhere.is_empty() {
            secrets::load_or_create(&path)?
        } else {
            secrets::load(&path)?
        };
        let previous = config
            .provider
            .previous_seed_files
            .iter()
            .map(|path| load(path))
            .collect::<Result<Vec<_>, _>>()?;
        let seed = ProviderSeed::new(*secret);
        Ok(Self::derive(&config.provider.host, seed, &previous))
    }
}

fn load(path: &Path) -> Result<ProviderSeed, SecretError> {
    Ok(ProviderSeed::new(*secrets::load(path)?))
}

fn service_key(host: &HostName, seed: &ProviderSeed) -> ServiceKey {
    ServiceKey::new(derive(
        seed.expose(),
        label::SERVICE_KEY,
        &[host.as_str().as_bytes()],
    ))
}

#[cfg(test)]
mod tests {
    use dyad_protocol::document::{DOCUMENT_VERSION, Document, DocumentBody};
    use dyad_protocol::time::Timestamp;

    use super::*;

    fn host(name: &str) -> HostName {
        name.parse().unwrap()
    }

    fn seed(number: u8) -> ProviderSeed {
        ProviderSeed::new([number; 32])
    }

    #[test]
    fn each_host_has_its_own_key_and_keeps_it() {
        let keys = |name| {
            ProviderKeys::derive(&host(name), seed(1), &[])
                .service
                .public()
        };
        assert_eq!(keys("a.example"), keys("a.example"));
        assert_ne!(keys("a.example"), keys("b.example"));
    }

    #[test]
    fn whoever_knows_an_older_key_follows_to_the_newest() {
        let host = host("dyad.example");
        let keys = ProviderKeys::derive(&host, seed(3), &[seed(2), seed(1)]);
        let body = DocumentBody {
            version: DOCUMENT_VERSION,
            host: host.clone(),
            issued: Timestamp::from_secs(0),
            key: keys.service.public(),
            issuer: None,
            sender: None,
            receiver: None,
            calls: Default::default(),
        };
        let json = body.sign(&keys.service, &keys.succession);
        let document = Document::verify(&json, &host).unwrap();
        for number in 1..=3 {
            let known = service_key(&host, &seed(number)).public().key_hash();
            assert!(document.follows(&known).is_ok(), "{number}");
        }
        let stranger = service_key(&host, &seed(4)).public().key_hash();
        assert!(document.follows(&stranger).is_err());
    }
}
