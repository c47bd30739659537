//! Values as JSON, for programs.

use serde::Serialize;

/// Renders a value as indented JSON, with a line end at its end.
///
/// # Errors
/// Those of serde, which texts, numbers, lists and maps by name do not have.
pub(crate) fn render(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|json| json + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Report, SCHEMA_VERSION};
    use crate::samples::{self, Builder};
    use rstest::rstest;

    #[rstest]
    fn written_report_can_be_read(
        #[values(
            Builder::conformant,
            samples::violations,
            samples::hostile,
            samples::refused,
            samples::interrupted,
            samples::residue
        )]
        sample: fn() -> Builder,
    ) {
        let report = sample().build();
        let json = render(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
        assert!(json.ends_with("}\n"));
    }

    #[test]
    fn programs_find_the_verdicts_by_id() {
        let json: serde_json::Value = serde_json::from_str(&render(&samples::violations().build()).unwrap()).unwrap();
        assert_eq!(json["schema_version"], SCHEMA_VERSION);
        assert_eq!(json["testcases"]["scs-0102-prop-image_description"]["verdict"], "FAIL");
        assert_eq!(json["testcases"]["scs-0117-test-backup"]["reason"]["code"], "changes-the-subject");
        assert_eq!(json["versions"]["v5.1"]["targets"]["main"]["verdict"], "FAIL");
        let ids: Vec<&String> = json["testcases"].as_object().unwrap().keys().collect();
        assert!(ids.len() > 80);
    }

    #[test]
    fn programs_find_what_was_left() {
        let read =
            |sample: Builder| serde_json::from_str::<serde_json::Value>(&render(&sample.build()).unwrap()).unwrap();
        let changes = read(samples::residue())["changes"].clone();
        assert_eq!(changes["run"], "20261120t153045-k3f9");
        let left = |resource: &&serde_json::Value| !resource["left"].is_null();
        let resources = changes["resources"].as_array().unwrap();
        let names: Vec<_> = resources.iter().filter(left).map(|resource| resource["name"].clone()).collect();
        assert_eq!(names, ["_scs-20261120t153045-k3f9-source", "_scs-20261120t153045-k3f9-net"]);
        assert!(read(Builder::conformant()).get("changes").is_none(), "what was not done is not written");
    }

    #[test]
    fn testcases_keep_their_order() {
        let json = render(&samples::violations().build()).unwrap();
        let place = |id: &str| json.find(&format!("    \"{id}\": {{")).unwrap();
        assert!(place("scs-0100-syntax-check") < place("scs-0100-semantics-check"));
        assert!(place("scs-0103-flavor-1v-4") < place("scs-0103-flavor-16v-128"));
    }

    #[test]
    fn a_small_report_reads_well() {
        insta::assert_snapshot!(render(&samples::small().build()).unwrap());
    }
}
