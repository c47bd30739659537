//! Sends e-mail. A repeated attempt has the same `Message-ID`, by which receivers recognize it.

use super::config::Smtp;
use super::file::Encryption;
use crate::store::NewNotice;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::error::Error;
use std::time::{Duration, SystemTime};

/// The longest time for taking leave of a server that has accepted a message.
const LEAVE: Duration = Duration::from_secs(2);

/// Sends a message, and returns the answer of the server.
///
/// # Errors
/// The message was not accepted; the text says why.
pub(super) async fn send(smtp: &Smtp, notice: &NewNotice) -> Result<String, String> {
    let message = message(smtp, notice)?;
    let accepted = tokio::time::timeout(smtp.timeout, accept(smtp, &message)).await;
    let (mut connection, answer) = accepted
        .map_err(|_| format!("{}: no answer within {}", smtp.host, humantime::format_duration(smtp.timeout)))??;
    // What comes after the acceptance changes nothing: a second attempt would be a second message.
    let _ = tokio::time::timeout(LEAVE, connection.quit()).await;
    Ok(answer)
}

fn message(smtp: &Smtp, notice: &NewNotice) -> Result<Message, String> {
    let host = smtp.from.email.domain().to_owned();
    let to =
        notice.recipient.parse::<Mailbox>().map_err(|_| "the registry names an address that is none".to_owned())?;
    let mut message = Message::builder()
        .from(smtp.from.clone())
        .to(to)
        .subject(notice.title.as_str())
        .message_id(Some(format!("<{}@{host}>", notice.id)))
        .date(SystemTime::from(notice.made_at))
        .header(ContentType::TEXT_PLAIN)
        .body(notice.body.clone())
        .map_err(|error| format!("the message cannot be written: {error}"))?;
    let list = format!("SCS compliance of {0} <{0}.scs-monitor.{host}>", notice.subject);
    for (name, value) in [("List-Id", list.as_str()), ("Auto-Submitted", "auto-generated"), ("Precedence", "list")] {
        if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
            message.headers_mut().insert_raw(HeaderValue::new(name, value.to_owned()));
        }
    }
    Ok(message)
}

/// Hands a message to the server, up to its acceptance.
async fn accept(smtp: &Smtp, message: &Message) -> Result<(AsyncSmtpConnection, String), String> {
    let named = |error: lettre::transport::smtp::Error| format!("{}: {}", smtp.host, with_causes(&error));
    let hello = ClientId::Domain(smtp.from.email.domain().to_owned());
    let wrapped = match smtp.tls {
        Encryption::Tls => Some(parameters(smtp)?),
        Encryption::None | Encryption::Starttls => None,
    };
    let server = (smtp.host.trim_matches(['[', ']']), smtp.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(server, Some(smtp.timeout), &hello, wrapped, None).await.map_err(named)?;
    if smtp.tls == Encryption::Starttls {
        if !connection.can_starttls() {
            return Err(format!("{}: the server does not offer STARTTLS; nothing was sent in the clear", smtp.host));
        }
        connection.starttls(parameters(smtp)?, &hello).await.map_err(named)?;
    }
    if let Some((user, password)) = &smtp.login {
        let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(named)?;
    }
    let envelope: &Envelope = message.envelope();
    let response = connection.send(envelope, &message.formatted()).await.map_err(named)?;
    let text = response.message().collect::<Vec<_>>().join(" ");
    Ok((connection, format!("{} {text}", response.code())))
}

fn parameters(smtp: &Smtp) -> Result<TlsParameters, String> {
    let failed = |error: lettre::transport::smtp::Error| format!("{}: {}", smtp.host, with_causes(&error));
    let mut builder = TlsParameters::builder(smtp.host.clone());
    for certificate in smtp.ca.iter().flat_map(|pem| certificates(pem)) {
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(failed)
}

/// Returns each certificate of a file; what is none is left out.
fn certificates(pem: &[u8]) -> Vec<Certificate> {
    let text = String::from_utf8_lossy(pem);
    let end = "-----END CERTIFICATE-----";
    let parts = text.split_inclusive(end).filter(|part| part.contains(end));
    parts.filter_map(|part| Certificate::from_pem(part.as_bytes()).ok()).collect()
}

/// Returns an error with its causes, which say what really happened.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if said.starts_with(&text) {
            text = said;
        } else if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}
