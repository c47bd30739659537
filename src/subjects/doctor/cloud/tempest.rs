//! Examines whether a run of Tempest (scs-0128) can work: the program, its accounts, images and flavors, the external network.

use super::NoServerReason;
use super::lists::lists;
use crate::collect::{TempestChoice, choose_for_tempest};
use crate::doctor::finding::{DoctorFinding, State};
use crate::openstack::config::Auth;
use crate::openstack::{Error, Item, Reader, Resource, Service};
use crate::tempest::{ProgramError, TempestTerms};
use serde_json::Value;

/// Asks and judges.
pub(super) async fn tempest(reader: &Reader, terms: &Result<TempestTerms, ProgramError>) -> Vec<DoctorFinding> {
    let (program, choice, external) = tokio::join!(program(terms), choice(reader), external(reader));
    let has_accounts = terms.as_ref().is_ok_and(|terms| terms.accounts.is_some());
    let is_password = matches!(reader.session().auth(), Auth::Password { .. });
    vec![program, accounts(has_accounts, is_password), images(&choice), network(&external)]
}

async fn program(terms: &Result<TempestTerms, ProgramError>) -> DoctorFinding {
    const WHAT: &str = "Tempest";
    match terms {
        Ok(terms) => {
            let found = format!("{} ({})", terms.program.title().await, terms.program.path.display());
            DoctorFinding::new(State::Ok, WHAT, found)
        }
        Err(error) => DoctorFinding::new(State::Missing, WHAT, error.to_string()),
    }
}

/// Returns the finding about the accounts of the tests.
fn accounts(has_accounts: bool, is_password: bool) -> DoctorFinding {
    let (state, found) = match (has_accounts, is_password) {
        (true, _) => (State::Ok, "the file that is named"),
        (false, true) => (State::Warning, "the user of the cloud; one listed test needs a user in another project"),
        (false, false) => {
            (State::Missing, "the user of the cloud does not log in by password, and Tempest knows no other way")
        }
    };
    let finding = DoctorFinding::new(state, "accounts for Tempest", found);
    if has_accounts { finding } else { finding.remedy("name accounts of two projects with --tempest-accounts") }
}

async fn choice(reader: &Reader) -> Result<TempestChoice, NoServerReason> {
    let (images, flavors) = lists(reader).await?;
    choose_for_tempest(&images, &flavors).map_err(NoServerReason::Unsuitable)
}

fn images(choice: &Result<TempestChoice, NoServerReason>) -> DoctorFinding {
    const WHAT: &str = "servers of Tempest";
    match choice {
        Ok(TempestChoice { images: [image, _], flavors: [flavor, larger] }) => {
            let found = format!("image {}, flavors {} and {}", image.name, flavor.name, larger.name);
            DoctorFinding::new(State::Ok, WHAT, found)
        }
        Err(NoServerReason::Unsuitable(why)) => DoctorFinding::new(State::Missing, WHAT, why.to_string()),
        Err(NoServerReason::Unread(error)) => DoctorFinding::new(State::Unknown, WHAT, error.to_string()),
    }
    .needed("a public image, and a flavor with a disk that fits it")
}

async fn external(reader: &Reader) -> Result<Vec<String>, Error> {
    let query = [("router:external", "true")];
    let resource = Resource { query: &query, ..Resource::new(Service::Network, &["networks"]) };
    let networks = reader.list(resource, "networks").await?;
    let name = |network: &Item| network.get("name").and_then(Value::as_str).map(str::to_owned);
    Ok(networks.iter().filter_map(name).collect())
}

fn network(external: &Result<Vec<String>, Error>) -> DoctorFinding {
    const WHAT: &str = "external network for Tempest";
    match external {
        Ok(names) if names.is_empty() => {
            let found = "the project sees none: tests of floating IPs cannot pass";
            DoctorFinding::new(State::Warning, WHAT, found)
        }
        Ok(names) => DoctorFinding::new(State::Ok, WHAT, names.join(", ")),
        Err(error) => DoctorFinding::from_error(WHAT, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(true, false, State::Ok)]
    #[case(true, true, State::Ok)]
    #[case(false, true, State::Warning)]
    #[case(false, false, State::Missing)]
    fn accounts_take_a_password(#[case] has_accounts: bool, #[case] is_password: bool, #[case] state: State) {
        assert_eq!(accounts(has_accounts, is_password).state, state);
    }
}
