//! Makes the messages to the contacts of a subject: mail in the language of each, and JSON for webhooks.

use super::address::shown;
use super::config::Config;
use super::item::{Item, Message};
use super::words;
use crate::language::Language;
use crate::registry::{Contact, Registry};
use crate::store::{Channel, NewNotice};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use uuid::Uuid;

/// A message with everything that stands around its parts.
struct Letter<'l> {
    /// The name of the subject.
    name: &'l str,
    /// Its name for people.
    title: &'l str,
    /// Its status page.
    link: String,
    /// The body that issues certificates.
    issuer: &'l str,
    /// The parts, the worst first.
    items: Vec<&'l Item>,
    now: DateTime<Utc>,
}

/// Returns a message for each contact; one to nobody where there is none, so that the log tells it.
pub(super) fn notices(message: &Message, registry: &Registry, config: &Config, now: DateTime<Utc>) -> Vec<NewNotice> {
    let name = message.subject.as_str();
    let mut items: Vec<&Item> = message.items.iter().collect();
    items.sort_by_key(|item| words::rank(item));
    let letter = Letter {
        name,
        title: registry.subjects.get(name).map_or(name, |subject| subject.title.as_str()),
        link: format!("{}s/{name}", config.base_url),
        issuer: registry.issuer.as_ref().map(|issuer| issuer.name.as_str()).unwrap_or_default(),
        items,
        now,
    };
    let contacts = registry.contacts_of(name);
    if contacts.is_empty() {
        let (language, nobody) = (Language::En, (Channel::Nobody, String::new(), "nobody".to_owned()));
        return vec![letter.notice(nobody, letter.subject(language), letter.text(language))];
    }
    contacts.iter().map(|contact| letter.to(contact)).collect()
}

/// Returns the body of a test message for a webhook.
pub(super) fn test_webhook(base_url: &str, now: DateTime<Utc>) -> String {
    let text = "This is a test message of scs-monitor.";
    json!({"type": "scs.test", "timestamp": stamp(now), "text": text, "data": {"url": base_url}}).to_string()
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Letter<'_> {
    fn to(&self, contact: &Contact) -> NewNotice {
        match contact {
            Contact::Email { address, language } => {
                let to = (Channel::Mail, address.clone(), shown(contact));
                self.notice(to, self.subject(*language), self.text(*language))
            }
            Contact::Webhook(address) => {
                let to = (Channel::Webhook, address.clone(), shown(contact));
                self.notice(to, self.subject(Language::En), self.json())
            }
        }
    }

    fn notice(&self, (channel, recipient, shown): (Channel, String, String), title: String, body: String) -> NewNotice {
        let (id, subject) = (Uuid::new_v4().to_string(), self.name.to_owned());
        NewNotice { id, subject, channel, recipient, shown, made_at: self.now, title, body }
    }

    /// Returns the title: the worst part, and the number of others.
    fn subject(&self, language: Language) -> String {
        let today = self.now.date_naive();
        let first = self.items.first().map(|item| words::short(item, today, language)).unwrap_or_default();
        let more = match (self.items.len().saturating_sub(1), language) {
            (0, _) => String::new(),
            (more, Language::En) => format!(" (and {more} more)"),
            (more, Language::De) => format!(" (und {more} weitere)"),
        };
        let text = format!("[SCS] {}: {first}{more}", self.title);
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    fn text(&self, language: Language) -> String {
        let mut text = format!("{}\n{}\n\n", self.title, self.link);
        for item in &self.items {
            for (number, line) in words::lines(item, self.now.date_naive(), language).iter().enumerate() {
                text.push_str(if number == 0 { "* " } else { "  " });
                text.push_str(line);
                text.push('\n');
            }
            text.push('\n');
        }
        let issuer = match (self.issuer, language) {
            ("", Language::En) => "the operator of this server",
            ("", Language::De) => "der Betreiber dieses Servers",
            (issuer, _) => issuer,
        };
        text.push_str("-- \n");
        text.push_str(&match language {
            Language::En => format!(
                "Sent automatically (scs-0004, regulation 8b) to the contacts that the registry names for {}.\n\
                 To change them, ask {issuer}.\n",
                self.title
            ),
            Language::De => format!(
                "Automatisch versandt (scs-0004, Regel 8b) an die Kontakte, die das Register für {} nennt.\n\
                 Änderungen nimmt {issuer} vor.\n",
                self.title
            ),
        });
        text
    }

    /// Returns the message for programs. Chat servers show `text`.
    fn json(&self) -> String {
        let body = json!({
            "type": "scs.subject.changed",
            "timestamp": stamp(self.now),
            "text": format!("{}\n\n{}", self.subject(Language::En), self.link),
            "data": {"subject": self.name, "title": self.title, "url": self.link, "items": self.items},
        });
        body.to_string()
    }
}

#[cfg(test)]
mod tests;
