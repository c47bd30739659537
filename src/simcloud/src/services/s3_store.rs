//! S3's buckets and objects, for those whose access key Keystone knows. Signatures are not checked. Answers are as Swift gives
//! them.

use crate::http::{Call, Reply};
use crate::state::Bucket;
use crate::world::World;
use hyper::Method;

/// Answers a request of somebody of a project.
pub(super) fn answer(world: &mut World, call: &Call, project: &str) -> Reply {
    let path: Vec<String> = call.segments().into_iter().map(str::to_owned).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let reply = match (&call.method, path.as_slice()) {
        (&Method::GET, []) => list(world, project),
        (&Method::PUT, [bucket]) => create(world, bucket, project),
        (_, [bucket, rest @ ..]) => match world.state.resources.buckets.iter().position(|one| one.name == *bucket) {
            None => error(404, "NoSuchBucket"),
            Some(at) if world.state.resources.buckets[at].project != project => error(403, "AccessDenied"),
            Some(at) => within(world, call, at, rest),
        },
        _ => error(405, "MethodNotAllowed"),
    };
    reply.header("x-amz-request-id", world.ids.transaction())
}

fn within(world: &mut World, call: &Call, at: usize, rest: &[&str]) -> Reply {
    let bucket = &mut world.state.resources.buckets[at];
    match (&call.method, rest) {
        (&Method::GET, []) => xml(200, &format!("<ListBucketResult><Name>{}</Name></ListBucketResult>", bucket.name)),
        (&Method::DELETE, []) if !bucket.objects.is_empty() => error(409, "BucketNotEmpty"),
        (&Method::DELETE, []) => {
            world.state.resources.buckets.remove(at);
            nothing(204)
        }
        (&Method::PUT, [key]) => {
            bucket.objects.insert((*key).to_owned(), call.body.clone());
            nothing(200)
        }
        (&Method::GET, [key]) => match bucket.objects.get(*key) {
            Some(data) => Reply::typed(200, "binary/octet-stream", data.clone()),
            None => error(404, "NoSuchKey"),
        },
        (&Method::DELETE, [key]) => {
            bucket.objects.remove(*key);
            nothing(204)
        }
        _ => error(405, "MethodNotAllowed"),
    }
}

fn list(world: &World, project: &str) -> Reply {
    let own = world.state.resources.buckets.iter().filter(|bucket| bucket.project == project);
    let names: String = own.map(|bucket| format!("<Bucket><Name>{}</Name></Bucket>", bucket.name)).collect();
    let owner = format!("<Owner><ID>{project}</ID></Owner>");
    xml(200, &format!("<ListAllMyBucketsResult>{owner}<Buckets>{names}</Buckets></ListAllMyBucketsResult>"))
}

fn create(world: &mut World, name: &str, project: &str) -> Reply {
    if world.state.resources.buckets.iter().any(|bucket| bucket.name == name) {
        return error(409, "BucketAlreadyExists");
    }
    let bucket = Bucket { name: name.to_owned(), project: project.to_owned(), ..Bucket::default() };
    world.state.resources.buckets.push(bucket);
    nothing(200)
}

fn nothing(status: u16) -> Reply {
    Reply::typed(status, "text/html; charset=UTF-8", "")
}

fn error(status: u16, code: &str) -> Reply {
    xml(status, &format!("<Error><Code>{code}</Code><Message></Message></Error>"))
}

fn xml(status: u16, body: &str) -> Reply {
    Reply::typed(status, "application/xml", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}"))
}
