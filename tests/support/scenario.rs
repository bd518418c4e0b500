//! Scenario texts for tests: short, and on loopback.

use super::folder::Folder;

/// A scenario with one endpoint and one level of two users, to be completed by further tables.
pub(crate) const MINIMAL: &str = r#"schema = 1
name = "small"

[target]
base_url = "http://127.0.0.1:9"
allow_hosts = ["127.0.0.1"]
timeout = "200ms"

[plan]
duration = "10s"
cycle = "1s"
window = "100ms"
warm_up = "20ms"

[levels]
light_load = 2

[[endpoint]]
name = "health"
path = "/api/health"
"#;

/// The same scenario with a piece of its text replaced. The piece must be there.
pub(crate) fn changed(from: &str, to: &str) -> String {
    assert!(MINIMAL.contains(from), "{from:?} is not in the scenario");
    MINIMAL.replacen(from, to, 1)
}

/// The same scenario at another address.
pub(crate) fn at(base_url: &str) -> String {
    changed("http://127.0.0.1:9", base_url)
}

/// Two endpoints at two levels in many short windows: `cycles` cycles of four cells, 300 ms each.
pub(crate) fn short_run(base_url: &str, cycles: u32) -> String {
    format!(
        r#"schema = 1
name = "short"

[target]
base_url = "{base_url}"
allow_hosts = ["127.0.0.1"]
timeout = "200ms"
headers = {{ authorization = "Bearer ${{FAKE_TOKEN:-none}}" }}

[plan]
duration = "{duration}ms"
cycle = "300ms"
window = "40ms"
warm_up = "10ms"

[levels]
light_load = 1
normal_load = 3

[[endpoint]]
name = "health"
path = "/api/health"

[[endpoint]]
name = "landing"
path = "/"
"#,
        duration = cycles * 300
    )
}

/// How many windows a cycle of [`short_run`] has.
pub(crate) const SHORT_CELLS: u32 = 4;

/// A folder in which `demo` is its five endpoints without the journey, so that every window is one row.
pub(crate) fn five_endpoints() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    folder.write("scenarios/demo.toml", include_str!("../fixtures/scenarios/five_endpoints.toml"));
    folder
}
