//! The subjects that pages list: those of the registry, and those of reports that no subject of the registry stands for.

use crate::accounts::Accounts;
use crate::http::answer::Answer;
use crate::http::board::View;
use crate::registry::{Registry, Section, Subject, TestedBy};
use std::collections::{BTreeMap, BTreeSet};

/// The start of the name of a group of subjects that the registry does not know.
const GROUP: &str = "group-";

/// The start of the name of a subject of reports whose own name belongs to another subject of the registry.
const TESTED: &str = "tested-";

/// A subject that pages list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// The name in paths.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// Its operator; none if the registry does not know the subject.
    pub operator: Option<ListedOperator>,
    /// The section of the overview.
    pub section: Section,
    /// The subjects of reports that stand for it, at least one.
    pub tested: Vec<String>,
    /// The software that makes its clusters.
    pub technology: Option<String>,
    /// The page about its certificate.
    pub certificate_url: Option<String>,
    /// The page of its health monitor.
    pub health_url: Option<String>,
    /// Those who run its tests; none if the registry does not know the subject.
    pub tested_by: Option<TestedBy>,
}

/// The operator of a subject, without contacts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedOperator {
    /// Its name in the registry.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its address on the web.
    pub url: Option<String>,
}

/// Lists all subjects: those of the registry in its order, then groups and subjects of reports that it does not know, by name.
pub fn listed(registry: &Registry, view: &View, accounts: &Accounts) -> Vec<Listed> {
    let known = registry.subjects.iter().map(|(name, subject)| of_registry(registry, name, subject));
    let mut others: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (tested, _) in view.standings.keys().filter(|(tested, _)| registry.subject_of(tested).is_none()) {
        match accounts.get(tested).and_then(|account| account.group.as_deref()) {
            // The other members of the group are listed too, though nothing came about them yet.
            Some(group) => {
                let members = accounts.members(group).into_iter();
                let members = members.filter(|member| registry.subject_of(member).is_none());
                others.entry(format!("{GROUP}{group}")).or_default().extend(members.chain([tested.as_str()]));
            }
            None => drop(others.entry(free_name(registry, tested)).or_default().insert(tested)),
        }
    }
    known.chain(others.into_iter().map(|(name, tested)| unknown(name, &tested))).collect()
}

/// Finds the subject of a name.
///
/// # Errors
/// Nothing is known of it.
pub fn find_listed(registry: &Registry, view: &View, accounts: &Accounts, name: &str) -> Result<Listed, Answer> {
    if let Some(subject) = registry.subjects.get(name) {
        return Ok(of_registry(registry, name, subject));
    }
    let found = listed(registry, view, accounts).into_iter().find(|listed| listed.name == name);
    found.ok_or_else(|| Answer::not_found("subject: nothing is known of it; the overview lists all"))
}

/// Returns a name that no subject of the registry has, so that nothing can be taken for one of its subjects.
fn free_name(registry: &Registry, tested: &str) -> String {
    let mut name = tested.to_owned();
    while registry.subjects.contains_key(&name) {
        name.insert_str(0, TESTED);
    }
    name
}

fn of_registry(registry: &Registry, name: &str, subject: &Subject) -> Listed {
    let operator = registry.operators.get(&subject.operator).map(|operator| ListedOperator {
        name: subject.operator.clone(),
        title: operator.title.clone(),
        url: operator.url.clone(),
    });
    Listed {
        name: name.to_owned(),
        title: subject.title.clone(),
        operator,
        section: subject.section,
        tested: subject.tested.clone(),
        technology: subject.technology.clone(),
        certificate_url: subject.certificate_url.clone(),
        health_url: subject.health_url.clone(),
        tested_by: Some(subject.tested_by),
    }
}

fn unknown(name: String, tested: &BTreeSet<&str>) -> Listed {
    Listed {
        title: name.strip_prefix(GROUP).unwrap_or(&name).to_owned(),
        name,
        operator: None,
        section: Section::Listed,
        tested: tested.iter().map(|tested| (*tested).to_owned()).collect(),
        technology: None,
        certificate_url: None,
        health_url: None,
        tested_by: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::AccountEntry;
    use crate::http::board::Standing;
    use scs_checks::definition::{Definitions, Source};
    use std::sync::Arc;

    const REGISTRY: &str = "
operators: [{name: acme, title: ACME Clouds, contacts: [{email: ops@acme.example}]}]
subjects:
  - {name: zeta, title: Zeta Cloud, operator: acme, section: certified, regions: [z-1, z-2]}
  - {name: lab, operator: acme, regions: [lab-1]}
";

    fn registry() -> Registry {
        Registry::parse(&Source::new("registry.yaml", REGISTRY.as_bytes()).unwrap(), &Definitions::load(&[]).unwrap())
            .unwrap()
    }

    fn view(subjects: &[&str]) -> View {
        let standing = |subject: &&str| (((*subject).to_owned(), "scope".to_owned()), Arc::new(Standing::default()));
        View { generation: 1, standings: subjects.iter().map(standing).collect() }
    }

    fn accounts(groups: &[(&str, Option<&str>)]) -> Accounts {
        let entry = |(subject, group): &(&str, Option<&str>)| AccountEntry {
            subject: (*subject).to_owned(),
            group: group.map(str::to_owned),
            ..AccountEntry::default()
        };
        Accounts::new(&groups.iter().map(entry).collect::<Vec<_>>()).0
    }

    fn shown(listed: &[Listed]) -> Vec<(String, String)> {
        listed.iter().map(|one| (one.name.clone(), one.tested.join(" "))).collect()
    }

    #[test]
    fn subjects_of_the_registry_come_first_and_others_under_their_own_names() {
        let accounts = accounts(&[("p-1", Some("plus")), ("p-2", Some("plus")), ("z-1", Some("plus"))]);
        let found = listed(&registry(), &view(&["solo", "p-2", "z-1", "lab"]), &accounts);
        let expected =
            [("zeta", "z-1 z-2"), ("lab", "lab-1"), ("group-plus", "p-1 p-2"), ("solo", "solo"), ("tested-lab", "lab")];
        assert_eq!(shown(&found), expected.map(|(name, tested)| (name.to_owned(), tested.to_owned())));
        assert_eq!((found[0].title.as_str(), found[2].title.as_str()), ("Zeta Cloud", "plus"));
        assert_eq!(found[0].operator.as_ref().unwrap().title, "ACME Clouds");
        assert!(found[2].operator.is_none() && found[2].section == Section::Listed && found[2].tested_by.is_none());
    }

    #[test]
    fn a_subject_is_found_by_its_name_in_paths_alone() {
        let (registry, view) = (registry(), view(&["solo", "z-1", "lab"]));
        let accounts = accounts(&[("quiet", None)]);
        let find = |name: &str| find_listed(&registry, &view, &accounts, name).map(|listed| listed.tested.join(" "));
        assert_eq!(find("zeta").unwrap(), "z-1 z-2");
        assert_eq!(find("lab").unwrap(), "lab-1");
        assert_eq!(find("solo").unwrap(), "solo");
        assert_eq!(find("tested-lab").unwrap(), "lab");
        for name in ["z-1", "quiet", "group-", "nobody", ""] {
            assert!(find(name).is_err(), "{name}");
        }
    }
}
