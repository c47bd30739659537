//! `collect iaas`: records what a cloud shows, without judging it.

use super::changes::ChangeOptions;
use super::output::{prepare_file, to_stdout, unwritten, write_file};
use super::subject::SubjectOptions;
use super::{Manner, exit, fail};
use crate::run::{Collected, Recording, redact};
use chrono::Utc;
use clap::Args;
use scs_checks::facts::{FactKind, Needs};
use std::path::{Path, PathBuf};
use strum::VariantArray;

/// `collect iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CollectIaas {
    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    changes: ChangeOptions,

    /// Where to write the recording; - is stdout
    #[arg(short, long, value_name = "PATH", default_value = "facts.json")]
    output: PathBuf,

    /// Replace addresses, ids, projects, users, owners, tags and free text, so that the recording can be
    /// attached to a bug report. Names of images and flavors, extra specs, properties that describe an image, and
    /// the addresses that images come from stay
    #[arg(long)]
    redact: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance collect iaas --cloud mycloud
  scs-conformance collect iaas --cloud mycloud --redact --output for-a-bug-report.json
  scs-conformance evaluate facts.json
  scs-conformance evaluate facts.json --version next --date 2027-03-01

Exit codes: 0 collected; 2 usage or configuration; 3 the subject refused or could not be reached, or
something could not be collected (the recording says what); 4 the recording could not be written";

impl CollectIaas {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        match self.collect(manner) {
            Err(message) => fail(message, exit::USAGE),
            Ok(collected) => {
                let complete = is_complete(&collected);
                match self.recording(collected).and_then(|recording| self.write(&recording.to_json())) {
                    Err(message) => fail(message, exit::PUBLISHING),
                    Ok(()) if complete => exit::DONE,
                    Ok(()) => exit::UNDECIDED,
                }
            }
        }
    }

    fn collect(&self, manner: &Manner) -> Result<Collected, String> {
        if !self.goes_to_stdout() {
            prepare_file(&self.output)?;
        }
        let cloud = self.subject.cloud.cloud()?;
        let everything = FactKind::VARIANTS.iter().fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)));
        let permission = self.changes.permission()?;
        self.subject.collect(cloud, everything, Utc::now(), permission, manner)
    }

    fn recording(&self, collected: Collected) -> Result<Recording, String> {
        let recording = Recording::of(collected);
        if self.redact { redact(&recording) } else { Ok(recording) }
    }

    fn write(&self, text: &str) -> Result<(), String> {
        if self.goes_to_stdout() { unwritten(to_stdout(text)) } else { write_file(&self.output, text) }
    }

    fn goes_to_stdout(&self) -> bool {
        self.output == Path::new("-")
    }
}

fn is_complete(collected: &Collected) -> bool {
    let failed = |state| state == scs_reports::CollectionState::Failed;
    collected.refused.is_none()
        && collected.interrupted.is_none()
        && !collected.records.values().any(|record| failed(record.state))
}
