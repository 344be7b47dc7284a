//! Settings of the app.
use super::Client;
use super::profiles::pending;
use crate::error::Result;
use crate::view::SettingsView;

impl Client {
    /// What the person decided about the app.
    ///
    /// # Errors
    /// Those of the store.
    pub fn settings(&self) -> Result<SettingsView> {
        Ok(SettingsView::default())
    }

    /// Decides otherwise.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: a language or a time that cannot be. Nothing is changed then.
    pub fn set_settings(&self, settings: SettingsView) -> Result<SettingsView> {
        let _ = settings;
        Err(pending())
    }
}
