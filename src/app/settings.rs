//! What was configured, as the daemon is started with it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{Keys, Settings};
use crate::audit::AuditKeys;
use crate::authn::local::Administrators;
use crate::authn::mtls::ClientRules;
use crate::config::Loaded;
use crate::config::secret_source::SecretSource;
use crate::guard::Policy;
use crate::state::{Label, MasterKey, MasterKeyError};

impl From<&Loaded> for Settings {
    fn from(loaded: &Loaded) -> Self {
        let configuration = &loaded.configuration;
        let allowed = configuration.mtls.allowed_clients.clone();
        Self {
            server: configuration.server.clone(),
            tls: configuration.tls.clone(),
            audit: configuration.audit.clone(),
            state: configuration.folders.state.clone(),
            accept_state: configuration.folders.accept,
            run: Some(configuration.folders.run.clone()),
            policy: Policy {
                clients: ClientRules::new(loaded.policy.clients.clone(), allowed),
                roles: loaded.policy.roles.clone(),
                demands: loaded.policy.demands.clone(),
            },
            administrators: Administrators::new(loaded.policy.administrators.clone()),
            api_keys: configuration.api_keys.clone(),
            gate: configuration.gate.enabled.then(|| configuration.gate.settings.clone()),
            limits: configuration.rate_limiting.clone(),
            on_unknown: configuration.trust.on_unknown,
            tokens: configuration.jwt.enabled.then(|| configuration.jwt.tokens.clone()),
        }
    }
}

/// Why the master key cannot be had from where `encryption.master_key` says it is.
#[derive(Debug)]
pub enum MasterKeyFault {
    /// systemd passed no credentials; the name of the one that is wanted.
    NoCredentials(String),
    /// The setting is not there.
    NotSet,
    /// Neither a credential nor a file.
    Place(SecretSource),
    /// What the file holds, or where it lies.
    Unusable(PathBuf, MasterKeyError),
}

impl fmt::Display for MasterKeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("encryption.master_key: ")?;
        match self {
            Self::NoCredentials(name) => write!(
                out,
                "no credential {name:?}: systemd passed none; add LoadCredential={name}:PATH to the unit"
            ),
            Self::NotSet => {
                out.write_str("not set; write {credential: master-key} or {file: PATH}")
            }
            Self::Place(source) => write!(
                out,
                "{source} is no place for it; write {{credential: master-key}} or {{file: PATH}}"
            ),
            Self::Unusable(path, error) => match error {
                MasterKeyError::Form | MasterKeyError::Weak => {
                    write!(out, "{}: {error}", path.display())
                }
                // These name the file themselves.
                MasterKeyError::Beside { .. }
                | MasterKeyError::Find(..)
                | MasterKeyError::Ownership(_) => error.fmt(out),
            },
        }
    }
}

impl std::error::Error for MasterKeyFault {}

/// The key from which all others come, read from where `loaded` says it is. `variables` has the folder of the
/// credentials that systemd passed.
///
/// # Errors
///
/// [`MasterKeyFault`], which names the setting and the file, and never any of the key.
pub fn master_key(
    loaded: &Loaded,
    variables: &BTreeMap<String, String>,
) -> Result<MasterKey, MasterKeyFault> {
    let state = &loaded.configuration.folders.state;
    let path = match &loaded.configuration.encryption.master_key {
        None => return Err(MasterKeyFault::NotSet),
        Some(SecretSource::Credential(name)) => variables
            .get("CREDENTIALS_DIRECTORY")
            .map(|folder| Path::new(folder).join(name))
            .ok_or_else(|| MasterKeyFault::NoCredentials(name.clone()))?,
        Some(SecretSource::File(path)) => path.clone(),
        Some(other) => return Err(MasterKeyFault::Place(other.clone())),
    };
    MasterKey::from_file(&path, state).map_err(|error| MasterKeyFault::Unusable(path, error))
}

/// The keys that come from the master key.
#[must_use]
pub fn keys(master: &MasterKey) -> Keys {
    Keys {
        audit: AuditKeys {
            key_encryption_key: master.derive(Label::AuditKek),
            pseudonym_key: master.derive(Label::Pseudonym),
        },
        pepper: master.derive(Label::Pepper),
        state: master.derive(Label::State),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Configuration;
    use crate::trust::validate::OnUnknown;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with a configuration, gone when the test is over.
    struct Site(PathBuf);

    impl Site {
        fn new(name: &str, master_key: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("ts-settings-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir(&folder).unwrap();
            let security = format!(
                "server: {{state_dir: {}/state, listen: '127.0.0.1:0'}}\nmtls: {{allowed_clients: [a]}}\n\
                 trust: {{revocation: {{on_unknown: indeterminate}}}}\nencryption: {{master_key: {master_key}}}\n",
                folder.display()
            );
            fs::write(folder.join("security.yaml"), security).unwrap();
            let policy =
                "roles: {r: [trust:query]}\nclients: [{match: {cn: a}, client: a, roles: [r]}]\n";
            fs::write(folder.join("policy.yaml"), policy).unwrap();
            let key: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(at)).collect();
            fs::write(folder.join("key"), key).unwrap();
            fs::set_permissions(folder.join("key"), fs::Permissions::from_mode(0o400)).unwrap();
            Self(folder)
        }

        fn load(&self) -> Loaded {
            let variables = BTreeMap::from([("ENVIRONMENT".to_owned(), "testing".to_owned())]);
            Configuration::load(&self.0, &variables, "host-1").unwrap()
        }

        fn credentials(&self) -> BTreeMap<String, String> {
            let folder = self.0.display().to_string();
            BTreeMap::from([("CREDENTIALS_DIRECTORY".to_owned(), folder)])
        }
    }

    impl Drop for Site {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_daemon_starts_with_what_is_configured() {
        let site = Site::new("all", "{credential: key}");
        let settings = Settings::from(&site.load());
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:0");
        assert_eq!(settings.state, site.0.join("state"));
        assert_eq!(settings.audit.instance, "host-1");
        assert_eq!(settings.on_unknown, OnUnknown::Indeterminate);
        let rules = format!("{:?}", settings.policy.clients);
        assert!(rules.contains("CommonName(\"a\")") && rules.contains("Some([\"a\"])"), "{rules}");
        assert!(settings.tls.require_client_certificate);
    }

    #[test]
    fn the_master_key_is_read_from_a_credential_or_a_file() {
        let site = Site::new("credential", "{credential: key}");
        let key = master_key(&site.load(), &site.credentials()).unwrap();
        let file = Site::new("file", "{file: /dev/null}");
        fs::write(
            file.0.join("security.yaml"),
            format!("encryption: {{master_key: {{file: {}/key}}}}", file.0.display()),
        )
        .unwrap();
        let same = master_key(&file.load(), &BTreeMap::new()).unwrap();
        assert_eq!(
            keys(&key).audit.pseudonym_key.expose(),
            keys(&same).audit.pseudonym_key.expose()
        );
    }

    #[test]
    fn a_master_key_that_cannot_be_had_is_named_by_its_setting_and_its_file() {
        let site = Site::new("missing", "{credential: none}");
        let said = |site: &Site, variables: &BTreeMap<String, String>| {
            let said = master_key(&site.load(), variables).unwrap_err().to_string();
            assert!(said.starts_with("encryption.master_key: "), "{said}");
            said
        };
        assert!(said(&site, &BTreeMap::new()).contains("LoadCredential=none:PATH"));
        let missing = said(&site, &site.credentials());
        assert!(missing.contains(&site.0.join("none").display().to_string()), "{missing}");
        let weak = Site::new("weak", "{credential: weak}");
        fs::write(weak.0.join("weak"), [7; 32]).unwrap();
        fs::set_permissions(weak.0.join("weak"), fs::Permissions::from_mode(0o400)).unwrap();
        let guessable = said(&weak, &weak.credentials());
        assert!(guessable.contains(&weak.0.join("weak").display().to_string()), "{guessable}");
        assert!(guessable.contains("openssl rand"), "{guessable}");
        fs::set_permissions(weak.0.join("weak"), fs::Permissions::from_mode(0o444)).unwrap();
        assert!(said(&weak, &weak.credentials()).contains("chmod"));
    }
}
