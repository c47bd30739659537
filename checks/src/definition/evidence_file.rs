//! Reads files of evidence (`--evidence FILE`) and binds them to the testcases that people judge.

use super::date::Date;
use super::evidence::{Evidence, Statement};
use super::located::Located;
use super::problem::{Problem, Problems, Source};
use super::{Definitions, sha256, yaml};
use crate::non_empty::NonEmpty;
use crate::schema::of_definition;
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use url::Url;

/// Evidence for testcases that people judge.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Evidence")]
struct EvidenceFile(NonEmpty<Vec<Entry>>);

/// The statement of a person on one testcase.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The testcase, for example availability-zones-check.
    testcase: Located<String>,
    /// The statement: conforms or violates.
    statement: Statement,
    /// The document that the statement rests on: a path, relative to this file, or an address.
    document: Located<String>,
    /// The SHA-256 of the document, as sha256sum prints it.
    #[schemars(extend("pattern" = "^[0-9a-fA-F]{64}$"))]
    sha256: Located<String>,
    /// The person who states it.
    #[schemars(extend("minLength" = 1))]
    person: Located<String>,
    /// The day of the statement, from which on it counts for a quarter.
    date: Date,
    /// A remark.
    note: Option<String>,
}

/// Reads a document by its path in the file, or says why it cannot be read.
pub type ReadDocument<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

impl Definitions {
    /// Returns the JSON Schema of a file of evidence.
    pub fn evidence_schema() -> Schema {
        of_definition::<EvidenceFile>()
    }

    /// Reads a file of evidence, by testcase. Documents that are not addresses are read and compared with their SHA-256.
    ///
    /// # Errors
    /// Every problem in the file: it is not of the form, names a testcase that is unknown or that a program decides, names one
    /// twice, or a document is not the one that was judged.
    pub fn evidence(
        &self,
        source: &Source,
        read_document: ReadDocument<'_>,
    ) -> Result<IndexMap<String, Evidence>, Problems> {
        let file: EvidenceFile = yaml::read(source).map_err(|problem| Problems(vec![problem]))?;
        let mut found = IndexMap::new();
        let mut problems = Vec::new();
        for entry in file.0.iter() {
            match self.admit(entry, source).and_then(|()| entry.evidence(source, read_document)) {
                Err(problem) => problems.push(problem),
                Ok(evidence) => {
                    if found.insert(entry.testcase.value.clone(), evidence).is_some() {
                        let message = format!("the testcase \"{}\" appears here twice", entry.testcase);
                        let problem = source.problem_at(&entry.testcase, message);
                        problems.push(problem.help("keep the statement that counts"));
                    }
                }
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(Problems(problems)) }
    }

    /// Refuses a testcase that is unknown, or that a program decides.
    fn admit(&self, entry: &Entry, source: &Source) -> Result<(), Problem> {
        let id = &entry.testcase;
        let by_people = || {
            let manual = self.testcases().filter(|testcase| testcase.check.takes_evidence());
            manual.map(|testcase| testcase.id.as_str())
        };
        match self.testcase(id) {
            Some(testcase) if testcase.check.takes_evidence() => Ok(()),
            Some(_) => {
                let message = format!("a program decides \"{id}\", so that no evidence is taken for it");
                let all = by_people().collect::<Vec<_>>().join(", ");
                Err(source.problem_at(id, message).help(format!("remove it; people judge {all}")))
            }
            None => Err(source.problem_at(id, format!("unknown testcase \"{id}\"")).suggest(id, by_people())),
        }
    }
}

impl Entry {
    fn evidence(&self, source: &Source, read_document: ReadDocument<'_>) -> Result<Evidence, Problem> {
        let at = |place: &Located<String>, message: &str| source.problem_at(place, message);
        if self.person.trim().is_empty() {
            return Err(at(&self.person, "nobody states this").help("name the person"));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let problem = at(&self.sha256, "a SHA-256 has 64 hexadecimal digits");
            return Err(problem.help("copy what `sha256sum FILE` prints"));
        }
        let digest = self.sha256.to_lowercase();
        let verified = match address(&self.document) {
            Some(Err(message)) => return Err(at(&self.document, message).help("name a file, or an address")),
            Some(Ok(())) => false,
            None => {
                let unreadable =
                    |why: String| at(&self.document, &why).help("name a file beside this one, or an address");
                let found = sha256(&read_document(&self.document).map_err(unreadable)?);
                if found != digest {
                    let message = format!("the document has another SHA-256: {found}");
                    return Err(
                        at(&self.sha256, &message).help("it has changed, or the statement is about another one")
                    );
                }
                true
            }
        };
        Ok(Evidence {
            statement: self.statement,
            document: self.document.value.clone(),
            sha256: digest,
            verified,
            person: self.person.value.clone(),
            date: self.date.0,
            note: self.note.clone(),
        })
    }
}

/// Returns nothing for a path; of an address the reason why it cannot be taken, if there is one.
fn address(document: &str) -> Option<Result<(), &'static str>> {
    if document.trim().is_empty() {
        return Some(Err("there is no document"));
    }
    if !document.contains("://") {
        return None;
    }
    Some(match Url::parse(document) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => Err("only addresses of http and https are taken"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("the address has credentials in it, which reports would show")
        }
        Ok(_) => Ok(()),
        Err(_) => Err("this address cannot be read"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::tests::{SCOPE, STANDARD};
    use rstest::rstest;

    /// The SHA-256 of "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    const FILE: &str = "\
- testcase: scs-0123-service-image
  statement: conforms
  document: papers/zones.pdf
  sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
  person: Erika Mustermann
  date: 2026-11-02
";

    /// Returns definitions with one testcase that a program decides and one that people judge.
    fn definitions() -> Definitions {
        const CHECK: &str = "check: {service-present: {types: [image]}}";
        assert!(STANDARD.contains(CHECK), "nothing is replaced");
        let standard = STANDARD.replace(CHECK, "check: {manual: {evidence: papers}}");
        let sources = [("a.yaml", standard.as_str()), ("b.yaml", SCOPE)];
        Definitions::load(&sources.map(|(path, text)| Source::new(path, text.as_bytes()).unwrap())).unwrap()
    }

    fn read(text: &str) -> Result<IndexMap<String, Evidence>, Problems> {
        let mut document = |path: &str| match path {
            "papers/zones.pdf" => Ok(b"abc".to_vec()),
            _ => Err(format!("{path} cannot be read")),
        };
        definitions().evidence(&Source::new("evidence.yaml", text.as_bytes()).unwrap(), &mut document)
    }

    #[rstest]
    #[case::file("", "", true)]
    #[case::capitals(ABC, &ABC.to_uppercase(), true)]
    #[case::address("papers/zones.pdf", "https://example.org/zones.pdf", false)]
    #[case::address_with_a_query("papers/zones.pdf", "https://example.org/?a=b#c", false)]
    #[case::note("  date", "  note: all of them\n  date", true)]
    fn evidence_is_read(#[case] piece: &str, #[case] replacement: &str, #[case] verified: bool) {
        let found = read(&FILE.replacen(piece, replacement, 1)).unwrap();
        let evidence = &found["scs-0123-service-image"];
        assert_eq!((evidence.verified, evidence.statement, found.len()), (verified, Statement::Conforms, 1));
        assert_eq!((evidence.sha256.as_str(), evidence.person.as_str()), (ABC, "Erika Mustermann"));
        assert_eq!(evidence.note.is_some(), replacement.contains("note"));
    }

    #[rstest]
    #[case::unknown_testcase(
        "service-image",
        "service-imge",
        "1:13",
        "unknown testcase \"scs-0123-service-imge\"",
        "did you mean scs-0123-service-image?"
    )]
    #[case::decided_by_a_program(
        "service-image",
        "service-compute",
        "1:13",
        "a program decides \"scs-0123-service-compute\"",
        "people judge scs-0123-service-image"
    )]
    #[case::unknown_statement("conforms", "confirms", "2:14", "unknown word \"confirms\"", "conforms")]
    #[case::unknown_key("person", "persn", "5:3", "unknown key \"persn\"", "person")]
    #[case::no_person("  person: Erika Mustermann\n", "", "5:3", "the key \"person\" is missing", "add person")]
    #[case::nobody("Erika Mustermann", "' '", "5:11", "nobody states this", "name the person")]
    #[case::nothing("Erika Mustermann", "", "5:9", "there is no value here", "")]
    #[case::bad_date("2026-11-02", "2026-11-31", "6:9", "\"2026-11-31\" is not a date", "")]
    #[case::short_date("2026-11-02", "2026-11-2", "6:9", "\"2026-11-2\" is not a date", "")]
    #[case::short_digest("ba78", "78", "4:11", "a SHA-256 has 64 hexadecimal digits", "sha256sum")]
    #[case::no_digest("ba78", "xa78", "4:11", "a SHA-256 has 64 hexadecimal digits", "sha256sum")]
    #[case::other_digest("ba78", "aa78", "4:11", "the document has another SHA-256: ba78", "another one")]
    #[case::no_file("zones.pdf", "zone.pdf", "3:13", "papers/zone.pdf cannot be read", "beside this one")]
    #[case::no_document("papers/zones.pdf", "''", "3:13", "there is no document", "")]
    #[case::other_scheme(
        "papers/zones.pdf",
        "ftp://example.org/zones.pdf",
        "3:13",
        "only addresses of http and https",
        ""
    )]
    #[case::credentials("papers/zones.pdf", "https://u:p@example.org/", "3:13", "has credentials in it", "")]
    #[case::no_address("papers/zones.pdf", "https://[/", "3:13", "this address cannot be read", "")]
    #[case::no_list("- testcase: scs-0123-service-image\n ", "", "1:2", "a list is expected here", "")]
    fn a_mistake_is_reported_with_its_place(
        #[case] piece: &str,
        #[case] replacement: &str,
        #[case] place: &str,
        #[case] message: &str,
        #[case] help: &str,
    ) {
        assert!(FILE.contains(piece), "nothing is replaced");
        let problem = read(&FILE.replacen(piece, replacement, 1)).unwrap_err().0.remove(0);
        assert!(problem.message.contains(message), "{problem}");
        assert_eq!(format!("{}:{}", problem.line, problem.column), place, "{problem}");
        assert!(problem.help.as_deref().unwrap_or_default().contains(help), "{problem}");
    }

    #[test]
    fn two_statements_on_one_testcase_are_refused() {
        let problem = read(&format!("{FILE}{}", FILE.replace("conforms", "violates"))).unwrap_err().0.remove(0);
        assert_eq!((problem.line, problem.column), (7, 13));
        assert!(problem.message.contains("appears here twice"), "{problem}");
    }

    #[test]
    fn an_empty_list_is_refused() {
        let problem = read("[]\n").unwrap_err().0.remove(0);
        assert!(problem.message.contains("at least one entry is needed here"), "{problem}");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let text = format!("{}{}", FILE.replace("ba78", "aa78"), FILE.replace("service-image", "service-compute"));
        assert_eq!(read(&text).unwrap_err().0.len(), 2);
    }
}
