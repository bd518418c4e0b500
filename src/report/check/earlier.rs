//! An earlier health check, read from its JSON. Keys that are not known are ignored; those that are compared must be there.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The newest shape that can be read.
const SCHEMA: u64 = 1;

/// Why a text is not an earlier check.
#[derive(Debug, thiserror::Error)]
pub enum EarlierError {
    /// It is not JSON.
    #[error("not JSON: a check to compare with is written by `baseline check --format json`")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON of something else.
    #[error("JSON of {found}, not of a check: one is written by `baseline check --format json`")]
    NotACheck {
        /// What it is, in words.
        found: String,
    },
    /// Its shape is not known.
    #[error("a check with schema {found}; this version of baseline reads schema {SCHEMA}")]
    UnknownSchema {
        /// The number in it.
        found: String,
    },
    /// A key is missing or has a value of another kind.
    #[error("the check is incomplete or damaged")]
    Damaged(#[source] serde_json::Error),
}

/// An earlier health check, to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier(pub(super) EarlierCheck);

impl Earlier {
    /// Reads what `baseline check --format json` wrote.
    /// # Errors
    /// [`EarlierError`] where it is not the JSON of a check.
    pub fn read(text: &str) -> Result<Self, EarlierError> {
        let value: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(EarlierError::NotJson)?;
        match value.get("kind") {
            Some(Value::String(kind)) if kind == "check" => (),
            Some(Value::String(kind)) => {
                let kind: String = kind.chars().take(40).collect();
                return Err(EarlierError::NotACheck { found: format!("kind {kind:?}") });
            }
            _ => return Err(EarlierError::NotACheck { found: "no known kind".to_owned() }),
        }
        match value.get("schema") {
            Some(schema) if schema.as_u64() == Some(SCHEMA) => (),
            schema => {
                let found = schema.map_or_else(|| "none".to_owned(), Value::to_string);
                return Err(EarlierError::UnknownSchema { found: found.chars().take(40).collect() });
            }
        }
        serde_json::from_value(value).map(Self).map_err(EarlierError::Damaged)
    }
}

/// A time as RFC 3339.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierCheck {
    pub(super) scenario: String,
    #[serde(deserialize_with = "moment")]
    pub(super) at: Timestamp,
    pub(super) services: Vec<EarlierService>,
    pub(super) findings: Vec<EarlierFinding>,
    #[serde(default)]
    pub(super) rate_limits: Vec<EarlierLimit>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierFinding {
    pub(super) rule: String,
    pub(super) priority: String,
    pub(super) service: String,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) issue: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierLimit {
    pub(super) path: String,
    pub(super) requests: u64,
    pub(super) per_ms: f64,
    pub(super) outcome: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierService {
    pub(super) name: String,
    pub(super) state: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) endpoints: Vec<EarlierEndpoint>,
    pub(super) tls: Option<EarlierTls>,
    pub(super) headers: Option<EarlierHeaders>,
    pub(super) redirects: Option<EarlierRedirects>,
    #[serde(default)]
    pub(super) cors: Vec<EarlierCors>,
    #[serde(default)]
    pub(super) websockets: Vec<EarlierSocket>,
    #[serde(default)]
    pub(super) logins: Vec<EarlierLogin>,
    #[serde(default)]
    pub(super) body_rules: Vec<EarlierRule>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierEndpoint {
    pub(super) name: String,
    pub(super) status: Option<u16>,
    pub(super) version: Option<String>,
    #[serde(default)]
    pub(super) phases: EarlierPhases,
    pub(super) kept_alive: Option<EarlierTimes>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct EarlierPhases {
    pub(super) resolve: Option<EarlierTimes>,
    pub(super) connect: Option<EarlierTimes>,
    pub(super) tls: Option<EarlierTimes>,
    pub(super) request: Option<EarlierTimes>,
    pub(super) first_byte: Option<EarlierTimes>,
    pub(super) transfer: Option<EarlierTimes>,
    pub(super) total: Option<EarlierTimes>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierTimes {
    #[serde(default)]
    pub(super) samples: u32,
    pub(super) lower_quartile_ms: f64,
    pub(super) median_ms: f64,
    pub(super) upper_quartile_ms: f64,
    /// Only of phases.
    pub(super) grade: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierTls {
    pub(super) version: String,
    pub(super) cipher_suite: String,
    pub(super) key_exchange_group: Option<String>,
    pub(super) alpn: Option<String>,
    #[serde(default)]
    pub(super) certificates: Vec<EarlierCertificate>,
    pub(super) is_trusted: bool,
    pub(super) grade: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierCertificate {
    pub(super) issuer: String,
    pub(super) sha256: String,
    #[serde(deserialize_with = "moment")]
    pub(super) valid_until: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierHeaders {
    /// The endpoint whose response was scored.
    #[serde(default)]
    pub(super) endpoint: String,
    pub(super) score: u32,
    pub(super) grade: String,
    #[serde(default)]
    pub(super) values: Vec<EarlierHeader>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierHeader {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierRedirects {
    #[serde(default)]
    pub(super) from_http: Vec<String>,
    #[serde(default)]
    pub(super) from_first: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierCors {
    pub(super) path: String,
    pub(super) cases: Vec<EarlierCase>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierCase {
    pub(super) question: String,
    pub(super) origin: String,
    pub(super) allow_origin: Option<String>,
    pub(super) allows_credentials: bool,
    pub(super) is_right: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierSocket {
    pub(super) path: String,
    pub(super) step: String,
    pub(super) protocol: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierLogin {
    pub(super) path: String,
    pub(super) status: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierRule {
    pub(super) name: String,
    pub(super) is_met: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_check_is_refused_with_its_reason() {
        let check = |text: &str, expected: &str| {
            let error = Earlier::read(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        };
        check("", "not JSON");
        check("{\"schema\": 1, \"kind\": \"check\"", "not JSON");
        check("[]", "JSON of no known kind, not of a check");
        check("{\"schema\": 1, \"kind\": \"gate\"}", "JSON of kind \"gate\", not of a check");
        check("{\"kind\": \"check\"}", "a check with schema none");
        check("{\"schema\": 2, \"kind\": \"check\"}", "a check with schema 2; this version");
        check("{\"schema\": 1, \"kind\": \"check\"}", "the check is incomplete or damaged");
    }

    #[test]
    fn keys_of_later_versions_are_ignored() {
        let text = "{\"schema\": 1, \"kind\": \"check\", \"scenario\": \"a\", \"at\": \"2026-11-27T13:05:00Z\", \
                    \"services\": [{\"name\": \"b\", \"state\": \"healthy\", \"moods\": []}], \"findings\": [], \"more\": 1}";
        let Earlier(check) = Earlier::read(text).unwrap();
        assert_eq!((check.scenario.as_str(), check.services[0].state.as_str()), ("a", "healthy"));
    }
}
