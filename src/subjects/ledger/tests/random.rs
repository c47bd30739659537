//! Random stories. Whatever a cloud does, afterwards everything of ours is gone or named, and nothing else was touched.

use super::fake::{Act, Desk, PATIENCE, Thing};
use crate::ledger::{Kind, RunId, State};
use crate::openstack::{ErrorKind, Unreachable};
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Something to create: what, and what of the earlier ones it uses.
#[derive(Clone, Debug)]
struct Plan {
    kind: Kind,
    uses: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Story {
    plans: Vec<Plan>,
    create: Vec<Act>,
    delete: Vec<Act>,
    look: Vec<Act>,
    list: Vec<Act>,
    /// After how many seconds of cleaning up somebody is in a hurry.
    hurry: Option<u64>,
}

const KINDS: &[Kind] = &[Kind::Server, Kind::Volume, Kind::Network, Kind::Image];

fn trouble() -> impl Strategy<Value = ErrorKind> {
    select(vec![
        ErrorKind::ServerError(500),
        ErrorKind::ServerError(503),
        ErrorKind::Unreachable(Unreachable::Timeout),
        ErrorKind::Unreachable(Unreachable::Broken),
        ErrorKind::InvalidAnswer { path: String::new() },
        ErrorKind::Forbidden,
        ErrorKind::UnexpectedStatus(409),
        ErrorKind::RateLimited,
    ])
}

/// Returns an answer after which a client cannot know that it was done.
fn doubt() -> impl Strategy<Value = ErrorKind> {
    select(vec![
        ErrorKind::ServerError(500),
        ErrorKind::Unreachable(Unreachable::Timeout),
        ErrorKind::Unreachable(Unreachable::Broken),
        ErrorKind::InvalidAnswer { path: String::new() },
    ])
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Well),
        2 => trouble().prop_map(Act::Refuses),
        2 => doubt().prop_map(Act::DoesBut),
        1 => Just(Act::Hangs),
        1 => Just(Act::DoesAndHangs),
    ]
}

fn creating() -> impl Strategy<Value = Act> {
    // All within the time in which it is looked for.
    prop_oneof![9 => act(), 1 => (0u64..17).prop_map(|after| Act::Later(Duration::from_secs(after)))]
}

fn deleting() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => act(),
        3 => (0u32..40).prop_map(Act::Slowly),
        1 => Just(Act::Slowly(u32::MAX)),
        2 => select(vec!["error_deleting", "available", "ERROR"]).prop_map(Act::GivesUp),
    ]
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let plan = (select(KINDS), prop::collection::vec(0usize..6, 0..3));
    prop::collection::vec(plan.prop_map(|(kind, uses)| Plan { kind, uses }), 1..6)
}

prop_compose! {
    fn story()(
        plans in plans(),
        create in prop::collection::vec(creating(), 0..6),
        delete in prop::collection::vec(deleting(), 0..12),
        look in prop::collection::vec(act(), 0..12),
        list in prop::collection::vec(act(), 0..8),
        hurry in prop::option::weighted(0.2, 0u64..30),
    ) -> Story {
        Story { plans, create, delete, look, list, hurry }
    }
}

/// Lives the story, and gives the desk back with what was there before.
async fn live(story: Story) -> (Desk, Vec<Thing>) {
    let desk = Desk::new();
    for name in ["_scs", "_scs-20261120t153045-k3f9-", "_scs-20261120t153045-k3f9-thing-00", "mine"] {
        KINDS.iter().for_each(|kind| drop(desk.fake.has(*kind, name, &[])));
    }
    let foreign = desk.fake.world().things.clone();
    {
        let mut world = desk.fake.world();
        world.create.extend(story.create);
        world.delete.extend(story.delete);
        world.look.extend(story.look);
        world.list.extend(story.list);
    }
    let mut ids: Vec<String> = Vec::new();
    for (number, plan) in story.plans.iter().enumerate() {
        let uses: Vec<&str> = plan.uses.iter().filter_map(|index| ids.get(*index)).map(String::as_str).collect();
        let label = format!("thing-{number}");
        let creating = desk.create(&label, plan.kind, &uses);
        if let Ok(Ok(id)) = timeout(Duration::from_secs(1), creating).await {
            ids.push(id);
        }
    }
    let hurry = async {
        match story.hurry {
            Some(seconds) => sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    desk.ledger.unwind(PATIENCE, hurry, &crate::watch::Events::none()).await;
    (desk, foreign)
}

fn check(desk: &Desk, foreign: &[Thing]) -> Result<(), TestCaseError> {
    let entries = desk.ledger.all();
    let is_settled = |state: &State| matches!(state, State::Left(_) | State::Gone | State::Nothing);
    prop_assert!(entries.iter().all(|entry| is_settled(&entry.state)), "{entries:?}");
    let there = desk.fake.world().things.clone();
    for thing in &there {
        if foreign.contains(thing) {
            continue;
        }
        let named = entries.iter().any(|entry| {
            let is_it = entry.kind == thing.kind && entry.name == thing.name;
            is_it && entry.id.as_ref().is_none_or(|id| *id == thing.id) && matches!(entry.state, State::Left(_))
        });
        prop_assert!(named, "not named: {thing:?}; {entries:?}; {:?}", desk.fake.world().asked);
    }
    prop_assert!(foreign.iter().all(|thing| there.contains(thing)), "something foreign was touched");
    for asked in desk.fake.asked("delete") {
        let foreign = foreign.iter().any(|thing| asked == format!("delete {} {}", thing.kind, thing.id));
        prop_assert!(!foreign, "{asked}");
    }
    let run = |name: &str| RunId::from_name("_scs-", name);
    prop_assert!(entries.iter().all(|entry| run(&entry.name).as_ref() == Some(&desk.run.id)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn everything_is_gone_or_named_and_nothing_else_is_touched(story in story()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let (desk, foreign) = runtime.block_on(async { live(story).await });
        check(&desk, &foreign)?;
    }
}
