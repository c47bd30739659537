//! Clouds with very many images and flavors, for measurements.

use crate::{State, ids};

impl State {
    /// Adds images and flavors until there are so many of each. The new ones are copies of the first, but for id and name.
    /// If they offend, the new images lack a property that the standards demand, so that each of them is a finding.
    pub fn grow(&mut self, size: usize, offend: bool) {
        self.grow_images(size, offend);
        self.grow_flavors(size);
    }

    fn grow_images(&mut self, size: usize, offend: bool) {
        let Some(first) = self.images.first().cloned() else { return };
        for number in self.images.len()..size {
            let mut image = first.clone();
            image.id = ids::uuid(&format!("image {number}"));
            image.name = Some(format!("Image {number}"));
            // A standard image exists once; two of one version would be told apart by nothing.
            image.properties.insert("os_version".into(), number.to_string());
            if offend {
                image.properties.shift_remove("os_distro");
            }
            self.images.push(image);
        }
    }

    fn grow_flavors(&mut self, size: usize) {
        let Some(first) = self.flavors.first().cloned() else { return };
        for number in self.flavors.len()..size {
            let mut flavor = first.clone();
            flavor.id = ids::uuid(&format!("flavor {number}"));
            flavor.name = format!("own-{number}");
            flavor.extra_specs.clear();
            self.flavors.push(flavor);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::State;
    use std::collections::HashSet;

    #[test]
    fn added_items_differ_by_id_and_name_and_offend_on_request() {
        for offend in [false, true] {
            let mut state = State::conformant(chrono::NaiveDate::default());
            let before = state.images.len();
            state.grow(100, offend);
            let images: HashSet<_> = state.images.iter().map(|image| (&image.id, &image.name)).collect();
            let flavors: HashSet<_> = state.flavors.iter().map(|flavor| (&flavor.id, &flavor.name)).collect();
            assert_eq!((images.len(), flavors.len()), (100, 100));
            let lacking = |image: &&crate::Image| !image.properties.contains_key("os_distro");
            assert_eq!(state.images.iter().filter(lacking).count(), if offend { 100 - before } else { 0 });
        }
    }
}
