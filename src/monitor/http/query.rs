//! Parameters of a query, read strictly: one that has another form is refused with its name.

use super::answer::Answer;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::HashMap;
use url::form_urlencoded;
use uuid::Uuid;

/// The most of anything that is listed at once.
const MOST: usize = 1_000;

/// The parameters of a request; of one that stands there twice the last one counts.
#[derive(Clone, Debug, Default)]
pub struct Query(HashMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Answer> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl Query {
    fn parse(text: &str) -> Result<Self, Answer> {
        let parameters: HashMap<String, String> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        // No name has any, and PostgreSQL takes no text with a zero in it.
        match parameters.iter().find(|(_, value)| value.chars().any(char::is_control)) {
            None => Ok(Self(parameters)),
            Some((name, _)) => {
                let name = scs_reports::visible(name);
                Err(Answer::invalid(format!("{name}: has control characters; leave them out")))
            }
        }
    }

    /// Returns a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns a UUID in its usual form; none for an empty one.
    ///
    /// # Errors
    /// It is none.
    pub fn uuid(&self, name: &str) -> Result<Option<String>, Answer> {
        let Some(text) = self.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let uuid = Uuid::parse_str(text);
        uuid.map(|uuid| Some(uuid.to_string()))
            .map_err(|_| Answer::invalid(format!("{name}: is not a UUID; use its usual form")))
    }

    /// Returns a word of `true` and `false`.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Answer> {
        match self.text(name).map(str::to_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "yes" | "on") => Ok(Some(true)),
            Some("false" | "0" | "no" | "off") => Ok(Some(false)),
            Some(_) => Err(Answer::invalid(format!("{name}: is neither true nor false; use one of them"))),
        }
    }

    /// Returns `limit`, 10 if it is not named.
    ///
    /// # Errors
    /// It is no number, or too large.
    pub fn limit(&self) -> Result<usize, Answer> {
        let limit = self.number("limit")?.unwrap_or(10);
        if limit > MOST {
            return Err(Answer::invalid(format!("limit: is more than {MOST}; use limit and skip for pages")));
        }
        Ok(limit)
    }

    /// Returns `skip`, 0 if it is not named.
    ///
    /// # Errors
    /// It is no number.
    pub fn skip(&self) -> Result<usize, Answer> {
        Ok(self.number("skip")?.unwrap_or(0))
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Answer> {
        let number = |text: &str| text.parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
        match self.text(name) {
            None => Ok(None),
            Some(text) => match number(text) {
                Some(number) => Ok(Some(number)),
                None => Err(Answer::invalid(format!("{name}: is not a whole number of 0 or more; use one"))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", 10, 0)]
    #[case("limit=3&skip=4", 3, 4)]
    #[case("limit=1000", 1000, 0)]
    fn pages_are_read(#[case] text: &str, #[case] limit: usize, #[case] skip: usize) {
        let query = Query::parse(text).unwrap();
        assert_eq!((query.limit().unwrap(), query.skip().unwrap()), (limit, skip));
    }

    #[rstest]
    #[case("limit=-1")]
    #[case("limit=")]
    #[case("limit=1001")]
    #[case("limit=99999999999999999999")]
    #[case("limit=1;DROP")]
    fn other_limits_are_refused_by_name(#[case] text: &str) {
        assert!(Query::parse(text).unwrap().limit().unwrap_err().detail.starts_with("limit: "));
    }

    #[test]
    fn flags_and_ids_are_strict() {
        let query = Query::parse("a=TRUE&b=maybe&c=50393E6F-2AE1-4C5C-A62C-3B75F2ABEF3F&d=x&e=").unwrap();
        assert_eq!((query.flag("a").unwrap(), query.flag("z").unwrap()), (Some(true), None));
        assert!(query.flag("b").is_err() && query.uuid("d").is_err());
        assert_eq!(query.uuid("c").unwrap().as_deref(), Some("50393e6f-2ae1-4c5c-a62c-3b75f2abef3f"));
        assert_eq!(query.uuid("e").unwrap(), None);
        assert!(Query::parse("subject=a%00").unwrap_err().detail.starts_with("subject: "));
    }
}
