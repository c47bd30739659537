//! Examines beforehand, without changing anything, whether a run can work: in a project of a cloud (`cloud`), and with
//! the permissions of an account of a cluster (`cluster`). For `doctor` on the command line, and for services.

mod cloud;
mod cluster;
mod finding;
mod request;

pub use cloud::{Answers, CloudDiagnosis, CloudDoctor, NoServerReason, QuotaRoom};
pub use cluster::{ClusterDiagnosis, ClusterDoctor};
pub use finding::{DoctorFinding, State};
pub use request::{DoctorRequest, Examined, ExaminedSubject, examine};
