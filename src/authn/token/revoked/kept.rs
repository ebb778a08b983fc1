//! The lists as they are sealed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::secret::Secret;

use super::{Before, Mark, Revoked, RevokedToken};

/// Each token: its mark, `until`, `issued_at`, its subject, its issuer. Each time: whose, `at`, `until`, the issuer.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    v: u8,
    tokens: Vec<(String, i64, i64, String, String)>,
    before: Vec<(String, i64, i64, String)>,
}

impl Revoked {
    /// What is to be sealed; none where it cannot be written down.
    pub(in crate::authn::token) fn to_bytes(&self) -> Option<Secret<Vec<u8>>> {
        let text = |mark: &Mark| encoding::base64url(mark);
        let token = |(mark, one): (&Mark, &RevokedToken)| {
            (text(mark), one.until, one.issued_at, text(&one.subject), text(&one.issuer))
        };
        let before =
            |(mark, one): (&Mark, &Before)| (text(mark), one.at, one.until, text(&one.issuer));
        let kept = Kept {
            v: 1,
            tokens: self.tokens.iter().map(token).collect(),
            before: self.before.iter().map(before).collect(),
        };
        serde_json::to_vec(&kept).ok().map(Secret::new)
    }

    /// What was sealed; none where it is no such thing.
    pub(in crate::authn::token) fn from_bytes(
        bytes: &Secret<Vec<u8>>,
        most: usize,
    ) -> Option<Self> {
        let kept: Kept =
            serde_json::from_slice(bytes.expose()).ok().filter(|kept: &Kept| kept.v == 1)?;
        let mark = |text: &String| encoding::from_base64url(text.as_bytes())?.try_into().ok();
        let token =
            |(of, until, issued_at, subject, issuer): &(String, i64, i64, String, String)| {
                let (subject, issuer) = (mark(subject)?, mark(issuer)?);
                let one = RevokedToken { until: *until, issued_at: *issued_at, subject, issuer };
                Some((mark(of)?, one))
            };
        let before = |(of, at, until, issuer): &(String, i64, i64, String)| {
            Some((mark(of)?, Before { at: *at, until: *until, issuer: mark(issuer)? }))
        };
        let tokens: Option<HashMap<Mark, RevokedToken>> = kept.tokens.iter().map(token).collect();
        let before: Option<HashMap<Mark, Before>> = kept.before.iter().map(before).collect();
        Some(Self { tokens: tokens?, before: before?, ..Self::new(most) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Marks;
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_and_anything_else_is_refused() {
        let mut revoked = Revoked::new(10);
        let one = Marks::of("us", "t", "s", "c");
        let entry =
            RevokedToken { until: 9, issued_at: 1, subject: one.subject, issuer: one.issuer };
        revoked.token(one.token, entry, 1);
        revoked.everything(one.client, Before { at: 3, until: 9, issuer: one.issuer }, 1);
        let bytes = revoked.to_bytes().unwrap();
        let again = Revoked::from_bytes(&bytes, 10).unwrap();
        assert_eq!((&again.tokens, &again.before), (&revoked.tokens, &revoked.before));
        let text = String::from_utf8(bytes.expose().clone()).unwrap();
        for (from, to) in [("\"v\":1", "\"v\":2"), ("tokens", "others"), ("[[\"", "[[\"A")] {
            let other = Secret::new(text.replacen(from, to, 1).into_bytes());
            assert!(Revoked::from_bytes(&other, 10).is_none(), "{from}");
        }
    }
}
