//! `annotate`: what is noted is on disk, what cannot be meant is refused.

use baseline::host::clock;
use baseline::store::notes;

use crate::support::folder::Folder;
use crate::support::program::Program;

fn annotate(folder: &Folder, arguments: &[&str]) -> Program {
    Program::new(folder.path(), &[&["annotate"], arguments].concat())
}

#[test]
fn what_is_noted_is_listed() {
    let folder = Folder::new();
    assert_eq!(annotate(&folder, &["--list"]).run().expect_success(), "No notes in reports/notes.jsonl.\n");
    let deploy = ["deploy 1.2.3", "--at", "2026-11-26T12:00:00+01:00"];
    annotate(&folder, &deploy).run().expect_success();
    let upgrade = [
        "upgrade\n password=hunter2hunter2",
        "--silence",
        "--for",
        "1h30m",
        "--at",
        "2026-11-26T10:00:00Z",
        "--scenario",
        "demo",
        "--only",
        "browse",
        "--only",
        "sign_in",
        "--format",
        "json",
    ];
    let noted = annotate(&folder, &upgrade).run().json();
    assert_eq!(noted["notes"][0]["until"], "2026-11-26T11:30:00.000Z");
    let listed = annotate(&folder, &["--list", "--format", "json"]).run().json();
    // In the order of time, not of writing.
    assert_eq!(listed["notes"][0], noted["notes"][0]);
    assert_eq!(listed["notes"][0]["only"], serde_json::json!(["browse", "sign_in"]));
    assert_eq!(listed["notes"][1]["at"], "2026-11-26T11:00:00.000Z");
    assert_eq!(listed["notes"].as_array().unwrap().len(), 2);
    let text = std::fs::read_to_string(folder.path().join("reports").join(notes::FILE)).unwrap();
    assert!(!text.contains("hunter2") && text.lines().count() == 2, "{text}");
    let about = annotate(&folder, &["--list", "--scenario", "pitchey"]).run().expect_success();
    assert!(about.contains("deploy 1.2.3") && !about.contains("upgrade"), "{about}");
}

#[test]
fn a_note_is_about_now_unless_a_time_is_given() {
    let folder = Folder::new();
    let before = clock::now();
    annotate(&folder, &["deploy", "--out", "elsewhere/runs"]).run().expect_success();
    let (all, unreadable) = notes::read(&folder.path().join("elsewhere/runs")).unwrap();
    assert_eq!((all.len(), unreadable), (1, 0));
    assert!(all[0].at.as_millisecond() >= before.as_millisecond() && all[0].at <= clock::now());
    assert!(all[0].until.is_none() && !all[0].silence);
}

#[test]
fn a_damaged_line_is_said_and_the_rest_is_listed() {
    let folder = Folder::new();
    annotate(&folder, &["first"]).run().expect_success();
    let path = folder.path().join("reports").join(notes::FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"schema\":1,\"at\":");
    std::fs::write(&path, bytes).unwrap();
    annotate(&folder, &["second"]).run().expect_success();
    let listed = annotate(&folder, &["--list"]).run().expect_success();
    assert!(listed.contains("first") && listed.contains("second"), "{listed}");
    assert!(listed.ends_with("1 line of notes.jsonl cannot be read.\n"), "{listed}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = Folder::new();
    let long = "x".repeat(501);
    for (arguments, said) in [
        (&["deploy", "--silence"][..], "a silence needs its length"),
        (&[" "], "is empty"),
        (&[&long], "has 501 characters; 500 are the most"),
        (&["deploy", "--at", "yesterday"], "\"yesterday\" is not a point in time"),
        (&["deploy", "--at", "2026-12-01T02:00:00"], "is not a point in time"),
        (&["deploy", "--for", "0s"], "shorter than a second"),
        (&["deploy", "--for", "32d"], "longer than 31 days"),
        (&["deploy", "--only", "brows", "--scenario", "demo"], "did you mean \"browse\"?"),
        (&["deploy", "--scenario", "nowhere/x.toml"], "nowhere/x.toml"),
    ] {
        let refused = annotate(&folder, arguments).run().expect_refusal();
        assert!(refused.contains(said), "{arguments:?}: {refused}");
    }
    assert!(!folder.path().join("reports").exists());
}
