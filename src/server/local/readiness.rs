//! Whether the service is fit to be asked, and if not, for want of what.

use crate::runtime::conditions::Grade;

use super::super::shared::Shared;

/// The names of what keeps the service from being ready, in alphabetical order; none where it is.
///
/// `audit`: nothing can be recorded, so nothing is answered. `client_crl`: a revocation list of clients is not there or
/// is stale, and by the policy they are refused for it. `clock`: it shows a time that cannot be. `stopping`: the service
/// is on its way to the end. `trust`: there is no anchor, so no verdict but `indeterminate`. And each condition that its
/// part says to be that bad.
#[must_use]
pub fn not_ready(shared: &Shared) -> Vec<&'static str> {
    let trust = shared.services.trust();
    let (_, access) = shared.access.get();
    let conditions = shared.services.conditions.all();
    let bad = conditions.iter().filter(|condition| condition.grade == Grade::NotReady);
    let mut names: Vec<&'static str> = [
        ("audit", !shared.recorder.healthy()),
        ("client_crl", access.acceptor.lacks_revocations(shared.clock.wall())),
        ("clock", shared.services.clock_is_wrong(&trust, shared.clock.wall())),
        ("stopping", shared.draining.is_set()),
        ("trust", trust.snapshot.anchors().all().is_empty()),
    ]
    .into_iter()
    .filter(|(_, is_missing)| *is_missing)
    .map(|(name, _)| name)
    .chain(bad.map(|condition| condition.name))
    .collect();
    names.sort_unstable();
    names
}
