//! `report.html` in a browser: Chromium, where it is installed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::folder::Folder;
use crate::support::program::Program;

/// A page that shows another one in frames as wide as a desk and as a phone, and writes down what it finds.
///
/// A message of the console and a request end up in the log of the browser; the widths end up in the page.
const WATCHER: &str = r#"<!DOCTYPE html><body><script>
const found = [];
for (const width of [1280, 390]) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:2000px;border:0`;
  frame.onload = () => {
    const page = frame.contentDocument.documentElement;
    const head = frame.contentDocument.querySelectorAll("table thead th button")[1];
    let sorted = "none";
    if (head) { head.click(); sorted = head.parentElement.getAttribute("aria-sort"); }
    found.push(`width ${width} needs ${page.scrollWidth} sorted ${sorted}`);
    document.title = found.join("; ");
  };
  frame.src = "report.html";
  document.body.append(frame);
}
</script>"#;

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

/// What the browser makes of a page: its elements after its scripts, and its log. It is ended after half a minute.
fn shown(browser: &Path, folder: &Path, page: &Path) -> Option<(String, String)> {
    let (dom, log) = (folder.join("dom.txt"), folder.join("log.txt"));
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"])
        .args(["--disable-background-networking", "--enable-logging=stderr", "--v=0", "--dump-dom"])
        .args([
            "--virtual-time-budget=5000",
            &format!("--user-data-dir={}", folder.join("profile").display()),
        ])
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::from(std::fs::File::create(&dom).unwrap()))
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let has_ended = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        child.try_wait().unwrap().is_some()
    });
    if !has_ended {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    let text = |file: &Path| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    Some((text(&dom), text(&log)))
}

/// In CI a browser is part of the machine, and without one nothing is proved. Elsewhere the test prints a note,
/// past the output that the test runner captures.
fn not_looked_at(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}, so the report was not looked at in a browser");
}

#[test]
fn a_report_fits_a_desk_and_a_phone_and_fetches_nothing() {
    let Some(browser) = chromium() else { return not_looked_at("no Chromium is installed") };
    let folder = Folder::new();
    let arguments = ["start", "--rehearse", "--demo", "--duration", "26h", "--cycle", "20m"];
    Program::new(folder.path(), &arguments).run().expect_success();
    let run = folder.only_run().canonicalize().unwrap();
    std::fs::write(run.join("watch.html"), WATCHER).unwrap();
    let Some((dom, log)) = shown(&browser, folder.path(), &run.join("watch.html")) else {
        return not_looked_at("Chromium did not end within half a minute");
    };
    for width in [1280, 390] {
        // Less than the frame by the bar that scrolls it down; more would scroll it sideways.
        let told = dom.split(&format!("width {width} needs ")).nth(1).unwrap_or_else(|| panic!("{dom:.600}"));
        let needed: u32 = told.split(' ').next().unwrap().parse().unwrap();
        assert!(needed <= width, "{told:.100}");
        assert!(told.contains("sorted ascending"), "{told:.100}");
    }
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    // Whatever it could fetch from elsewhere, the page's own policy forbids; and it asks for nothing.
    let html = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(html.contains("default-src 'none'"));
    for outside in ["src=\"http", "href=\"http", "url(http", "@import", "fetch(", "XMLHttpRequest"] {
        assert!(!html.contains(outside), "{outside}");
    }
}
