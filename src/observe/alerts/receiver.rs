//! Who is told about alerts.

use std::fmt;

use crate::observe::remote_write::{Credentials, Receiver, RemoteWriteError};

/// What a receiver speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The API of Alertmanager, version 2.
    Alertmanager,
    /// One JSON object per notification.
    Webhook,
}

/// A receiver of alerts.
#[derive(Debug, Clone)]
pub struct AlertReceiver {
    pub(super) dialect: Dialect,
    pub(super) to: Receiver,
    /// Identifier on disk.
    pub(super) id: String,
}

impl AlertReceiver {
    /// An Alertmanager, by the URL under which its pages are.
    /// # Errors
    /// [`RemoteWriteError`] where the URL or the credentials cannot be used.
    pub fn alertmanager(url: &str, credentials: &Credentials) -> Result<Self, RemoteWriteError> {
        let mut to = Receiver::new(url, credentials)?;
        if !to.url.path().ends_with(PATH)
            && let Ok(mut segments) = to.url.path_segments_mut()
        {
            segments.pop_if_empty().extend(PATH.split('/').skip(1));
        }
        Ok(Self { id: format!("alertmanager-{}", to.id()), dialect: Dialect::Alertmanager, to })
    }

    /// A webhook, by its URL.
    /// # Errors
    /// As [`AlertReceiver::alertmanager`].
    pub fn webhook(url: &str, credentials: &Credentials) -> Result<Self, RemoteWriteError> {
        let to = Receiver::new(url, credentials)?;
        Ok(Self { id: format!("webhook-{}", to.id()), dialect: Dialect::Webhook, to })
    }
}

/// Where Alertmanager takes alerts.
const PATH: &str = "/api/v2/alerts";

impl fmt::Display for AlertReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.dialect {
            Dialect::Alertmanager => "alertmanager",
            Dialect::Webhook => "webhook",
        };
        write!(f, "{what} {}", self.to)
    }
}

/// Receivers whose identifiers differ, in the same order: the query of a URL, which may have a secret, is no part of an
/// identifier.
pub(super) fn distinct(mut receivers: Vec<AlertReceiver>) -> Vec<AlertReceiver> {
    for place in 1..receivers.len() {
        let (before, from) = receivers.split_at_mut(place);
        let same = |id: &str| before.iter().any(|other| other.id == id);
        let Some(receiver) = from.first_mut().filter(|receiver| same(&receiver.id)) else { continue };
        let numbered = |number: usize| format!("{}-{number}", receiver.id);
        if let Some(id) = (2..=place + 2).map(numbered).find(|id| !same(id)) {
            receiver.id = id;
        }
    }
    receivers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alertmanager_is_named_by_its_pages_or_its_api() {
        let check = |url: &str, expected: &str| {
            let receiver = AlertReceiver::alertmanager(url, &Credentials::default()).unwrap();
            assert_eq!(receiver.to.url.as_str(), expected);
            assert_eq!(receiver.to_string(), "alertmanager http://h.example:9093");
        };
        check("http://h.example:9093", "http://h.example:9093/api/v2/alerts");
        check("http://h.example:9093/", "http://h.example:9093/api/v2/alerts");
        check("http://h.example:9093/am/", "http://h.example:9093/am/api/v2/alerts");
        check("http://u:hush@h.example:9093/api/v2/alerts", "http://h.example:9093/api/v2/alerts");
    }

    #[test]
    fn receivers_with_the_same_address_are_told_apart() {
        let webhook = |url| AlertReceiver::webhook(url, &Credentials::default()).unwrap();
        let all = ["http://h/a?key=hush", "http://h/a?key=other", "http://h/b", "http://h/a?x"];
        let ids: Vec<String> =
            distinct(all.map(webhook).to_vec()).into_iter().map(|receiver| receiver.id).collect();
        assert_eq!(ids[1], format!("{}-2", ids[0]));
        assert_eq!(ids[3], format!("{}-3", ids[0]));
        assert_ne!(ids[2], ids[0]);
        assert!(ids.iter().all(|id| !id.contains("hush")));
    }
}
