//! What this machine cannot do is no failure of the target: the class `local`, an invalid window, and no verdict.
//!
//! Each test makes a network of its own, where it may: as root on Linux, with `unshare` and `ip`.

#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::folder::Folder;

use super::number;

/// Runs a script in a network namespace of its own; `None` where this machine lets nobody make one.
#[expect(clippy::print_stdout, reason = "the log of a test run names what was not tried")]
fn in_own_network(script: &str) -> Option<Value> {
    let folder = Folder::new();
    let able = Command::new("unshare").args(["--net", "ip", "link", "set", "lo", "up"]).status();
    if !able.is_ok_and(|status| status.success()) {
        println!("not tried: this machine lets nobody make a network of its own (unshare, ip)");
        return None;
    }
    let script = format!("set -e\nip link set lo up\n{script}");
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", &script]).current_dir(folder.path()).stdin(Stdio::null());
    let output = command.env("PROGRAM", env!("CARGO_BIN_EXE_baseline")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let (code, json) = told.rsplit_once("exit ").unwrap_or_else(|| panic!("{output:?}"));
    assert_eq!(json.trim(), "3", "{output:?}");
    Some(serde_json::from_str(code).unwrap())
}

#[test]
fn ports_that_run_out_are_this_machines_failure() {
    let script = r#"
        echo "40000 40020" > /proc/sys/net/ipv4/ip_local_port_range
        "$PROGRAM" target --listen 127.0.0.1:8787 > listening &
        server=$!
        until grep -q listening listening; do sleep 0.05; done
        "$PROGRAM" test http://127.0.0.1:8787/api/health many:60 --duration 500ms --format json || echo "exit $?"
        kill $server
    "#;
    let Some(result) = in_own_network(script) else { return };
    let (local, failed) = (number(&result["errors"], "local"), number(&result, "failed"));
    assert!(local > 0 && local == failed, "{result:#}");
    assert_eq!(number(&result["error_reasons"], "no_local_port"), local, "{result:#}");
    assert_eq!(result["invalid_reason"], "local_ports", "{result:#}");
}

#[test]
fn a_machine_without_a_way_out_says_so() {
    let script = r#""$PROGRAM" test http://192.0.2.1/ few:2 --requests 4 --format json || echo "exit $?""#;
    let Some(result) = in_own_network(script) else { return };
    assert_eq!(number(&result["error_reasons"], "no_route"), 4, "{result:#}");
    assert_eq!(result["invalid_reason"], "no_route", "{result:#}");
}
