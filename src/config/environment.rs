//! Which kind of installation this is: it picks a layer of the configuration and how strictly it is judged.

use std::fmt;

use crate::nearest::nearest;

/// The value of `ENVIRONMENT`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Environment {
    /// A developer's machine.
    Development,
    /// An automatic test.
    Testing,
    /// A rehearsal of production.
    Staging,
    /// The real thing, and the default: who forgets to say it must not be less safe for it.
    #[default]
    Production,
}

impl Environment {
    const ALL: [Self; 4] = [Self::Development, Self::Testing, Self::Staging, Self::Production];

    /// The name, as in `security-NAME.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// What the value of `ENVIRONMENT` means; production where there is none.
    ///
    /// # Errors
    ///
    /// A hint, where no environment has this name.
    pub fn parse(value: Option<&str>) -> Result<Self, String> {
        let Some(text) = value else { return Ok(Self::default()) };
        let names = Self::ALL.map(Self::as_str);
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| {
            nearest(text, names).map_or_else(
                || format!("one of {}", names.join(", ")),
                |name| format!("did you mean {name}?"),
            )
        })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_is_in_production_and_who_mistypes_is_told() {
        assert_eq!(Environment::parse(None), Ok(Environment::Production));
        for one in Environment::ALL {
            assert_eq!(Environment::parse(Some(one.as_str())), Ok(one));
        }
        let hint = Environment::parse(Some("prodction")).unwrap_err();
        assert_eq!(hint, "did you mean production?");
        assert!(Environment::parse(Some("")).unwrap_err().starts_with("one of development"));
    }
}
