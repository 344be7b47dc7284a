//! The example that `dyad config example` prints.

/// A configuration with everything that is mostly decided, and comments. It passes the check once its
/// host is a real one.
pub const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use dyad_protocol::time::{Clock, SystemClock};
    use dyad_service::config::Report;

    use super::*;
    use crate::{ProviderConfig, check};

    fn read(text: &str) -> ProviderConfig {
        let mut report = Report::new();
        let config = ProviderConfig::read(text, [], &mut report);
        config.unwrap_or_else(|| panic!("{report}"))
    }

    /// The lines that are commented out are settings with their defaults: they must be true as well.
    fn everything_switched_on() -> String {
        let setting = |line: &str| {
            let rest = line.strip_prefix("#")?;
            let is_setting = rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[');
            is_setting.then(|| rest.to_owned())
        };
        let lines = EXAMPLE.lines();
        let lines = lines.map(|line| setting(line).unwrap_or_else(|| line.to_owned()));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_passes_once_its_placeholders_are_filled() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = read(EXAMPLE);
        let now = SystemClock.now();
        let findings = check(&config, now);
        let placeholder = findings.findings().iter().any(|f| f.at == "provider.host");
        assert!(placeholder, "{findings}");

        config.provider.host = "dyad.example.org".parse().unwrap();
        config.provider.data_dir = dir.path().join("data");
        config.provider.listen.set_port(0);
        config.provider.admin_listen.as_mut().unwrap().set_port(0);
        let report = check(&config, now);
        assert!(!report.has_errors(), "{report}");
    }

    #[test]
    fn what_the_example_shows_commented_out_is_known_and_the_default() {
        let shown = read(&everything_switched_on());
        let plain = read(EXAMPLE);
        assert_ne!(shown.elsewhere, plain.elsewhere);
        assert_eq!(shown.issuer, plain.issuer);
        assert_eq!(shown.sender, plain.sender);
        assert_eq!(shown.receiver, plain.receiver);
        assert_eq!(shown.provider.min_free_bytes, plain.provider.min_free_bytes);
        assert!(shown.provider.tls.is_some());
    }
}
