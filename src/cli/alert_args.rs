//! Options for the receivers of alerts, shared by every verb that sends some.

use clap::Args;

use crate::commands::CommandError;
use crate::commands::exporters::{AlertOptions, unusable_alert};
use crate::domain::alert::RUNBOOKS;
use crate::observe::alerts::AlertReceiver;
use crate::observe::otlp::header_lines;
use crate::observe::remote_write::{Credentials, RemoteWriteError};

/// Variables with the bearer token and with headers for Alertmanager.
const ALERTMANAGER: [&str; 2] = ["BASELINE_ALERTMANAGER_TOKEN", "BASELINE_ALERTMANAGER_HEADERS"];
/// The same for webhooks.
const WEBHOOK: [&str; 2] = ["BASELINE_WEBHOOK_TOKEN", "BASELINE_WEBHOOK_HEADERS"];

/// Makes a receiver of a kind.
type Make = fn(&str, &Credentials) -> Result<AlertReceiver, RemoteWriteError>;

/// Who is alerted.
#[derive(Debug, Args)]
pub(super) struct AlertArguments {
    /// Send alerts to this Alertmanager, such as `http://127.0.0.1:9093`; repeatable
    ///
    /// An alert is sent when it begins, every minute while it lasts, and when it ends. `/api/v2/alerts` is added to the URL.
    /// A user and password in the URL are sent as basic authentication; tokens and headers come from the environment.
    #[arg(long = "alertmanager", value_name = "URL", hide_short_help = true)]
    alertmanagers: Vec<String>,
    /// Send alerts to this URL as JSON, once when they begin and once when they end; repeatable
    ///
    /// docs/webhook.schema.json is the JSON Schema of the body. The header `Idempotency-Key` is the same where a notification
    /// is sent again.
    #[arg(long = "webhook", value_name = "URL", hide_short_help = true)]
    webhooks: Vec<String>,
    /// URL of the folder that has the runbooks, for the link in alerts
    #[arg(long, value_name = "URL", default_value = RUNBOOKS, hide_short_help = true)]
    runbooks: String,
}

impl AlertArguments {
    /// The receivers, checked; `None` without any.
    pub(super) fn options(&self) -> Result<Option<AlertOptions>, CommandError> {
        let mut receivers = Vec::new();
        let kinds: [(&[String], [&str; 2], Make); 2] = [
            (&self.alertmanagers, ALERTMANAGER, AlertReceiver::alertmanager),
            (&self.webhooks, WEBHOOK, AlertReceiver::webhook),
        ];
        for (urls, variables, make) in kinds {
            if urls.is_empty() {
                continue;
            }
            let credentials = credentials(variables)?;
            for url in urls {
                receivers.push(make(url, &credentials).map_err(|error| unusable_alert(&error))?);
            }
        }
        let runbooks = self.runbooks.clone();
        Ok((!receivers.is_empty()).then_some(AlertOptions { receivers, runbooks }))
    }
}

/// What the environment says about a kind of receivers.
fn credentials([token, headers]: [&str; 2]) -> Result<Credentials, CommandError> {
    let lines = std::env::var(headers).map(|text| header_lines(&text)).unwrap_or_default();
    let lines: Option<Vec<String>> = lines.into_iter().collect();
    let lines = lines.ok_or_else(|| CommandError::Usage {
        what: format!("{headers} is not of the form name=value,name=value"),
        hint: "values are percent-encoded: a space is %20, a comma %2C".to_owned(),
    })?;
    Ok(Credentials { headers: lines, token: std::env::var(token).ok() })
}
