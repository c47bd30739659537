//! The choice of a cloud.

/// The name of the cloud that `OS_*` variables make.
pub const ENVVARS: &str = "envvars";

/// The cloud that the command line chooses.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloudChoice<'a> {
    /// `--cloud`; wins over `OS_CLOUD`.
    pub cloud: Option<&'a str>,
    /// `--region`; wins over everything.
    pub region: Option<&'a str>,
}
