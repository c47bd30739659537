//! `check --dry-run`: shows what a run would ask, create and decide. It is told from the definitions; nothing is sent.

use scs_checks::definition::{Changes, Testcase};
use scs_checks::facts::FactKind;
use scs_checks::visible::visible;
use scs_reports::judge::{Plan, PlannedVersion};
use std::fmt::Write as _;

/// Returns the page for a plan.
pub(super) fn page(plan: &Plan<'_>, subject: &str, changes: bool) -> String {
    let mut page = format!("Dry run: no request is sent, and nothing is written.\n\nSubject   {}\n", visible(subject));
    let versions = plan.versions.iter().map(version).collect::<Vec<_>>().join(", ");
    // Writing to a text cannot fail.
    let _ = writeln!(page, "Scope     {}\nVersions  {versions}", visible(&plan.scope.name));
    let _ = writeln!(page, "As of     {}", plan.reference.format("%Y-%m-%d %H:%M UTC"));
    let (create, read): (Vec<FactKind>, Vec<FactKind>) = plan.needs.iter().partition(|fact| fact.changes_the_subject());
    push(&mut page, "Asked, by reading", read.into_iter());
    match changes {
        true => push(&mut page, "Created, tried and removed again", create.into_iter()),
        false if create.is_empty() => {}
        false => push(&mut page, "Not created without --allow-changes", create.into_iter()),
    }
    push_testcases(&mut page, plan, changes);
    page
}

fn version(planned: &PlannedVersion<'_>) -> String {
    let decides = if planned.decides { " (decides)" } else { "" };
    format!("{} {}{decides}", visible(planned.name), planned.validity)
}

fn push(page: &mut String, title: &str, facts: impl Iterator<Item = FactKind>) {
    let lines: Vec<String> = facts.map(|fact| format!("  {fact}: {}\n", fact.sentence())).collect();
    let lines = if lines.is_empty() { "  nothing\n".to_owned() } else { lines.concat() };
    let _ = write!(page, "\n{title}\n{lines}");
}

fn push_testcases(page: &mut String, plan: &Plan<'_>, changes: bool) {
    let selected = plan.testcases.iter().filter(|planned| planned.selected);
    let note = |testcase: Option<&Testcase>| match testcase.map(Testcase::changes) {
        None => "  (unknown to this program: MISS)",
        Some(Changes::Yes) if !changes => "  (not run without --allow-changes: MISS)",
        _ => "",
    };
    let lines: Vec<String> =
        selected.map(|planned| format!("  {}{}\n", visible(planned.id), note(planned.testcase))).collect();
    let left_out = plan.testcases.len() - lines.len();
    let _ = write!(page, "\nTestcases: {} selected, {left_out} not selected\n{}", lines.len(), lines.concat());
}
