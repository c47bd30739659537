use super::*;
use scs_checks::verdict::Verdict;

#[test]
fn attempts_are_read_as_they_were_added() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let history = state.history("a", "scope");
    assert_eq!(history.attempts().unwrap(), []);
    let both = [Attempt::sample(1, Verdict::Pass), Attempt::sample(2, Verdict::Fail)];
    both.iter().for_each(|attempt| history.add(attempt).unwrap());
    assert_eq!(history.attempts().unwrap(), both);
    assert_eq!(state.history("b", "scope").attempts().unwrap(), []);
    assert_eq!(both[1].verdict_of("t"), Some(Verdict::Fail));
    assert_eq!(both[1].verdict_of("u"), None);
}

/// A kill can come between any two bytes of a line.
#[test]
fn line_that_was_cut_off_is_left_out_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let history = state.history("a", "scope");
    history.add(&Attempt::sample(1, Verdict::Pass)).unwrap();
    let file = folder.path().join("history/a.scope.jsonl");
    let whole = std::fs::read(&file).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&file, [&whole, &whole[..length]].concat()).unwrap();
        assert_eq!(history.attempts().unwrap(), [Attempt::sample(1, Verdict::Pass)], "{length}");
    }
    history.add(&Attempt::sample(2, Verdict::Pass)).unwrap();
    assert_eq!(history.attempts().unwrap(), [Attempt::sample(1, Verdict::Pass), Attempt::sample(2, Verdict::Pass)]);
}

#[test]
fn broken_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("history/a.scope.jsonl"), "{}\n").unwrap();
    let error = state.history("a", "scope").attempts().unwrap_err().to_string();
    assert!(error.contains("a.scope.jsonl, line 1: this is no line of a history"), "{error}");
}

#[test]
fn old_attempts_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let history = state.history("a", "scope");
    let line = format!("{}\n", serde_json::to_string(&Attempt::sample(1, Verdict::Pass)).unwrap());
    std::fs::write(folder.path().join("history/a.scope.jsonl"), line.repeat(799)).unwrap();
    history.add(&Attempt::sample(2, Verdict::Fail)).unwrap();
    let attempts = history.attempts().unwrap();
    assert_eq!((attempts.len(), attempts.last()), (600, Some(&Attempt::sample(2, Verdict::Fail))));
}

#[test]
fn second_process_is_told_who_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = StateFolder::open(folder.path()).unwrap();
    let Err(error) = StateFolder::open(folder.path()) else { panic!("it was opened twice") };
    let holder = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&holder) && error.to_string().contains("--state-dir"), "{error}");
    drop(first);
    StateFolder::open(folder.path()).unwrap();
}

#[test]
fn folder_that_cannot_be_made_is_named() {
    let Err(error) = StateFolder::open(Path::new("/proc/state")) else { panic!("/proc/state was made") };
    assert!(error.to_string().starts_with("the state folder /proc/state cannot be used"), "{error}");
}

#[test]
fn folder_of_another_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(StateFolder::open(folder.path()).unwrap());
    let file = folder.path().join("version");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1\n");
    for found in ["2", "x", ""] {
        std::fs::write(&file, found).unwrap();
        let expected = format!("{} says that the state folder has version \"{found}\"", file.display());
        let Err(error) = StateFolder::open(folder.path()) else { panic!("{found} was opened") };
        assert!(error.to_string().starts_with(&expected), "{error}");
        let Err(error) = StateView::open(folder.path()) else { panic!("{found} was read") };
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn folder_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    let Err(error) = StateFolder::open(folder.path()) else { panic!("it was opened") };
    assert!(error.to_string().contains("(mode 1777)") && error.to_string().contains("chmod o-w"), "{error}");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o2775)).unwrap();
    StateFolder::open(folder.path()).unwrap();
}
