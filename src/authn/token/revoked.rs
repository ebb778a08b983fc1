//! What was taken back: single tokens, and everything up to some time of a subject, a client or an issuer.
//!
//! A token is known by issuer and `jti`, never by its text: the same token can be written, and signed, in more than one
//! way.
//!
//! Both lists are bounded, and nothing on them is ever forgotten before it has run out by itself. Where the list of
//! tokens is full, the one that ends first is replaced by something wider that covers it: all of its subject's tokens
//! up to its time of issue. Where the list of such times is full too, the one that ends first is covered by all of its
//! issuer's tokens up to that time. Too much is refused then, and never too little.

use std::collections::HashMap;

use ring::digest::{Context, SHA256};

use crate::clock::DAY;

use super::TokenError;

/// SHA-256 over what kind of thing is meant, the issuer's name, and its own.
pub(super) type Mark = [u8; 32];

/// Names of a token and of those whom it belongs to, as they stand on the lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Marks {
    pub(super) token: Mark,
    pub(super) subject: Mark,
    pub(super) client: Mark,
    pub(super) issuer: Mark,
}

/// What is marked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Marked {
    Token,
    Subject,
    Client,
    Issuer,
}

/// A token on the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RevokedToken {
    /// The last second at which it could be taken.
    pub(super) until: i64,
    pub(super) issued_at: i64,
    pub(super) subject: Mark,
    pub(super) issuer: Mark,
}

/// A time up to which everything is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Before {
    /// What was issued at this second or earlier is refused.
    pub(super) at: i64,
    /// The last second at which anything issued then could be taken.
    pub(super) until: i64,
    pub(super) issuer: Mark,
}

/// The lists.
#[derive(Clone, Debug)]
pub(super) struct Revoked {
    tokens: HashMap<Mark, RevokedToken>,
    before: HashMap<Mark, Before>,
    most: usize,
}

/// The mark of `name`, as `issuer` uses it.
pub(super) fn mark(what: Marked, issuer: &str, name: &str) -> Mark {
    let kind = match what {
        Marked::Token => 0,
        Marked::Subject => 1,
        Marked::Client => 2,
        Marked::Issuer => 3,
    };
    let mut context = Context::new(&SHA256);
    // The length in front, so that no two pairs of names read the same.
    context.update(&[kind]);
    context.update(&u64::try_from(issuer.len()).unwrap_or(u64::MAX).to_be_bytes());
    context.update(issuer.as_bytes());
    context.update(name.as_bytes());
    let mut mark = [0; 32];
    mark.copy_from_slice(context.finish().as_ref());
    mark
}

impl Marks {
    /// The marks of a token.
    pub(super) fn of(issuer: &str, token: &str, subject: &str, client: &str) -> Self {
        Self {
            token: mark(Marked::Token, issuer, token),
            subject: mark(Marked::Subject, issuer, subject),
            client: mark(Marked::Client, issuer, client),
            issuer: mark(Marked::Issuer, issuer, ""),
        }
    }
}

impl Revoked {
    /// Empty lists of at most `most` entries each, and of issuers as many again as there are.
    pub(super) fn new(most: usize) -> Self {
        Self { tokens: HashMap::new(), before: HashMap::new(), most: most.max(1) }
    }

    /// Whether a token of these names, issued at `issued_at`, was taken back.
    pub(super) fn check(&self, marks: &Marks, issued_at: i64) -> Result<(), TokenError> {
        if self.tokens.contains_key(&marks.token) {
            return Err(TokenError::Revoked);
        }
        // Most services never refuse everything of anybody.
        let covered = |mark| self.before.get(mark).is_some_and(|before| issued_at <= before.at);
        if !self.before.is_empty()
            && [&marks.subject, &marks.client, &marks.issuer].into_iter().any(covered)
        {
            return Err(TokenError::RevokedBefore);
        }
        Ok(())
    }

    /// Takes one token back.
    pub(super) fn token(&mut self, token: Mark, entry: RevokedToken, now: i64) {
        self.make_room(self.tokens.len(), now);
        while self.tokens.len() >= self.most && !self.tokens.contains_key(&token) {
            let first = self.tokens.iter().min_by_key(|(mark, one)| (one.until, **mark));
            let Some((first, one)) = first.map(|(mark, one)| (*mark, *one)) else { break };
            self.tokens.remove(&first);
            let wider = Before { at: one.issued_at, until: one.until, issuer: one.issuer };
            self.everything(one.subject, wider, now);
        }
        self.tokens.insert(token, entry);
    }

    /// Takes back everything of the one who is marked, up to a time.
    pub(super) fn everything(&mut self, of: Mark, entry: Before, now: i64) {
        self.make_room(self.before.len(), now);
        // Issuers are few, and what is widest must always find room.
        while self.before.len() >= self.most && !self.before.contains_key(&of) && of != entry.issuer
        {
            let narrow = self.before.iter().filter(|(mark, one)| **mark != one.issuer);
            let first = narrow.min_by_key(|(mark, one)| (one.until, **mark));
            let Some((first, one)) = first.map(|(mark, one)| (*mark, *one)) else { break };
            self.before.remove(&first);
            self.raise(one.issuer, one);
        }
        self.raise(of, entry);
    }

    fn raise(&mut self, of: Mark, entry: Before) {
        let held = self.before.entry(of).or_insert(entry);
        held.at = held.at.max(entry.at);
        held.until = held.until.max(entry.until);
    }

    /// What ran out a day ago is forgotten, and of a full list, whatever ran out: so that a clock that jumps ahead for
    /// a moment takes nothing from the lists.
    fn make_room(&mut self, entries: usize, now: i64) {
        self.sweep(if entries < self.most { now.saturating_sub(DAY) } else { now });
    }

    /// Forgets what had run out at `now`.
    fn sweep(&mut self, now: i64) {
        self.tokens.retain(|_, one| one.until >= now);
        self.before.retain(|_, one| one.until >= now);
    }

    /// How many tokens, and how many times of subjects, clients and issuers, are on the lists.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.tokens.len(), self.before.len())
    }
}

mod kept;

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(token: &str, subject: &str) -> Marks {
        Marks::of("us", token, subject, "client")
    }

    fn entry(marks: &Marks, issued_at: i64, until: i64) -> RevokedToken {
        RevokedToken { until, issued_at, subject: marks.subject, issuer: marks.issuer }
    }

    #[test]
    fn a_token_is_taken_back_by_its_own_name_and_its_issuers() {
        let mut revoked = Revoked::new(10);
        let one = marks("t1", "s");
        revoked.token(one.token, entry(&one, 100, 200), 150);
        assert_eq!(revoked.check(&one, 100), Err(TokenError::Revoked));
        assert_eq!(revoked.check(&marks("t2", "s"), 100), Ok(()));
        assert_eq!(revoked.check(&Marks::of("them", "t1", "s", "client"), 100), Ok(()));
        assert_ne!(mark(Marked::Token, "ab", "c"), mark(Marked::Token, "a", "bc"));
        assert_ne!(mark(Marked::Subject, "a", "b"), mark(Marked::Client, "a", "b"));
    }

    #[test]
    fn everything_up_to_a_second_is_refused_and_what_comes_after_is_not() {
        let mut revoked = Revoked::new(10);
        let one = marks("t1", "s");
        for of in [one.subject, one.client, one.issuer] {
            let mut revoked = revoked.clone();
            revoked.everything(of, Before { at: 100, until: 500, issuer: one.issuer }, 100);
            assert_eq!(revoked.check(&one, 100), Err(TokenError::RevokedBefore));
            assert_eq!(revoked.check(&one, 101), Ok(()));
        }
        // A later word does not take an earlier one back.
        for at in [100, 50] {
            revoked.everything(one.subject, Before { at, until: 500, issuer: one.issuer }, 100);
        }
        assert_eq!(revoked.check(&one, 100), Err(TokenError::RevokedBefore));
    }

    #[test]
    fn what_has_run_out_makes_room() {
        let mut revoked = Revoked::new(10);
        let one = marks("t1", "s");
        revoked.token(one.token, entry(&one, 100, 200), 150);
        revoked.sweep(200);
        assert_eq!(revoked.len(), (1, 0));
        revoked.sweep(201);
        assert_eq!(revoked.len(), (0, 0));
    }

    #[test]
    fn a_clock_that_jumps_ahead_takes_nothing_from_a_list_that_has_room() {
        let mut revoked = Revoked::new(10);
        let (one, other) = (marks("t1", "s"), marks("t2", "s"));
        revoked.token(one.token, entry(&one, 100, 200), 150);
        revoked.token(other.token, entry(&other, 100, 200), 80_000);
        assert_eq!(revoked.check(&one, 100), Err(TokenError::Revoked));
        revoked.token(other.token, entry(&other, 100, 200), 200 + DAY + 1);
        assert_eq!(revoked.check(&one, 100), Ok(()));
    }

    #[test]
    fn full_lists_refuse_more_and_never_less() {
        let mut revoked = Revoked::new(4);
        let all: Vec<Marks> = (0..100).map(|n| marks(&format!("t{n}"), &format!("s{n}"))).collect();
        for (n, one) in all.iter().enumerate() {
            let n = i64::try_from(n).unwrap();
            revoked.token(one.token, entry(one, n, 1_000 + n), 500);
            let (tokens, before) = revoked.len();
            assert!(tokens <= 4 && before <= 5, "{tokens} {before}");
        }
        for (n, one) in all.iter().enumerate() {
            assert!(revoked.check(one, i64::try_from(n).unwrap()).is_err(), "t{n} was forgotten");
        }
        // What was issued later than all that was taken back is good still.
        assert_eq!(revoked.check(&marks("new", "new"), 100), Ok(()));
    }
}
