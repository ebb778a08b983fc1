//! What a verdict is made of: checks, each with a code, an outcome, and the rule it rests on.

use std::borrow::Cow;

use serde::Serialize;

/// What is looked at. Every verdict has one check of each code, in this order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each code's rule says what it stands for")]
pub enum Code {
    Parse,
    Encoding,
    Version,
    Serial,
    SignatureAlgorithm,
    Key,
    KeyStrength,
    Curve,
    Validity,
    PrivateKeyUsagePeriod,
    Name,
    Country,
    KeyUsage,
    BasicConstraints,
    ExtendedKeyUsage,
    KeyIdentifiers,
    AlternativeName,
    DocumentType,
    CriticalExtension,
    ForbiddenExtension,
    Issuer,
    Signature,
    Anchor,
    Revocation,
}

impl Code {
    /// How many there are.
    pub const COUNT: usize = 24;

    /// All of them, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Parse,
        Self::Encoding,
        Self::Version,
        Self::Serial,
        Self::SignatureAlgorithm,
        Self::Key,
        Self::KeyStrength,
        Self::Curve,
        Self::Validity,
        Self::PrivateKeyUsagePeriod,
        Self::Name,
        Self::Country,
        Self::KeyUsage,
        Self::BasicConstraints,
        Self::ExtendedKeyUsage,
        Self::KeyIdentifiers,
        Self::AlternativeName,
        Self::DocumentType,
        Self::CriticalExtension,
        Self::ForbiddenExtension,
        Self::Issuer,
        Self::Signature,
        Self::Anchor,
        Self::Revocation,
    ];

    /// The name in a verdict.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Encoding => "encoding",
            Self::Version => "version",
            Self::Serial => "serial",
            Self::SignatureAlgorithm => "signature_algorithm",
            Self::Key => "key",
            Self::KeyStrength => "key_strength",
            Self::Curve => "curve",
            Self::Validity => "validity",
            Self::PrivateKeyUsagePeriod => "private_key_usage_period",
            Self::Name => "name",
            Self::Country => "country",
            Self::KeyUsage => "key_usage",
            Self::BasicConstraints => "basic_constraints",
            Self::ExtendedKeyUsage => "extended_key_usage",
            Self::KeyIdentifiers => "key_identifiers",
            Self::AlternativeName => "alternative_name",
            Self::DocumentType => "document_type",
            Self::CriticalExtension => "critical_extension",
            Self::ForbiddenExtension => "forbidden_extension",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Anchor => "anchor",
            Self::Revocation => "revocation",
        }
    }

    /// Its place in [`Code::ALL`].
    #[expect(clippy::as_conversions, reason = "the discriminants are the places, as a test holds")]
    const fn place(self) -> usize {
        self as usize
    }

    /// Where the rule stands.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Parse => "RFC 5280 section 4.1; X.690",
            Self::Encoding => "X.690 sections 10 and 11; Doc 9303-12 certificate profile: DER",
            Self::Version => "RFC 5280 section 4.1.2.1; Doc 9303-12: v3",
            Self::Serial => "RFC 5280 section 4.1.2.2: positive, at most 20 octets",
            Self::SignatureAlgorithm => "RFC 5280 section 4.1.1.2; Doc 9303-12: SHA-224 and up",
            Self::Key => "RFC 8017 section 3.1; RFC 5480 section 2.2; SEC 1 section 3.2.2.1",
            Self::KeyStrength => {
                "Doc 9303-12 recommended key sizes; NIST SP 800-57 part 1: 112 bits"
            }
            Self::Curve => "RFC 3279 section 2.3.5: domain parameters of a known curve, whole",
            Self::Validity => "RFC 5280 section 4.1.2.5",
            Self::PrivateKeyUsagePeriod => "RFC 3280 section 4.2.1.4; Doc 9303-12",
            Self::Name => "RFC 5280 sections 4.1.2.4, 4.1.2.6, 7.1; Doc 9303-12",
            Self::Country => "Doc 9303-12: countryName, two upper-case letters, one State",
            Self::KeyUsage => "RFC 5280 section 4.2.1.3; Doc 9303-12",
            Self::BasicConstraints => "RFC 5280 section 4.2.1.9; Doc 9303-12: pathLenConstraint 0",
            Self::ExtendedKeyUsage => "RFC 5280 section 4.2.1.12; Doc 9303-12",
            Self::KeyIdentifiers => "RFC 5280 sections 4.2.1.1 and 4.2.1.2; Doc 9303-12",
            Self::AlternativeName => "RFC 5280 sections 4.2.1.6 and 4.2.1.7; Doc 9303-12",
            Self::DocumentType => "Doc 9303-12: DocumentTypeList",
            Self::CriticalExtension => "RFC 5280 section 4.2: unknown critical extension",
            Self::ForbiddenExtension => "Doc 9303-12 extension profile",
            Self::Issuer => "RFC 5280 section 6.1; Doc 9303-12: one certificate under an anchor",
            Self::Signature => "RFC 5280 section 6.1.3 (a)(1)",
            Self::Anchor => "Doc 9303-12: trust anchor; RFC 5280 section 6.1.1 (d)",
            Self::Revocation => "RFC 5280 section 6.3.3; Doc 9303-12: CRL profile",
        }
    }
}

/// How a check came out.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not looked at: it does not apply, was not asked for, or what it needs is missing.
    Skipped,
    /// As the rule says.
    Pass,
    /// Against the rule, in a way that real States do and that the policy lets pass.
    Warn,
    /// Against the rule.
    Fail,
}

/// One check of a verdict.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub code: Code,
    /// How it came out.
    pub outcome: Outcome,
    /// Where the rule stands.
    pub rule: &'static str,
    /// What was found, in words; empty where there is nothing to say.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub detail: Cow<'static, str>,
}

/// How much a deviation from the profile matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// The rule binds issuers; whoever reads must cope. `warn` under every policy.
    Advisory,
    /// States do it and documents must still be read: `warn` under `interoperable`, `fail` under `strict`.
    Tolerated,
    /// `fail` under every policy.
    Dangerous,
}

/// Something that is not as the profile says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deviation {
    /// The check that it belongs to.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What was found.
    pub detail: Cow<'static, str>,
}

impl Deviation {
    /// A deviation that whoever reads must cope with.
    pub fn advisory(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, severity: Severity::Advisory, detail: detail.into() }
    }

    /// A deviation that real States show.
    pub fn tolerated(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, severity: Severity::Tolerated, detail: detail.into() }
    }

    /// A deviation that no policy lets pass.
    pub fn dangerous(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, severity: Severity::Dangerous, detail: detail.into() }
    }
}

/// How strictly the profile is held to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What real States issue passes with warnings; what is dangerous fails.
    #[default]
    Interoperable,
    /// Every deviation from the profile fails.
    Strict,
}

impl Policy {
    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interoperable => "interoperable",
            Self::Strict => "strict",
        }
    }
}

/// The checks of one verdict as they come in: the worst outcome of each code, and what was said of it.
#[derive(Debug)]
pub struct Findings {
    policy: Policy,
    checks: [Check; Code::COUNT],
}

impl Findings {
    /// Nothing looked at yet.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        let checks = Code::ALL.map(|code| Check {
            code,
            outcome: Outcome::Skipped,
            rule: code.rule(),
            detail: Cow::Borrowed(""),
        });
        Self { policy, checks }
    }

    /// What was looked at came out as `outcome`. The worst outcome of a code stays, with all that was said
    /// at that level or above.
    pub fn note(&mut self, code: Code, outcome: Outcome, detail: impl Into<Cow<'static, str>>) {
        let Some(check) = self.checks.get_mut(code.place()) else { return };
        let detail = detail.into();
        if outcome > check.outcome {
            check.outcome = outcome;
            check.detail = detail;
        } else if outcome == check.outcome && !detail.is_empty() {
            if check.detail.is_empty() {
                check.detail = detail;
            } else {
                let text = check.detail.to_mut();
                text.push_str("; ");
                text.push_str(&detail);
            }
        }
    }

    /// What was looked at is as the rule says.
    pub fn pass(&mut self, code: Code) {
        self.note(code, Outcome::Pass, "");
    }

    /// Judges `deviation` by the policy.
    pub fn deviation(&mut self, deviation: &Deviation) {
        let outcome = if self.fails(deviation) { Outcome::Fail } else { Outcome::Warn };
        self.note(deviation.code, outcome, deviation.detail.clone());
    }

    /// Whether the policy fails `deviation`.
    #[must_use]
    pub const fn fails(&self, deviation: &Deviation) -> bool {
        match (deviation.severity, self.policy) {
            (Severity::Advisory, _) | (Severity::Tolerated, Policy::Interoperable) => false,
            (Severity::Tolerated, Policy::Strict) | (Severity::Dangerous, _) => true,
        }
    }

    /// The first failed check.
    #[must_use]
    pub fn first_failed(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.outcome == Outcome::Fail)
    }

    /// How many checks warn.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.checks.iter().filter(|check| check.outcome == Outcome::Warn).count()
    }

    /// Whether any check failed.
    #[must_use]
    pub fn any_failed(&self) -> bool {
        self.checks.iter().any(|check| check.outcome == Outcome::Fail)
    }

    /// The checks, one of each code, in order.
    #[must_use]
    pub fn into_checks(self) -> Vec<Check> {
        self.checks.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome_of(findings: Findings, code: Code) -> (Outcome, String) {
        let check = findings.into_checks().into_iter().find(|check| check.code == code).unwrap();
        (check.outcome, check.detail.into_owned())
    }

    #[test]
    fn the_worst_outcome_of_a_code_stays_with_its_words() {
        let mut findings = Findings::new(Policy::Interoperable);
        findings.deviation(&Deviation::tolerated(Code::Name, "odd"));
        findings.deviation(&Deviation::dangerous(Code::Name, "wrong"));
        findings.deviation(&Deviation::dangerous(Code::Name, "very wrong"));
        findings.pass(Code::Name);
        assert!(findings.any_failed());
        assert_eq!(
            outcome_of(findings, Code::Name),
            (Outcome::Fail, "wrong; very wrong".to_owned())
        );
    }

    #[test]
    fn strict_fails_what_interoperable_warns_of() {
        for (policy, severity, outcome) in [
            (Policy::Interoperable, Severity::Advisory, Outcome::Warn),
            (Policy::Strict, Severity::Advisory, Outcome::Warn),
            (Policy::Interoperable, Severity::Tolerated, Outcome::Warn),
            (Policy::Strict, Severity::Tolerated, Outcome::Fail),
            (Policy::Interoperable, Severity::Dangerous, Outcome::Fail),
            (Policy::Strict, Severity::Dangerous, Outcome::Fail),
        ] {
            let mut findings = Findings::new(policy);
            findings.deviation(&Deviation { code: Code::Serial, severity, detail: "x".into() });
            assert_eq!(outcome_of(findings, Code::Serial).0, outcome, "{policy:?} {severity:?}");
        }
    }

    #[test]
    fn every_code_is_listed_once_under_its_serialised_name() {
        for (at, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.place(), at);
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
