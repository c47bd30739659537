//! scs-0126: networks and pools of addresses that the provider offers, as far as a user can read them.

use crate::accepts::is_default;
use crate::facts::{NetworkQuotas, ProviderNetwork, ProviderNetworks, SubnetPool, SubnetPools};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

impl ProviderNetworks {
    fn external(&self) -> impl Iterator<Item = &ProviderNetwork> {
        self.0.iter().filter(|network| network.external)
    }

    fn standard(&self) -> Vec<&ProviderNetwork> {
        self.external().filter(|network| network.is_default == Some(true)).collect()
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn network(name: &str) -> Resource {
    Resource::without_id(ResourceKind::Network, name)
}

/// scs-0126 v1: exactly one external network is the default one.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StandardNetwork {}

impl Check for StandardNetwork {
    type Facts<'a> = &'a ProviderNetworks;

    fn examine(&self, networks: &ProviderNetworks) -> Findings {
        if let Some(silent) = networks.external().find(|network| network.is_default.is_none()) {
            return Findings::undecided(format!(
                "Neutron does not say if the external network {} is the default",
                silent.name
            ));
        }
        let standard = networks.standard();
        if standard.len() == 1 {
            return Findings::on_one(None);
        }
        let message = match standard.as_slice() {
            [] => "no external network is the default",
            _ => "several external networks are the default",
        };
        let observed = match standard.as_slice() {
            [] => format!("external networks: {}", listed(networks.external().map(|network| &network.name))),
            some => listed(some.iter().map(|network| &network.name)),
        };
        let finding = Finding::violation(message).on(network("standard network")).property("is_default");
        Findings::on_one([finding.expected("one network with router:external and is_default").observed(observed)])
    }
}

/// scs-0126 v1: a project sees one external network.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SingleProviderNetwork {}

impl Check for SingleProviderNetwork {
    type Facts<'a> = &'a ProviderNetworks;

    fn examine(&self, networks: &ProviderNetworks) -> Findings {
        let names = || listed(networks.external().map(|network| &network.name));
        let other = networks.0.iter().find(|network| !network.external);
        match (networks.external().count(), other) {
            (0, _) => Findings::undecided("the project sees no external network"),
            // Users are not told whose it is.
            (1, Some(other)) => {
                Findings::undecided(format!("the shared network {} may be the provider's as well", other.name))
            }
            (1, None) => Findings::on_one(None),
            _ => Findings::on_one([Finding::violation("the project sees several external networks")
                .on(network("external networks"))
                .property("router:external")
                .expected("one external network")
                .observed(names())]),
        }
    }
}

/// scs-0126 v1: in a standard network that is shared, ports are held to their addresses.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SharedNetworkSecurity {}

impl Check for SharedNetworkSecurity {
    type Facts<'a> = &'a ProviderNetworks;

    fn inapplicable(&self, networks: &&ProviderNetworks) -> Option<String> {
        let standard = networks.standard();
        let none_is_shared = !standard.is_empty() && standard.iter().all(|network| !network.shared);
        none_is_shared.then(|| "the standard network is not shared, so projects have no ports in it".to_owned())
    }

    fn examine(&self, networks: &ProviderNetworks) -> Findings {
        let mut findings = Findings::default();
        for network in networks.standard().into_iter().filter(|network| network.shared) {
            findings.examined += 1;
            match network.port_security_enabled {
                Some(true) => {}
                Some(false) => findings.push(
                    Finding::violation("ports in the shared standard network may use any address")
                        .on(network.resource())
                        .property("port_security_enabled")
                        .expected("true")
                        .observed("false"),
                ),
                None => return Findings::undecided("Neutron does not say if the standard network has port security"),
            }
        }
        match findings.examined {
            0 => Findings::undecided("there is no standard network"),
            _ => findings,
        }
    }
}

/// scs-0126 v1: exactly one shared pool of a family of addresses is the default, and projects get enough of it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultSubnetPool {
    /// 4 or 6.
    ip_version: u8,
    /// The length of a prefix that a project gets from it.
    #[serde(default, skip_serializing_if = "is_default")]
    prefix_length: Option<u8>,
    /// True if there need not be one.
    #[serde(default, skip_serializing_if = "is_default")]
    optional: bool,
}

impl Check for DefaultSubnetPool {
    type Facts<'a> = &'a SubnetPools;

    fn inapplicable(&self, pools: &&SubnetPools) -> Option<String> {
        let none = self.optional && self.shared(pools).next().is_none();
        none.then(|| format!("no pool of IPv{} is shared", self.ip_version))
    }

    fn examine(&self, pools: &SubnetPools) -> Findings {
        let defaults: Vec<&SubnetPool> = self.shared(pools).filter(|pool| pool.is_default).collect();
        let [pool] = defaults.as_slice() else {
            let (what, observed) = match defaults.is_empty() {
                true => ("no", format!("shared pools: {}", listed(self.shared(pools).map(|pool| &pool.name)))),
                false => ("more than one", listed(defaults.iter().map(|pool| &pool.name))),
            };
            let message = format!("{what} shared pool of IPv{} is the default", self.ip_version);
            return Findings::on_one([Finding::violation(message)
                .on(Resource::without_id(ResourceKind::SubnetPool, format!("default pool of IPv{}", self.ip_version)))
                .property("is_default")
                .expected("one pool that is shared and the default")
                .observed(observed)]);
        };
        Findings::on_one(self.prefix_length.and_then(|length| narrow(pool, length)))
    }
}

impl DefaultSubnetPool {
    fn shared<'a>(&self, pools: &'a SubnetPools) -> impl Iterator<Item = &'a SubnetPool> {
        let version = self.ip_version;
        pools.0.iter().filter(move |pool| pool.shared && pool.ip_version == version)
    }
}

/// Returns what is wrong with a pool from which a project gets no prefix of this length. Quotas of IPv6 count networks of 64 bits.
fn narrow(pool: &SubnetPool, length: u8) -> Option<Finding> {
    let SubnetPool { default_prefixlen, max_prefixlen, default_quota, .. } = *pool;
    let least = 1_u64.checked_shl(u32::from(length.saturating_sub(max_prefixlen))).unwrap_or(u64::MAX);
    let (property, observed) = if default_prefixlen > length {
        ("default_prefixlen", default_prefixlen.to_string())
    } else {
        let quota = default_quota.filter(|quota| *quota < least)?;
        ("default_quota", quota.to_string())
    };
    let finding = Finding::violation(format!("a project gets no /{length} from the pool {}", pool.name));
    Some(finding.on(pool.resource()).property(property).expected(format!("at least one /{length}")).observed(observed))
}

/// scs-0126 v1: a project may have a floating IP address.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FloatingIpQuota {
    /// The least number.
    least: u32,
}

impl Check for FloatingIpQuota {
    type Facts<'a> = &'a NetworkQuotas;

    fn examine(&self, quotas: &NetworkQuotas) -> Findings {
        let NetworkQuotas { floating_ips } = *quotas;
        let suffices = floating_ips == -1 || floating_ips >= i64::from(self.least);
        Findings::on_one((!suffices).then(|| {
            Finding::violation("the project may not have as many floating IP addresses as the standard wants")
                .on(Resource::without_id(ResourceKind::Network, "quota of the project"))
                .property("floatingip")
                .expected(format!("at least {}", self.least))
                .observed(floating_ips.to_string())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn network(name: &str, is_default: Option<bool>, shared: bool, secure: Option<bool>) -> ProviderNetwork {
        ProviderNetwork {
            id: name.into(),
            name: name.into(),
            external: true,
            is_default,
            shared,
            port_security_enabled: secure,
        }
    }

    fn plain(is_default: Option<bool>) -> ProviderNetwork {
        network("public", is_default, false, Some(true))
    }

    #[rstest]
    #[case::one(vec![plain(Some(true)), plain(Some(false))], Verdict::Pass)]
    #[case::none(vec![plain(Some(false))], Verdict::Fail)]
    #[case::no_network(vec![], Verdict::Fail)]
    #[case::two(vec![plain(Some(true)), plain(Some(true))], Verdict::Fail)]
    #[case::not_external(vec![ProviderNetwork { external: false, ..plain(Some(true)) }], Verdict::Fail)]
    #[case::not_said(vec![plain(None), plain(Some(true))], Verdict::Abort)]
    fn one_external_network_is_the_default(#[case] networks: Vec<ProviderNetwork>, #[case] verdict: Verdict) {
        assert_eq!(Outcome::of(StandardNetwork {}.examine(&ProviderNetworks(networks))).verdict, verdict);
    }

    #[rstest]
    #[case(0, Verdict::Abort)]
    #[case(1, Verdict::Pass)]
    #[case(2, Verdict::Fail)]
    fn a_project_sees_one(#[case] number: usize, #[case] verdict: Verdict) {
        let mut networks = ProviderNetworks(vec![plain(Some(true)); number]);
        assert_eq!(Outcome::of(SingleProviderNetwork {}.examine(&networks)).verdict, verdict);
        networks.0.push(ProviderNetwork { external: false, shared: true, ..plain(None) });
        let verdict = if verdict == Verdict::Pass { Verdict::Abort } else { verdict };
        assert_eq!(Outcome::of(SingleProviderNetwork {}.examine(&networks)).verdict, verdict);
    }

    #[rstest]
    #[case::secure(vec![network("n", Some(true), true, Some(true))], Some(Verdict::Pass))]
    #[case::open(vec![network("n", Some(true), true, Some(false))], Some(Verdict::Fail))]
    #[case::not_said(vec![network("n", Some(true), true, None)], Some(Verdict::Abort))]
    #[case::not_shared(vec![network("n", Some(true), false, Some(false))], None)]
    #[case::no_standard_network(vec![network("n", Some(false), true, Some(true))], Some(Verdict::Abort))]
    fn a_shared_standard_network_is_secure(#[case] networks: Vec<ProviderNetwork>, #[case] verdict: Option<Verdict>) {
        let (rule, networks) = (SharedNetworkSecurity {}, ProviderNetworks(networks));
        let judged = rule.inapplicable(&&networks).is_none().then(|| Outcome::of(rule.examine(&networks)).verdict);
        assert_eq!(judged, verdict);
    }

    fn pool(change: impl FnOnce(&mut SubnetPool)) -> SubnetPool {
        let mut pool = SubnetPool {
            id: "p".into(),
            name: "p".into(),
            shared: true,
            is_default: true,
            ip_version: 6,
            default_prefixlen: 64,
            min_prefixlen: 64,
            max_prefixlen: 128,
            default_quota: None,
        };
        change(&mut pool);
        pool
    }

    #[rstest]
    #[case::usual(vec![pool(|_| {})], Some(Verdict::Pass))]
    #[case::wider(vec![pool(|p| (p.default_prefixlen, p.min_prefixlen) = (56, 48))], Some(Verdict::Pass))]
    #[case::quota(vec![pool(|p| p.default_quota = Some(1))], Some(Verdict::Pass))]
    #[case::none(vec![], Some(Verdict::Fail))]
    #[case::not_shared(vec![pool(|p| p.shared = false)], Some(Verdict::Fail))]
    #[case::not_the_default(vec![pool(|p| p.is_default = false)], Some(Verdict::Fail))]
    #[case::of_the_other_family(vec![pool(|p| p.ip_version = 4)], Some(Verdict::Fail))]
    #[case::two(vec![pool(|_| {}), pool(|_| {})], Some(Verdict::Fail))]
    #[case::narrow(vec![pool(|p| p.default_prefixlen = 65)], Some(Verdict::Fail))]
    #[case::only_wider(vec![pool(|p| (p.default_prefixlen, p.max_prefixlen) = (56, 60))], Some(Verdict::Pass))]
    #[case::quota_of_the_smallest(vec![pool(|p| (p.default_prefixlen, p.max_prefixlen, p.default_quota) = (56, 60, Some(16)))], Some(Verdict::Pass))]
    #[case::quota_below_the_smallest(vec![pool(|p| (p.default_prefixlen, p.max_prefixlen, p.default_quota) = (56, 60, Some(15)))], Some(Verdict::Fail))]
    #[case::no_quota(vec![pool(|p| p.default_quota = Some(0))], Some(Verdict::Fail))]
    fn a_project_gets_a_subnet_of_ipv6(#[case] pools: Vec<SubnetPool>, #[case] verdict: Option<Verdict>) {
        let rule = DefaultSubnetPool { ip_version: 6, prefix_length: Some(64), optional: false };
        assert_eq!(judged(&rule, SubnetPools(pools)), verdict);
    }

    #[rstest]
    #[case::none(vec![pool(|_| {})], None)]
    #[case::one(vec![pool(|p| p.ip_version = 4)], Some(Verdict::Pass))]
    #[case::not_the_default(vec![pool(|p| (p.ip_version, p.is_default) = (4, false))], Some(Verdict::Fail))]
    fn a_pool_of_ipv4_is_optional(#[case] pools: Vec<SubnetPool>, #[case] verdict: Option<Verdict>) {
        let rule = DefaultSubnetPool { ip_version: 4, prefix_length: None, optional: true };
        assert_eq!(judged(&rule, SubnetPools(pools)), verdict);
    }

    fn judged(rule: &DefaultSubnetPool, pools: SubnetPools) -> Option<Verdict> {
        rule.inapplicable(&&pools).is_none().then(|| Outcome::of(rule.examine(&pools)).verdict)
    }

    #[rstest]
    #[case(-1, Verdict::Pass)]
    #[case(1, Verdict::Pass)]
    #[case(0, Verdict::Fail)]
    fn a_project_may_have_a_floating_ip(#[case] floating_ips: i64, #[case] verdict: Verdict) {
        let outcome = Outcome::of(FloatingIpQuota { least: 1 }.examine(&NetworkQuotas { floating_ips }));
        assert_eq!(outcome.verdict, verdict);
    }
}
