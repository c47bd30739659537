//! Ids of reports: the same attempt has the same id, so that a repeated upload is recognised.

use chrono::NaiveDate;
use uuid::Uuid;

/// The namespace of the ids, made once by chance.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d2c_61f5_8a14_4b6e_b1f3_52c7_0e8d_a946);

/// Returns the id of the report of an attempt to check a subject in a scope.
pub fn report_id(subject: &str, scope: &str, night: NaiveDate, attempt: u32) -> String {
    // No name has a line end.
    Uuid::new_v5(&NAMESPACE, format!("{subject}\n{scope}\n{night}\n{attempt}").as_bytes()).to_string()
}
