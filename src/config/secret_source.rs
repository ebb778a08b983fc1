//! Where a secret is kept. The configuration says only that: a secret in a file of settings would be in every backup.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::secret::Secret;

use super::tree::Value;

/// Bytes of one secret.
pub const MAX_BYTES: usize = 64 * 1024;

/// The place of one secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SecretSource {
    /// `{credential: NAME}`: a file in the folder that systemd names in `CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// `{env: NAME}`: an environment variable.
    Environment(String),
    /// `{file: PATH}`: a file that the owner alone can read.
    File(PathBuf),
    /// `{vault: "mount/path#field"}`: a field of a secret in Vault.
    Vault {
        /// Mount and path.
        path: String,
        /// The field.
        field: String,
    },
}

/// Why a secret cannot be had. No variant holds any of it.
#[derive(Debug)]
pub enum SecretError {
    /// There is nothing in it.
    Empty(SecretSource),
    /// Others than the owner can read the file, or change it.
    Exposed(PathBuf, u32),
    /// The file cannot be read.
    File(PathBuf, io::Error),
    /// systemd passed no credentials: `CREDENTIALS_DIRECTORY` is not set.
    NoCredentials(String),
    /// No such variable.
    NoVariable(String),
    /// It is larger than [`MAX_BYTES`].
    TooLarge(SecretSource),
    /// Vault is not part of this build.
    VaultAbsent(String),
}

impl fmt::Display for SecretError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(source) => write!(out, "the secret {source} is empty; put it there"),
            Self::Exposed(path, mode) => write!(
                out,
                "{} is open to others than its owner (mode {mode:04o}); chmod 0400 it",
                path.display()
            ),
            Self::File(path, error) => {
                write!(out, "{}: {error}; see that the service's user can read it", path.display())
            }
            Self::NoCredentials(name) => write!(
                out,
                "no credential {name:?}: systemd passed none; add LoadCredential={name}:PATH to the unit"
            ),
            Self::NoVariable(name) => write!(out, "the variable {name} is not set; set it"),
            Self::TooLarge(source) => {
                write!(out, "the secret {source} is larger than {MAX_BYTES} bytes; check the name")
            }
            Self::VaultAbsent(path) => write!(
                out,
                "the secret {path} is in Vault, which this build cannot ask yet; use a file or a credential"
            ),
        }
    }
}

impl std::error::Error for SecretError {}

impl fmt::Display for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_value().to_yaml())
    }
}

impl SecretSource {
    /// The source as the configuration writes it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let (kind, text) = match self {
            Self::Credential(name) => ("credential", name.clone()),
            Self::Environment(name) => ("env", name.clone()),
            Self::File(path) => ("file", path.to_string_lossy().into_owned()),
            Self::Vault { path, field } => ("vault", format!("{path}#{field}")),
        };
        let node =
            super::tree::Node { origin: super::tree::Origin::Default, value: Value::Text(text) };
        node.below(&[kind]).value
    }

    /// What `{kind: text}` means, or the rule that it breaks.
    pub(super) fn parse(kind: &str, text: &str) -> Result<Self, &'static str> {
        let simple = |extra: &[u8]| {
            !text.is_empty()
                && text.len() <= 255
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
        };
        match kind {
            "file" if Path::new(text).is_absolute() => Ok(Self::File(text.into())),
            "file" => Err("the path of a secret's file begins with '/'"),
            "credential" if simple(b"._-") && !text.starts_with('.') => {
                Ok(Self::Credential(text.to_owned()))
            }
            "credential" => Err("a credential's name is of letters, digits, '.', '_' and '-'"),
            "env" if simple(b"_") => Ok(Self::Environment(text.to_owned())),
            "env" => Err("a variable's name is of letters, digits and '_'"),
            "vault" => match text.split_once('#') {
                Some((path, field))
                    if path.contains('/') && !field.is_empty() && !field.contains('#') =>
                {
                    Ok(Self::Vault { path: path.to_owned(), field: field.to_owned() })
                }
                _ => Err("a secret in Vault is written as mount/path#field"),
            },
            _ => Err("a secret is kept in a file, a credential, a variable (env) or Vault"),
        }
    }

    /// The secret, byte for byte. systemd guards the folder of credentials itself, so only `{file: …}` is held to a mode.
    ///
    /// # Errors
    ///
    /// [`SecretError`].
    pub fn read(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<Secret<Vec<u8>>, SecretError> {
        let secret = match self {
            Self::File(path) => {
                let file =
                    File::open(path).map_err(|error| SecretError::File(path.clone(), error))?;
                let metadata =
                    file.metadata().map_err(|error| SecretError::File(path.clone(), error))?;
                let mode = metadata.permissions().mode() & 0o7777;
                if mode & 0o077 != 0 {
                    return Err(SecretError::Exposed(path.clone(), mode));
                }
                self.content(file, path)?
            }
            Self::Credential(name) => {
                let folder = environment
                    .get("CREDENTIALS_DIRECTORY")
                    .ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
                let path = Path::new(folder).join(name);
                let file =
                    File::open(&path).map_err(|error| SecretError::File(path.clone(), error))?;
                self.content(file, &path)?
            }
            Self::Environment(name) => environment
                .get(name)
                .map(|text| Secret::new(text.clone().into_bytes()))
                .ok_or_else(|| SecretError::NoVariable(name.clone()))?,
            Self::Vault { path, .. } => return Err(SecretError::VaultAbsent(path.clone())),
        };
        if secret.expose().is_empty() {
            return Err(SecretError::Empty(self.clone()));
        }
        if secret.expose().len() > MAX_BYTES {
            return Err(SecretError::TooLarge(self.clone()));
        }
        Ok(secret)
    }

    /// The secret as text: without the one line end that editors and `echo` leave.
    ///
    /// # Errors
    ///
    /// [`SecretError`].
    pub fn read_line(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> Result<Secret<Vec<u8>>, SecretError> {
        let whole = self.read(environment)?;
        let line = whole.expose().strip_suffix(b"\n").unwrap_or(whole.expose());
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err(SecretError::Empty(self.clone()));
        }
        Ok(Secret::new(line.to_vec()))
    }

    fn content(&self, file: File, path: &Path) -> Result<Secret<Vec<u8>>, SecretError> {
        // Room for all of it: a vector that grows leaves copies behind.
        let mut bytes = Vec::with_capacity(MAX_BYTES.saturating_add(2));
        let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = file.take(most).read_to_end(&mut bytes);
        let secret = Secret::new(bytes);
        match read {
            Ok(length) if length > MAX_BYTES => Err(SecretError::TooLarge(self.clone())),
            Ok(_) => Ok(secret),
            Err(error) => Err(SecretError::File(path.to_owned(), error)),
        }
    }
}

#[cfg(test)]
mod tests;
