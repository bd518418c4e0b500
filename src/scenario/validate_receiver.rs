//! The rules for `[[receiver]]`: what each kind needs, and that no secret is in the file.

use std::time::Duration;

use crate::domain::finding::Priority;
use crate::domain::plain_text::is_hidden;
use crate::domain::receiver::{
    BusinessHours, Destination, Hours, Receiver, SecretSource, SnsTarget, WebhookUrl,
};

use super::check::{Check, all, duplicates};
use super::file::{HoursText, PriorityCodeText, ReceiverKindText as Kind, ReceiverSection};
use super::key_path::KeyPath;
use super::problem::Reported;
use super::validate_monitor::time_of_day;

/// The receiver of what nobody gets; the exported routes need it.
const NOBODY: &str = "nobody";
const DAY: Duration = Duration::from_hours(24);
/// Prometheus forgets how long an alert has been firing for when it is down for longer than an hour.
const LONGEST_ESCALATION: Duration = Duration::from_hours(7 * 24);
/// Integration keys of `PagerDuty` have this many letters and digits.
const KEY_LENGTH: usize = 32;

/// Validates the receivers.
pub(super) fn receivers(check: &Check<'_>, sections: &[ReceiverSection]) -> Result<Vec<Receiver>, Reported> {
    let at = KeyPath::of(["receiver"]);
    let twice = duplicates(sections.iter().map(|section| section.name.as_str()));
    let twice = all(twice.into_iter().map(|(index, name)| -> Result<(), Reported> {
        let key = at.index(index).key("name");
        Err(check.wrong(&key, format!("there are two receivers {name:?}"), None))
    }));
    let receivers = all(sections
        .iter()
        .enumerate()
        .map(|(index, section)| One { check, at: at.index(index), section }.receiver()));
    twice?;
    receivers
}

/// A receiver that is being validated.
struct One<'a> {
    check: &'a Check<'a>,
    at: KeyPath,
    section: &'a ReceiverSection,
}

impl One<'_> {
    fn receiver(&self) -> Result<Receiver, Reported> {
        let section = self.section;
        let name = self.check.name(&self.at.key("name"), &section.name).and_then(|()| {
            let hint = "the exported routes use this name themselves";
            if section.name == NOBODY { Err(self.wrong("name", "is taken", Some(hint))) } else { Ok(()) }
        });
        // What may be a secret is looked for first, so that no other message is about it.
        self.no_secrets()?;
        let foreign = self.foreign_keys();
        let (destination, priorities) = (self.destination(), self.priorities());
        let (hours, escalate_after) = (self.hours(), self.escalate_after());
        name.and(foreign)?;
        Ok(Receiver {
            name: section.name.clone(),
            destination: destination?,
            priorities: priorities?,
            hours: hours?,
            escalate_after: escalate_after?,
        })
    }

    fn wrong(&self, key: &str, what: &str, hint: Option<&str>) -> Reported {
        self.check.wrong(&self.at.key(key), what, hint)
    }

    /// Every text of the section that is written into the configuration.
    fn texts(&self) -> [(&'static str, Option<&String>); 11] {
        let section = self.section;
        [
            ("name", Some(&section.name)),
            ("secret_file", section.secret_file.as_ref()),
            ("secret_env", section.secret_env.as_ref()),
            ("channel", section.channel.as_ref()),
            ("to", section.to.as_ref()),
            ("from", section.from.as_ref()),
            ("smarthost", section.smarthost.as_ref()),
            ("username", section.username.as_ref()),
            ("topic_arn", section.topic_arn.as_ref()),
            ("phone", section.phone.as_ref()),
            ("url", section.url.as_ref()),
        ]
    }

    fn no_secrets(&self) -> Result<(), Reported> {
        let found = self.texts().into_iter().filter_map(|(key, text)| Some((key, text?)));
        let found = all(found.map(|(key, text)| {
            if looks_secret(text) {
                let hint = "put it into a file or a variable: secret_file = \"/etc/alertmanager/secret\" or \
                            secret_env = \"NAME\"";
                return Err(self.wrong(key, "looks like a secret", Some(hint)));
            }
            let is_odd = text.trim().is_empty() || text.chars().any(|c| c.is_control() || is_hidden(c));
            if is_odd || text.contains("${") || text.contains("{{") {
                let hint = "plain text without references; secrets are named by secret_file or secret_env";
                return Err(self.wrong(key, "is empty or has characters that it must not have", Some(hint)));
            }
            Ok(())
        }));
        found.map(|_| ())
    }

    /// Keys that mean something to another kind only.
    fn foreign_keys(&self) -> Result<(), Reported> {
        let kinds: [(&str, &[Kind]); 12] = [
            ("secret_file", &[Kind::Slack, Kind::Discord, Kind::PagerDuty, Kind::Email, Kind::Webhook]),
            ("secret_env", &[Kind::Slack, Kind::Discord, Kind::PagerDuty, Kind::Email, Kind::Webhook]),
            ("channel", &[Kind::Slack]),
            ("to", &[Kind::Email]),
            ("from", &[Kind::Email]),
            ("smarthost", &[Kind::Email]),
            ("username", &[Kind::Email]),
            ("require_tls", &[Kind::Email]),
            ("topic_arn", &[Kind::Sns]),
            ("phone", &[Kind::Sns]),
            ("region", &[Kind::Sns]),
            ("url", &[Kind::Webhook, Kind::PagerDuty, Kind::Sns]),
        ];
        let is_given = |key: &str| match key {
            "require_tls" => self.section.require_tls.is_some(),
            "region" => self.section.region.is_some(),
            key => self.texts().iter().any(|(name, text)| *name == key && text.is_some()),
        };
        let foreign = kinds.iter().filter(|(key, of)| is_given(key) && !of.contains(&self.section.kind));
        let found = all(foreign.map(|(key, _)| -> Result<(), Reported> {
            Err(self.wrong(key, "means nothing for this kind of receiver", None))
        }));
        found.map(|_| ())
    }

    fn priorities(&self) -> Result<Vec<Priority>, Reported> {
        let Some(codes) = &self.section.priorities else { return Ok(Priority::ALL.to_vec()) };
        if codes.is_empty() {
            return Err(self.wrong("priorities", "is empty", Some("remove it for all priorities")));
        }
        Ok(Priority::ALL
            .into_iter()
            .filter(|priority| codes.iter().any(|code| of(*code) == *priority))
            .collect())
    }

    fn hours(&self) -> Result<Hours, Reported> {
        let section = self.section;
        if section.hours != Some(HoursText::Business) {
            let given = [
                ("zone", section.zone.is_some()),
                ("days", section.days.is_some()),
                ("opens", section.opens.is_some()),
                ("closes", section.closes.is_some()),
            ];
            return match given.iter().find(|(_, is_given)| *is_given) {
                Some((key, _)) => Err(self.wrong(key, "needs hours = \"business\"", None)),
                None => Ok(Hours::Always),
            };
        }
        let time = |key: &str, text: &Option<String>, default: &str| {
            let text = text.as_deref().unwrap_or(default);
            // The end of a day is no time of day elsewhere.
            let time = if text == "24:00" { Some(DAY) } else { time_of_day(text) };
            time.ok_or_else(|| self.wrong(key, "is not a time of day", Some("such as \"09:00\"")))
        };
        let opens = time("opens", &section.opens, "09:00");
        let closes = time("closes", &section.closes, "17:00");
        let zone = self.zone();
        let mut days = [true, true, true, true, true, false, false];
        if let Some(given) = &section.days {
            days = [false; 7];
            for day in given {
                days[*day as usize] = true;
            }
        }
        if days == [false; 7] {
            return Err(self.wrong("days", "names no day", Some("remove it for Monday to Friday")));
        }
        let (opens, closes) = (opens?, closes?);
        if closes <= opens {
            return Err(self.wrong("closes", "is not after `opens`", None));
        }
        Ok(Hours::Business(BusinessHours { zone: zone?, days, opens, closes }))
    }

    fn zone(&self) -> Result<String, Reported> {
        let zone = self.section.zone.as_deref().unwrap_or("UTC");
        // A machine without a database of time zones cannot tell.
        let has_database = jiff::tz::db().available().next().is_some();
        let is_shaped = zone.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
        if zone.is_empty() || !is_shaped || (has_database && jiff::tz::TimeZone::get(zone).is_err()) {
            return Err(self.wrong(
                "zone",
                "is not a time zone",
                Some("such as \"Europe/Berlin\" or \"UTC\""),
            ));
        }
        Ok(zone.to_owned())
    }

    fn escalate_after(&self) -> Result<Option<Duration>, Reported> {
        let Some(text) = &self.section.escalate_after else { return Ok(None) };
        let span = self.check.span(&self.at.key("escalate_after"), text)?;
        if span < Duration::from_mins(1) || span > LONGEST_ESCALATION {
            return Err(self.wrong("escalate_after", "is not between 1m and 7d", None));
        }
        Ok(Some(span))
    }

    fn destination(&self) -> Result<Destination, Reported> {
        let section = self.section;
        Ok(match section.kind {
            Kind::Slack => {
                let channel =
                    self.needed("channel", section.channel.as_ref(), "such as channel = \"#alerts\"");
                let secret = self.secret("the URL of the incoming webhook");
                Destination::Slack { channel: channel?, secret: secret? }
            }
            Kind::Discord => Destination::Discord { secret: self.secret("the URL of the webhook")? },
            Kind::PagerDuty => {
                let (url, secret) = (self.url(), self.secret("the integration key"));
                Destination::PagerDuty { secret: secret?, url: url? }
            }
            Kind::Email => self.email()?,
            Kind::Sns => self.sns()?,
            Kind::Webhook => Destination::Webhook(match self.url()? {
                Some(_) if section.secret_file.is_some() || section.secret_env.is_some() => {
                    let hint = "the secret of a webhook is its URL: remove one of the two";
                    return Err(self.wrong("url", "is given beside a secret", Some(hint)));
                }
                Some(url) => WebhookUrl::Plain(url),
                None => WebhookUrl::Secret(self.secret("the URL, or `url` where it is no secret")?),
            }),
        })
    }

    fn email(&self) -> Result<Destination, Reported> {
        let section = self.section;
        let to = self.needed("to", section.to.as_ref(), "such as to = \"oncall@example.com\"");
        let from = self.needed("from", section.from.as_ref(), "such as from = \"baseline@example.com\"");
        let hint = "host and port, such as smarthost = \"mail.example.com:587\"";
        let smarthost = self.needed("smarthost", section.smarthost.as_ref(), hint).and_then(|smarthost| {
            let port = smarthost.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            port.ok_or_else(|| self.wrong("smarthost", "has no port", Some(hint)))?;
            Ok(smarthost)
        });
        let login = match &section.username {
            Some(username) => Some((username.clone(), self.secret("the password")?)),
            None if section.secret_file.is_some() || section.secret_env.is_some() => {
                return Err(self.wrong("kind", "has a password but no `username`", None));
            }
            None => None,
        };
        let requires_tls = section.require_tls.unwrap_or(true);
        Ok(Destination::Email { to: to?, from: from?, smarthost: smarthost?, login, requires_tls })
    }

    fn sns(&self) -> Result<Destination, Reported> {
        let section = self.section;
        let hint = "topic_arn = \"arn:aws:sns:eu-central-1:123456789012:alerts\", or phone = \"+4930123456\"";
        let target = match (&section.topic_arn, &section.phone) {
            (Some(topic), None) if topic.starts_with("arn:") && topic.split(':').count() == 6 => {
                SnsTarget::Topic(topic.clone())
            }
            (Some(_), None) => return Err(self.wrong("topic_arn", "is not the ARN of a topic", Some(hint))),
            (None, Some(phone)) if is_phone(phone) => SnsTarget::Phone(phone.clone()),
            (None, Some(_)) => return Err(self.wrong("phone", "is not a telephone number", Some(hint))),
            _ => return Err(self.wrong("kind", "needs either `topic_arn` or `phone`", Some(hint))),
        };
        let of_topic = section.topic_arn.as_ref().and_then(|topic| topic.split(':').nth(3));
        let region = section.region.as_deref().or(of_topic).unwrap_or_default();
        if region.is_empty() || !region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(self.wrong("kind", "needs `region`", Some("such as region = \"eu-central-1\"")));
        }
        Ok(Destination::Sns { target, region: region.to_owned(), url: self.url()? })
    }

    fn needed(&self, key: &str, text: Option<&String>, hint: &str) -> Result<String, Reported> {
        text.cloned().ok_or_else(|| self.wrong("kind", &format!("needs `{key}`"), Some(hint)))
    }

    fn url(&self) -> Result<Option<String>, Reported> {
        let Some(url) = &self.section.url else { return Ok(None) };
        let rest = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(Some(url.clone())),
            _ => Err(self.wrong("url", "is not a URL", Some("it begins with http:// or https://"))),
        }
    }

    fn secret(&self, of_what: &str) -> Result<SecretSource, Reported> {
        let hint = format!(
            "{of_what}, in a file or a variable: secret_file = \"/etc/alertmanager/secret\" or secret_env = \"NAME\""
        );
        match (&self.section.secret_file, &self.section.secret_env) {
            (Some(file), None) if file.starts_with('/') => Ok(SecretSource::File(file.clone())),
            (Some(_), None) => Err(self.wrong("secret_file", "is not an absolute path", Some(&hint))),
            (None, Some(name)) if is_variable(name) => Ok(SecretSource::Variable(name.clone())),
            (None, Some(_)) => Err(self.wrong("secret_env", "is not the name of a variable", Some(&hint))),
            (Some(_), Some(_)) => Err(self.wrong("secret_env", "is given beside `secret_file`", Some(&hint))),
            (None, None) => Err(self.wrong("kind", "needs `secret_file` or `secret_env`", Some(&hint))),
        }
    }
}

fn of(code: PriorityCodeText) -> Priority {
    match code {
        PriorityCodeText::P0 => Priority::Critical,
        PriorityCodeText::P1 => Priority::High,
        PriorityCodeText::P2 => Priority::Medium,
        PriorityCodeText::P3 => Priority::Low,
    }
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_phone(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|digits| (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a text is, or holds, what only its owner may know: a webhook of Slack or Discord, an integration key, a password or
/// token in a URL.
fn looks_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_webhook = ["hooks.slack.com", "discord.com/api/webhooks", "discordapp.com/api/webhooks"]
        .iter()
        .any(|host| lower.contains(host));
    let is_key = text.len() == KEY_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit());
    let authority = lower.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    let has_login = authority.is_some_and(|authority| authority.contains('@'));
    let has_token =
        ["token=", "key=", "secret=", "password=", "sig="].iter().any(|name| lower.contains(name));
    is_webhook || is_key || has_login || has_token
}

#[cfg(test)]
mod tests;
