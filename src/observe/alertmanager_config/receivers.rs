//! The section `receivers`: where each receiver is, and what it is sent.

use std::fmt::Write as _;

use crate::domain::receiver::{Destination, Receiver, SecretSource, SnsTarget, WebhookUrl};

use super::quoting::quoted;
use super::routes::NOBODY;
use super::script::Filled;

/// Red for the most urgent, yellow for the rest, green once resolved.
const COLOR: &str = r#"{{ if ne .Status "firing" }}good{{ else if or (eq .CommonLabels.priority "P0") (eq .CommonLabels.priority "P1") }}danger{{ else }}warning{{ end }}"#;
/// `PagerDuty` takes these four words, and `error` is what Alertmanager sends where it is told nothing.
const SEVERITY: &str = "{{ if .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}";
const TITLE: &str = r#"{{ template "baseline.title" . }}"#;
const TEXT: &str = r#"{{ template "baseline.text" . }}"#;
const SHORT: &str = r#"{{ template "baseline.short" . }}"#;
const SUBJECT: &str = r#"{{ template "baseline.subject" . }}"#;
const RUNBOOK: &str = "{{ .CommonAnnotations.runbook_url }}";
/// More alerts than this are cut from a webhook's body.
const MOST_ALERTS: u32 = 100;

/// The section, and the secrets that a script has to put into it.
pub(super) fn section(receivers: &[Receiver]) -> (String, Vec<Filled>) {
    let mut one = Section { text: format!("receivers:\n  - name: {NOBODY}\n"), filled: Vec::new() };
    for (index, receiver) in receivers.iter().enumerate() {
        one.receiver(index, receiver);
    }
    (one.text, one.filled)
}

struct Section {
    text: String,
    filled: Vec<Filled>,
}

impl Section {
    fn receiver(&mut self, index: usize, receiver: &Receiver) {
        let _ = writeln!(self.text, "  - name: {}", quoted(&receiver.name));
        match &receiver.destination {
            Destination::Slack { channel, secret } => {
                self.begin("slack_configs");
                self.secret("api_url", Some("api_url_file"), index, secret);
                self.keys(&[("channel", channel), ("color", COLOR), ("title", TITLE)]);
                self.keys(&[("title_link", RUNBOOK), ("text", TEXT), ("fallback", TITLE)]);
            }
            Destination::Discord { secret } => {
                self.begin("discord_configs");
                self.secret("webhook_url", None, index, secret);
                self.keys(&[("title", TITLE), ("message", TEXT)]);
            }
            Destination::PagerDuty { secret, url } => {
                self.begin("pagerduty_configs");
                self.secret("routing_key", Some("routing_key_file"), index, secret);
                self.url("url", url.as_deref());
                self.keys(&[("description", TITLE), ("severity", SEVERITY)]);
                self.keys(&[("class", "{{ .CommonLabels.alertname }}")]);
                self.keys(&[("component", "{{ .CommonLabels.endpoint }}")]);
                self.keys(&[("group", "{{ .CommonLabels.scenario }}"), ("client", "baseline")]);
                let _ = writeln!(self.text, "        details:");
                for (key, value) in [
                    ("priority", "{{ .CommonLabels.priority }}"),
                    ("alerts", TEXT),
                    ("runbook", RUNBOOK),
                    ("firing", "{{ .Alerts.Firing | len }}"),
                    ("resolved", "{{ .Alerts.Resolved | len }}"),
                ] {
                    let _ = writeln!(self.text, "          {key}: {}", quoted(value));
                }
            }
            Destination::Email { to, from, smarthost, login, requires_tls } => {
                self.begin("email_configs");
                self.keys(&[("to", to), ("from", from), ("smarthost", smarthost)]);
                if let Some((username, secret)) = login {
                    self.keys(&[("auth_username", username)]);
                    self.secret("auth_password", Some("auth_password_file"), index, secret);
                }
                let _ = writeln!(self.text, "        require_tls: {requires_tls}");
                // A plain text; the default is a page of HTML.
                self.keys(&[("html", ""), ("text", TEXT)]);
                let _ = writeln!(self.text, "        headers: {{Subject: {}}}", quoted(TITLE));
            }
            Destination::Sns { target, region, url } => {
                self.begin("sns_configs");
                let _ = writeln!(self.text, "        sigv4: {{region: {}}}", quoted(region));
                self.url("api_url", url.as_deref());
                match target {
                    SnsTarget::Topic(arn) => {
                        self.keys(&[("topic_arn", arn), ("subject", SUBJECT), ("message", TEXT)]);
                    }
                    // A text message has no subject, and is paid for by its length.
                    SnsTarget::Phone(number) => {
                        self.keys(&[("phone_number", number), ("subject", ""), ("message", SHORT)]);
                    }
                }
            }
            Destination::Webhook(url) => {
                self.begin("webhook_configs");
                match url {
                    WebhookUrl::Plain(url) => self.url("url", Some(url)),
                    WebhookUrl::Secret(secret) => self.secret("url", None, index, secret),
                }
                let _ = writeln!(self.text, "        max_alerts: {MOST_ALERTS}");
            }
        }
    }

    fn begin(&mut self, kind: &str) {
        let _ = writeln!(self.text, "    {kind}:\n      - send_resolved: true");
    }

    fn keys(&mut self, keys: &[(&str, &str)]) {
        for (key, value) in keys {
            let _ = writeln!(self.text, "        {key}: {}", quoted(value));
        }
    }

    fn url(&mut self, key: &str, url: Option<&str>) {
        if let Some(url) = url {
            self.keys(&[(key, url)]);
        }
    }

    /// A secret: by its file where Alertmanager reads one, else by a name that a script replaces.
    fn secret(&mut self, key: &str, key_of_file: Option<&str>, index: usize, source: &SecretSource) {
        if let (SecretSource::File(path), Some(key)) = (source, key_of_file) {
            return self.keys(&[(key, path)]);
        }
        let name = match source {
            SecretSource::Variable(name) => name.clone(),
            SecretSource::File(_) => format!("RECEIVER_{}_SECRET", index + 1),
        };
        self.keys(&[(key, &format!("${{{name}}}"))]);
        let filled = Filled { name, source: source.clone() };
        if !self.filled.contains(&filled) {
            self.filled.push(filled);
        }
    }
}
