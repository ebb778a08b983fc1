use super::*;

fn read(octets: &[u8], value: &[u8]) -> (Extensions, Vec<Deviation>) {
    let (mut extensions, mut deviations) = (Extensions::default(), Vec::new());
    extensions.add(octets, false, value, &mut deviations);
    (extensions, deviations)
}

#[test]
fn reads_the_document_types_in_every_spelling_of_the_corpus() {
    let spellings: [(&[u8], usize); 4] = [
        (&[0x30, 8, 2, 1, 0, 0x31, 3, 0x13, 1, b'P'], 0),
        (&[0x30, 13, 2, 1, 0, 0x31, 3, 0x13, 1, b'P', 0x31, 3, 0x13, 1, b'I'], 1),
        (&[0x30, 6, 0x13, 1, b'P', 0x13, 1, b'I'], 1),
        (&[0x13, 1, b'P'], 1),
    ];
    for (value, odd) in spellings {
        let (extensions, deviations) = read(oid::DOCUMENT_TYPE_LIST, value);
        assert_eq!(extensions.document_types.unwrap().first().unwrap().as_ref(), "P");
        assert_eq!(deviations.len(), odd);
    }
}

#[test]
fn a_raw_key_identifier_is_used_as_it_is() {
    let (extensions, deviations) = read(oid::SUBJECT_KEY_IDENTIFIER, &[1, 2, 3]);
    assert_eq!(extensions.subject_key_id.unwrap().as_ref(), [1, 2, 3]);
    assert_eq!(deviations.len(), 1);
}

#[test]
fn an_unreadable_key_usage_is_dangerous_and_an_unreadable_period_is_not() {
    let (_, deviations) = read(oid::KEY_USAGE, &[3, 1, 9]);
    assert_eq!(deviations[0].severity, super::super::check::Severity::Dangerous);
    let (_, deviations) = read(oid::PRIVATE_KEY_USAGE_PERIOD, &[0x30, 1, 0]);
    assert_eq!(deviations[0].severity, super::super::check::Severity::Tolerated);
}

#[test]
fn two_extensions_of_a_kind_are_dangerous() {
    let (mut extensions, mut deviations) = read(oid::KEY_USAGE, &[3, 2, 1, 6]);
    assert!(extensions.key_usage.unwrap().is_signing_ca());
    extensions.add(oid::KEY_USAGE, true, &[3, 2, 7, 0x80], &mut deviations);
    assert_eq!(deviations.len(), 1);
    assert!(extensions.key_usage.unwrap().is_signing_ca());
}

#[test]
fn only_critical_unknown_extensions_are_remembered() {
    let mut extensions = Extensions::default();
    extensions.add(&[0x2A, 3], false, &[], &mut Vec::new());
    extensions.add(&[0x2A, 4], true, &[], &mut Vec::new());
    assert_eq!(extensions.unknown_critical, [Box::from([0x2A, 4].as_slice())]);
}
