//! Keys from their making to their end, over sealed files.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::authn::{Factor, Factors, Method, Rights};
use crate::clock::UnixTime;
use crate::entropy::SystemEntropy;
use crate::permission::{Permission, Permissions};
use crate::secret::Secret;
use crate::state::{FolderLock, PutBack, SealedFolder, Stamp};

mod changes;
mod uses;

const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);
const DAY: i64 = 86_400;

/// Everything that a manager may hold.
fn all() -> Permissions {
    Permission::ALL.into_iter().collect()
}

fn manager() -> Manager<'static> {
    Manager { name: "uid:0", held: all() }
}

fn asked() -> Asked {
    Asked {
        name: "border post 7".parse().unwrap(),
        owner: "border-post-7".parse().unwrap(),
        permissions: std::iter::once(Permission::TrustQuery).collect(),
        expires: NOW.plus(90 * DAY),
        networks: Vec::new(),
        limit: None,
    }
}

fn here() -> IpAddr {
    "192.0.2.77".parse().unwrap()
}

/// A state folder, gone when the test is over.
struct Rig {
    state: PathBuf,
    folder: Arc<SealedFolder>,
    lock: Arc<FolderLock>,
    settings: ApiKeySettings,
}

impl Rig {
    fn new(name: &str) -> Self {
        let state = std::env::temp_dir().join(format!("ts-keys-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&state);
        let lock = Arc::new(FolderLock::take(&state).unwrap());
        let entropy = Arc::new(SystemEntropy::new());
        let folder = SealedFolder::open(&state, "sealed", &Secret::new([3; 32]), entropy).unwrap();
        Self { state, folder: Arc::new(folder), lock, settings: ApiKeySettings::default() }
    }

    fn load_with(&self, peppers: Peppers) -> Result<ApiKeys, KeyStoreError> {
        let store = SealedKeys::new(Arc::clone(&self.folder), Arc::clone(&self.lock));
        ApiKeys::load(self.settings.clone(), peppers, Box::new(store))
    }

    /// The keys as the next start finds them.
    fn load(&self) -> ApiKeys {
        self.load_with(Peppers::new(1, &Secret::new([7; 32]))).unwrap()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

/// Makes a key, and puts it in force.
fn create(keys: &ApiKeys, asked: Asked) -> (String, KeyId, Stamp) {
    let mut change = keys.change(NOW);
    let made = change.create(asked, manager(), &SystemEntropy::new()).unwrap();
    let stamp = change.commit().unwrap();
    (made.key.expose().to_owned(), made.key.id(), stamp)
}

fn refused(keys: &ApiKeys, text: &str, now: UnixTime) -> ApiKeyError {
    keys.authenticate(text, here(), now).unwrap_err()
}

#[test]
fn a_key_says_who_shows_it_and_what_it_permits() {
    let rig = Rig::new("good");
    let keys = rig.load();
    let own =
        KeyLimit { requests_per_minute: 600.try_into().unwrap(), burst: 50.try_into().unwrap() };
    let (text, id, _) = create(&keys, Asked { limit: Some(own), ..asked() });
    for keys in [keys, rig.load()] {
        let found = keys.authenticate(&text, here(), NOW).unwrap();
        assert_eq!((found.key, found.limit), (id, Some(own)));
        let principal = found.principal;
        assert_eq!(principal.client().as_str(), "border-post-7");
        assert_eq!(&**principal.subject(), format!("key:{id}"));
        assert_eq!(principal.roles(), []);
        assert_eq!(principal.method(), Method::ApiKey);
        assert_eq!(principal.rights(), Rights::Exactly(asked().permissions));
        assert_eq!(principal.factors(), Factors::only(Factor::ApiKey));
    }
}

/// A store that must not be asked.
#[derive(Debug)]
struct Untouchable;

impl KeyStore for Untouchable {
    fn load(&self, _: Document) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        Ok(None)
    }

    fn save(&self, _: Document, _: &Secret<Vec<u8>>) -> Result<Stamp, KeyStoreError> {
        panic!("saved");
    }
}

#[test]
fn a_wrong_check_sum_is_refused_before_any_key_is_looked_up() {
    let rig = Rig::new("check");
    let keys = rig.load();
    let (text, ..) = create(&keys, asked());
    let last = if text.ends_with('0') { "1" } else { "0" };
    let slip = format!("{}{last}", &text[..text.len() - 1]);
    // Looking it up would find the key: only the check sum is wrong, and it is not part of who it is.
    assert_eq!(refused(&keys, &slip, NOW), ApiKeyError::Check);
    assert_eq!(ApiKeyError::Check.key(), None);
    let peppers = Peppers::new(1, &Secret::new([7; 32]));
    let none = ApiKeys::load(ApiKeySettings::default(), peppers, Box::new(Untouchable)).unwrap();
    assert_eq!(refused(&none, &slip, NOW), ApiKeyError::Check, "not: unknown");
    assert!(matches!(refused(&none, &text, NOW), ApiKeyError::Unknown(_)));
}

#[test]
fn an_unknown_id_and_a_wrong_secret_are_refused_and_no_use() {
    let rig = Rig::new("wrong");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let other = PresentedKey::make(32, &SystemEntropy::new()).unwrap();
    assert_eq!(refused(&keys, other.expose(), NOW), ApiKeyError::Unknown(other.id()));
    let (guess, ..) = create(&keys, asked());
    // The id of one key with the secret of another, and the check sum that belongs to both.
    let forged = format::with_check(&format!("{}{}", &text[..16], &guess[16..60]));
    assert_eq!(refused(&keys, &forged, NOW), ApiKeyError::Secret(id));
    assert!(!ApiKeyError::Secret(id).knew_the_secret());
    let view = keys.get(id, NOW).unwrap();
    assert_eq!((view.uses, view.last_use), (0, None));
}

#[test]
fn a_key_ends_to_the_second_and_earlier_where_keys_may_not_live_so_long_any_more() {
    let mut rig = Rig::new("ends");
    let (text, id, _) = create(&rig.load(), asked());
    let keys = rig.load();
    assert!(keys.authenticate(&text, here(), NOW.plus(90 * DAY - 1)).is_ok());
    assert_eq!(refused(&keys, &text, NOW.plus(90 * DAY)), ApiKeyError::Expired(id));
    rig.settings.max_age = Duration::from_secs(30 * 86_400);
    let stricter = rig.load();
    assert!(stricter.authenticate(&text, here(), NOW.plus(30 * DAY - 1)).is_ok());
    assert_eq!(refused(&stricter, &text, NOW.plus(30 * DAY)), ApiKeyError::Expired(id));
    assert_eq!(stricter.get(id, NOW).unwrap().ends, NOW.plus(30 * DAY));
}

#[test]
fn a_key_is_taken_from_its_networks_alone() {
    let rig = Rig::new("networks");
    let keys = rig.load();
    let networks = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let (text, id, _) = create(&keys, Asked { networks, ..asked() });
    for (from, taken) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("2001:db8:5::1", true),
        ("11.0.0.1", false),
        ("2001:db9::1", false),
        ("::1", false),
    ] {
        let from: IpAddr = from.parse().unwrap();
        let found = keys.authenticate(&text, from, NOW);
        assert_eq!(found.is_ok(), taken, "{from}");
        assert!(taken || found.unwrap_err() == ApiKeyError::Network(id));
        assert_eq!(keys.still_holds(id, 2, from, NOW).is_ok(), taken, "{from}");
    }
}

#[test]
fn a_key_is_kept_under_the_pepper_of_its_time() {
    let rig = Rig::new("peppers");
    let (first, second) = (Secret::new([7; 32]), Secret::new([8; 32]));
    let (old, id, _) = create(&rig.load(), asked());
    let both = rig.load_with(Peppers::new(2, &second).with_older(1, &first)).unwrap();
    let (new, newer, _) = create(&both, asked());
    assert!(both.authenticate(&old, here(), NOW).is_ok());
    assert!(both.authenticate(&new, here(), NOW).is_ok());
    assert_eq!(both.get(newer, NOW).unwrap().record.pepper, 2);
    let later = rig.load_with(Peppers::new(2, &second)).unwrap();
    assert_eq!(refused(&later, &old, NOW), ApiKeyError::Pepper(id));
    assert!(later.authenticate(&new, here(), NOW).is_ok());
    let another = rig.load_with(Peppers::new(1, &second)).unwrap();
    assert_eq!(refused(&another, &old, NOW), ApiKeyError::Secret(id));
}

#[test]
fn neither_what_is_kept_nor_what_is_printed_has_a_secret() {
    let rig = Rig::new("secrets");
    let keys = rig.load();
    let mut change = keys.change(NOW);
    let made = change.create(asked(), manager(), &SystemEntropy::new()).unwrap();
    let secret = &made.key.expose()[17..];
    let printed = format!("{made:?} {change:?}");
    let stamp = change.commit().unwrap();
    let found = keys.authenticate(made.key.expose(), here(), NOW).unwrap();
    let printed = format!("{printed} {keys:?} {found:?} {:?} {stamp:?}", keys.list(NOW));
    let kept = rig.folder.read("api-keys").unwrap().unwrap();
    let kept = str::from_utf8(kept.content.expose()).unwrap();
    assert!(kept.contains(made.key.id().as_str()), "{kept}");
    for (at, text) in [("kept", kept), ("printed", &printed)] {
        for part in [secret, &secret[..16], &secret[20..40]] {
            assert!(!text.contains(part), "{at}");
        }
    }
}

#[test]
fn yesterdays_keys_put_back_are_noticed_by_their_stamp() {
    let rig = Rig::new("put-back");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let path = rig.state.join("sealed/api-keys");
    let yesterday = std::fs::read(&path).unwrap();
    let mut change = keys.change(NOW);
    change.revoke(id, "uid:0").unwrap();
    let recorded = change.commit().unwrap();
    assert_eq!((&*recorded.name, recorded.generation), ("api-keys", 2));
    assert_eq!(rig.folder.compare(std::slice::from_ref(&recorded)).unwrap(), []);
    std::fs::write(&path, yesterday).unwrap();
    // It opens, and the key would work again.
    assert!(rig.load().authenticate(&text, here(), NOW).is_ok());
    let older = PutBack::Older { name: "api-keys".into(), recorded: 2, found: 1 };
    assert_eq!(rig.folder.compare(&[recorded]).unwrap(), [older]);
}

#[test]
fn a_document_that_is_not_what_was_written_is_not_loaded() {
    let rig = Rig::new("damaged");
    create(&rig.load(), asked());
    let good = rig.folder.read("api-keys").unwrap().unwrap();
    let good = str::from_utf8(good.content.expose()).unwrap().to_owned();
    let line = good.split_once('[').unwrap().1.strip_suffix("]}").unwrap().to_owned();
    for (from, to) in [
        ("\"format\":1", "\"format\":2"),
        ("\"format\":1", "\"format\":1,\"more\":1"),
        ("trust:query", "trust:everything"),
        ("[\"trust:query\"]", "[]"),
        ("\"pepper\":1", "\"pepper\":-1"),
        ("\"digest\":\"", "\"digest\":\"00"),
        ("\"pepper\":1", "\"pepper\":1,\"until\":1,\"revoked\":[1,\"a\"]"),
        ("\"pepper\":1", "\"pepper\":1,\"limit\":[0,1]"),
        ("\"pepper\":1", "\"pepper\":1,\"networks\":[\"10.0.0.1/8\"]"),
        ("]}", &format!(",{line}]}}")),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let content = Secret::new(bad.clone().into_bytes());
        rig.folder.write(&rig.lock, "api-keys", &content).unwrap();
        let loaded = rig.load_with(Peppers::new(1, &Secret::new([7; 32])));
        let error = loaded.map(|_| ()).unwrap_err();
        assert!(matches!(error, KeyStoreError::Damaged { document: Document::Keys, .. }), "{bad}");
        assert!(!error.to_string().contains("border"), "{error}");
    }
}
