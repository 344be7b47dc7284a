//! What the person decides about the app itself.

use dyad_protocol::api::submit::TrafficClass;
use serde::{Deserialize, Serialize};

/// What a notification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notifications {
    /// There are none.
    Off,
    /// That there is something new, not what or from whom.
    #[default]
    WithoutContent,
    /// Who wrote and what.
    WithContent,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Settings of the app, kept in the encrypted store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsView {
    /// What a notification says.
    pub notifications: Notifications,
    /// Minutes without use after which the page locks itself; `None`: never.
    pub lock_after_minutes: Option<u32>,
    /// Light or dark.
    pub theme: Theme,
    /// Files of contacts whose words were compared are fetched by themselves up to so many bytes; 0: none.
    pub fetch_up_to: u64,
    /// How long messages may be held back to mix with others, for contacts of whom nothing else was said.
    pub traffic: TrafficClass,
    /// Whether calls go through a relay in any case, so that contacts do not learn our network address.
    pub relayed_calls: bool,
    /// Language as a BCP 47 tag; `None`: as the browser says.
    pub language: Option<String>,
}

impl Default for SettingsView {
    fn default() -> Self {
        Self {
            notifications: Notifications::default(),
            lock_after_minutes: Some(30),
            theme: Theme::default(),
            fetch_up_to: 1 << 20,
            traffic: TrafficClass::default(),
            relayed_calls: false,
            language: None,
        }
    }
}
