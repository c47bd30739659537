//! Recordings: read, judged by the built-in definitions and rendered in all formats. A testcase passes only over facts
//! that are there.

#![no_main]

#[path = "shared/json.rs"]
mod json;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use quick_xml::events::Event;
use scs_checks::definition::Definitions;
use scs_checks::facts::{DefaultSecurityGroupRules, Fact, FactKind, Facts, Now, Slot, SlotState};
use scs_checks::verdict::Verdict;
use scs_reports::judge::{self, Recording, Selection};
use scs_reports::{Conclusion, Difference, Format, Report, console, render, summary};
use scs_standards::embedded;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| embedded().unwrap());

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { json::mutate(data, size, max_size, seed) });

fuzz_target!(|text: &str| {
    let recording = match Recording::from_json(text, "facts.json") {
        Ok(recording) => recording,
        Err(error) => {
            let message = error.to_string();
            return assert!(message.starts_with("facts.json") && message.len() <= 2000 + text.len());
        }
    };
    let written = recording.to_json().unwrap();
    let again = Recording::from_json(&written, "facts.json").unwrap_or_else(|why| panic!("{why}\n{written}"));
    assert_eq!(written, again.to_json().unwrap(), "a recording that was read and written has changed");

    let scope = DEFINITIONS.scopes.values().next().unwrap();
    let reference = recording.collected.observed_at;
    let as_it_was = Selection::everything(reference);
    let all = Selection { versions: scope.versions.keys().cloned().collect(), ..as_it_was.clone() };
    let all = judged(&recording, &all).expect("named versions can be planned on any day");
    let Ok(report) = judged(&recording, &as_it_was) else { return };
    let difference = Difference::between(&report, &all);
    serde_json::from_str::<serde_json::Value>(&difference.to_json().unwrap()).unwrap();
    assert!(!difference.to_text().is_empty() && !difference.to_markdown().is_empty());
    rendered(&all);
});

fn judged(recording: &Recording, selection: &Selection) -> Result<Report, judge::PlanError> {
    let scope = DEFINITIONS.scopes.values().next().unwrap();
    let plan = judge::plan(&DEFINITIONS, scope, selection)?;
    let now = Now::from_clock(plan.reference, recording.collected.clock);
    let report = judge::evaluate(&DEFINITIONS, &plan, recording.collected.clone(), now, recording.tool.clone());
    for (id, result) in &report.testcases {
        if result.verdict == Verdict::Pass {
            let facts = &recording.collected.facts;
            assert!(recording.collected.refused.is_none(), "{id} passes without a login");
            assert!(!result.needs.is_empty() && there(id, &result.needs, facts), "{id} passes without facts");
            assert!(result.reason.is_none());
        }
        if matches!(result.verdict, Verdict::Abort | Verdict::Miss) {
            assert!(result.reason.is_some(), "{id} is open without a reason");
        }
    }
    Ok(report)
}

/// Returns true if every fact that a testcase needs is settled.
fn there(id: &str, needs: &[FactKind], facts: &Facts) -> bool {
    // Both look at a fresh group and at the template, but the first at the group only where there is no template.
    let both = needs == [FactKind::DefaultSecurityGroupRules, FactKind::FreshSecurityGroup];
    let custom = id == "scs-0115-custom-group";
    if both && !custom && matches!(DefaultSecurityGroupRules::slot(facts), Some(Slot::Known(_))) {
        return true;
    }
    assert!(both || needs.len() == 1, "{id}: the fuzz target must learn how this testcase uses several facts");
    needs.iter().all(|kind| matches!(facts.state(*kind), SlotState::Known | SlotState::Absent))
}

fn rendered(report: &Report) {
    let json = render(Format::Json, report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).as_ref().ok(), Some(report), "{json}");
    well_formed(&render(Format::Junit, report).unwrap());
    let yaml = render(Format::Yaml, report).unwrap();
    if let Err(error) = serde_yaml::from_str::<serde_json::Value>(&yaml) {
        panic!("the YAML cannot be read: {error}\n{yaml}");
    }
    for (color, width, verbose) in [(false, 20, true), (true, 0, false)] {
        let text = console::render(report, console::Options { color, width, verbose });
        assert!(color || text.chars().all(|c| c == '\n' || !c.is_control()), "disturbs a terminal: {text:?}");
    }
    let conclusion = report.conclusion();
    let passed = report.testcases.values().any(|result| result.verdict == Verdict::Pass);
    assert!(conclusion != Conclusion::Conformant || passed, "conformant without any PASS");
    let left = report.residue().next().is_some();
    assert!(conclusion != if left { Conclusion::Conformant } else { Conclusion::Residue }, "residue is told wrongly");
    report.versions.keys().for_each(|version| drop(summary(report, version)));
}

/// Asserts XML 1.0 with nothing left open, and only characters that XML can have.
fn well_formed(xml: &str) {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed), "a character that XML cannot have");
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                depth += 1;
                attributes(&element);
            }
            Ok(Event::Empty(element)) => attributes(&element),
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Text(text)) => drop(text.decode().unwrap()),
            Ok(Event::Eof) => return assert_eq!(depth, 0),
            Ok(_) => {}
            Err(error) => panic!("JUnit is no XML: {error}\n{xml}"),
        }
    }
}

fn attributes(element: &quick_xml::events::BytesStart<'_>) {
    for attribute in element.attributes() {
        assert!(!attribute.unwrap().value.contains(&b'<'));
    }
}
