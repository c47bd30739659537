//! The images and flavors of a cloud, of which servers are made.

use super::NoServerReason;
use crate::collect::cloud::convert;
use crate::openstack::{Error, ErrorKind, Reader};
use scs_checks::facts::{Flavors, Images};

/// Reads all images and flavors.
pub(super) async fn lists(reader: &Reader) -> Result<(Images, Flavors), NoServerReason> {
    let (images, flavors) = tokio::try_join!(reader.images(convert::image), reader.flavors(convert::flavor))
        .map_err(NoServerReason::Unread)?;
    let images = convert::all(images).map(Images).map_err(|misfit| misread("images", misfit))?;
    let flavors = convert::all(flavors).map(Flavors).map_err(|misfit| misread("flavors", misfit))?;
    Ok((images, flavors))
}

fn misread(list: &str, convert::ConversionError { path, what }: convert::ConversionError) -> NoServerReason {
    let path = format!("{list}{path}");
    let message = format!("the list of {list} is not as the API promises, at {path}: {what}");
    NoServerReason::Unread(Error::new(ErrorKind::InvalidAnswer { path }, message))
}
