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

/// A page that shows another one as wide and high as a screen, and writes down how far down its first parts reach, whether a
/// point in time is broken over two lines, and how small its letters are.
const FIRST_SCREEN: &str = r##"<!DOCTYPE html><body><script>
const found = [];
for (const [width, height] of [[1280, 800], [390, 844]]) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:${height}px;border:0`;
  frame.onload = () => {
    const page = frame.contentDocument;
    const bottom = (element) => Math.round(element.getBoundingClientRect().bottom);
    const cards = [...page.querySelectorAll("#incidents + .cards > .card")];
    const facts = cards.map((card) => bottom(card.querySelector("dl")));
    const walker = page.createTreeWalker(page.querySelector("main"), NodeFilter.SHOW_TEXT);
    let broken = 0, times = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const match of node.data.matchAll(/\d{1,2}\s[A-Z][a-z]{2}\s\d\d:\d\d:\d\d/g)) {
        const range = page.createRange();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (lines.size > 0) times += 1;
        if (lines.size > 1) broken += 1;
      }
    }
    const small = [...page.querySelectorAll(".chart svg text")].filter((text) => {
      const svg = text.ownerSVGElement;
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      return scale > 0 && parseFloat(text.getAttribute("font-size")) * scale < 9.99;
    });
    found.push(`width ${width} cards ${cards.length} reach ${Math.max(...facts)} times ${times} broken ${broken} small ${small.length} end`);
    document.title = found.join("; ");
  };
  frame.src = "report.html";
  document.body.append(frame);
}
</script>"##;

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

#[test]
fn the_first_screen_has_every_incident_and_what_to_do() {
    let Some(browser) = chromium() else { return not_looked_at("no Chromium is installed") };
    let folder = Folder::new();
    let arguments = ["start", "--rehearse", "--demo", "--duration", "12h", "--cycle", "5m", "--seed", "5"];
    let slow = ["--fault", "slow:browse:+35%:4h..6h", "--fault", "errors:health:40%:7h..8h"];
    let down = ["--fault", "down:landing:9h..9h30m"];
    Program::new(folder.path(), &[&arguments[..], &slow, &down].concat()).run().expect_run();
    let run = folder.only_run().canonicalize().unwrap();
    std::fs::write(run.join("watch.html"), FIRST_SCREEN).unwrap();
    let Some((dom, _)) = shown(&browser, folder.path(), &run.join("watch.html")) else {
        return not_looked_at("Chromium did not end within half a minute");
    };
    for (width, height) in [(1280, 800), (390, 844)] {
        let told = dom.split(&format!("width {width} ")).nth(1).unwrap_or_else(|| panic!("{dom:.600}"));
        let told = told.split(" end").next().unwrap();
        let words: Vec<&str> = told.split(' ').collect();
        let number = |name: &str| -> i64 {
            let place = words.iter().position(|word| *word == name).unwrap();
            words[place + 1].parse().unwrap()
        };
        assert_eq!(number("cards"), 3, "{told}");
        assert!(number("reach") <= height, "{told}");
        assert!(number("times") > 10, "{told}");
        assert_eq!((number("broken"), number("small")), (0, 0), "{told}");
    }
    // Each card has all of it in words too.
    let markdown = std::fs::read_to_string(run.join("report.md")).unwrap();
    let first = markdown.split("## Recommendations").next().unwrap();
    for (what, when) in [
        ("Mean service time of browse rose by", "04:0"),
        ("of the requests to health failed (status 500)", "07:00:00 to 08:00:00 UTC"),
        ("All requests to landing failed (", "09:00:00 to 09:30:00 UTC"),
    ] {
        assert!(first.contains(what) && first.contains(when), "{what} {when}: {first}");
    }
    assert_eq!(first.matches("- next: ").count(), 3, "{first}");
}
