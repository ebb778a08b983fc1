//! NIST PKITS, version 1.0.1: "Conformance Testing of Relying Party Client Certificate Path Processing Logic".
//!
//! Here a path has one certificate under an anchor, so of each PKITS path the last step is run: the end entity's
//! issuing CA is an anchor by an operator's word, its CRLs come in a bundle. What PKITS decides above that step, or
//! by policies and lengths across several CAs, is listed as left out, by number and reason. The three tables
//! together name every end entity certificate of the suite once.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "test code: a file that cannot be read must stop the test, and counts are printed"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trust_service::clock::UnixTime;
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::check::Policy;
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::kind::CertificateType;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::{At, OnUnknown, Question, validate};
use trust_service::trust::verdict::{Answer, Verdict};

/// One case that is run: number, end entity, CAs, CRLs; file names without their common ends.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// Whether a certificate's name says that its path is valid, as every case of [`RUN`] has it.
fn is_valid_by_name(end_entity: &str) -> bool {
    match (end_entity.starts_with("Valid"), end_entity.starts_with("Invalid")) {
        (true, false) => true,
        (false, true) => false,
        _ => panic!("{end_entity} does not say what is expected"),
    }
}

const GOOD: &[&str] = &["GoodCA"];

#[rustfmt::skip]
const RUN: &[Case] = &[
    ("4.1.1", "ValidCertificatePathTest1", GOOD, GOOD),
    ("4.1.3", "InvalidEESignatureTest3", GOOD, GOOD),
    ("4.2.1", "InvalidCAnotBeforeDateTest1", &["BadnotBeforeDateCA"], &["BadnotBeforeDateCA"]),
    ("4.2.2", "InvalidEEnotBeforeDateTest2", GOOD, GOOD),
    ("4.2.3", "Validpre2000UTCnotBeforeDateTest3", GOOD, GOOD),
    ("4.2.4", "ValidGeneralizedTimenotBeforeDateTest4", GOOD, GOOD),
    ("4.2.5", "InvalidCAnotAfterDateTest5", &["BadnotAfterDateCA"], &["BadnotAfterDateCA"]),
    ("4.2.6", "InvalidEEnotAfterDateTest6", GOOD, GOOD),
    ("4.2.7", "Invalidpre2000UTCEEnotAfterDateTest7", GOOD, GOOD),
    ("4.2.8", "ValidGeneralizedTimenotAfterDateTest8", GOOD, GOOD),
    ("4.3.1", "InvalidNameChainingTest1", GOOD, GOOD),
    ("4.3.2", "InvalidNameChainingOrderTest2", &["NameOrderingCA"], &["NameOrderCA"]),
    ("4.3.3", "ValidNameChainingWhitespaceTest3", GOOD, GOOD),
    ("4.3.4", "ValidNameChainingWhitespaceTest4", GOOD, GOOD),
    ("4.3.5", "ValidNameChainingCapitalizationTest5", GOOD, GOOD),
    ("4.3.6", "ValidNameUIDsTest6", &["UIDCA"], &["UIDCA"]),
    ("4.3.7", "ValidRFC3280MandatoryAttributeTypesTest7", &["RFC3280MandatoryAttributeTypesCA"], &["RFC3280MandatoryAttributeTypesCA"]),
    ("4.3.8", "ValidRFC3280OptionalAttributeTypesTest8", &["RFC3280OptionalAttributeTypesCA"], &["RFC3280OptionalAttributeTypesCA"]),
    ("4.3.9", "ValidUTF8StringEncodedNamesTest9", &["UTF8StringEncodedNamesCA"], &["UTF8StringEncodedNamesCA"]),
    ("4.3.10", "ValidRolloverfromPrintableStringtoUTF8StringTest10", &["RolloverfromPrintableStringtoUTF8StringCA"], &["RolloverfromPrintableStringtoUTF8StringCA"]),
    ("4.3.11", "ValidUTF8StringCaseInsensitiveMatchTest11", &["UTF8StringCaseInsensitiveMatchCA"], &["UTF8StringCaseInsensitiveMatchCA"]),
    ("4.4.1", "InvalidMissingCRLTest1", &["NoCRLCA"], &[]),
    ("4.4.3", "InvalidRevokedEETest3", GOOD, GOOD),
    ("4.4.4", "InvalidBadCRLSignatureTest4", &["BadCRLSignatureCA"], &["BadCRLSignatureCA"]),
    ("4.4.5", "InvalidBadCRLIssuerNameTest5", &["BadCRLIssuerNameCA"], &["BadCRLIssuerNameCA"]),
    ("4.4.6", "InvalidWrongCRLTest6", &["WrongCRLCA"], &["WrongCRLCA"]),
    ("4.4.7", "ValidTwoCRLsTest7", &["TwoCRLsCA"], &["TwoCRLsCAGood", "TwoCRLsCABad"]),
    ("4.4.8", "InvalidUnknownCRLEntryExtensionTest8", &["UnknownCRLEntryExtensionCA"], &["UnknownCRLEntryExtensionCA"]),
    ("4.4.9", "InvalidUnknownCRLExtensionTest9", &["UnknownCRLExtensionCA"], &["UnknownCRLExtensionCA"]),
    ("4.4.10", "InvalidUnknownCRLExtensionTest10", &["UnknownCRLExtensionCA"], &["UnknownCRLExtensionCA"]),
    ("4.4.11", "InvalidOldCRLnextUpdateTest11", &["OldCRLnextUpdateCA"], &["OldCRLnextUpdateCA"]),
    ("4.4.12", "Invalidpre2000CRLnextUpdateTest12", &["pre2000CRLnextUpdateCA"], &["pre2000CRLnextUpdateCA"]),
    ("4.4.13", "ValidGeneralizedTimeCRLnextUpdateTest13", &["GeneralizedTimeCRLnextUpdateCA"], &["GeneralizedTimeCRLnextUpdateCA"]),
    ("4.4.14", "ValidNegativeSerialNumberTest14", &["NegativeSerialNumberCA"], &["NegativeSerialNumberCA"]),
    ("4.4.15", "InvalidNegativeSerialNumberTest15", &["NegativeSerialNumberCA"], &["NegativeSerialNumberCA"]),
    ("4.4.16", "ValidLongSerialNumberTest16", &["LongSerialNumberCA"], &["LongSerialNumberCA"]),
    ("4.4.17", "ValidLongSerialNumberTest17", &["LongSerialNumberCA"], &["LongSerialNumberCA"]),
    ("4.4.18", "InvalidLongSerialNumberTest18", &["LongSerialNumberCA"], &["LongSerialNumberCA"]),
    ("4.6.1", "InvalidMissingbasicConstraintsTest1", &["MissingbasicConstraintsCA"], &["MissingbasicConstraintsCA"]),
    ("4.6.2", "InvalidcAFalseTest2", &["basicConstraintsCriticalcAFalseCA"], &["basicConstraintsCriticalcAFalseCA"]),
    ("4.6.3", "InvalidcAFalseTest3", &["basicConstraintsNotCriticalcAFalseCA"], &["basicConstraintsNotCriticalcAFalseCA"]),
    ("4.6.4", "ValidbasicConstraintsNotCriticalTest4", &["basicConstraintsNotCriticalCA"], &["basicConstraintsNotCriticalCA"]),
    ("4.7.1", "InvalidkeyUsageCriticalkeyCertSignFalseTest1", &["keyUsageCriticalkeyCertSignFalseCA"], &["keyUsageCriticalkeyCertSignFalseCA"]),
    ("4.7.2", "InvalidkeyUsageNotCriticalkeyCertSignFalseTest2", &["keyUsageNotCriticalkeyCertSignFalseCA"], &["keyUsageNotCriticalkeyCertSignFalseCA"]),
    ("4.7.3", "ValidkeyUsageNotCriticalTest3", &["keyUsageNotCriticalCA"], &["keyUsageNotCriticalCA"]),
    ("4.7.4", "InvalidkeyUsageCriticalcRLSignFalseTest4", &["keyUsageCriticalcRLSignFalseCA"], &["keyUsageCriticalcRLSignFalseCA"]),
    ("4.7.5", "InvalidkeyUsageNotCriticalcRLSignFalseTest5", &["keyUsageNotCriticalcRLSignFalseCA"], &["keyUsageNotCriticalcRLSignFalseCA"]),
];

/// Cases of the sections above that are not run: number, end entity, why.
#[rustfmt::skip]
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("4.1.2", "InvalidCASignatureTest2", "the bad signature is that over the issuing CA, which an operator's word replaces"),
    ("4.1.4", "ValidDSASignaturesTest4", "DSA of 1024 bits is below the strength that any policy accepts"),
    ("4.1.5", "ValidDSAParameterInheritanceTest5", "DSA, as above; parameters are inherited from a CA above"),
    ("4.1.6", "InvalidDSASignatureTest6", "DSA, as above: it is refused, and not for the reason tested"),
    ("4.4.2", "InvalidRevokedCATest2", "the revoked certificate is the issuing CA's"),
    ("4.4.19", "ValidSeparateCertificateandCRLKeysTest19", "the CRL is signed with a key that signs no certificates: Doc 9303-12 has the CSCA sign both"),
    ("4.4.20", "InvalidSeparateCertificateandCRLKeysTest20", "as 4.4.19: without its CRL it is indeterminate, and not for the reason tested"),
    ("4.4.21", "InvalidSeparateCertificateandCRLKeysTest21", "the revoked certificate is that of the CA's key for CRLs, by the root above it"),
];

/// Sections that are not run: number, why, end entities.
#[rustfmt::skip]
const SECTIONS_LEFT_OUT: &[(&str, &str, &[&str])] = &[
    ("4.5", "self-issued certificates between anchor and end entity: links are never intermediates here", &[
        "ValidBasicSelfIssuedOldWithNewTest1", "InvalidBasicSelfIssuedOldWithNewTest2", "ValidBasicSelfIssuedNewWithOldTest3",
        "ValidBasicSelfIssuedNewWithOldTest4", "InvalidBasicSelfIssuedNewWithOldTest5", "ValidBasicSelfIssuedCRLSigningKeyTest6",
        "InvalidBasicSelfIssuedCRLSigningKeyTest7", "InvalidBasicSelfIssuedCRLSigningKeyTest8",
    ]),
    ("4.6.5+", "path lengths over several CAs: a path has one certificate under an anchor", &[
        "InvalidpathLenConstraintTest5", "InvalidpathLenConstraintTest6", "ValidpathLenConstraintTest7", "ValidpathLenConstraintTest8",
        "InvalidpathLenConstraintTest9", "InvalidpathLenConstraintTest10", "InvalidpathLenConstraintTest11", "InvalidpathLenConstraintTest12",
        "ValidpathLenConstraintTest13", "ValidpathLenConstraintTest14", "ValidSelfIssuedpathLenConstraintTest15",
        "InvalidSelfIssuedpathLenConstraintTest16", "ValidSelfIssuedpathLenConstraintTest17",
    ]),
    ("4.8", "certificate policies, which Doc 9303-12 leaves without meaning for inspection", &[
        "AllCertificatesNoPoliciesTest2", "DifferentPoliciesTest3", "DifferentPoliciesTest4", "DifferentPoliciesTest5",
        "OverlappingPoliciesTest6", "DifferentPoliciesTest7", "DifferentPoliciesTest8", "DifferentPoliciesTest9",
        "AllCertificatesSamePoliciesTest10", "AllCertificatesanyPolicyTest11", "DifferentPoliciesTest12",
        "AllCertificatesSamePoliciesTest13", "AnyPolicyTest14", "UserNoticeQualifierTest15", "UserNoticeQualifierTest16",
        "UserNoticeQualifierTest17", "UserNoticeQualifierTest18", "UserNoticeQualifierTest19", "CPSPointerQualifierTest20",
    ]),
    ("4.9", "requireExplicitPolicy, which the profile forbids", &[
        "ValidrequireExplicitPolicyTest1", "ValidrequireExplicitPolicyTest2", "InvalidrequireExplicitPolicyTest3",
        "ValidrequireExplicitPolicyTest4", "InvalidrequireExplicitPolicyTest5", "ValidSelfIssuedrequireExplicitPolicyTest6",
        "InvalidSelfIssuedrequireExplicitPolicyTest7", "InvalidSelfIssuedrequireExplicitPolicyTest8",
    ]),
    ("4.10", "policy mappings, which the profile forbids", &[
        "ValidPolicyMappingTest1", "InvalidPolicyMappingTest2", "ValidPolicyMappingTest3", "InvalidPolicyMappingTest4",
        "ValidPolicyMappingTest5", "ValidPolicyMappingTest6", "InvalidMappingFromanyPolicyTest7", "InvalidMappingToanyPolicyTest8",
        "ValidPolicyMappingTest9", "InvalidPolicyMappingTest10", "ValidPolicyMappingTest11", "ValidPolicyMappingTest12",
        "ValidPolicyMappingTest13", "ValidPolicyMappingTest14",
    ]),
    ("4.11", "inhibitPolicyMapping, which the profile forbids", &[
        "InvalidinhibitPolicyMappingTest1", "ValidinhibitPolicyMappingTest2", "InvalidinhibitPolicyMappingTest3",
        "ValidinhibitPolicyMappingTest4", "InvalidinhibitPolicyMappingTest5", "InvalidinhibitPolicyMappingTest6",
        "ValidSelfIssuedinhibitPolicyMappingTest7", "InvalidSelfIssuedinhibitPolicyMappingTest8",
        "InvalidSelfIssuedinhibitPolicyMappingTest9", "InvalidSelfIssuedinhibitPolicyMappingTest10",
        "InvalidSelfIssuedinhibitPolicyMappingTest11",
    ]),
    ("4.12", "inhibitAnyPolicy, which the profile forbids", &[
        "InvalidinhibitAnyPolicyTest1", "ValidinhibitAnyPolicyTest2", "inhibitAnyPolicyTest3", "InvalidinhibitAnyPolicyTest4",
        "InvalidinhibitAnyPolicyTest5", "InvalidinhibitAnyPolicyTest6", "ValidSelfIssuedinhibitAnyPolicyTest7",
        "InvalidSelfIssuedinhibitAnyPolicyTest8", "ValidSelfIssuedinhibitAnyPolicyTest9", "InvalidSelfIssuedinhibitAnyPolicyTest10",
    ]),
    ("4.13", "name constraints, which the profile forbids", &[
        "ValidDNnameConstraintsTest1", "InvalidDNnameConstraintsTest2", "InvalidDNnameConstraintsTest3", "ValidDNnameConstraintsTest4",
        "ValidDNnameConstraintsTest5", "ValidDNnameConstraintsTest6", "InvalidDNnameConstraintsTest7", "InvalidDNnameConstraintsTest8",
        "InvalidDNnameConstraintsTest9", "InvalidDNnameConstraintsTest10", "ValidDNnameConstraintsTest11", "InvalidDNnameConstraintsTest12",
        "InvalidDNnameConstraintsTest13", "ValidDNnameConstraintsTest14", "InvalidDNnameConstraintsTest15", "InvalidDNnameConstraintsTest16",
        "InvalidDNnameConstraintsTest17", "ValidDNnameConstraintsTest18", "ValidDNnameConstraintsTest19", "InvalidDNnameConstraintsTest20",
        "ValidRFC822nameConstraintsTest21", "InvalidRFC822nameConstraintsTest22", "ValidRFC822nameConstraintsTest23",
        "InvalidRFC822nameConstraintsTest24", "ValidRFC822nameConstraintsTest25", "InvalidRFC822nameConstraintsTest26",
        "ValidDNandRFC822nameConstraintsTest27", "InvalidDNandRFC822nameConstraintsTest28", "InvalidDNandRFC822nameConstraintsTest29",
        "ValidDNSnameConstraintsTest30", "InvalidDNSnameConstraintsTest31", "ValidDNSnameConstraintsTest32", "InvalidDNSnameConstraintsTest33",
        "ValidURInameConstraintsTest34", "InvalidURInameConstraintsTest35", "ValidURInameConstraintsTest36", "InvalidURInameConstraintsTest37",
        "InvalidDNSnameConstraintsTest38",
    ]),
    ("4.14", "distribution points and indirect CRLs: the profile has one whole CRL of the CSCA itself", &[
        "ValiddistributionPointTest1", "InvaliddistributionPointTest2", "InvaliddistributionPointTest3", "ValiddistributionPointTest4",
        "ValiddistributionPointTest5", "InvaliddistributionPointTest6", "ValiddistributionPointTest7", "InvaliddistributionPointTest8",
        "InvaliddistributionPointTest9", "ValidNoissuingDistributionPointTest10", "InvalidonlyContainsUserCertsTest11",
        "InvalidonlyContainsCACertsTest12", "ValidonlyContainsCACertsTest13", "InvalidonlyContainsAttributeCertsTest14",
        "InvalidonlySomeReasonsTest15", "InvalidonlySomeReasonsTest16", "InvalidonlySomeReasonsTest17", "ValidonlySomeReasonsTest18",
        "ValidonlySomeReasonsTest19", "InvalidonlySomeReasonsTest20", "InvalidonlySomeReasonsTest21", "ValidIDPwithindirectCRLTest22",
        "InvalidIDPwithindirectCRLTest23", "ValidIDPwithindirectCRLTest24", "ValidIDPwithindirectCRLTest25", "InvalidIDPwithindirectCRLTest26",
        "InvalidcRLIssuerTest27", "ValidcRLIssuerTest28", "ValidcRLIssuerTest29", "ValidcRLIssuerTest30", "InvalidcRLIssuerTest31",
        "InvalidcRLIssuerTest32", "ValidcRLIssuerTest33", "InvalidcRLIssuerTest34", "InvalidcRLIssuerTest35",
    ]),
    ("4.15", "delta CRLs, which the profile forbids", &[
        "InvaliddeltaCRLIndicatorNoBaseTest1", "ValiddeltaCRLTest2", "InvaliddeltaCRLTest3", "InvaliddeltaCRLTest4", "ValiddeltaCRLTest5",
        "InvaliddeltaCRLTest6", "ValiddeltaCRLTest7", "ValiddeltaCRLTest8", "InvaliddeltaCRLTest9", "InvaliddeltaCRLTest10",
    ]),
    ("4.16", "private extensions under the root alone; unknown extensions are tested in tests/it", &[
        "ValidUnknownNotCriticalCertificateExtensionTest1", "InvalidUnknownCriticalCertificateExtensionTest2",
    ]),
];

/// The suite's folder, if it is there; that it is not is an error where data is required.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TRUST_SERVICE_PKITS").map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var_os("TRUST_SERVICE_REQUIRE_DATA").is_some_and(|it| it == "1");
        assert!(!required, "TRUST_SERVICE_PKITS is not set, and TRUST_SERVICE_REQUIRE_DATA is 1");
        println!("PKITS is skipped: TRUST_SERVICE_PKITS does not name its folder");
    }
    folder
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn ask(folder: &Path, (number, end_entity, cas, crls): &Case) -> Verdict {
    let now: UnixTime = "2026-11-24T00:00:00Z".parse().unwrap();
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, now);
    for ca in *cas {
        let der = read(&folder.join(format!("certs/{ca}Cert.crt")));
        let certificate = Certificate::parse(der).unwrap();
        if let Err(error) = draft.anchor(&certificate) {
            println!("{number}: {ca} is no anchor: {error}");
        }
    }
    let files = crls.iter().map(|crl| read(&folder.join(format!("crls/{crl}CRL.crl"))));
    let file: Vec<u8> = files.flatten().collect();
    if !file.is_empty() {
        let items = bundle::read(&file).unwrap();
        let options = ImportOptions::default();
        draft.import("crls", Fingerprint::of(&file), &items, &options).unwrap();
    }
    let (snapshot, _, _) = draft.finish().unwrap();
    let question = Question {
        at: At::Now,
        kind: Some(CertificateType::Other),
        policy: Policy::Strict,
        check_revocation: true,
        on_unknown: OnUnknown::Indeterminate,
        ..Question::at(now)
    };
    let der = read(&folder.join(format!("certs/{end_entity}EE.crt")));
    validate(&Certificate::parse(der).unwrap(), &snapshot, &question)
}

#[test]
fn the_last_step_of_every_path_comes_out_as_the_suite_says() {
    let Some(folder) = folder() else { return };
    let mut wrong = Vec::new();
    let mut accepted = 0_usize;
    for case in RUN {
        let verdict = ask(&folder, case);
        let valid = verdict.verdict == Answer::Valid;
        accepted = accepted.saturating_add(usize::from(valid));
        if valid != is_valid_by_name(case.1) {
            let reason = verdict.reason().map(|check| (check.code.name(), check.detail.clone()));
            wrong.push(format!("{} {}: {:?}, {reason:?}", case.0, case.1, verdict.verdict));
        }
    }
    println!("PKITS: {} run, {accepted} valid, {} wrong", RUN.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_end_entity_of_the_suite_is_run_or_left_out_for_a_reason() {
    let Some(folder) = folder() else { return };
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let sections = SECTIONS_LEFT_OUT.iter().flat_map(|(_, reason, names)| {
        assert!(!reason.is_empty());
        names.iter().copied()
    });
    let run = RUN.iter().map(|case| case.1);
    for name in run.chain(LEFT_OUT.iter().map(|left_out| left_out.1)).chain(sections) {
        let count = named.entry(format!("{name}EE.crt")).or_default();
        *count = count.saturating_add(1);
    }
    let mut files = 0_usize;
    for entry in std::fs::read_dir(folder.join("certs")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file.ends_with("EE.crt") {
            files = files.saturating_add(1);
            assert_eq!(named.remove(&file), Some(1), "{file}");
        }
    }
    assert!(named.is_empty(), "no such files: {named:?}");
    let whole: usize = SECTIONS_LEFT_OUT.iter().map(|(_, _, names)| names.len()).sum();
    println!("PKITS: {files} files, {} run, {} left out", RUN.len(), LEFT_OUT.len());
    println!("PKITS: {whole} left out in {} whole sections", SECTIONS_LEFT_OUT.len());
}

#[test]
fn a_case_has_the_number_that_its_name_ends_in() {
    let left_out = LEFT_OUT.iter().map(|(number, name, _)| (*number, *name));
    for (number, name) in RUN.iter().map(|case| (case.0, case.1)).chain(left_out) {
        let last = number.rsplit('.').next().unwrap();
        assert!(name.ends_with(&format!("Test{last}")), "{number} {name}");
    }
}
