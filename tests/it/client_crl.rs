//! A fetched revocation list and the one that is held: which takes the other's place.

use std::path::{Path, PathBuf};

use trust_service::clock::{Clock, DAY, SystemClock, UnixTime};
use trust_service::demo::crl::CrlSpec;
use trust_service::demo::extension::{self, Extension};
use trust_service::demo::tls::TlsAuthority;
use trust_service::demo::writer;
use trust_service::tls::crl::{CrlError, Fetched, Signers};
use trust_service::tls::{MinVersion, TlsSettings};

/// The CAs in a file of their own, gone when the test is over.
struct Site {
    folder: PathBuf,
    signers: Signers,
}

impl Site {
    fn new(name: &str, authorities: &[&TlsAuthority]) -> Self {
        let folder = std::env::temp_dir().join(format!("ts-crl-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let text: String = authorities.iter().map(|one| one.certificate()).collect();
        std::fs::write(folder.join("ca.pem"), text).unwrap();
        let signers = Signers::read(&settings(&folder)).unwrap();
        Self { folder, signers }
    }

    fn judge(&self, fetched: &[u8], held: Option<&[u8]>) -> Result<Fetched, CrlError> {
        self.signers.judge(fetched, held, now(), false)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings(folder: &Path) -> TlsSettings {
    TlsSettings {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
        client_ca: folder.join("ca.pem"),
        client_crls: Vec::new(),
        client_crl_fetch: None,
        require_client_certificate: true,
        allow_unknown_revocation: false,
        allow_stale_revocation: false,
        min_version: MinVersion::Tls12,
    }
}

fn now() -> UnixTime {
    SystemClock::new().wall()
}

fn authority(name: &str) -> TlsAuthority {
    TlsAuthority::make(name, now()).unwrap()
}

/// A list of this number, made so many seconds from now.
fn list(authority: &TlsAuthority, number: u64, made: i64) -> Vec<u8> {
    changed(authority, |list| {
        list.this_update = now().seconds() + made;
        replace(list, extension::crl_number(&number.to_be_bytes()));
    })
}

fn changed(authority: &TlsAuthority, change: impl FnOnce(&mut CrlSpec)) -> Vec<u8> {
    authority.revocation_list_with(&[], change).unwrap()
}

fn replace(list: &mut CrlSpec, extension: Extension) {
    *list = list.clone().with(extension);
}

fn is_new(judged: &Result<Fetched, CrlError>) -> bool {
    matches!(judged, Ok(Fetched::New(_)))
}

#[test]
fn a_newer_list_takes_the_place_of_an_older_one_and_never_the_other_way() {
    let ca = authority("ca");
    let site = Site::new("newer", &[&ca]);
    let held = list(&ca, 7, -600);
    assert!(is_new(&site.judge(&held, None)));
    assert!(matches!(site.judge(&held, Some(&held)), Ok(Fetched::Same(_))));
    for (number, made, expected) in [
        (8, -300, true),
        (7, -300, true),
        (256, -600, true),
        (6, -300, false),
        (8, -601, false),
        (1, -3_600, false),
    ] {
        let judged = site.judge(&list(&ca, number, made), Some(&held));
        if expected {
            assert!(is_new(&judged), "{number} {made}: {judged:?}");
        } else {
            assert_eq!(judged, Err(CrlError::Older), "{number} {made}");
        }
    }
}

#[test]
fn only_a_list_that_a_client_ca_signed_is_taken() {
    let (ca, same_name, other) = (authority("ca"), authority("ca"), authority("other"));
    let site = Site::new("signed", &[&ca]);
    let good = list(&ca, 1, -60);
    assert_eq!(site.judge(&list(&same_name, 2, -30), None), Err(CrlError::WrongSignature));
    assert_eq!(site.judge(&list(&other, 2, -30), None), Err(CrlError::NotByClientCa));
    // Any octet that is changed breaks it.
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(site.judge(&bad, None).is_err(), "octet {at}");
    }
    // Two CAs of one name are told apart by their keys.
    let both = Site::new("both", &[&same_name, &ca]);
    assert!(is_new(&both.judge(&good, None)));
}

#[test]
fn what_is_no_list_is_refused_in_every_form() {
    let ca = authority("ca");
    let site = Site::new("garbage", &[&ca]);
    let (one, pem) = (list(&ca, 1, -60), ca.revocation_list(&[5]).unwrap());
    assert!(is_new(&site.judge(pem.as_bytes(), None)));
    let longer = [one.as_slice(), b"\0"].concat();
    let two = format!("{pem}{pem}");
    let certificate = ca.certificate();
    for bad in [
        &b""[..],
        b"<html>",
        b"\x30",
        b"\x30\x80\x00\x00",
        &one[..one.len() - 1],
        &longer,
        two.as_bytes(),
        certificate.as_bytes(),
    ] {
        assert_eq!(
            site.judge(bad, None),
            Err(CrlError::Malformed),
            "{:?}",
            &bad[..bad.len().min(9)]
        );
    }
}

#[test]
fn a_list_out_of_its_time_is_refused() {
    let ca = authority("ca");
    let site = Site::new("times", &[&ca]);
    let ends = |at: i64| changed(&ca, |list| list.next_update = Some(now().seconds() + at));
    assert!(is_new(&site.judge(&ends(60), None)));
    let stale = ends(-60);
    assert!(matches!(site.judge(&stale, None), Err(CrlError::Stale(_))));
    assert!(matches!(site.judge(&stale, Some(&stale)), Err(CrlError::Stale(_))));
    // Where stale lists count, this one is better than none.
    assert!(is_new(&site.signers.judge(&stale, None, now(), true)));
    assert!(matches!(
        site.judge(&changed(&ca, |list| list.next_update = None), None),
        Err(CrlError::NoNextUpdate)
    ));
    assert!(is_new(&site.judge(&list(&ca, 1, 120), None)));
    assert!(matches!(site.judge(&list(&ca, 1, 900), None), Err(CrlError::Future(_))));
}

#[test]
fn another_list_of_the_same_cas_does_not_take_the_place_of_the_one_that_is_held() {
    let (ca, other) = (authority("ca"), authority("other"));
    let site = Site::new("swapped", &[&ca, &other]);
    let held = list(&ca, 1, -600);
    assert_eq!(site.judge(&list(&other, 9, -60), Some(&held)), Err(CrlError::OtherIssuer));
    // The list of one distribution point: it says nothing of who is on another's.
    let uri = writer::element(0x86, b"http://ca.example/1.crl");
    let scope = writer::sequence([writer::explicit(0, &writer::element(0xa0, &uri))]);
    let partial = changed(&ca, |list| {
        list.this_update = now().seconds() - 60;
        replace(list, Extension::critical("2.5.29.28", scope));
    });
    assert!(is_new(&site.judge(&partial, None)));
    assert_eq!(site.judge(&partial, Some(&held)), Err(CrlError::OtherScope));
    assert_eq!(site.judge(&list(&ca, 9, -30), Some(&partial)), Err(CrlError::OtherScope));
    // What is held under a CA that is none any more, or is damaged, is nothing to compare with.
    let alone = Site::new("alone", &[&other]);
    assert!(is_new(&alone.judge(&list(&other, 1, -900), Some(&held))));
    assert!(is_new(&site.judge(&list(&ca, 1, -900), Some(b"damaged"))));
}

#[test]
fn a_list_that_the_verifier_of_clients_does_not_take_is_not_held() {
    let ca = authority("ca");
    let site = Site::new("unusable", &[&ca]);
    let delta = changed(&ca, |list| {
        replace(list, Extension::critical("2.5.29.27", writer::integer(1)));
    });
    assert!(matches!(site.judge(&delta, None), Err(CrlError::Unusable(_))));
    let unknown = changed(&ca, |list| {
        list.next_update = Some(now().seconds() + DAY);
        replace(list, Extension::critical("1.2.3.4", writer::null()));
    });
    assert!(matches!(site.judge(&unknown, None), Err(CrlError::Unusable(_))));
}
