//! stub, replaced by the branch `flavor`
use serde::Deserialize;
/// A flavor name.
#[derive(Debug, Deserialize)]
pub struct FlavorName(pub String);
