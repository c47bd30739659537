//! Keeps secrets out of what was collected, and so out of reports and recordings.

use crate::secrets::Secrets;
use scs_checks::definition::Evidence;
use scs_checks::facts::{Fact, FactKind, Inspector, Slot};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::judge::Collected;
use scs_reports::{Changes, CollectionRecord, CollectionState, CreatedResource, RequestRecord, Subject};
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use std::io;

/// Says why a fact that holds a secret is not judged: another value in its place could be what a rule wants to see.
const REPEATED: &str = "the answer repeats a secret of this run, or a word that is the same as one: it is neither shown nor \
    judged; let the service leave it out, or use a password that is no word";

impl Secrets {
    /// Takes every secret out of what was collected. A fact that holds one has failed.
    pub(super) fn keep_out_of(&self, collected: &mut Collected) {
        let Collected {
            facts,
            observed_at: _,
            clock: _,
            records,
            run_by,
            subject,
            refused,
            interrupted,
            changes,
            evidence,
            credential_ends_at: _,
            started_at: _,
            finished_at: _,
        } = collected;
        let mut inspection = Inspection { secrets: self, failed: Vec::new() };
        facts.inspect(&mut inspection);
        for (fact, reason) in inspection.failed {
            if let Some(record) = records.get_mut(&fact) {
                (record.state, record.reason, record.items) = (CollectionState::Failed, Some(reason), None);
            }
        }
        records.values_mut().for_each(|record| self.record(record));
        run_by.texts_mut().for_each(|text| self.clean(text));
        let Subject { name, kind: _, simulated: _, details, state: _, reason } = subject;
        self.clean(name);
        details.values_mut().for_each(|value| self.clean(value));
        [reason, refused, interrupted].into_iter().flatten().for_each(|reason| self.clean(&mut reason.message));
        changes.iter_mut().for_each(|changes| self.changes(changes));
        evidence.values_mut().for_each(|evidence| self.evidence(evidence));
    }

    fn evidence(&self, evidence: &mut Evidence) {
        let Evidence { statement: _, document, sha256: _, verified: _, person, date: _, note } = evidence;
        [document, person].into_iter().chain(note).for_each(|text| self.clean(text));
    }

    fn record(&self, record: &mut CollectionRecord) {
        let CollectionRecord {
            state: _,
            reason,
            items: _,
            started_at: _,
            duration_ms: _,
            requests,
            documents,
            brought: _,
        } = record;
        reason.iter_mut().for_each(|reason| self.clean(&mut reason.message));
        documents.iter_mut().for_each(|document| self.clean(document));
        for request in requests {
            let RequestRecord {
                method,
                url,
                status: _,
                attempts: _,
                request_id,
                duration_ms: _,
                bytes: _,
                clock_ahead_seconds: _,
            } = request;
            [method, url].into_iter().chain(request_id).for_each(|text| self.clean(text));
        }
    }

    fn changes(&self, changes: &mut Changes) {
        let Changes { run: _, resources, sweep } = changes;
        sweep.iter_mut().for_each(|command| self.clean(command));
        for resource in resources {
            let CreatedResource { kind: _, name, id, created_at: _, left } = resource;
            [Some(name), id.as_mut(), left.as_mut()].into_iter().flatten().for_each(|text| self.clean(text));
        }
    }
}

struct Inspection<'a> {
    secrets: &'a Secrets,
    failed: Vec<(FactKind, Reason)>,
}

impl Inspector for Inspection<'_> {
    fn inspect<T: Fact + Serialize>(&mut self, slot: &mut Slot<T>) {
        match slot {
            Slot::NotCollected(reason) | Slot::Failed(reason) => self.secrets.clean(&mut reason.message),
            Slot::Absent(what) => self.secrets.clean(what),
            Slot::Known(fact) if Search::finds(self.secrets, fact) => {
                let reason = Reason::new(ReasonCode::InvalidAnswer, REPEATED);
                self.failed.push((T::KIND, reason.clone()));
                *slot = Slot::Failed(reason);
            }
            Slot::Known(_) => {}
        }
    }
}

/// Looks for secrets in each text of a fact, keys included, without making anything of the whole.
struct Search<'a> {
    secrets: &'a Secrets,
    text: String,
    found: bool,
}

impl<'a> Search<'a> {
    fn finds(secrets: &'a Secrets, fact: &impl Serialize) -> bool {
        let mut search = Self { secrets, text: String::new(), found: false };
        // All that is not text: a secret may be repeated as a number.
        let mut rest = Vec::new();
        let written = fact.serialize(&mut Serializer::with_formatter(&mut rest, &mut search));
        let rest = String::from_utf8_lossy(&rest);
        // What could not be looked through may hold anything.
        search.found || written.is_err() || secrets.are_in(&rest)
    }
}

impl Formatter for &mut Search<'_> {
    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.text.clear();
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        self.text.push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        let mut written = Vec::new();
        CompactFormatter.write_char_escape(&mut written, escape)?;
        let quoted = format!("\"{}\"", String::from_utf8_lossy(&written));
        self.text.push_str(&serde_json::from_str::<String>(&quoted)?);
        Ok(())
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.found = self.found || self.secrets.are_in(&self.text);
        Ok(())
    }
}
