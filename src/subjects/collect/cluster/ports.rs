//! Tries ports of nodes from outside: by TCP, on addresses of the Internet only. From where we are a private address
//! is not outside, if it is there at all.

use futures_util::{StreamExt, stream};
use scs_checks::facts::{Node, PortProbe, PortState};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;

/// The ports of a control plane and of kubelets: API server, etcd (2), kubelet (2), controller manager, scheduler; and
/// one that nobody serves (tcpmux): where that is open, something on the way accepts everything.
pub(super) const PORTS: &[u16] = &[6443, 2379, 2380, 10250, 10255, 10257, 10259, 1];
/// The time to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The number of ports that are tried at a time.
const AT_A_TIME: usize = 128;

/// Returns the addresses of nodes in the Internet, with the names of the nodes.
pub(super) fn external(nodes: &[Node]) -> Vec<(String, IpAddr)> {
    let addresses = nodes.iter().flat_map(|node| {
        let mut own: Vec<IpAddr> = node.addresses.iter().filter_map(|address| address.address.parse().ok()).collect();
        own.retain(|ip| is_public(*ip));
        own.sort_unstable();
        own.dedup();
        own.into_iter().map(|ip| (node.name.clone(), ip))
    });
    addresses.collect()
}

/// Returns true if an address is routed in the Internet.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let shared = a == 100 && b & 0xc0 == 64;
            let special = a == 0 || a >= 240 || (a, b, c) == (192, 0, 0) || a == 198 && b & 0xfe == 18;
            let own = ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared;
            !own && !special && !ip.is_documentation() && !ip.is_multicast()
        }
        // What is handed out for the Internet, without examples.
        IpAddr::V6(ip) => ip.segments()[0] & 0xe000 == 0x2000 && !is_documentation(ip),
    }
}

fn is_documentation(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x2001, 0xdb8, ..] | [0x3fff, 0..0x1000, ..])
}

/// Tries all ports of all addresses.
pub(super) async fn probe(addresses: Vec<(String, IpAddr)>, ports: &[u16]) -> Vec<PortProbe> {
    let targets = addresses.iter().flat_map(|(node, ip)| ports.iter().map(move |port| (node, *ip, *port)));
    let probes = targets.map(|(node, ip, port)| async move {
        let state = knock(SocketAddr::new(ip, port)).await;
        PortProbe { node: node.clone(), address: ip.to_string(), port, state }
    });
    stream::iter(probes).buffered(AT_A_TIME).collect().await
}

async fn knock(address: SocketAddr) -> PortState {
    match tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(_)) => PortState::Open,
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => PortState::Closed,
        // No way there, or nobody who says so.
        Ok(Err(_)) | Err(_) => PortState::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use scs_checks::facts::NodeAddress;

    #[rstest]
    #[case("8.8.8.8", true)]
    #[case("10.0.0.1", false)]
    #[case("172.31.0.1", false)]
    #[case("172.32.0.1", true)]
    #[case("192.168.1.1", false)]
    #[case("100.64.0.1", false)]
    #[case("100.128.0.1", true)]
    #[case("127.0.0.1", false)]
    #[case("169.254.1.1", false)]
    #[case("198.51.100.1", false)]
    #[case("198.18.0.1", false)]
    #[case("0.0.0.0", false)]
    #[case("255.255.255.255", false)]
    #[case("2a00:1450::1", true)]
    #[case("2001:db8::1", false)]
    #[case("fd00::1", false)]
    #[case("fe80::1", false)]
    #[case("::1", false)]
    #[case("::ffff:10.0.0.1", false)]
    fn only_addresses_of_the_internet_are_outside(#[case] address: &str, #[case] public: bool) {
        assert_eq!(is_public(address.parse().unwrap()), public);
    }

    #[test]
    fn addresses_are_taken_once_and_names_not_at_all() {
        let address = |address: &str| NodeAddress { kind: "ExternalIP".to_owned(), address: address.to_owned() };
        let addresses = ["8.8.8.8", "8.8.8.8", "node.example.com", "10.0.0.1"].map(address).to_vec();
        let node = Node { name: "a".to_owned(), addresses, ..Node::default() };
        assert_eq!(external(&[node]), [("a".to_owned(), "8.8.8.8".parse().unwrap())]);
    }

    #[tokio::test]
    async fn a_port_is_open_or_closed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = closed.local_addr().unwrap().port();
        drop(closed);
        let probes = probe(vec![("a".to_owned(), open.ip())], &[open.port(), port]).await;
        assert_eq!(probes.iter().map(|probe| probe.state).collect::<Vec<_>>(), [PortState::Open, PortState::Closed]);
    }
}
