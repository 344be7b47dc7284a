//! Settings of the app.

use super::Client;
use crate::error::{ClientError, Result};
use crate::store::settings;
use crate::view::SettingsView;

/// Longest time until the page locks itself, minutes: a week.
const MAX_LOCK: u32 = 7 * 24 * 60;
/// Longest language tag, bytes.
const MAX_LANGUAGE: usize = 35;

impl Client {
    /// What the person decided about the app.
    ///
    /// # Errors
    /// Those of the store.
    pub fn settings(&self) -> Result<SettingsView> {
        self.driver.store.read(|c| {
            let stored: Option<SettingsView> = settings::get(c, settings::APP)?;
            Ok(SettingsView {
                traffic: settings::get(c, settings::TRAFFIC)?.unwrap_or_default(),
                ..stored.unwrap_or_default()
            })
        })
    }

    /// Decides otherwise.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: a language or a time that cannot be. Nothing is changed then.
    pub fn set_settings(&self, wanted: SettingsView) -> Result<SettingsView> {
        if wanted
            .lock_after_minutes
            .is_some_and(|minutes| minutes == 0 || minutes > MAX_LOCK)
        {
            return Err(ClientError::usage(
                "bad-lock",
                format!(
                    "The page locks itself after 1 to {MAX_LOCK} minutes, or never. Nothing was changed."
                ),
            ));
        }
        if wanted.language.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(ClientError::usage(
                "bad-language",
                "A language is given as a tag such as `en` or `de-CH`. Nothing was changed.",
            ));
        }
        self.driver.store.write(|tx| {
            // Where the engine looks for it.
            settings::set(tx, settings::TRAFFIC, &wanted.traffic)?;
            settings::set(tx, settings::APP, &wanted)
        })?;
        Ok(wanted)
    }
}

/// Whether it has the form of a BCP 47 tag (RFC 5646 section 2.1), as far as that matters here.
fn is_tag(tag: &str) -> bool {
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.len() <= MAX_LANGUAGE && tag.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag_and_nothing_else() {
        for good in ["en", "de-CH", "zh-Hant-TW"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", "-", "en_GB", "../en", "abcdefghi", "en-"] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
