//! A request to Nova, as its handlers get it.

use super::dialect::Dialect;
use super::links::Links;
use crate::http::Call;
use crate::tokens::Token;

/// A request to Nova that passed the gates.
pub(super) struct ApiRequest<'a> {
    pub call: &'a Call,
    pub token: &'a Token,
    pub dialect: &'a Dialect,
    pub links: &'a Links,
}
