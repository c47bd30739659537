//! Runs that share a handle.

use super::{good, now, options};
use crate::openstack::tests::server::{Answer, Server};
use crate::watch::Events;
use crate::world::SharedWorld;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test]
async fn runs_that_share_a_handle_make_one_set_of_requests() {
    let server = Server::start(|request| Answer::Later(Duration::from_millis(20), Box::new(good(request)))).await;
    let shared = SharedWorld::from(options(&server, None));
    let (again, events) = (shared.clone(), Events::none());
    let ((first, requests), (second, same)) = tokio::join!(shared.get(now(), &events), again.get(now(), &events));
    assert_eq!((server.requests().len(), requests.len()), (6 + 3, 6 + 3));
    assert_eq!((&second, &same), (&first, &requests));
}

#[tokio::test]
async fn a_fetch_that_is_cut_short_leaves_the_next_run_to_begin_anew() {
    let is_slow = Arc::new(AtomicUsize::new(1));
    let slow = Arc::clone(&is_slow);
    let server = Server::start(move |request| match slow.load(Ordering::SeqCst) {
        1 => Answer::Hang,
        _ => good(request),
    })
    .await;
    let (shared, events) = (SharedWorld::from(options(&server, None)), Events::none());
    let is_asked = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = shared.get(now(), &events) => panic!("it answered"),
        () = is_asked => {}
    }
    is_slow.store(0, Ordering::SeqCst);
    let (world, requests) = shared.get(now(), &events).await;
    assert_eq!((world.problems.len(), requests.len()), (0, 6 + 3));
}
