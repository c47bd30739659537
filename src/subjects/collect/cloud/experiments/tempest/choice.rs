//! The images and flavors for Tempest: the smallest ones that fit, as its servers do nothing.

use super::super::choice::{GIB, USUAL, UnsuitableError, architecture, fits, is_special, is_usual_server};
use scs_checks::facts::{Flavor, Flavors, Image, Images};

/// The formats of images that boot no server.
const NO_DISKS: [&str; 4] = ["aki", "ami", "ari", "iso"];

/// The images and flavors for Tempest.
#[derive(Clone, Debug, PartialEq)]
pub struct TempestChoice {
    /// Two images; the same one twice if there is only one.
    pub images: [Image; 2],
    /// Two flavors with disks, the smaller one first; the same one twice if there is only one.
    pub flavors: [Flavor; 2],
}

/// Chooses them.
///
/// # Errors
/// There is no image, or no flavor for it.
pub fn choose_for_tempest(images: &Images, flavors: &Flavors) -> Result<TempestChoice, UnsuitableError> {
    let mut candidates: Vec<&Image> = images.0.iter().filter(|image| is_disk(image)).collect();
    candidates.sort_by_key(|image| (architecture(image) != USUAL, size(image), image.name.clone(), image.id.clone()));
    if candidates.is_empty() {
        return Err(UnsuitableError::TempestImages);
    }
    let fitting = |images: &[&Image]| flavors_for(flavors, images);
    let first = candidates.iter().position(|image| !fitting(&[*image]).is_empty());
    let first = first.ok_or(UnsuitableError::TempestFlavors)?;
    let (image, others) = (candidates[first], &candidates[first + 1..]);
    let other = others.iter().find(|other| !fitting(&[image, **other]).is_empty()).copied().unwrap_or(image);
    let of_both = fitting(&[image, other]);
    let flavor = of_both.first().ok_or(UnsuitableError::TempestFlavors)?;
    let larger = of_both.get(1).unwrap_or(flavor);
    Ok(TempestChoice { images: [image.clone(), other.clone()], flavors: [(*flavor).clone(), (*larger).clone()] })
}

/// Returns the flavors that boot each of these images from a disk of their own, smallest first.
fn flavors_for<'a>(flavors: &'a Flavors, images: &[&Image]) -> Vec<&'a Flavor> {
    let boots = |flavor: &Flavor, image: &Image| {
        let disk = image.min_disk.max(size(image).div_ceil(GIB));
        flavor.disk >= disk && flavor.ram >= image.min_ram && fits(flavor, architecture(image))
    };
    let has_disk = flavors.0.iter().filter(|flavor| flavor.disk > 0 && !is_special(flavor));
    let mut fitting: Vec<&Flavor> = has_disk.filter(|flavor| images.iter().all(|image| boots(flavor, image))).collect();
    fitting.sort_by_key(|flavor| (flavor.disk, flavor.ram, flavor.vcpus, flavor.name.clone(), flavor.id.clone()));
    fitting
}

fn is_disk(image: &Image) -> bool {
    let format = image.property("disk_format").unwrap_or_default();
    is_usual_server(image) && image.size.is_some_and(|size| size > 0) && !NO_DISKS.contains(&format)
}

/// Returns the size of an image in bytes, as it stands on the disk of a server.
fn size(image: &Image) -> u64 {
    let virtual_size = image.property("virtual_size").and_then(|size| size.parse().ok()).unwrap_or_default();
    image.size.unwrap_or_default().max(virtual_size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn image(name: &str, mib: u64, properties: &[(&str, &str)]) -> Image {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (id, name, status) = (name.to_owned(), name.to_owned(), "active".to_owned());
        Image { id, name, status, size: Some(mib << 20), properties, ..Image::default() }
    }

    fn flavor(name: &str, ram: u64, disk: u64) -> Flavor {
        Flavor { id: name.to_owned(), name: name.to_owned(), vcpus: 1, ram, disk, ..Flavor::default() }
    }

    type Table = (Vec<Image>, Vec<Flavor>);

    fn cloud() -> Table {
        let images = vec![image("large", 3000, &[]), image("small", 16, &[]), image("middle", 600, &[])];
        let flavors =
            vec![flavor("diskless", 4096, 0), flavor("b", 2048, 5), flavor("a", 1024, 5), flavor("c", 4096, 20)];
        (images, flavors)
    }

    fn chosen((images, flavors): Table) -> Result<[String; 4], UnsuitableError> {
        let TempestChoice { images: [one, two], flavors: [small, large] } =
            choose_for_tempest(&Images(images), &Flavors(flavors))?;
        Ok([one.name, two.name, small.name, large.name])
    }

    type Change = fn(&mut Table);

    #[rstest]
    #[case::smallest(|_: &mut Table| {}, ["small", "middle", "a", "b"])]
    #[case::one_image(|t: &mut Table| t.0.truncate(1), ["large", "large", "a", "b"])]
    #[case::one_flavor(|t: &mut Table| t.1.truncate(2), ["small", "middle", "b", "b"])]
    #[case::memory(|t: &mut Table| t.0[1].min_ram = 2048, ["small", "middle", "b", "c"])]
    #[case::least_disk(|t: &mut Table| t.0[1].min_disk = 6, ["small", "middle", "c", "c"])]
    #[case::hidden(|t: &mut Table| t.0[1].hidden = true, ["middle", "large", "a", "b"])]
    #[case::queued(|t: &mut Table| t.0[1].size = None, ["middle", "large", "a", "b"])]
    #[case::purpose(|t: &mut Table| t.0[1] = image("small", 16, &[("os_purpose", "k8snode")]), ["middle", "large", "a", "b"])]
    #[case::medium(|t: &mut Table| t.0[1] = image("small", 16, &[("disk_format", "iso")]), ["middle", "large", "a", "b"])]
    #[case::architecture(|t: &mut Table| t.0[1] = image("small", 16, &[("architecture", "aarch64")]), ["middle", "large", "a", "b"])]
    #[case::virtual_size(|t: &mut Table| t.0[1] = image("small", 16, &[("virtual_size", "6442450944")]), ["middle", "large", "a", "b"])]
    fn the_smallest_that_fit_are_chosen(#[case] change: Change, #[case] expected: [&str; 4]) {
        let mut table = cloud();
        change(&mut table);
        assert_eq!(chosen(table).unwrap(), expected.map(str::to_owned));
    }

    #[rstest]
    #[case::no_image(|t: &mut Table| t.0.clear(), UnsuitableError::TempestImages)]
    #[case::no_disk(|t: &mut Table| t.1.truncate(1), UnsuitableError::TempestFlavors)]
    #[case::no_flavor(|t: &mut Table| t.1.clear(), UnsuitableError::TempestFlavors)]
    fn a_cloud_without_them_is_refused(#[case] change: Change, #[case] expected: UnsuitableError) {
        let mut table = cloud();
        change(&mut table);
        assert_eq!(chosen(table).unwrap_err(), expected);
    }
}
