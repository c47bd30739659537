//! scs-0123: makes a bucket, and an object in it that is read back and deleted, with credentials that Keystone keeps.

use super::context::ExperimentContext;
use crate::ledger::Kind;
use crate::openstack::{Error, ErrorKind, Order};
use scs_checks::facts::{S3RoundTrip, S3Step};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// The size of the object in bytes.
const SIZE: usize = 1024;

/// Tries it. What the object store does not do is a fact; what could not be tried is an error.
pub(super) async fn s3_round_trip(context: &ExperimentContext<'_>) -> Result<S3RoundTrip, Error> {
    let credential = credential(context).await?;
    context.ledger.with(Kind::Ec2Credential, &credential, async |writer, _| writer.greet_s3().await).await?;
    let created = context.ledger.create("bucket", &Order::Bucket { credential }).await;
    let bucket = match decided(S3Step::CreateBucket, created)? {
        Err(refusal) => return Ok(refusal),
        Ok(created) => created.id,
    };
    let sent: Vec<u8> = (0..SIZE).map(|_| rand::random::<u8>()).collect();
    let received = match object(context, &bucket, &sent).await? {
        Err(refusal) => return Ok(refusal),
        Ok(received) => received,
    };
    let deletion = gone(context.ledger.delete(Kind::Bucket, &bucket).await);
    if let Err(refusal) = decided(S3Step::DeleteBucket, deletion)? {
        return Ok(refusal);
    }
    let digest = |data: &[u8]| hex::encode(Sha256::digest(data));
    Ok(S3RoundTrip::Completed { sha256_sent: digest(&sent), sha256_received: digest(&received) })
}

/// Makes credentials for S3, and returns the id that Keystone gives them.
async fn credential(context: &ExperimentContext<'_>) -> Result<String, Error> {
    let secret = hex::encode(rand::random::<[u8; 20]>());
    let session = context.reader.session();
    session.secrets().add(&secret);
    let (user, project) = (session.login().user.id.clone(), session.login().project.id.clone());
    let order = Order::Ec2Credential { user, project, secret: SecretString::from(secret) };
    let created = context.ledger.create("s3-credential", &order).await.map_err(|error| match error.kind {
        ErrorKind::Forbidden => error.help(
            "Keystone does not let this account make credentials for S3; log in with a password, as an application credential \
             has to be unrestricted for that, and newer Keystones take none at all",
        ),
        _ => error,
    });
    Ok(created?.id)
}

/// Writes an object, reads it back and deletes it.
async fn object(
    context: &ExperimentContext<'_>,
    bucket: &str,
    sent: &[u8],
) -> Result<Result<Vec<u8>, S3RoundTrip>, Error> {
    let steps = context.ledger.with(Kind::Bucket, bucket, async |writer, warrant| {
        if let Err(refusal) = decided(S3Step::PutObject, writer.put_object(warrant, bucket, sent).await)? {
            return Ok(Err(refusal));
        }
        let received = match decided(S3Step::GetObject, writer.get_object(bucket).await)? {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(received) => received,
        };
        let deleted = decided(S3Step::DeleteObject, gone(writer.delete_object(warrant, bucket).await))?;
        Ok(deleted.map(|()| received))
    });
    steps.await
}

/// Takes it for done that something is not there any more: a deletion is repeated where its answer was lost.
fn gone(deletion: Result<(), Error>) -> Result<(), Error> {
    deletion.or_else(|error| if error.kind == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Tells a refusal of S3, which is an answer, from what says nothing about it.
fn decided<T>(step: S3Step, result: Result<T, Error>) -> Result<Result<T, S3RoundTrip>, Error> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound) => {
            Ok(Err(S3RoundTrip::Refused { step, how: error.to_string() }))
        }
        Err(error) => Err(error),
    }
}
