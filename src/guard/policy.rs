//! Who is who, and who may do what: replaced as a whole, so that no request sees half a change.

use crate::authn::mtls::ClientRules;
use crate::authz::{Demands, Roles};

/// What decides on callers.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Which certificate is which client.
    pub clients: ClientRules,
    /// What each role may do.
    pub roles: Roles,
    /// What must be shown, route by route.
    pub demands: Demands,
}
