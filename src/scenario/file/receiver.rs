//! The schema of `[[receiver]]`: where alerts are sent, which ones, and when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::monitor::DayText;
use super::patterns::DURATION;

/// A receiver of alerts, for `baseline export alertmanager`. Secrets are read from a file or a variable when Alertmanager
/// starts; a scenario never has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiverSection {
    /// Name in routes.
    pub name: String,
    /// What it is.
    pub kind: ReceiverKindText,
    /// Priorities that it gets: `P0` (most urgent) to `P3`; default: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Vec<PriorityCodeText>>,
    /// When it gets alerts; default: `always`. Alerts that still fire when business hours begin are sent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursText>,
    /// Time zone of business hours, such as `Europe/Berlin`; default: `UTC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Working days; default: `mon` to `fri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Vec<DayText>>,
    /// Start of business hours; default: `09:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// End of business hours; default: `17:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<String>,
    /// Escalation: it gets only alerts that have been firing for this long, such as `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub escalate_after: Option<String>,
    /// Absolute path of a file with the secret: the URL of Slack, Discord or a webhook, the key of `PagerDuty`, the password of
    /// e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<String>,
    /// Name of an environment variable with the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// Slack: the channel, such as `#alerts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// E-mail: recipients, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// E-mail: the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// E-mail: host and port of the mail server, such as `mail.example:587`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smarthost: Option<String>,
    /// E-mail: user name at the mail server; the secret is its password. Default: no login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// E-mail: `false` also sends without encryption; default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_tls: Option<bool>,
    /// SNS: ARN of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_arn: Option<String>,
    /// SNS: telephone number for text messages, such as `+4930123456`; in place of a topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// SNS: AWS region; default: that of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Webhook: its URL, unless it is a secret. `PagerDuty` and SNS: URL of the API, where it is not the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a receiver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReceiverKindText {
    /// A channel of Slack.
    Slack,
    /// A channel of Discord.
    Discord,
    /// A service of `PagerDuty`.
    PagerDuty,
    /// E-mail.
    Email,
    /// Amazon SNS: topics and text messages.
    Sns,
    /// A program that takes Alertmanager's JSON.
    Webhook,
}

/// A priority, as on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PriorityCodeText {
    P0,
    P1,
    P2,
    P3,
}

/// When a receiver gets alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HoursText {
    /// At any time.
    Always,
    /// On working days from 09:00 to 17:00, or as `days`, `opens` and `closes` say.
    Business,
}
