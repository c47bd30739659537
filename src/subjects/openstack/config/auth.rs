//! From settings to one way to log in, scoped to a project; or for managers to a domain.

use super::cloud::{ApplicationCredential, Auth, Domain, Project, User};
use super::settings::{Settings, Text, sets};
use crate::settings::ConfigError;
use crate::settings::yaml::Node;
use secrecy::SecretString;

/// Keys that ask for a scope this tool must not have, and what each means.
const FOREIGN_SCOPES: &[(&str, &str)] = &[("system_scope", "the whole system"), ("trust_id", "a trust")];

/// The `auth_type` spellings that are understood.
const KNOWN_TYPES: &str = "password, v3password, v3applicationcredential, token, v3token";

enum Method {
    Password,
    ApplicationCredential,
    Token,
}

/// Resolves the credentials of a login.
///
/// # Errors
/// An auth type that is not understood, a key that is missing, a scope that is not a project.
pub(super) fn resolve(settings: &Settings) -> Result<Auth, ConfigError> {
    refuse_foreign_scopes(settings)?;
    refuse_passcode(settings)?;
    match method(settings)? {
        Method::Password => Ok(Auth::Password {
            user: user(settings)?,
            password: secret(settings.require_auth(&["password"])?),
            project: project(settings)?,
        }),
        Method::Token => Ok(Auth::Token {
            token: secret(settings.require_auth(&["token", "auth_token"])?),
            project: project(settings)?,
        }),
        Method::ApplicationCredential => Ok(Auth::ApplicationCredential {
            credential: application_credential(settings)?,
            secret: secret(settings.require_auth(&["application_credential_secret"])?),
        }),
    }
}

/// Resolves the credentials of a domain manager: a password, as application credentials are for projects only.
///
/// # Errors
/// As [`resolve`]; another way to log in, and a project.
pub(super) fn resolve_manager(settings: &Settings) -> Result<Auth, ConfigError> {
    refuse_foreign_scopes(settings)?;
    refuse_passcode(settings)?;
    if !matches!(method(settings)?, Method::Password) {
        let what = format!("cloud `{}` is named by --domain-manager, but does not log in by password", settings.name);
        return Err(ConfigError::new(what).help("set username, password, user_domain_name and domain_name"));
    }
    if let Some(text) = settings.auth_text(&["project_id", "tenant_id", "project_name", "tenant_name"])? {
        return Err(settings
            .refuse(text, "asks for a token for a project, but the cloud is named by --domain-manager")
            .help("remove it, and set domain_name or domain_id to the domain that the user manages"));
    }
    let own = domain(settings, &["domain_id"], &["domain_name"])?;
    let scope = match settings.auth_text(&["domain_id", "domain_name"])? {
        Some(_) => own,
        None => domain(settings, &["user_domain_id"], &["user_domain_name"])?,
    };
    let password = secret(settings.require_auth(&["password"])?);
    Ok(Auth::Password { user: user(settings)?, password, project: Project::WholeDomain(scope) })
}

/// Returns the chosen method; without `auth_type` the keys that are there tell, as in openstacksdk.
fn method(settings: &Settings) -> Result<Method, ConfigError> {
    if let Some(text) = settings.text(&["auth_type", "auth_plugin"])? {
        return match text.value {
            "password" | "v3password" => Ok(Method::Password),
            "v3applicationcredential" => Ok(Method::ApplicationCredential),
            "token" | "v3token" => Ok(Method::Token),
            other => Err(settings
                .refuse(text, format!("auth type `{other}` is not supported"))
                .help(format!("use one of {KNOWN_TYPES}; an application credential works on every cloud"))),
        };
    }
    let of_files = method_of(&settings.layers[settings.variables()..]);
    Ok(of_files.or_else(|| method_of(&settings.layers)).unwrap_or(Method::Password))
}

/// Returns the method that keys are there for. Variables of another kind of login do not change that of a file.
fn method_of(layers: &[Node]) -> Option<Method> {
    let has = |key| sets(layers, key);
    match () {
        () if has("application_credential_secret") || has("application_credential_id") => {
            Some(Method::ApplicationCredential)
        }
        () if has("password") => Some(Method::Password),
        () if has("token") => Some(Method::Token),
        () => None,
    }
}

fn refuse_foreign_scopes(settings: &Settings) -> Result<(), ConfigError> {
    for (key, meaning) in FOREIGN_SCOPES {
        if let Some(text) = settings.auth_text(&[key])? {
            return Err(settings
                .refuse(text, format!("asks for a token for {meaning}"))
                .help("the checks run as an ordinary user of one project: remove this key and name a project"));
        }
    }
    Ok(())
}

/// Refuses a code of a second factor: it is good for one login, and a token has to be renewed.
fn refuse_passcode(settings: &Settings) -> Result<(), ConfigError> {
    match settings.auth_text(&["passcode"])? {
        Some(text) => Err(settings
            .refuse(text, "is a one-time code, which is valid for one login only")
            .help("use an application credential: openstack application credential create NAME")),
        None => Ok(()),
    }
}

fn user(settings: &Settings) -> Result<User, ConfigError> {
    if let Some(id) = settings.auth_text(&["user_id"])? {
        return Ok(User::Id(id.value.to_owned()));
    }
    let name = settings.require_auth(&["username", "user_name"])?;
    Ok(User::Name {
        name: name.value.to_owned(),
        domain: domain(settings, &["user_domain_id"], &["user_domain_name"])?,
    })
}

fn project(settings: &Settings) -> Result<Project, ConfigError> {
    if let Some(id) = settings.auth_text(&["project_id", "tenant_id"])? {
        return Ok(Project::Id(id.value.to_owned()));
    }
    let Some(name) = settings.auth_text(&["project_name", "tenant_name"])? else {
        return no_project(settings);
    };
    Ok(Project::Name {
        name: name.value.to_owned(),
        domain: domain(
            settings,
            &["project_domain_id", "tenant_domain_id"],
            &["project_domain_name", "tenant_domain_name"],
        )?,
    })
}

/// Returns the user's default project, which Keystone takes where none is named; a domain key would mean a token for
/// that domain.
fn no_project(settings: &Settings) -> Result<Project, ConfigError> {
    match settings.auth_text(&["domain_id", "domain_name"])? {
        Some(text) => Err(settings
            .refuse(text, "asks for a token for a domain, not for a project")
            .help("the checks run as an ordinary user of one project: add project_name or project_id")),
        None => Ok(Project::Default),
    }
}

/// Returns the domain under its own keys, else the one for both, else the default one; Keystone's own default has the
/// id `default`.
fn domain(settings: &Settings, ids: &[&'static str], names: &[&'static str]) -> Result<Domain, ConfigError> {
    let id = |keys: &[&'static str]| settings.auth_text(keys).map(|t| t.map(|t| Domain::Id(t.value.to_owned())));
    let name = |keys: &[&'static str]| settings.auth_text(keys).map(|t| t.map(|t| Domain::Name(t.value.to_owned())));
    let choices = [
        id(ids)?,
        name(names)?,
        id(&["domain_id"])?,
        name(&["domain_name"])?,
        id(&["default_domain_id", "default_domain"])?,
        name(&["default_domain_name"])?,
    ];
    Ok(choices.into_iter().flatten().next().unwrap_or_else(|| Domain::Id("default".to_owned())))
}

fn application_credential(settings: &Settings) -> Result<ApplicationCredential, ConfigError> {
    if let Some(id) = settings.auth_text(&["application_credential_id"])? {
        return Ok(ApplicationCredential::Id(id.value.to_owned()));
    }
    let Some(name) = settings.auth_text(&["application_credential_name"])? else {
        return Err(settings.missing_auth("application_credential_id"));
    };
    Ok(ApplicationCredential::Name { name: name.value.to_owned(), user: user(settings)? })
}

fn secret(text: Text<'_>) -> SecretString {
    SecretString::from(text.value.to_owned())
}
