//! TCP sockets that never block, from several source addresses.

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};

/// How to reach the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) to: SocketAddrV4,
    /// Sources 127.0.0.1 to 127.0.0.N, taken in turn; 1 leaves the choice to the system.
    pub(crate) sources: u8,
    /// Small buffers, so that a server notices soon that nobody reads, and the client that nobody
    /// takes what it sends.
    pub(crate) small: bool,
}

impl Route {
    /// Begins the `nth` connection; that it is made shows when the socket can be written.
    pub(crate) fn begin(self, nth: usize) -> io::Result<TcpStream> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket =
            rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        if self.small {
            sockopt::set_socket_recv_buffer_size(&socket, 4_096)?;
            sockopt::set_socket_send_buffer_size(&socket, 65_536)?;
        }
        if self.sources > 1 {
            let turn = nth.checked_rem(usize::from(self.sources)).unwrap_or(0);
            let last = u8::try_from(turn).unwrap_or(0).saturating_add(1);
            rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), 0))?;
        }
        match rustix::net::connect(&socket, &self.to) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(socket.into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Lets this process hold as many sockets as it ever may.
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Refused only where it changes nothing that matters: opening then fails and is counted.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
