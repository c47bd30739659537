//! Addresses in subnets: which there are, and which is the next one free.

use crate::state::Subnet;
use crate::world::World;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of a subnet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cidr {
    base: u128,
    /// Bits that are free.
    bits: u32,
    six: bool,
}

impl Cidr {
    /// Reads `192.0.2.0/24` and the like.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length: u32 = length.parse().ok()?;
        let (value, width, six) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32, false),
            IpAddr::V6(address) => (u128::from(address), 128, true),
        };
        let bits = u32::checked_sub(width, length)?;
        let base = if bits == 128 { 0 } else { value >> bits << bits };
        Some(Self { base, bits, six })
    }

    /// Returns 4 or 6.
    pub(super) fn version(self) -> u8 {
        if self.six { 6 } else { 4 }
    }

    /// Returns the nth address; none beyond the end, nor the one for all.
    pub(super) fn nth(self, number: u128) -> Option<String> {
        let last = if self.bits >= 128 { u128::MAX } else { (1 << self.bits) - 1 };
        if number >= last {
            return None;
        }
        let value = self.base + number;
        match self.six {
            true => Some(Ipv6Addr::from(value).to_string()),
            false => u32::try_from(value).ok().map(|value| Ipv4Addr::from(value).to_string()),
        }
    }

    /// Returns the last address that a host may have.
    pub(super) fn last(self) -> Option<String> {
        if self.bits >= 128 { None } else { self.nth((1u128 << self.bits).checked_sub(2)?) }
    }

    /// Tells whether both have addresses in common.
    pub(super) fn overlaps(self, other: Self) -> bool {
        let bits = self.bits.max(other.bits);
        self.six == other.six && (bits >= 128 || self.base >> bits == other.base >> bits)
    }
}

/// Returns the next address of a subnet that nobody has.
pub(super) fn next_free(world: &World, subnet: &Subnet) -> Option<String> {
    let cidr = Cidr::parse(&subnet.cidr)?;
    let taken: Vec<&str> = world
        .state
        .resources
        .ports
        .iter()
        .flat_map(|port| &port.fixed_ips)
        .filter(|fixed| fixed.subnet_id == subnet.id)
        .map(|fixed| fixed.ip_address.as_str())
        .chain(subnet.gateway_ip.as_deref())
        .collect();
    (1..).map_while(|number| cidr.nth(number)).find(|address| !taken.contains(&address.as_str()))
}
