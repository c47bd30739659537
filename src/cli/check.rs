//! `check iaas`: one run against one OpenStack cloud.

use super::changes::ChangeOptions;
use super::options::DefinitionOptions;
use super::output::{OutputOptions, prepare_file, write_file};
use super::selection::SelectionOptions;
use super::subject::SubjectOptions;
use super::{Manner, exit, fail};
use crate::run::{self, Recording};
use chrono::Utc;
use clap::Args;
use scs_reports::Report;
use std::path::PathBuf;

/// `check iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES, disable_version_flag = true)]
pub(super) struct CheckIaas {
    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    changes: ChangeOptions,

    #[command(flatten)]
    outputs: OutputOptions,

    /// Also write what was collected, to be evaluated again elsewhere or later
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,

    #[command(flatten)]
    definitions: DefinitionOptions,

    #[command(flatten)]
    selection: SelectionOptions,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance check iaas --cloud mycloud
  scs-conformance check iaas --cloud mycloud --output json=report.json --output yaml=report.yaml
  scs-conformance check iaas --cloud mycloud --allow-changes
  scs-conformance check iaas --cloud mycloud --select 'scs-0102-*'
  scs-conformance check iaas --cloud mycloud --version next --quiet --output json=-

Exit codes: 0 conformant; 1 a violation; 2 usage, configuration or definitions; 3 undecided
(something was not, or could not be, tested); 4 something that was created is left in the cloud, or a
report could not be written";

impl CheckIaas {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        match self.report(manner) {
            Ok((report, recorded)) => {
                let code = self.outputs.publish(&report, manner);
                match recorded {
                    Err(message) => fail(message, if code == exit::DONE { exit::PUBLISHING } else { code }),
                    Ok(()) => code,
                }
            }
            Err(message) => fail(message, exit::USAGE),
        }
    }

    /// The report, and whether the recording could be written. Everything that can be wrong
    /// before the first request is told here.
    fn report(&self, manner: &Manner) -> Result<(Report, Result<(), String>), String> {
        self.outputs.prepare()?;
        self.record.iter().try_for_each(|path| prepare_file(path))?;
        let (definitions, scope) = self.definitions.load()?;
        let selection = self.selection.selection(Utc::now());
        let plan = run::plan(&definitions, &definitions.scopes[&scope], &selection)?;
        let cloud = self.subject.cloud.cloud()?;
        let permission = self.changes.permission()?;
        let collected = self.subject.collect(cloud, plan.needs, plan.reference, permission, manner)?;
        let recording = Recording::of(collected);
        let recorded = self.record.as_deref().map_or(Ok(()), |path| write_file(path, &recording.to_json()));
        Ok((run::evaluate(&definitions, &plan, recording.collected), recorded))
    }
}
