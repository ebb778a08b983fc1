use super::*;
use crate::audit::event::{Event, Sealing};
use crate::audit::fixtures::{event, uuid};
use crate::entropy::SystemEntropy;
use crate::secret::Secret;

struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ts-keys-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn open(&self, kek: u8) -> Result<SubjectKeys, SubjectKeyError> {
        let keys = AuditKeys {
            key_encryption_key: Secret::new([kek; 32]),
            pseudonym_key: Secret::new([9; 32]),
        };
        SubjectKeys::open(&self.0, &keys, &SystemEntropy::new())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);

fn sealed(keys: &SubjectKeys, subject: &str) -> (Uuid, Value) {
    let id = uuid();
    let key = keys.of(subject, NOW, &SystemEntropy::new()).unwrap();
    let (mut scratch, mut out) = (Vec::new(), Vec::new());
    let fields = [("subject", subject)];
    let sealing = Sealing { key: &key, fields: &fields, entropy: &SystemEntropy::new() };
    let event = Event { sealed: Some(sealing), ..event(id, "r") };
    event.write(crate::audit::Prefixes::default(), &mut scratch, &mut out).unwrap();
    let json: Value =
        serde_json::from_str(&format!("{{{}}}", str::from_utf8(&out).unwrap())).unwrap();
    assert!(!json.to_string().contains(subject), "the subject stands in clear");
    (id, json["enc"].clone())
}

#[test]
fn what_was_sealed_opens_after_a_restart_and_for_its_own_record_only() {
    let scratch = Scratch::new("restart");
    let keys = scratch.open(1).unwrap();
    let (id, enc) = sealed(&keys, "CN=post-7");
    keys.flush().unwrap();
    drop(keys);
    let keys = scratch.open(1).unwrap();
    assert_eq!(keys.open_sealed(&id, &enc).unwrap()["subject"], "CN=post-7");
    let (other, _) = sealed(&keys, "CN=post-8");
    assert!(keys.open_sealed(&other, &enc).is_err());
}

#[test]
fn an_erased_subject_cannot_be_read_by_anybody_and_others_can() {
    let scratch = Scratch::new("erase");
    let keys = scratch.open(1).unwrap();
    let (gone, gone_enc) = sealed(&keys, "CN=gone");
    let (kept, kept_enc) = sealed(&keys, "CN=kept");
    assert_eq!(keys.erase("CN=gone").unwrap(), 1);
    for keys in [keys, scratch.open(1).unwrap()] {
        assert!(matches!(keys.open_sealed(&gone, &gone_enc), Err(SubjectKeyError::Erased)));
        assert!(keys.open_sealed(&kept, &kept_enc).is_ok());
    }
}

#[test]
fn another_wrapping_key_does_not_open_the_file() {
    let scratch = Scratch::new("kek");
    let keys = scratch.open(1).unwrap();
    let _ = sealed(&keys, "CN=x");
    keys.flush().unwrap();
    drop(keys);
    assert!(matches!(scratch.open(2), Err(SubjectKeyError::WrongKey { .. })));
}
