//! How keys are made and how long they last.

use std::time::Duration;

/// Settings of API keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiKeySettings {
    /// Whether keys are made and taken.
    pub enabled: bool,
    /// Bytes of chance in a key: 32 to 64.
    pub length: u8,
    /// After how long a key should be rotated; it is reminded of then.
    pub rotation: Duration,
    /// The longest that any key lives, whatever it was made for: one that is older is not taken.
    pub max_age: Duration,
    /// Keys in all, at most 10,000.
    pub max_keys: usize,
}

/// The most keys that there may be: their file is then still within what is sealed in one.
pub const MOST_KEYS: usize = 10_000;

impl Default for ApiKeySettings {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days.saturating_mul(86_400));
        Self {
            enabled: false,
            length: 32,
            rotation: days(90),
            max_age: days(365),
            max_keys: MOST_KEYS,
        }
    }
}
