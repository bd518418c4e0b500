//! Status pages: their words, that their numbers are those of the report, and that they fetch nothing.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::support::folder::{Folder, contents};
use crate::support::program::Program;
use crate::support::scenario::five_endpoints;
use crate::support::seal::seal_manifest;

/// One and a half hours of the demo. At the end one endpoint is down, one fails at times and one is slow; one was down before.
static FAULTY: LazyLock<Folder> = LazyLock::new(|| {
    rehearsed(&[
        "down:landing:75m..90m",
        "errors:health:20%:75m..90m",
        "slow:browse:+80%:66m..90m",
        "down:auth_check:31m..40m",
    ])
});

fn rehearsed(faults: &[&str]) -> Folder {
    let folder = five_endpoints();
    let mut arguments =
        vec!["start", "--rehearse", "--demo", "--duration", "90m", "--cycle", "3m", "--seed", "5"];
    arguments.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    Program::new(folder.path(), &arguments).run().expect_run();
    folder
}

/// The page and the summary.
fn written(folder: &Path, arguments: &[&str]) -> (String, Value) {
    let all = [&["report", "--status-page", "public"], arguments].concat();
    let printed = Program::new(folder, &all).run().expect_success();
    assert_eq!(printed, "public/index.html\npublic/summary.json\n");
    let read = |name: &str| std::fs::read_to_string(folder.join("public").join(name)).unwrap();
    let summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
    check_shape(&summary);
    let page = read("index.html");
    check_page(&page);
    (page, summary)
}

/// The shape of Upptime's `history/summary.json`.
fn check_shape(summary: &Value) {
    let percent = json!({ "type": "string", "pattern": "^(100\\.00|[0-9]{1,2}\\.[0-9]{2})%$" });
    let time = json!({ "type": ["number", "null"], "exclusiveMinimum": 0 });
    let text = json!({ "type": "string" });
    let mut properties = json!({
        "name": text, "url": text, "icon": text,
        "slug": { "type": "string", "pattern": "^[^\\s/]+$" },
        "status": { "enum": ["up", "degraded", "down"] },
        "dailyMinutesDown": {
            "type": "object",
            "propertyNames": { "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
            "additionalProperties": { "type": "integer", "minimum": 1, "maximum": 1440 },
        },
    });
    for period in ["", "Day", "Week", "Month", "Year"] {
        properties[format!("uptime{period}")] = percent.clone();
        properties[format!("time{period}")] = time.clone();
    }
    let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
    let site = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let schema = jsonschema::draft202012::new(&json!({ "type": "array", "items": site })).unwrap();
    let faults: Vec<String> = schema.iter_errors(summary).map(|error| error.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new(), "{summary:#}");
}

/// Every element that is opened is closed, and nothing is fetched from anywhere.
fn check_page(page: &str) {
    const VOID: [&str; 2] = ["meta", "link"];
    let mut open: Vec<&str> = Vec::new();
    let (_, body) = page.split_once("</style>").unwrap();
    for tag in body.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).unwrap();
        if tag.starts_with('/') {
            let opened = open.pop();
            assert!(
                opened == Some(name) || opened.is_none() && ["head", "html"].contains(&name),
                "{tag} {open:?}"
            );
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
    for foreign in ["http://", "https://", "<script", "url(", "@import", "src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

fn site<'s>(summary: &'s Value, name: &str) -> &'s Value {
    summary.as_array().unwrap().iter().find(|site| site["name"] == name).unwrap()
}

/// The word that stands beside a service's name.
fn word(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("<h3>{name}</h3><span class=\"word ")).unwrap();
    rest.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[test]
fn words_follow_from_windows_and_incidents() {
    let (page, summary) = written(FAULTY.path(), &[]);
    let check = |name: &str, expected: &str, status: &str| {
        assert_eq!(word(&page, name), expected, "{name}");
        assert_eq!(site(&summary, name)["status"], status, "{name}");
    };
    check("landing", "Major outage", "down");
    check("health", "Partial outage", "degraded");
    check("browse", "Degraded performance", "degraded");
    check("auth_check", "Operational", "up");
    check("health_detailed", "Operational", "up");
    // Some are down, others are not.
    assert!(page.contains("<strong>Partial outage</strong>"), "{page}");
    let (open, rest) = page.split_once("<h2>Past incidents</h2>").unwrap();
    assert!(
        open.contains("Failing requests: health, landing") && open.contains("Slowdown: browse"),
        "{open}"
    );
    assert!(rest.contains("Failing requests: auth_check") && rest.contains("8 min 59 s"), "{rest}");
    assert!(page.contains("Last measured at 1 Jan 2026 01:27:"), "{page}");
    let fine = rehearsed(&["none"]);
    let (page, summary) = written(fine.path(), &[]);
    assert!(page.contains("<strong>All systems operational</strong>"), "{page}");
    assert!(summary.as_array().unwrap().iter().all(|site| site["uptime"] == "100.00%"), "{summary:#}");
    assert!(
        summary.as_array().unwrap().iter().all(|site| site["dailyMinutesDown"] == json!({})),
        "{summary:#}"
    );
}

#[test]
fn uptime_is_the_availability_of_the_report() {
    let (page, summary) = written(FAULTY.path(), &[]);
    let report: Value =
        serde_json::from_slice(&std::fs::read(FAULTY.only_run().join("report.json")).unwrap()).unwrap();
    for name in ["landing", "health", "browse", "auth_check", "health_detailed"] {
        let (mut up, mut down) = (0.0, 0.0);
        for cell in
            report["levels"].as_array().unwrap().iter().flat_map(|level| level["cells"].as_array().unwrap())
        {
            if cell["endpoint"] == name {
                up += cell["availability"]["up_s"].as_f64().unwrap();
                down += cell["availability"]["down_s"].as_f64().unwrap();
            }
        }
        let ratio: f64 = up / (up + down);
        let section =
            page.split_once(&format!("<h3>{name}</h3>")).unwrap().1.split_once("</section>").unwrap().0;
        let stated: f64 =
            section.split_once("<data value=\"").unwrap().1.split_once('"').unwrap().0.parse().unwrap();
        assert!((stated - ratio).abs() < 1e-12, "{name}: {stated} {ratio}");
        let shown =
            site(&summary, name)["uptime"].as_str().unwrap().trim_end_matches('%').parse::<f64>().unwrap();
        assert!(shown <= ratio * 100.0 && ratio * 100.0 - shown < 0.01, "{name}: {shown} {ratio}");
        assert_eq!(shown >= 100.0, down == 0.0, "{name}");
    }
    // To a cycle.
    for (name, minutes) in [("landing", 15), ("auth_check", 9)] {
        let found = site(&summary, name)["dailyMinutesDown"]["2026-01-01"].as_u64().unwrap();
        assert!(found.abs_diff(minutes) <= 3, "{name}: {found}");
    }
}

#[test]
fn all_runs_make_one_page_and_other_files_stay() {
    let folder = Folder::copy_of(&FAULTY);
    let more = ["start", "--rehearse", "--demo", "--duration", "1h", "--cycle", "3m", "--seed", "6"];
    Program::new(folder.path(), &more).run().expect_run();
    std::fs::create_dir(folder.path().join("public")).unwrap();
    folder.write("public/CNAME", "status.example\n");
    std::fs::create_dir(folder.path().join("reports/broken")).unwrap();
    let (page, _) = written(folder.path(), &["--all"]);
    assert!(page.contains("From 2 runs: "), "{page}");
    let files = contents(&folder.path().join("public"));
    let names: Vec<&str> = files.keys().map(|name| name.to_str().unwrap()).collect();
    assert_eq!(names, ["CNAME", "index.html", "summary.json"]);
    let again = written(folder.path(), &["--all"]).0;
    assert_eq!(again, page);
    let refused = Program::new(folder.path(), &["report", "--all"]).run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

#[test]
fn names_from_outside_are_text() {
    let folder = Folder::copy_of(&FAULTY);
    let run = folder.only_run();
    let text = std::fs::read_to_string(run.join("run.json")).unwrap();
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["scenario"] = "<b>\"x\" password=hunter2secret</b>".into();
    std::fs::write(run.join("run.json"), manifest.to_string()).unwrap();
    seal_manifest(&run);
    let (page, _) = written(folder.path(), &[]);
    assert!(page.contains("&lt;b&gt;&quot;x&quot;") && !page.contains("<b>"), "{page}");
    assert!(!page.contains("hunter2secret"), "{page}");
}
