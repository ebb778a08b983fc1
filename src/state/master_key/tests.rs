use super::*;
use crate::entropy::{Entropy, SystemEntropy};
use std::os::unix::fs::{PermissionsExt, symlink};

fn key(written: impl Into<Vec<u8>>) -> Result<MasterKey, MasterKeyError> {
    MasterKey::new(&Secret::new(written.into()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemEntropy::new().fill(&mut bytes).unwrap();
    bytes
}

/// 32 octets in no order.
const OCTETS: [u8; 32] = [
    0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15, 0xf3, 0x9c, 0xc0, 0x60, 0x5c, 0xed, 0xc8, 0x34,
    0x10, 0x82, 0x27, 0x6b, 0xf3, 0xa2, 0x72, 0x51, 0xf8, 0x6c, 0x6a, 0x11, 0xd0, 0xc1, 0x8e, 0x95,
];

#[test]
fn the_same_key_is_read_in_each_form() {
    let state = *key(OCTETS).unwrap().derive(Label::State).expose();
    let (hex, base64) = (encoding::hex(&OCTETS), encoding::base64(&OCTETS));
    for text in [
        hex.clone(),
        hex.to_uppercase(),
        format!("{hex}\n"),
        base64.clone(),
        format!("{base64}\r\n"),
    ] {
        assert_eq!(*key(text.as_bytes()).unwrap().derive(Label::State).expose(), state, "{text}");
    }
}

#[test]
fn a_key_of_64_octets_is_one_and_65_or_31_are_too_many_or_too_few() {
    assert!(key(encoding::base64(&random::<64>())).is_ok());
    assert!(key(encoding::base64(&random::<32>())).is_ok());
    for bad in [encoding::base64(&random::<65>()), encoding::base64(&random::<31>())] {
        assert!(matches!(key(bad), Err(MasterKeyError::Form)));
    }
    for bad in [&random::<31>()[..], &random::<33>(), &random::<16>(), b"", b"\n"] {
        assert!(matches!(key(bad), Err(MasterKeyError::Form)), "{bad:?}");
    }
    assert!(matches!(key(&encoding::hex(&OCTETS)[1..]), Err(MasterKeyError::Form)));
}

#[test]
fn patterns_and_texts_are_refused_in_whatever_form_they_are_written() {
    let sequence: Vec<u8> = (0..32).collect();
    let downwards: Vec<u8> =
        (0..32_u8).map(|step| 200_u8.wrapping_sub(step.wrapping_mul(7))).collect();
    let few: Vec<u8> = (0..32_u8).map(|at| (at % 16 * (at % 16)) % 12 + 3).collect();
    let password = b"correct horse battery staple 123";
    for weak in [&[0; 32], &[0xff; 32], sequence.as_slice(), &downwards, &few, password] {
        for written in [weak.to_vec(), encoding::hex(weak).into(), encoding::base64(weak).into()] {
            assert!(matches!(key(written), Err(MasterKeyError::Weak)), "{weak:?}");
        }
    }
    let repeated = "0123456789abcdef".repeat(4);
    assert!(matches!(key(repeated), Err(MasterKeyError::Weak)));
}

#[test]
fn random_keys_are_not_taken_for_weak_ones() {
    for _ in 0..2_000 {
        assert!(key(random::<32>()).is_ok());
    }
}

#[test]
fn each_label_has_its_own_key_and_it_stays_the_same() {
    let master = key(OCTETS).unwrap();
    let labels = [Label::State, Label::Pepper, Label::AuditKek, Label::Pseudonym];
    let derived: Vec<[u8; 32]> =
        labels.iter().map(|label| *master.derive(*label).expose()).collect();
    for (index, one) in derived.iter().enumerate() {
        assert!(derived.iter().skip(index + 1).all(|other| one != other));
        assert_ne!(*one, OCTETS);
    }
    // HMAC-SHA256 twice, as RFC 5869 says, computed apart from this code.
    assert_eq!(encoding::hex(&derived[0]), STATE);
}

/// `extract` with the salt, then `expand` with "state".
const STATE: &str = "165d2447ff0701f5d92a5cc9507812d496f4342204a08fcacb6fb0cb4afc46d3";

#[test]
fn the_key_does_not_show() {
    let text = format!("{:?}", key(OCTETS).unwrap());
    assert_eq!(text, "MasterKey(Secret([redacted]))");
}

fn scratch(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("trust-service-key-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("state")).unwrap();
    folder
}

fn write(path: &Path, mode: u32) {
    fs::write(path, encoding::hex(&OCTETS)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_file_outside_the_state_folder_and_closed_is_read() {
    let folder = scratch("good");
    let (file, state) = (folder.join("key"), folder.join("state"));
    write(&file, 0o400);
    assert!(MasterKey::from_file(&file, &state).is_ok());
    assert!(MasterKey::from_file(&file, &folder.join("not-there-yet")).is_ok());
    symlink(&file, folder.join("link")).unwrap();
    assert!(MasterKey::from_file(&folder.join("link"), &state).is_ok());
    let beside = folder.join("state-2");
    fs::create_dir(&beside).unwrap();
    write(&beside.join("key"), 0o600);
    assert!(MasterKey::from_file(&beside.join("key"), &state).is_ok());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_key_in_the_state_folder_is_refused_by_whatever_way_it_is_named() {
    let folder = scratch("beside");
    let state = folder.join("state");
    fs::create_dir(state.join("keys")).unwrap();
    write(&state.join("key"), 0o400);
    write(&state.join("keys/key"), 0o400);
    symlink(state.join("key"), folder.join("link")).unwrap();
    symlink(&state, folder.join("state-link")).unwrap();
    for path in ["state/key", "state/keys/key", "link", "state-link/key", "state/../state/key"] {
        let refused = MasterKey::from_file(&folder.join(path), &state);
        assert!(matches!(refused, Err(MasterKeyError::Beside { .. })), "{path}");
    }
    let by_link = MasterKey::from_file(&state.join("key"), &folder.join("state-link"));
    assert!(matches!(by_link, Err(MasterKeyError::Beside { .. })));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_key_file_that_others_may_read_is_refused_and_so_is_none() {
    let folder = scratch("open");
    let (file, state) = (folder.join("key"), folder.join("state"));
    for mode in [0o604, 0o644, 0o620] {
        write(&file, mode);
        let refused = MasterKey::from_file(&file, &state);
        assert!(matches!(refused, Err(MasterKeyError::Ownership(OwnershipError::Readable(_)))));
    }
    let missing = MasterKey::from_file(&folder.join("none"), &state);
    assert!(matches!(missing, Err(MasterKeyError::Find(..))));
    fs::remove_dir_all(folder).unwrap();
}
