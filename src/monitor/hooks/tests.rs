//! Commands that end, hang, print too much, or are not there.

use super::*;

fn hook(run: &[&str], timeout_ms: u64) -> Hook {
    Hook {
        name: "restart".to_owned(),
        when: Health::Unhealthy,
        workloads: Vec::new(),
        run: run.iter().map(ToString::to_string).collect(),
        timeout: Duration::from_millis(timeout_ms),
        cool_down: Duration::ZERO,
        most_per_hour: 1_000,
    }
}

fn occasion(silence: Option<&'static str>) -> Occasion<'static> {
    Occasion {
        scenario: "shop",
        workload: "browse",
        before: Health::Healthy,
        after: Health::Unhealthy,
        at: Timestamp::from_second(1_800_000_000).unwrap(),
        silence,
    }
}

/// Runs a command; returns what was noted at its start and at its end.
fn noted(hook: Hook, is_live: bool, silence: Option<&'static str>) -> Vec<JournalEvent> {
    let mut hooks = Hooks::new(vec![hook], is_live, &[]);
    let mut notes = hooks.changed(occasion(silence), Timestamp::from_second(1_800_000_010).unwrap());
    notes.extend(hooks.finish(Duration::from_secs(20)));
    notes
}

#[test]
fn a_command_knows_what_happened_and_its_output_and_code_are_kept() {
    let script = "echo \"$BASELINE_WORKLOAD of $BASELINE_SCENARIO is $BASELINE_STATE, was $BASELINE_STATE_BEFORE\"; echo oops >&2; exit 3";
    let notes = noted(hook(&["sh", "-c", script], 10_000), true, None);
    let [
        JournalEvent::HookStarted { is_dry_run: false, .. },
        JournalEvent::HookEnded { code, head, is_timed_out, .. },
    ] = &notes[..]
    else {
        panic!("{notes:?}")
    };
    assert_eq!((*code, *is_timed_out), (Some(3), false));
    assert_eq!(head, "browse of shop is unhealthy, was healthy\noops\n");
}

#[test]
fn a_command_that_hangs_is_killed_with_its_children() {
    // The child ignores SIGTERM and writes a file after the timeout, unless it is killed.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("still-here");
    let script = format!("(trap '' TERM; sleep 5; touch {}) & trap '' TERM; sleep 60", file.display());
    let clock = Clock::start();
    let notes = noted(hook(&["sh", "-c", &script], 200), true, None);
    let Some(JournalEvent::HookEnded { code: None, is_timed_out: true, .. }) = notes.last() else {
        panic!("{notes:?}")
    };
    std::thread::sleep(Duration::from_secs(5).saturating_sub(elapsed(&clock)) + Duration::from_millis(700));
    assert!(!file.exists());
}

#[test]
fn both_ends_of_a_long_output_are_kept() {
    let script = "echo first; head -c 100000 /dev/zero | tr '\\0' x; echo; echo last";
    let notes = noted(hook(&["sh", "-c", script], 10_000), true, None);
    let Some(JournalEvent::HookEnded { head, tail, .. }) = notes.last() else { panic!("{notes:?}") };
    assert!(head.starts_with("first\nxxx") && head.len() == KEPT, "{}", head.len());
    assert!(tail.ends_with("x\nlast\n") && tail.starts_with("[95916 bytes left out] x"), "{tail}");
}

#[test]
fn without_the_option_nothing_runs_and_in_a_silence_neither() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ran");
    let touch = hook(&["touch", file.to_str().unwrap()], 1_000);
    let notes = noted(touch.clone(), false, None);
    assert!(matches!(notes[..], [JournalEvent::HookStarted { is_dry_run: true, .. }]), "{notes:?}");
    let notes = noted(touch.clone(), true, Some("backup"));
    let [JournalEvent::HookSkipped { why, .. }] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(why, "silence \"backup\"");
    let mut hooks = Hooks::new(vec![touch], true, &[]);
    let notes = hooks.changed(occasion(None), Timestamp::from_second(1_800_000_301).unwrap());
    assert!(matches!(&notes[..], [JournalEvent::HookSkipped { .. }]), "{notes:?}");
    assert!(!file.exists());
}

#[test]
fn a_program_that_is_not_there_is_an_end_without_a_code() {
    let notes = noted(hook(&["/no/such/program"], 1_000), true, None);
    let Some(JournalEvent::HookEnded { code: None, head, .. }) = notes.last() else { panic!("{notes:?}") };
    assert!(head.starts_with("cannot start /no/such/program"), "{head}");
}

#[test]
fn limits_hold_over_a_restart() {
    let limited = Hook { cool_down: Duration::from_mins(10), ..hook(&["true"], 1_000) };
    let now = Timestamp::from_second(1_800_000_010).unwrap();
    let event = JournalEvent::HookStarted {
        hook: "restart".to_owned(),
        workload: "browse".to_owned(),
        is_dry_run: false,
    };
    let mut hooks = Hooks::new(vec![limited], true, &[Entry { at: now, event }]);
    let notes = hooks.changed(occasion(None), Timestamp::from_second(1_800_000_100).unwrap());
    assert!(matches!(&notes[..], [JournalEvent::HookSkipped { .. }]), "{notes:?}");
}
