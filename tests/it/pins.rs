//! "Each source pins its signer's CSCA: an operator's anchor, its verified link successor, or one accepted by
//! `--accept-signer`."

use trust_service::trust::change::{ChangeError, ImportOptions, SignerError};
use trust_service::trust::snapshot::Snapshot;

use super::common::{Csca, Imported, NOW, anchored, distrust, import, import_as, imported, since};

/// So many generations of one CSCA, each with the same name and a key of its own.
fn generations(count: usize) -> Vec<Csca> {
    (0..count).map(|_| Csca::since("UT", "CSCA", since(720, 13))).collect()
}

/// The links from each generation to the next.
fn links(generations: &[Csca]) -> Vec<Vec<u8>> {
    generations.windows(2).map(|pair| pair[0].link_to(&pair[1])).collect()
}

/// A source that is pinned to the first generation.
fn pinned(first: &Csca) -> Snapshot {
    imported(&anchored(&[&first.der]), "ut", &[&first.list_at(&[&first.der], NOW - 9_000)])
}

/// The next list of the source, signed under `signer`, with these entries.
fn next(base: &Snapshot, signer: &Csca, entries: &[Vec<u8>]) -> Imported {
    let mut all: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    all.push(&signer.der);
    import(base, "ut", &[&signer.list_at(&all, NOW - 60)])
}

fn assert_refused(imported: Imported, why: &str) {
    match imported {
        Err(ChangeError::Signer(_)) => {}
        Err(other) => panic!("{why}: refused for another reason: {other}"),
        Ok((_, reports)) => panic!("{why}: accepted: {reports:?}"),
    }
}

#[test]
fn a_list_under_the_pinned_csca_is_accepted_again() {
    let all = generations(1);
    let (after, reports) = next(&pinned(&all[0]), &all[0], &[]).unwrap();
    assert_eq!(reports[0].signer_csca, Some(all[0].id()));
    assert!(after.content().sources.contains_key("ut"));
}

#[test]
fn a_list_under_a_successor_is_accepted_over_every_link_between() {
    let all = generations(3);
    let base = pinned(&all[0]);
    let (after, reports) = next(&base, &all[2], &links(&all)).unwrap();
    assert!(reports[0].refused.is_empty());
    let pin = after.content().sources["ut"].signer.as_ref().unwrap().csca;
    assert_ne!(pin, all[0].id());
    // The pin has moved on: the next list needs no links any more.
    let later = all[2].list_at(&[&all[2].der], NOW);
    assert!(import(&after, "ut", &[&later]).is_ok());
}

#[test]
fn the_pin_that_has_moved_on_goes_further_from_there() {
    let all = generations(4);
    let chain = links(&all);
    let (after, _) = next(&pinned(&all[0]), &all[2], &chain[..2]).unwrap();
    let later = all[3].list_at(&[&all[3].der, &chain[2]], NOW);
    assert!(import(&after, "ut", &[&later]).is_ok());
}

#[test]
fn the_old_generation_may_not_sign_once_the_pin_has_moved_on() {
    // A link leads from the old key to the new one, never back: the old key may be the stolen one.
    let all = generations(2);
    let (after, _) = next(&pinned(&all[0]), &all[1], &links(&all)).unwrap();
    let list = all[0].list_at(&[&all[0].der], NOW);
    assert_refused(import(&after, "ut", &[&list]), "the older key");
}

#[test]
fn links_may_come_beforehand_in_a_bundle_since_their_signature_is_what_counts() {
    let all = generations(3);
    let chain = links(&all);
    let base = imported(&pinned(&all[0]), "links", &[&chain[0], &chain[1]]);
    assert!(next(&base, &all[2], &[]).is_ok());
}

#[test]
fn a_chain_with_a_link_missing_is_refused() {
    let all = generations(3);
    let base = pinned(&all[0]);
    for link in links(&all) {
        assert_refused(next(&base, &all[2], &[link]), "one of two links");
    }
    assert_refused(next(&base, &all[2], &[]), "no link");
    // Every root in the list does not stand in for a link.
    let roots: Vec<_> = all.iter().map(|csca| csca.der.clone()).collect();
    assert_refused(next(&base, &all[2], &roots), "roots without links");
}

#[test]
fn a_forged_link_is_refused() {
    let all = generations(2);
    let mallory = Csca::new("UT", "CSCA");
    let base = pinned(&all[0]);
    let posing = mallory.link_with(&all[1], |spec| {
        let id = trust_service::demo::key::Signer::key_identifier(all[0].key());
        *spec = spec.clone().with(trust_service::demo::extension::authority_key_identifier(&id));
    });
    assert_refused(next(&base, &all[1], &[posing]), "signed by a stranger");
    let mut changed = links(&all).remove(0);
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_refused(next(&base, &all[1], &[changed]), "changed signature");
}

#[test]
fn a_link_by_an_unrelated_csca_is_refused_even_if_an_operator_vouches_for_it() {
    let all = generations(2);
    let unrelated = Csca::new("UT", "CSCA of the army");
    let base = super::common::anchor_also(&pinned(&all[0]), &unrelated.der).unwrap();
    let link = unrelated.link_to(&all[1]);
    assert_refused(next(&base, &all[1], &[link]), "a link from elsewhere");
}

#[test]
fn a_document_signer_is_no_link_whatever_key_it_holds() {
    let all = generations(2);
    let spki = all[1].key().spki(trust_service::demo::key::Params::Explicit).unwrap();
    let mut spec = trust_service::demo::certificate::CertificateSpec::dsc(
        &all[0].authority,
        "CSCA",
        all[1].key(),
        3,
        since(30, 10),
    )
    .unwrap();
    spec.subject = all[1].authority.name.clone();
    let posing = spec.issue(&spki, all[0].key()).unwrap();
    assert_refused(next(&pinned(&all[0]), &all[1], &[posing]), "keyUsage digitalSignature");
}

#[test]
fn distrust_of_the_old_key_breaks_the_chain() {
    let all = generations(3);
    let base = distrust(&pinned(&all[0]), all[0].id());
    assert_refused(next(&base, &all[1], &links(&all)), "first key distrusted");
    assert_refused(next(&base, &all[2], &links(&all)), "first key distrusted");
}

#[test]
fn distrust_of_a_key_in_the_middle_breaks_the_chain_by_whichever_certificate_it_is_named() {
    let all = generations(3);
    let chain = links(&all);
    let (base, _) = import(
        &pinned(&all[0]),
        "ut",
        &[&all[0].list_at(&[&all[0].der, &chain[0], &all[1].der], NOW - 8_000)],
    )
    .unwrap();
    let by_link = distrust(&base, trust_service::trust::fingerprint::Fingerprint::of(&chain[0]));
    assert_refused(next(&by_link, &all[2], &chain), "the link itself");
    let by_root = distrust(&base, all[1].id());
    assert_refused(next(&by_root, &all[2], &chain), "the root with the same key");
}

#[test]
fn distrust_of_another_certificate_with_the_pinned_key_breaks_the_chain() {
    let all = generations(2);
    let first = &all[0];
    // The first root again, with another serial number.
    let mut spec = trust_service::demo::certificate::CertificateSpec::csca(
        &first.authority,
        77,
        since(600, 12),
    )
    .unwrap();
    spec.serial = vec![77];
    let spki = first.key().spki(trust_service::demo::key::Params::Explicit).unwrap();
    let again = spec.issue(&spki, first.key()).unwrap();
    let base = super::common::anchor_also(&pinned(first), &again).unwrap();
    let base = distrust(&base, trust_service::trust::fingerprint::Fingerprint::of(&again));
    assert_refused(next(&base, first, &[]), "the key itself");
    assert_refused(next(&base, &all[1], &links(&all)), "its successor");
}

#[test]
fn eight_links_are_followed_and_one_more_is_not() {
    let all = generations(10);
    let chain = links(&all);
    let base = pinned(&all[0]);
    assert!(next(&base, &all[8], &chain).is_ok());
    assert_refused(next(&base, &all[9], &chain), "nine links");
}

#[test]
fn links_in_a_circle_end() {
    let all = generations(3);
    let mut circle = links(&all[..2]);
    circle.push(all[1].link_to(&all[0]));
    assert_refused(next(&pinned(&all[0]), &all[2], &circle), "a circle");
}

#[test]
fn a_successor_may_spell_its_country_in_other_letters() {
    // 7 % of real certificates have the country in lower case, and names are the same in either case.
    let old = Csca::new("ut", "CSCA");
    let new = Csca::since("UT", "CSCA", since(700, 13));
    let base = pinned(&old);
    assert!(next(&base, &new, &[old.link_to(&new)]).is_ok());
}

#[test]
fn a_source_without_a_pin_may_begin_with_a_successor_of_an_operators_anchor() {
    let all = generations(2);
    let base = anchored(&[&all[0].der]);
    assert!(next(&base, &all[1], &links(&all)).is_ok());
    assert_refused(next(&base, &all[1], &[]), "no link");
}

#[test]
fn another_operators_anchor_does_not_sign_for_a_source_that_is_pinned() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = super::common::anchor_also(&pinned(&csca), &other.der).unwrap();
    let list = other.list_at(&[&other.der], NOW);
    match import(&base, "ut", &[&list]) {
        Err(ChangeError::Signer(SignerError::NotPinned { csca: found, pinned, .. })) => {
            assert_eq!((found, pinned), (other.id(), Some(csca.id())));
        }
        other => panic!("{:?}", other.map(|(_, reports)| reports)),
    }
    assert!(import(&base, "xx", &[&list]).is_ok(), "under a name of its own it may");
}

#[test]
fn an_accepted_signer_pins_the_source_to_itself() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let options = ImportOptions { accept_signers: vec![csca.id()], allow_older: false };
    let (base, reports) =
        import_as(&anchored(&[]), "ut", &[&csca.list_at(&[&csca.der], NOW - 9)], &options).unwrap();
    assert_eq!(reports[0].signer_csca, Some(csca.id()));
    assert!(import(&base, "ut", &[&csca.list_at(&[&csca.der], NOW - 8)]).is_ok());
    assert_refused(import(&base, "ut", &[&other.list_at(&[&other.der], NOW - 8)]), "another");
    assert_refused(import(&base, "ut-2", &[&csca.list_at(&[&csca.der], NOW - 8)]), "not here");
}

#[test]
fn a_bundle_does_not_unpin_a_source_or_drop_its_anchors() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = imported(
        &anchored(&[&csca.der]),
        "ut",
        &[&csca.list_at(&[&csca.der, &other.der], NOW - 9_000)],
    );
    // Nobody signed the bundle, so it must not take away what a signed list gave.
    let imported = import(&base, "ut", &[&csca.dsc(5).der, &csca.dsc(6).der]);
    // To refuse it is as good.
    let Ok((after, _)) = imported else { return };
    assert!(after.anchors().get(&other.id()).is_some(), "an anchor is lost");
    let older = csca.list_at(&[&csca.der], NOW - 99_000);
    assert!(import(&after, "ut", &[&older]).is_err(), "an older list comes in without a word");
}
