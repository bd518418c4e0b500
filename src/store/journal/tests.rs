//! Tests of the journal.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::health::Health;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn alert(opened: i64) -> Alert {
    let scenario: Arc<str> = "shop".into();
    Alert {
        id: Alert::id_of(&scenario, AlertKind::Slow, Some("browse"), at(opened)),
        kind: AlertKind::Slow,
        scenario,
        subject: Some("browse".to_owned()),
        level: Some("open".to_owned()),
        summary: "browse is slower than its baseline".to_owned(),
        description: "p95 is 300 ms.".to_owned(),
        opened_at: at(opened),
        closed_at: None,
    }
}

fn every_event() -> Vec<Entry> {
    let id = || alert(0).id;
    let (hook, workload) = (|| "restart".to_owned(), || "browse".to_owned());
    let events = vec![
        JournalEvent::Opened(alert(0)),
        JournalEvent::State { workload: workload(), before: Health::Healthy, after: Health::Unhealthy },
        JournalEvent::HookStarted { hook: hook(), workload: workload(), is_dry_run: false },
        JournalEvent::HookEnded {
            hook: hook(),
            workload: workload(),
            code: Some(1),
            is_timed_out: false,
            head: "a\nb".to_owned(),
            tail: "c".to_owned(),
            duration: Duration::from_millis(1_234),
        },
        JournalEvent::HookSkipped { hook: hook(), workload: workload(), why: "cool-down".to_owned() },
        JournalEvent::Sent { id: id(), receiver: "http://127.0.0.1:1".to_owned(), is_firing: true },
        JournalEvent::Acknowledged { id: id(), by: Some("me".to_owned()), note: None },
        JournalEvent::Closed { id: id(), closed_at: at(90) },
    ];
    (0..).zip(events).map(|(second, event)| Entry { at: at(second), event }).collect()
}

#[test]
fn entries_are_read_back_and_a_torn_line_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(folder.path()).unwrap(), Entries::default());
    let all = every_event();
    let (mut journal, known) = Journal::open(folder.path()).unwrap();
    assert_eq!(known, []);
    for entry in &all {
        journal.append(entry).unwrap();
    }
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let lines = whole[..cut].split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(read(folder.path()).unwrap().entries, all[..lines], "{cut}");
        let (_, known) = Journal::open(folder.path()).unwrap();
        assert_eq!(known, all[..lines], "{cut}");
    }
}

#[test]
fn a_writer_cuts_what_another_one_left_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let all = every_event();
    let (mut first, _) = Journal::open(folder.path()).unwrap();
    let (mut second, _) = Journal::open(folder.path()).unwrap();
    first.append(&all[0]).unwrap();
    second.append(&all[1]).unwrap();
    append(folder.path(), "{\"at\":\"torn");
    first.append(&all[2]).unwrap();
    assert_eq!(read(folder.path()).unwrap().entries, all[..3]);
}

#[test]
fn pruning_keeps_open_alerts_and_other_writers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(folder.path()).unwrap();
    let (mut other, _) = Journal::open(folder.path()).unwrap();
    for entry in &every_event() {
        journal.append(entry).unwrap();
    }
    let open = Entry { at: at(1), event: JournalEvent::Opened(alert(50)) };
    other.append(&open).unwrap();
    let late = Entry { at: at(300), event: JournalEvent::Closed { id: alert(0).id, closed_at: at(90) } };
    journal.append(&late).unwrap();
    assert_eq!(journal.prune(at(200)).unwrap(), 2);
    let more = Entry { at: at(301), event: JournalEvent::Opened(alert(60)) };
    other.append(&more).unwrap();
    assert_eq!(read(folder.path()).unwrap().entries, [open, late, more]);
    assert_eq!(journal.prune(at(0)).unwrap(), 3);
}

#[test]
fn several_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || {
                for second in 0..25 {
                    let (mut journal, _) = Journal::open(&folder).unwrap();
                    let event = JournalEvent::Opened(alert(writer * 100 + second));
                    journal.append(&Entry { at: at(second), event }).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(alerts_of(&read(folder.path()).unwrap().entries).len(), 100);
}

#[test]
fn damage_is_named_with_its_line_and_newer_entries_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(folder.path()).unwrap();
    journal.append(&every_event()[0]).unwrap();
    append(folder.path(), "{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"escalated\",\"to\":\"x\"}\n");
    let known = read(folder.path()).unwrap();
    assert_eq!((known.entries.len(), known.unknown), (1, 1));
    for bad in [
        "not json",
        "{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"closed\"}",
        "{\"at\":\"soon\",\"event\":\"new\"}",
    ] {
        let whole = std::fs::read(folder.path().join(FILE)).unwrap();
        append(folder.path(), &format!("{bad}\n"));
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("journal.jsonl: line 3: "), "{error}");
        assert!(Journal::open(folder.path()).is_err());
        std::fs::write(folder.path().join(FILE), whole).unwrap();
    }
    append(folder.path(), &"x".repeat(200 << 10));
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("line 3 is longer than 128 KiB"), "{error}");
}

#[test]
fn long_texts_are_cut_and_secrets_masked() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(folder.path()).unwrap();
    let event = JournalEvent::HookEnded {
        hook: "restart".to_owned(),
        workload: "browse".to_owned(),
        code: None,
        is_timed_out: true,
        head: format!("Authorization: Bearer abc.def\n{}", "é".repeat(50_000)),
        tail: format!("{}end", "\u{1}".repeat(50_000)),
        duration: Duration::from_secs(30),
    };
    journal.append(&Entry { at: at(0), event }).unwrap();
    let entries = read(folder.path()).unwrap().entries;
    let JournalEvent::HookEnded { head, tail, .. } = &entries[0].event else { panic!("{entries:?}") };
    assert!(head.starts_with("Authorization: Bearer ***") && head.len() <= 4 << 10, "{head}");
    assert!(tail.ends_with("end") && tail.len() <= 4 << 10, "{tail}");
}

#[test]
fn alerts_have_their_times() {
    let all = every_event();
    let alerts = alerts_of(&all);
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].time_to_acknowledge(), Some(Duration::from_secs(6)));
    assert_eq!(alerts[0].time_to_resolve(), Some(Duration::from_secs(90)));
    assert_eq!(alerts[0].acknowledged, Some((at(6), Some("me".to_owned()))));
    let twice: Vec<Entry> = all.iter().chain(&all).cloned().collect();
    assert_eq!(alerts_of(&twice), alerts);
    assert_eq!(alerts_of(&all[1..]), []);
    let open = alerts_of(&all[..1]);
    assert_eq!((open[0].time_to_acknowledge(), open[0].time_to_resolve()), (None, None));
    assert!(open[0].alert.is_open());
}

fn append(folder: &Path, text: &str) {
    crate::store::append_text(&folder.join(FILE), text).unwrap();
}
