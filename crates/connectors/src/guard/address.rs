//! Which addresses are somebody else's, and which are this machine, this network, or a way around the question.
//!
//! Invariant: everything is inside until it is known to be public; an address that carries another one is judged by both.
//! Source: the IANA special-purpose registries for IPv4 and IPv6. Deliberately not here: who may go where (`allowance`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Public,
    /// This machine.
    Loopback,
    /// Networks of an organisation: RFC 1918, shared (100.64/10), unique local (fc00::/7).
    Private,
    /// This wire only; the metadata services of clouds live here.
    LinkLocal,
    /// Nobody in particular: 0.0.0.0, multicast, broadcast, documentation, reserved.
    Special,
    /// An IPv4 address inside of an IPv6 one: mapped, compatible, 6to4, Teredo, NAT64.
    Embedded,
}

impl Reach {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::LinkLocal => "link-local",
            Self::Special => "reserved",
            Self::Embedded => "an IPv4 address within an IPv6 one",
        }
    }
}

pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        [169, 254, ..] => Reach::LinkLocal,
        // Azure's own services, for every machine there.
        [168, 63, 129, 16] => Reach::LinkLocal,
        // This network; protocol assignments; documentation; old 6to4 relays; benchmarks; multicast and what is above.
        [0 | 224..=255, ..]
        | [192, 0, 0 | 2, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..] => Reach::Special,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Reach::Special,
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        // ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d
        [0, 0, 0, 0, 0 | 0xffff, 0 | 0xffff, ..] => Reach::Embedded,
        // NAT64 is how networks with IPv6 alone reach the public IPv4; only to a public address, and the public prefix only.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => match reach_v4(joined(high, low)) {
            Reach::Public => Reach::Public,
            Reach::Loopback | Reach::Private | Reach::LinkLocal | Reach::Special | Reach::Embedded => {
                Reach::Embedded
            }
        },
        [0x64, 0xff9b, ..] => Reach::Embedded,
        // 6to4, Teredo
        [0x2002, ..] | [0x2001, 0, ..] => Reach::Embedded,
        // Other protocol assignments; documentation
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Special,
        // A host identifier of ISATAP carries an IPv4 address (RFC 5214, 6.1).
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Reach::Embedded,
        [0x2000..=0x3fff, ..] => Reach::Public,
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Link-local, and site-local as it was.
        [0xfe80..=0xfeff, ..] => Reach::LinkLocal,
        _ => Reach::Special,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}
