use super::*;
use crate::entropy::{NoEntropy, SystemEntropy};
use std::os::unix::fs::{PermissionsExt, chown};

struct Rig {
    state: PathBuf,
    lock: FolderLock,
}

impl Rig {
    fn new(name: &str) -> Self {
        let state =
            std::env::temp_dir().join(format!("trust-service-seal-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&state);
        let lock = FolderLock::take(&state).unwrap();
        Self { state, lock }
    }

    fn folder(&self, scope: &str) -> SealedFolder {
        self.folder_under(scope, 7)
    }

    fn folder_under(&self, scope: &str, key: u8) -> SealedFolder {
        let entropy = Arc::new(SystemEntropy::new());
        SealedFolder::open(&self.state, scope, &Key::new([key; 32]), entropy).unwrap()
    }

    fn write(&self, folder: &SealedFolder, name: &str, content: &[u8]) -> Stamp {
        folder.write(&self.lock, name, &Secret::new(content.to_vec())).unwrap()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.state);
    }
}

fn content(folder: &SealedFolder, name: &str) -> (Vec<u8>, Stamp) {
    let file = folder.read(name).unwrap().unwrap();
    (file.content.expose().clone(), file.stamp)
}

#[test]
fn what_was_sealed_is_read_by_the_next_start_and_does_not_lie_there_in_clear() {
    let rig = Rig::new("round");
    let folder = rig.folder("keys");
    assert!(folder.read("jwt").unwrap().is_none());
    for (index, text) in [&b"a secret that shows"[..], b"", b"another"].into_iter().enumerate() {
        let stamp = rig.write(&folder, "jwt", text);
        assert_eq!(stamp.generation, u64::try_from(index).unwrap() + 1);
        let again = rig.folder("keys");
        assert_eq!(content(&again, "jwt"), (text.to_vec(), stamp.clone()));
        let raw = fs::read(rig.state.join("keys/jwt")).unwrap();
        assert_eq!(Fingerprint::of(&raw), stamp.sha256);
        assert_eq!(raw.len(), OVERHEAD + text.len());
        assert!(text.is_empty() || !raw.windows(text.len()).any(|window| window == text));
        assert_eq!(again.listing().unwrap(), std::slice::from_ref(&stamp));
        assert!(again.compare(&[stamp]).unwrap().is_empty());
    }
    let mode =
        |path: &str| fs::metadata(rig.state.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("keys"), mode("keys/jwt")), (0o700, 0o600));
}

#[test]
fn a_file_put_back_from_yesterday_opens_and_is_noticed() {
    let rig = Rig::new("putback");
    let folder = rig.folder("keys");
    rig.write(&folder, "api-keys", b"with the key that was revoked later");
    let path = rig.state.join("keys/api-keys");
    let yesterday = fs::read(&path).unwrap();
    let recorded = rig.write(&folder, "api-keys", b"without it");
    fs::write(&path, yesterday).unwrap();
    let folder = rig.folder("keys");
    assert_eq!(content(&folder, "api-keys").1.generation, 1);
    let older = PutBack::Older { name: "api-keys".into(), recorded: 2, found: 1 };
    assert_eq!(folder.compare(&[recorded]).unwrap(), [older]);
}

#[test]
fn each_way_to_differ_from_the_record_has_its_name_and_the_last_record_counts() {
    let rig = Rig::new("differ");
    let folder = rig.folder("keys");
    let first = rig.write(&folder, "a", b"1");
    let second = rig.write(&folder, "a", b"2");
    let found = |recorded: &[Stamp]| folder.compare(recorded).unwrap();
    assert!(found(&[first.clone(), second.clone()]).is_empty());
    assert_eq!(found(&[]), [PutBack::Unrecorded { name: "a".into(), recorded: None, found: 2 }]);
    assert_eq!(
        found(std::slice::from_ref(&first)),
        [PutBack::Unrecorded { name: "a".into(), recorded: Some(1), found: 2 }]
    );
    let other = Stamp { sha256: first.sha256, ..second.clone() };
    assert_eq!(found(&[other]), [PutBack::Changed { name: "a".into(), generation: 2 }]);
    assert!(folder.remove(&rig.lock, "a").unwrap());
    assert!(!folder.remove(&rig.lock, "a").unwrap());
    assert_eq!(
        folder.compare(&[second]).unwrap(),
        [PutBack::Missing { name: "a".into(), recorded: 2 }]
    );
}

#[test]
fn a_flipped_bit_anywhere_keeps_the_file_shut_and_unwritten() {
    let rig = Rig::new("flip");
    let folder = rig.folder("keys");
    rig.write(&folder, "jwt", b"content");
    let path = rig.state.join("keys/jwt");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for bit in [1, 0x80] {
            let mut flipped = whole.clone();
            flipped[at] ^= bit;
            fs::write(&path, &flipped).unwrap();
            let refused = folder.read("jwt").unwrap_err();
            if at < HEADER.len() {
                assert!(matches!(refused, SealedError::NotSealed(_)), "{at}");
            } else {
                assert!(matches!(refused, SealedError::DoesNotOpen(_)), "{at}");
            }
        }
    }
    assert!(folder.write(&rig.lock, "jwt", &Secret::new(Vec::new())).is_err());
    assert!(folder.listing().is_err());
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(folder.read("jwt").is_err(), "{length}");
    }
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(folder.read("jwt").is_err());
    fs::write(&path, whole).unwrap();
    assert!(folder.read("jwt").is_ok());
}

#[test]
fn a_renamed_file_one_of_another_folder_and_one_under_another_key_stay_shut() {
    let rig = Rig::new("moved");
    let (keys, tokens) = (rig.folder("keys"), rig.folder("tokens"));
    rig.write(&keys, "jwt", b"content");
    let from = rig.state.join("keys/jwt");
    for to in ["keys/other", "tokens/jwt"] {
        // Copied by hand, with the mode that it needs.
        fs::copy(&from, rig.state.join(to)).unwrap();
    }
    for (folder, name) in [(&keys, "other"), (&tokens, "jwt")] {
        assert!(matches!(folder.read(name), Err(SealedError::DoesNotOpen(_))), "{name}");
    }
    let other_key = rig.folder_under("keys", 8);
    assert!(matches!(other_key.read("jwt"), Err(SealedError::DoesNotOpen(_))));
}

#[test]
fn a_state_folder_may_move() {
    let rig = Rig::new("moves");
    rig.write(&rig.folder("keys"), "jwt", b"content");
    let moved = rig.state.with_extension("moved");
    let _ = fs::remove_dir_all(&moved);
    fs::rename(&rig.state, &moved).unwrap();
    let entropy = Arc::new(SystemEntropy::new());
    let folder = SealedFolder::open(&moved, "keys", &Key::new([7; 32]), entropy).unwrap();
    assert_eq!(content(&folder, "jwt").0, b"content");
    fs::remove_dir_all(moved).unwrap();
}

#[test]
fn generations_go_on_when_an_old_file_was_put_back_while_the_service_ran() {
    let rig = Rig::new("goeson");
    let folder = rig.folder("keys");
    rig.write(&folder, "a", b"1");
    let path = rig.state.join("keys/a");
    let old = fs::read(&path).unwrap();
    rig.write(&folder, "a", b"2");
    fs::write(&path, old).unwrap();
    assert_eq!(rig.write(&folder, "a", b"3").generation, 3);
    fs::remove_file(&path).unwrap();
    assert_eq!(rig.write(&folder, "a", b"4").generation, 4);
}

#[test]
fn two_writes_of_the_same_content_look_nothing_alike() {
    let rig = Rig::new("nonce");
    let folder = rig.folder("keys");
    let path = rig.state.join("keys/a");
    rig.write(&folder, "a", &[0; 64]);
    let first = fs::read(&path).unwrap();
    rig.write(&folder, "a", &[0; 64]);
    let second = fs::read(&path).unwrap();
    let same = first[16..].iter().zip(&second[16..]).filter(|(a, b)| a == b).count();
    assert!(same < 20, "{same}");
}

#[test]
fn a_name_stays_in_its_folder() {
    let rig = Rig::new("names");
    let folder = rig.folder("keys");
    for bad in ["", ".", "..", "../lock", "a/b", "/etc/passwd", ".a", "A", "a\0", &"x".repeat(65)] {
        let refused = folder.write(&rig.lock, bad, &Secret::new(Vec::new()));
        assert!(matches!(refused, Err(SealedError::Name(_))), "{bad:?}");
        assert!(matches!(folder.read(bad), Err(SealedError::Name(_))), "{bad:?}");
        assert!(matches!(folder.remove(&rig.lock, bad), Err(SealedError::Name(_))), "{bad:?}");
    }
    rig.write(&folder, &"x".repeat(64), b"");
    rig.write(&folder, "vault-token.v2", b"");
    assert_eq!(folder.listing().unwrap().len(), 2);
}

#[test]
fn what_does_not_belong_in_the_folder_is_an_error_and_a_killed_process_leftover_is_not() {
    let rig = Rig::new("foreign");
    let folder = rig.folder("keys");
    let stamp = rig.write(&folder, "a", b"1");
    fs::write(rig.state.join("keys/.a.new"), b"TSS").unwrap();
    assert_eq!(folder.listing().unwrap(), [stamp]);
    fs::create_dir(rig.state.join("keys/sub")).unwrap();
    assert!(matches!(folder.listing(), Err(SealedError::Ownership(_))));
    fs::remove_dir(rig.state.join("keys/sub")).unwrap();
    fs::write(rig.state.join("keys/README"), b"hello").unwrap();
    assert!(matches!(folder.listing(), Err(SealedError::Name(_))));
}

#[test]
fn a_file_or_folder_open_to_others_or_of_another_owner_is_refused() {
    let rig = Rig::new("owner");
    let folder = rig.folder("keys");
    rig.write(&folder, "a", b"1");
    let path = rig.state.join("keys/a");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = folder.read("a").unwrap_err();
    assert!(matches!(refused, SealedError::Ownership(OwnershipError::Readable(_))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(&path, Some(4_711), None).unwrap();
        let refused = folder.read("a").unwrap_err();
        assert!(matches!(refused, SealedError::Ownership(OwnershipError::NotOurs { .. })));
    }
    let keys = rig.state.join("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o770)).unwrap();
    let entropy = Arc::new(SystemEntropy::new());
    let refused = SealedFolder::open(&rig.state, "keys", &Key::new([7; 32]), entropy).unwrap_err();
    assert!(matches!(refused, SealedError::Ownership(OwnershipError::Writable(_))));
}

#[test]
fn content_is_sealed_up_to_its_bound_and_not_beyond() {
    let rig = Rig::new("bound");
    let folder = rig.folder("keys");
    rig.write(&folder, "a", &vec![1; MOST]);
    assert_eq!(content(&folder, "a").0.len(), MOST);
    let refused = folder.write(&rig.lock, "a", &Secret::new(vec![1; MOST + 1]));
    assert!(matches!(refused, Err(SealedError::TooLong(_))));
    assert_eq!(content(&folder, "a").1.generation, 1);
}

#[derive(Debug)]
struct Dry;

impl Entropy for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

#[test]
fn without_entropy_nothing_is_sealed() {
    let rig = Rig::new("dry");
    let folder = SealedFolder::open(&rig.state, "keys", &Key::new([7; 32]), Arc::new(Dry)).unwrap();
    let refused = folder.write(&rig.lock, "a", &Secret::new(Vec::new()));
    assert!(matches!(refused, Err(SealedError::Entropy(_))));
    assert!(folder.read("a").unwrap().is_none());
}

#[test]
fn the_key_does_not_show() {
    let rig = Rig::new("debug");
    let text = format!("{:?}", rig.folder("keys"));
    assert!(!text.contains("7, 7") && !text.contains("0707"), "{text}");
}

#[test]
fn threads_that_write_the_same_file_take_turns() {
    let rig = Rig::new("turns");
    let folder = rig.folder("keys");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    rig.write(&folder, "a", b"x");
                }
            });
        }
    });
    assert_eq!(content(&folder, "a").1.generation, 20);
}
