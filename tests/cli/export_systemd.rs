//! `export systemd`: the files, how names get into them, and what systemd thinks of them.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::folder::Folder;
use crate::support::program::Program;
use crate::support::scenario::MINIMAL;

const PROGRAM: &str = env!("CARGO_BIN_EXE_baseline");

fn export(folder: &Folder, arguments: &[&str]) -> Program {
    Program::new(folder.path(), &[&["export", "systemd", "units"], arguments].concat())
}

#[test]
fn units_of_a_scenario() {
    let folder = Folder::new();
    folder.write(
        "shop.toml",
        &MINIMAL.replace("timeout =", "headers = { authorization = \"Bearer ${SHOP_TOKEN}\" }\ntimeout ="),
    );
    let paths = export(&folder, &["shop.toml", "--live", "127.0.0.1:8900", "--", "--duration", "24h"]).run();
    let paths = paths.expect_success();
    let all: Vec<&str> = paths.lines().collect();
    let expected =
        ["small.service", "small.timer", "small.env.example"].map(|name| format!("units/baseline-{name}"));
    assert_eq!(all[..3], expected);
    assert_eq!(all[3], "units/README.md");
    insta::assert_snapshot!("systemd_service", std::fs::read_to_string(folder.path().join(all[0])).unwrap());
    let example = folder.path().join(all[2]);
    assert!(std::fs::read_to_string(&example).unwrap().contains("\nSHOP_TOKEN=obviously-fake\n"));
    assert_eq!(std::fs::metadata(example).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn files_are_not_replaced_without_force() {
    let folder = Folder::new();
    export(&folder, &["demo"]).run().expect_success();
    let unit = folder.path().join("units/baseline-demo.service");
    std::fs::write(&unit, "mine").unwrap();
    let error = export(&folder, &["demo"]).run().expect_refusal();
    assert!(error.contains("baseline-demo.service") && error.contains("--force"), "{error}");
    assert_eq!(std::fs::read_to_string(&unit).unwrap(), "mine");
    export(&folder, &["demo", "--force"]).run().expect_success();
    assert!(std::fs::read_to_string(&unit).unwrap().contains("ExecStart="));
}

#[test]
fn what_makes_no_unit_is_refused() {
    let folder = Folder::new();
    for (arguments, words) in [
        (&["demo", "--program", "baseline"][..], "not an absolute path"),
        (&["demo", "--calendar", "daily\nExecStart=x"], "not a calendar expression"),
        (&["nonexistent"], "nonexistent"),
    ] {
        let error = export(&folder, arguments).run().expect_refusal();
        assert!(error.contains(words), "{error}");
        assert!(!folder.path().join("units").exists());
    }
}

#[test]
fn systemd_accepts_the_units_and_finds_them_safe() {
    let has_systemd =
        Command::new("systemd-analyze").arg("--version").output().is_ok_and(|of| of.status.success());
    if !has_systemd {
        return;
    }
    for file in ["plain.toml", "a b%n $HOME \"q\" it's \\.toml", "two\nExecStartPre=lines.toml"] {
        let folder = Folder::new();
        folder.write(file, MINIMAL);
        let options = ["--program", PROGRAM, "--calendar", "Mon 02:00", "--", "--fault", "50% \"x\""];
        export(&folder, &[&[file][..], &options].concat()).run().expect_success();
        let unit = folder.path().join("units/baseline-small.service");
        let timer = folder.path().join("units/baseline-small.timer");
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .args([&unit, &timer])
            .output()
            .unwrap();
        assert!(verified.status.success() && verified.stderr.is_empty(), "{file:?}: {verified:?}");
        let secure = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager", "--threshold=20"])
            .arg(&unit)
            .output()
            .unwrap();
        assert!(secure.status.success(), "{secure:?}");
    }
}

#[test]
fn systemd_accepts_the_unit_of_a_monitor_and_finds_it_safe() {
    let folder = Folder::new();
    folder.write("shop.toml", MINIMAL);
    let options = ["shop.toml", "--monitor", "--program", PROGRAM, "--live", "127.0.0.1:8900"];
    let alerts = ["--", "--alertmanager", "http://127.0.0.1:9093"];
    let paths = export(&folder, &[&options[..], &alerts].concat()).run().expect_success();
    let expected = ["baseline-monitor-small.service", "baseline-monitor-small.env.example", "README.md"];
    assert_eq!(paths, expected.map(|name| format!("units/{name}\n")).concat());
    let unit = folder.path().join("units/baseline-monitor-small.service");
    let text = std::fs::read_to_string(&unit).unwrap();
    let command = format!(
        "ExecStart={PROGRAM} monitor /etc/baseline/shop.toml --live=127.0.0.1:8900 --alertmanager http://127.0.0.1:9093"
    );
    for line in ["Type=notify", "WatchdogSec=2min", "Restart=always", "DynamicUser=yes", &command] {
        assert!(text.lines().any(|is| is == line), "{line}\n{text}");
    }
    let error = export(&folder, &["shop.toml", "--monitor", "--calendar", "daily"]).run().expect_refusal();
    assert!(error.contains("--calendar"), "{error}");
    let analyze = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&unit).output();
    if analyze(&["--version"]).is_err() {
        return;
    }
    let verified = analyze(&["verify", "--man=no"]).unwrap();
    assert!(verified.status.success() && verified.stderr.is_empty(), "{verified:?}");
    // In tenths.
    let secure = analyze(&["security", "--offline=true", "--no-pager", "--threshold=20"]).unwrap();
    assert!(secure.status.success(), "{secure:?}");
}
