//! Every kind is read, and what is wrong with a receiver is said without its secret.

use super::*;
use crate::scenario::environment::Environment;
use crate::scenario::{Source, check};

fn read(more: &str) -> Result<Vec<Receiver>, String> {
    let text = format!(
        "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
         [[endpoint]]\nname = \"health\"\npath = \"/\"\n{more}"
    );
    let source = Source { label: "s.toml".into(), text };
    check(&source, &Environment::default()).map(|plan| plan.receivers).map_err(|error| error.to_string())
}

fn one(keys: &str) -> Result<Receiver, String> {
    read(&format!("[[receiver]]\nname = \"r\"\n{keys}")).map(|mut all| all.remove(0))
}

#[test]
fn a_receiver_gets_everything_at_once_unless_it_says_otherwise() {
    assert_eq!(read("").unwrap(), []);
    let receiver = one("kind = \"webhook\"\nurl = \"http://127.0.0.1:9/x\"").unwrap();
    assert_eq!(receiver.priorities, Priority::ALL);
    assert_eq!((receiver.hours, receiver.escalate_after), (Hours::Always, None));
    assert_eq!(receiver.destination, Destination::Webhook(WebhookUrl::Plain("http://127.0.0.1:9/x".into())));
}

#[test]
fn every_kind_is_read() {
    let file = || SecretSource::File("/etc/s".into());
    let check = |keys: &str, expected: Destination| {
        assert_eq!(one(keys).unwrap().destination, expected, "{keys}");
    };
    check(
        "kind = \"slack\"\nchannel = \"#a\"\nsecret_file = \"/etc/s\"",
        Destination::Slack { channel: "#a".into(), secret: file() },
    );
    check(
        "kind = \"discord\"\nsecret_env = \"DISCORD_URL\"",
        Destination::Discord { secret: SecretSource::Variable("DISCORD_URL".into()) },
    );
    check(
        "kind = \"pagerduty\"\nsecret_file = \"/etc/s\"",
        Destination::PagerDuty { secret: file(), url: None },
    );
    check(
        "kind = \"email\"\nto = \"a@b\"\nfrom = \"c@d\"\nsmarthost = \"m:25\"\nusername = \"u\"\nsecret_file = \"/etc/s\"",
        Destination::Email {
            to: "a@b".into(),
            from: "c@d".into(),
            smarthost: "m:25".into(),
            login: Some(("u".into(), file())),
            requires_tls: true,
        },
    );
    check(
        "kind = \"sns\"\ntopic_arn = \"arn:aws:sns:eu-central-1:123456789012:alerts\"",
        Destination::Sns {
            target: SnsTarget::Topic("arn:aws:sns:eu-central-1:123456789012:alerts".into()),
            region: "eu-central-1".into(),
            url: None,
        },
    );
    check(
        "kind = \"sns\"\nphone = \"+4930123456\"\nregion = \"eu-central-1\"",
        Destination::Sns {
            target: SnsTarget::Phone("+4930123456".into()),
            region: "eu-central-1".into(),
            url: None,
        },
    );
}

#[test]
fn priorities_hours_and_escalation_are_read() {
    let receiver = one(
        "kind = \"discord\"\nsecret_env = \"U\"\npriorities = [\"P3\", \"P1\", \"P1\"]\nhours = \"business\"\n\
         zone = \"UTC\"\ndays = [\"sat\"]\nopens = \"08:30\"\ncloses = \"24:00\"\nescalate_after = \"30m\"",
    )
    .unwrap();
    assert_eq!(receiver.priorities, [Priority::High, Priority::Low]);
    assert_eq!(receiver.escalate_after, Some(Duration::from_mins(30)));
    assert_eq!(
        receiver.hours,
        Hours::Business(BusinessHours {
            zone: "UTC".into(),
            days: [false, false, false, false, false, true, false],
            opens: Duration::from_mins(510),
            closes: DAY,
        })
    );
    let Hours::Business(hours) =
        one("kind = \"discord\"\nsecret_env = \"U\"\nhours = \"business\"").unwrap().hours
    else {
        panic!("always")
    };
    assert_eq!((hours.opens, hours.closes), (Duration::from_hours(9), Duration::from_hours(17)));
    assert_eq!(hours.days, [true, true, true, true, true, false, false]);
}

#[test]
fn secrets_are_refused_and_not_repeated() {
    for (secret, keys) in [
        (
            "T00/B00/obviously",
            "kind = \"slack\"\nchannel = \"#a\"\nsecret_file = \"https://hooks.slack.com/services/T00/B00/obviously\"",
        ),
        ("B00/obviously", "kind = \"webhook\"\nurl = \"https://hooks.slack.com/services/T00/B00/obviously\""),
        ("1/obviously", "kind = \"webhook\"\nurl = \"https://discord.com/api/webhooks/1/obviously\""),
        ("a1b2c3d4", "kind = \"pagerduty\"\nsecret_env = \"a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4\""),
        ("obviously", "kind = \"webhook\"\nurl = \"https://user:obviously@example.com/\""),
        ("obviously", "kind = \"webhook\"\nurl = \"https://example.com/?token=obviously\""),
    ] {
        let said = one(keys).unwrap_err();
        assert!(said.contains("looks like a secret"), "{keys}: {said}");
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn what_has_no_meaning_is_refused() {
    let refused = |keys: &str, expected: &str| {
        let said = one(keys).unwrap_err();
        assert!(said.contains(expected), "{keys}: {said}");
    };
    refused("kind = \"slack\"\nsecret_file = \"/s\"", "needs `channel`");
    refused("kind = \"slack\"\nchannel = \"#a\"", "needs `secret_file` or `secret_env`");
    refused("kind = \"slack\"\nchannel = \"#a\"\nsecret_file = \"s\"", "not an absolute path");
    refused("kind = \"discord\"\nsecret_env = \"1x\"", "not the name of a variable");
    refused("kind = \"discord\"\nsecret_env = \"A\"\nsecret_file = \"/s\"", "beside `secret_file`");
    refused("kind = \"discord\"\nsecret_env = \"A\"\nchannel = \"#a\"", "means nothing");
    refused("kind = \"discord\"\nsecret_env = \"A\"\nzone = \"UTC\"", "needs hours");
    refused(
        "kind = \"discord\"\nsecret_env = \"A\"\nhours = \"business\"\nzone = \"Mars Base\"",
        "time zone",
    );
    refused("kind = \"discord\"\nsecret_env = \"A\"\nhours = \"business\"\ncloses = \"08:00\"", "not after");
    refused("kind = \"discord\"\nsecret_env = \"A\"\npriorities = []", "is empty");
    refused("kind = \"discord\"\nsecret_env = \"A\"\nescalate_after = \"5s\"", "between 1m and 7d");
    refused("kind = \"webhook\"", "needs `secret_file` or `secret_env`");
    refused("kind = \"webhook\"\nurl = \"ftp://x\"", "not a URL");
    refused("kind = \"webhook\"\nurl = \"http://x/${TOKEN}\"", "must not have");
    refused("kind = \"sns\"\nphone = \"+4930123456\"", "needs `region`");
    refused("kind = \"sns\"\nphone = \"030123\"\nregion = \"x\"", "telephone");
    refused("kind = \"email\"\nto = \"a@b\"\nfrom = \"a@b\"\nsmarthost = \"m\"", "has no port");
    let twice = "[[receiver]]\nname = \"r\"\nkind = \"discord\"\nsecret_env = \"A\"\n".repeat(2);
    assert!(read(&twice).unwrap_err().contains("two receivers \"r\""));
    let named = "[[receiver]]\nname = \"nobody\"\nkind = \"discord\"\nsecret_env = \"A\"\n";
    assert!(read(named).unwrap_err().contains("is taken"));
}
