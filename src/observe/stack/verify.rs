//! Asks each part of a stack whether it is ready, and Prometheus whether it knows its rules, targets and Alertmanager.

use std::time::Duration;

use reqwest::{Client, redirect};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::domain::plain_text::visible;
use crate::observe::remote_write::without_url;

use super::parts::Part;

/// How long one part may take to respond, connection included.
const WITHIN: Duration = Duration::from_secs(3);
/// The most of a body that is read: metrics of a machine, or the rules of a large Prometheus. Units: bytes.
const MOST_READ: usize = 8 << 20;
/// The most rules or targets that are named.
const MOST_NAMED: usize = 3;

/// Whether a part is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The part.
    pub part: Part,
    /// Where it was asked.
    pub url: String,
    /// Whether it is ready, and has what it needs.
    pub is_ready: bool,
    /// What it has, or what it lacks, as a sentence fragment.
    pub detail: String,
}

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The client cannot be made.
    #[error("cannot prepare the connections: {0}")]
    Client(String),
}

/// Asks every part, one after the other.
/// # Errors
/// [`VerifyError`] where the client cannot be made. A part that does not respond is not ready.
pub fn verify(parts: &[(Part, String)]) -> Result<Vec<Readiness>, VerifyError> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(WITHIN)
        .user_agent(concat!("baseline/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| VerifyError::Client(without_url(error)))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| VerifyError::Client(error.to_string()))?;
    let asker = Asker { client };
    Ok(runtime.block_on(async {
        let mut all = Vec::with_capacity(parts.len());
        for (part, url) in parts {
            let url = url.trim_end_matches('/');
            let (is_ready, detail) = match asker.part(*part, url).await {
                Ok(detail) => (true, detail),
                Err(why) => (false, why),
            };
            let detail = visible(&detail).into_owned();
            all.push(Readiness { part: *part, url: url.to_owned(), is_ready, detail });
        }
        all
    }))
}

struct Asker {
    client: Client,
}

impl Asker {
    /// What a part has, or why it is not ready.
    async fn part(&self, part: Part, url: &str) -> Result<String, String> {
        let body = self.get(url, part.ready_path()).await?;
        match part {
            Part::Prometheus => self.prometheus(url).await,
            Part::Grafana => {
                let health: Value =
                    serde_json::from_str(&body).map_err(|_| "no health of Grafana".to_owned())?;
                let database = health["database"].as_str().unwrap_or("unknown");
                if database == "ok" {
                    Ok("database ok".to_owned())
                } else {
                    Err(format!("database {database}"))
                }
            }
            Part::Node if !body.contains("\nnode_") => Err("no metrics of a machine".to_owned()),
            Part::Alertmanager | Part::Blackbox | Part::Node | Part::Baseline => Ok(String::new()),
        }
    }

    async fn prometheus(&self, url: &str) -> Result<String, String> {
        let rules = rules(&self.json(url, "/api/v1/rules").await?);
        let targets = targets(&self.json(url, "/api/v1/targets?state=active").await?);
        let alertmanagers = alertmanagers(&self.json(url, "/api/v1/alertmanagers").await?);
        // Everything that is wrong, not the first only.
        let all = [rules, targets, alertmanagers];
        let wrong: Vec<&str> = all.iter().filter_map(|one| one.as_ref().err().map(String::as_str)).collect();
        if wrong.is_empty() {
            Ok(all.into_iter().flatten().collect::<Vec<_>>().join(", "))
        } else {
            Err(wrong.join("; "))
        }
    }

    async fn json(&self, url: &str, path: &str) -> Result<Value, String> {
        let body = self.get(url, path).await?;
        let value: Value = serde_json::from_str(&body).map_err(|_| format!("{path}: not JSON"))?;
        match value["status"].as_str() {
            Some("success") => Ok(value["data"].clone()),
            _ => Err(format!("{path}: no data")),
        }
    }

    /// The body of a response with status 2xx.
    async fn get(&self, url: &str, path: &str) -> Result<String, String> {
        let response = self.client.get(format!("{url}{path}")).send().await;
        let mut response = response.map_err(without_url)?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("{path}: status {}", status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(without_url)? {
            if body.len() + chunk.len() > MOST_READ {
                return Err(format!("{path}: more than {} MiB", MOST_READ >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

fn array<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// How many rules are loaded; an error for none, and for those that cannot be evaluated.
fn rules(data: &Value) -> Result<String, String> {
    let all: Vec<&Value> = array(data, "groups").iter().flat_map(|group| array(group, "rules")).collect();
    let failed = all.iter().filter(|rule| rule["health"] == "err");
    let failed: Vec<String> = failed.map(|rule| text(&rule["name"])).collect();
    match all.len() {
        0 => Err("no rules are loaded".to_owned()),
        _ if !failed.is_empty() => Err(format!("rules with errors: {}", named(&failed))),
        count => Ok(counted(count, "rule")),
    }
}

/// How many targets are up; an error for none, and for those that are not up.
fn targets(data: &Value) -> Result<String, String> {
    let all = array(data, "activeTargets");
    let down = all.iter().filter(|target| target["health"] != "up");
    let down: Vec<String> = down
        .map(|target| {
            let labels = &target["labels"];
            format!("{} {} is {}", text(&labels["job"]), text(&labels["instance"]), text(&target["health"]))
        })
        .collect();
    match all.len() {
        0 => Err("no targets".to_owned()),
        _ if !down.is_empty() => Err(format!("targets: {}", named(&down))),
        count => Ok(format!("{} up", counted(count, "target"))),
    }
}

fn alertmanagers(data: &Value) -> Result<String, String> {
    match array(data, "activeAlertmanagers").len() {
        0 => Err("no Alertmanager is known".to_owned()),
        count => Ok(counted(count, "Alertmanager")),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("unknown").to_owned()
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The first few, and how many there are beside them.
fn named(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn rules_are_counted_and_those_with_errors_named() {
        let rule = |name: &str, health: &str| format!(r#"{{"name":"{name}","health":"{health}"}}"#);
        let group = |rules: &[String]| of(&format!(r#"{{"groups":[{{"rules":[{}]}}]}}"#, rules.join(",")));
        assert_eq!(rules(&group(&[])), Err("no rules are loaded".into()));
        assert_eq!(rules(&group(&[rule("a", "ok")])), Ok("1 rule".into()));
        // A rule that has not been evaluated yet is loaded.
        assert_eq!(rules(&group(&[rule("a", "ok"), rule("b", "unknown")])), Ok("2 rules".into()));
        assert_eq!(rules(&group(&[rule("a", "ok"), rule("b", "err")])), Err("rules with errors: b".into()));
        assert_eq!(rules(&of("{}")), Err("no rules are loaded".into()));
    }

    #[test]
    fn targets_that_are_not_up_are_named() {
        let target = |name: &str, health: &str| {
            format!(r#"{{"labels":{{"job":"node","instance":"{name}"}},"health":"{health}"}}"#)
        };
        let data = |targets: &[String]| of(&format!(r#"{{"activeTargets":[{}]}}"#, targets.join(",")));
        assert_eq!(targets(&data(&[])), Err("no targets".into()));
        assert_eq!(targets(&data(&[target("a", "up")])), Ok("1 target up".into()));
        let five: Vec<String> = ["a", "b", "c", "d", "e"].map(|name| target(name, "down")).to_vec();
        let expected = "targets: node a is down, node b is down, node c is down and 2 more";
        assert_eq!(targets(&data(&five)), Err(expected.into()));
    }
}
