//! Users of this machine: the kernel says which user is at the other end, the policy which of them are
//! administrators, and with which roles.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use rustix::net::sockopt;

use crate::identity::{ClientId, RoleName};

use super::{AuthnError, Factor, Factors, Method, Principal, Rights};

/// Proof of which user connected: the one that the process was of when it did (unix(7), `SO_PEERCRED`).
#[derive(Debug)]
#[must_use]
pub struct LocalPeer {
    uid: u32,
    client: ClientId,
}

/// A user who may administer the service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Administrator {
    /// The user's number.
    pub uid: u32,
    /// Which roles the user has.
    pub roles: Vec<RoleName>,
}

/// The users who may administer the service. By default there are none, root included.
#[derive(Clone, Debug, Default)]
pub struct Administrators(Vec<(u32, Arc<[RoleName]>)>);

impl LocalPeer {
    /// Who is at the other end of `socket`.
    ///
    /// # Errors
    ///
    /// Where the kernel does not say.
    pub fn of(socket: &UnixStream) -> io::Result<Self> {
        let uid = sockopt::socket_peercred(socket)?.uid.as_raw();
        Ok(Self { uid, client: ClientId::of_user(uid) })
    }

    /// The name of this user in records.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The user's number.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.uid
    }
}

impl Administrators {
    /// These, each named once; of a user who is named twice the first roles count.
    #[must_use]
    pub fn new(all: Vec<Administrator>) -> Self {
        Self(all.into_iter().map(|one| (one.uid, one.roles.into())).collect())
    }

    /// Who this is.
    ///
    /// # Errors
    ///
    /// [`AuthnError::NotAnAdministrator`].
    pub fn authenticate(&self, peer: &LocalPeer) -> Result<Principal, AuthnError> {
        let found = self.0.iter().find(|(uid, _)| *uid == peer.uid);
        let (_, roles) = found.ok_or(AuthnError::NotAnAdministrator)?;
        Ok(Principal {
            client: peer.client.clone(),
            subject: peer.client.as_str().into(),
            roles: Arc::clone(roles),
            method: Method::Local,
            rights: Rights::OfRoles,
            factors: Factors::only(Factor::Local),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> LocalPeer {
        LocalPeer::of(&UnixStream::pair().unwrap().0).unwrap()
    }

    #[test]
    fn the_kernel_names_the_user_and_the_list_the_roles() {
        let (peer, role): (_, RoleName) = (peer(), "operator".parse().unwrap());
        let listed =
            |uid| Administrators::new(vec![Administrator { uid, roles: vec![role.clone()] }]);
        let principal = listed(peer.uid()).authenticate(&peer).unwrap();
        assert_eq!(principal.client().as_str(), format!("uid:{}", peer.uid()));
        assert_eq!((principal.method(), principal.roles()), (Method::Local, &[role.clone()][..]));
        let other = listed(peer.uid().wrapping_add(1)).authenticate(&peer);
        assert_eq!(other.unwrap_err(), AuthnError::NotAnAdministrator);
    }

    #[test]
    fn nobody_is_an_administrator_by_default() {
        assert!(Administrators::default().authenticate(&peer()).is_err());
    }
}
