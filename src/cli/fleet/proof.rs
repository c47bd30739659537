//! The part of `verify` that judges the facts of a bundle again, and says what that proves.

use crate::cli::error::CliError;
use crate::cli::input::tool;
use crate::cli::options::StandardsOptions;
use crate::cli::sink::to_stdout;
use chrono::{DateTime, Utc};
use scs_reports::judge::{Bundle, DocumentProblem, Proof};
use scs_reports::{ExitCode, Report, Tool, summary, visible};

/// Judges the facts of a bundle again, says what comes of it, and returns the exit code. The signature was checked before.
///
/// # Errors
/// The content is not a bundle that this program understands, or the definitions cannot be read.
pub(super) fn proved(
    file: &str,
    content: &[u8],
    standards: &StandardsOptions,
    now: DateTime<Utc>,
) -> Result<ExitCode, CliError> {
    let text = std::str::from_utf8(content).map_err(|_| format!("{file} is not text, so it is not a bundle"))?;
    let bundle = match Bundle::from_json(text, file) {
        Ok(bundle) => bundle,
        Err(error) if matches!(error.problem, DocumentProblem::Contradicts(_)) => {
            to_stdout(&format!("{}\n", visible(&error.to_string())))?;
            return Ok(ExitCode::Violation);
        }
        Err(error) => return Err(error.into()),
    };
    let proof = bundle.prove(&standards.definitions()?, now);
    to_stdout(&page(file, &bundle.report, &proof))?;
    Ok(code(&proof))
}

fn code(proof: &Proof) -> ExitCode {
    match proof {
        Proof::Follows => ExitCode::Success,
        Proof::NotOfficial | Proof::UnknownDefinitions => ExitCode::Undecided,
        Proof::Differs(_) | Proof::Void(_) => ExitCode::Violation,
    }
}

fn page(file: &str, report: &Report, proof: &Proof) -> String {
    let digest = &report.definitions.digest;
    let lines = match proof {
        Proof::Follows => {
            let told = format!("the report follows from its facts, judged again by the definitions {digest}");
            [vec![told], run(report)].concat()
        }
        Proof::NotOfficial => {
            let told = format!(
                "the report follows from its facts, but nobody vouches here for the definitions {digest}; name their publishers \
                 with --publishers, or verify with {}",
                named(&report.tool)
            );
            [vec![told], run(report)].concat()
        }
        Proof::UnknownDefinitions => vec![format!(
            "nothing was judged again, as the definitions {digest} are not here; name their folder with --standards, or verify \
             with {}",
            named(&report.tool)
        )],
        Proof::Differs(differences) => {
            let told = format!("the report does not follow from its facts; differences: {}", differences.len());
            let each = differences.iter().map(|difference| format!("  {difference}"));
            let other = (report.tool != tool()).then(|| {
                let (theirs, ours) = (named(&report.tool), named(&tool()));
                format!("  it was made by {theirs}, and this is {ours}: their rules may differ")
            });
            [told].into_iter().chain(each).chain(other).collect()
        }
        Proof::Void(why) => vec![format!("it proves nothing: {why}")],
    };
    format!("{file}: {}\n", lines.iter().map(|line| visible(line)).collect::<Vec<_>>().join("\n"))
}

/// Says which run it was, and what came of it.
fn run(report: &Report) -> Vec<String> {
    let (subject, scope) = (&report.subject.name, &report.scope.id);
    let at = report.started_at.format("%Y-%m-%d %H:%M UTC");
    let begin = format!("  {subject}, {scope}, {at}, report {}, {}", report.id, named(&report.tool));
    let deciding = report.versions.iter().filter(|(_, version)| version.decides);
    [begin].into_iter().chain(deciding.map(|(name, _)| format!("  {}", summary(report, name)))).collect()
}

fn named(tool: &Tool) -> String {
    let commit = tool.commit.as_ref().map_or(String::new(), |commit| format!(" (commit {commit})"));
    format!("{} {}{commit}", tool.name, tool.version)
}
