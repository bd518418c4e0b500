//! Receivers: where alerts are sent, which ones, and when. Secrets are named here, never held.

use std::time::Duration;

use super::finding::Priority;

/// Somebody, or a program, that alerts are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Its name in routes.
    pub name: String,
    /// Where alerts go.
    pub destination: Destination,
    /// The priorities that it gets, the most urgent first; at least one.
    pub priorities: Vec<Priority>,
    /// When it gets them.
    pub hours: Hours,
    /// It gets an alert only once it has been firing for this long; `None` gets it at once.
    pub escalate_after: Option<Duration>,
}

/// Where a secret is read when Alertmanager starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// In the file with this absolute path.
    File(String),
    /// In the environment variable with this name.
    Variable(String),
}

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A channel of Slack.
    Slack {
        /// Name of the channel, with `#`.
        channel: String,
        /// The URL of the incoming webhook.
        secret: SecretSource,
    },
    /// A channel of Discord.
    Discord {
        /// The URL of the webhook.
        secret: SecretSource,
    },
    /// A service of `PagerDuty` (Events API v2).
    PagerDuty {
        /// The integration key.
        secret: SecretSource,
        /// URL of the Events API; `None` is that of the United States.
        url: Option<String>,
    },
    /// E-mail.
    Email {
        /// Recipients, separated by commas.
        to: String,
        /// Sender.
        from: String,
        /// Host and port of the mail server.
        smarthost: String,
        /// User name at the mail server, and the password; `None` sends without a login.
        login: Option<(String, SecretSource)>,
        /// Whether the connection must be encrypted.
        requires_tls: bool,
    },
    /// Amazon SNS, also for text messages. Credentials are those of the AWS SDK: variables, a profile, or a role.
    Sns {
        /// What is published to.
        target: SnsTarget,
        /// AWS region.
        region: String,
        /// URL of the API; `None` is that of the region.
        url: Option<String>,
    },
    /// A program that takes Alertmanager's JSON.
    Webhook(WebhookUrl),
}

impl Destination {
    /// The secret that it needs.
    pub fn secret(&self) -> Option<&SecretSource> {
        match self {
            Self::Slack { secret, .. }
            | Self::Discord { secret }
            | Self::PagerDuty { secret, .. }
            | Self::Email { login: Some((_, secret)), .. }
            | Self::Webhook(WebhookUrl::Secret(secret)) => Some(secret),
            _ => None,
        }
    }
}

/// What SNS publishes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnsTarget {
    /// The topic with this ARN.
    Topic(String),
    /// The telephone with this number, as a text message.
    Phone(String),
}

/// The URL of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookUrl {
    /// It has no secret in it.
    Plain(String),
    /// It is a secret.
    Secret(SecretSource),
}

/// When a receiver gets alerts. An alert that is still firing when they begin is sent then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hours {
    /// At any time.
    Always,
    /// At business hours only.
    Business(BusinessHours),
}

/// Business hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHours {
    /// Time zone, such as `Europe/Berlin`.
    pub zone: String,
    /// Working days, Monday first.
    pub days: [bool; 7],
    /// Their start after midnight.
    pub opens: Duration,
    /// Their end after midnight, after the start and at most a day.
    pub closes: Duration,
}

impl Receiver {
    /// Whether it gets alerts of this priority.
    pub fn takes(&self, priority: Priority) -> bool {
        self.priorities.contains(&priority)
    }
}
