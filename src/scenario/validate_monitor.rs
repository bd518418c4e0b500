//! The rules for `[monitor]`, `[[hook]]` and `[[silence]]`.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::health::{Health, HealthRules, Votes};
use crate::domain::monitoring::{Hook, Monitoring};
use crate::domain::silence::{Silence, When};
use crate::domain::suggestion::nearest;

use super::check::{Check, all};
use super::file::{HookSection, HookStateText, MonitorSection, ScenarioFile, SilenceSection};
use super::key_path::KeyPath;
use super::problem::Reported;

/// Probes more often than this are a load.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A state that depends on more probes than this changes too late for anybody.
const MOST_PROBES: u32 = 100;
/// More requests than this per probe are a load.
const MOST_REQUESTS: i64 = 1_000;
const DAY: Duration = Duration::from_hours(24);

/// What a monitor does.
pub(super) struct Watching {
    pub(super) monitoring: Monitoring,
    pub(super) hooks: Vec<Hook>,
    pub(super) silences: Vec<Silence>,
}

/// Validates the sections about monitoring.
pub(super) fn watching(check: &Check<'_>, file: &ScenarioFile) -> Result<Watching, Reported> {
    let monitoring = monitoring(check, &file.monitor);
    let known: Vec<&str> = [
        file.endpoint.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>(),
        file.journey.iter().map(|journey| journey.name.as_str()).collect(),
        file.mix.iter().map(|mix| mix.name.as_str()).collect(),
    ]
    .concat();
    let sections = Sections { check, known };
    let at = KeyPath::of(["hook"]);
    let hooks = all(file.hook.iter().enumerate().map(|(index, hook)| sections.hook(&at.index(index), hook)));
    let at = KeyPath::of(["silence"]);
    let silences = file.silence.iter().enumerate();
    let silences = all(silences.map(|(index, silence)| sections.silence(&at.index(index), silence)));
    Ok(Watching { monitoring: monitoring?, hooks: hooks?, silences: silences? })
}

fn monitoring(check: &Check<'_>, section: &MonitorSection) -> Result<Monitoring, Reported> {
    let at = KeyPath::of(["monitor"]);
    let default = Monitoring::default();
    let span = |name: &str, text: &Option<String>, default: Duration, least: Duration| {
        let Some(text) = text else { return Ok(default) };
        let span = check.span(&at.key(name), text)?;
        if span < least {
            let what = format!("is shorter than {}", crate::domain::units::format_span(least));
            return Err(check.wrong(&at.key(name), what, None));
        }
        Ok(span)
    };
    let count = |name: &str, value: Option<i64>, default: u64, most: i64| match value {
        None => Ok(default),
        Some(value) => u64::try_from(value)
            .ok()
            .filter(|_| (1..=most).contains(&value))
            .ok_or_else(|| check.wrong(&at.key(name), format!("{value} is not between 1 and {most}"), None)),
    };
    let votes = |name: &str, text: &Option<String>, default: Votes| match text {
        None => Ok(default),
        Some(text) => votes(text).ok_or_else(|| {
            let hint = format!("such as \"2 of 3\": 1 to {MOST_PROBES} probes, and not more than there are");
            check.wrong(&at.key(name), format!("{text:?} is not a number of probes"), Some(&hint))
        }),
    };
    let rules = default.rules;
    let every = span("every", &section.every, default.every, SHORTEST_INTERVAL);
    let requests = count("requests", section.requests, default.requests, MOST_REQUESTS);
    let window = span("window", &section.window, default.window, Duration::from_millis(100));
    let check_every = span("check", &section.check, default.check_every, Duration::from_mins(1));
    let unhealthy = votes("unhealthy", &section.unhealthy, rules.unhealthy);
    let degraded = votes("degraded", &section.degraded, rules.degraded);
    let healthy_after =
        count("healthy_after", section.healthy_after, u64::from(rules.healthy_after), i64::from(MOST_PROBES));
    let keep = span("keep", &section.keep, default.keep, DAY);
    let (every, mut window) = (every?, window?);
    if section.window.is_none() {
        window = window.min(every);
    }
    if window > every {
        let hint = "shorten it, or lengthen `every`";
        return Err(check.wrong(&at.key("window"), "is longer than the interval of the probes", Some(hint)));
    }
    Ok(Monitoring {
        every,
        requests: requests?,
        window,
        check_every: check_every?,
        rules: HealthRules {
            unhealthy: unhealthy?,
            degraded: degraded?,
            healthy_after: u32::try_from(healthy_after?).unwrap_or(MOST_PROBES),
        },
        keep: keep?,
    })
}

/// Parses `2 of 3`.
fn votes(text: &str) -> Option<Votes> {
    let (needed, of) = text.split_once(" of ")?;
    let votes = Votes { needed: needed.trim().parse().ok()?, of: of.trim().parse().ok()? };
    (1..=votes.of).contains(&votes.needed).then_some(votes).filter(|votes| votes.of <= MOST_PROBES)
}

struct Sections<'a> {
    check: &'a Check<'a>,
    /// Names of endpoints, journeys and mixes.
    known: Vec<&'a str>,
}

impl Sections<'_> {
    fn hook(&self, at: &KeyPath, section: &HookSection) -> Result<Hook, Reported> {
        let check = self.check;
        let name = check.name(&at.key("name"), &section.name);
        let run = match section.run.first() {
            Some(program) if !program.is_empty() => Ok(()),
            _ => {
                let hint = "write the program and its arguments: run = [\"systemctl\", \"restart\", \"api\"]";
                Err(check.wrong(&at.key("run"), "names no program", Some(hint)))
            }
        };
        let span = |name: &str, text: &Option<String>, default: Duration| match text {
            Some(text) => check.span(&at.key(name), text),
            None => Ok(default),
        };
        let timeout = span("timeout", &section.timeout, Duration::from_secs(30));
        let cool_down = match &section.cool_down {
            Some(text) => check.span_or_zero(&at.key("cool_down"), text),
            None => Ok(Duration::from_mins(10)),
        };
        let most = section.most_per_hour.unwrap_or(3);
        let most_per_hour = u32::try_from(most).ok().filter(|most| (1..=3_600).contains(most));
        let most_per_hour = most_per_hour.ok_or_else(|| {
            check.wrong(&at.key("most_per_hour"), format!("{most} is not between 1 and 3600"), None)
        });
        let workloads = self.only(&at.key("only"), section.only.as_deref());
        name.and(run)?;
        Ok(Hook {
            name: section.name.clone(),
            when: match section.when {
                HookStateText::Healthy => Health::Healthy,
                HookStateText::Degraded => Health::Degraded,
                HookStateText::Unhealthy => Health::Unhealthy,
            },
            workloads: workloads?,
            run: section.run.clone(),
            timeout: timeout?,
            cool_down: cool_down?,
            most_per_hour: most_per_hour?,
        })
    }

    fn silence(&self, at: &KeyPath, section: &SilenceSection) -> Result<Silence, Reported> {
        let check = self.check;
        let workloads = self.only(&at.key("only"), section.only.as_deref());
        let when = self.when(at, section);
        let is_named = if section.name.trim().is_empty() || section.name.contains(char::is_control) {
            Err(check.wrong(&at.key("name"), "says nothing", Some("write why, such as \"weekly backup\"")))
        } else {
            Ok(())
        };
        is_named?;
        Ok(Silence { name: section.name.clone(), workloads: workloads?, when: when? })
    }

    fn when(&self, at: &KeyPath, section: &SilenceSection) -> Result<When, Reported> {
        let once = |text: &str| text.parse::<Timestamp>().ok();
        if let (Some(from), Some(until)) = (once(&section.from), once(&section.to)) {
            if section.days.is_some() {
                let hint = "days belong to times of day: from = \"02:00\"";
                return Err(self.check.wrong(
                    &at.key("days"),
                    "has no meaning with points in time",
                    Some(hint),
                ));
            }
            if until <= from {
                return Err(self.check.wrong(&at.key("to"), "is not after `from`", None));
            }
            return Ok(When::Once { from, until });
        }
        let hint = "times of day in UTC (\"02:00\"), or points in time (\"2026-12-01T02:00:00Z\"), both in the same form";
        let wrong = |key: &str, text: &str| {
            self.check.wrong(&at.key(key), format!("{text:?} is not a time of that form"), Some(hint))
        };
        let from = time_of_day(&section.from).ok_or_else(|| wrong("from", &section.from));
        let to = time_of_day(&section.to).ok_or_else(|| wrong("to", &section.to));
        let (from, to) = (from?, to?);
        let mut days = [section.days.is_none(); 7];
        for day in section.days.iter().flatten() {
            days[*day as usize] = true;
        }
        if days == [false; 7] {
            return Err(self.check.wrong(&at.key("days"), "names no day", Some("remove it for every day")));
        }
        // Until the same time of the next day at the longest.
        let length = if to > from { to } else { DAY + to }.saturating_sub(from);
        Ok(When::Weekly { days, from, length })
    }

    fn only(&self, at: &KeyPath, names: Option<&[String]>) -> Result<Vec<String>, Reported> {
        let Some(names) = names else { return Ok(Vec::new()) };
        if names.is_empty() {
            return Err(self.check.wrong(at, "is empty", Some("remove it for all endpoints and journeys")));
        }
        all(names.iter().enumerate().map(|(index, name)| {
            if self.known.contains(&name.as_str()) {
                return Ok(name.clone());
            }
            let near = nearest(name, self.known.iter().copied());
            let hint = near.map(|near| format!("did you mean {near:?}?"));
            let what = format!("there is no endpoint, journey or mix {name:?}");
            Err(self.check.wrong(&at.index(index), what, hint.as_deref()))
        }))
    }
}

/// Parses `02:30` as a span after midnight.
pub(super) fn time_of_day(text: &str) -> Option<Duration> {
    let (hours, minutes) = text.split_once(':')?;
    let part = |text: &str, most: u64| -> Option<u64> {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse().ok()).flatten().filter(|part| *part <= most)
    };
    Some(Duration::from_mins(part(hours, 23)? * 60 + part(minutes, 59)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::Plan;
    use crate::scenario::environment::Environment;
    use crate::scenario::{Source, check};

    fn plan(more: &str) -> Result<Plan, String> {
        let text = format!(
            "schema = 1\nname = \"n\"\n[target]\nbase_url = \"http://127.0.0.1:1\"\nallow_hosts = [\"127.0.0.1\"]\n\
             [[endpoint]]\nname = \"health\"\npath = \"/\"\n{more}"
        );
        let source = Source { label: "s.toml".into(), text };
        check(&source, &Environment::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let plan = plan("").unwrap();
        assert_eq!(plan.monitoring, Monitoring::default());
        assert!(plan.hooks.is_empty() && plan.silences.is_empty());
    }

    #[test]
    fn every_key_is_read() {
        let plan = plan(
            "[monitor]\nevery = \"2m\"\nrequests = 3\nwindow = \"2s\"\ncheck = \"1h\"\nunhealthy = \"3 of 5\"\n\
             degraded = \"1 of 1\"\nhealthy_after = 2\nkeep = \"30d\"\n\
             [[hook]]\nname = \"restart\"\nwhen = \"unhealthy\"\nonly = [\"health\"]\nrun = [\"true\", \"x y\"]\n\
             timeout = \"5s\"\ncool_down = \"0s\"\nmost_per_hour = 1\n\
             [[silence]]\nname = \"backup\"\ndays = [\"sat\", \"sun\"]\nfrom = \"23:30\"\nto = \"00:30\"\n\
             [[silence]]\nname = \"move\"\nonly = [\"health\"]\nfrom = \"2026-12-01T02:00:00Z\"\nto = \"2026-12-01T04:00:00Z\"\n",
        )
        .unwrap();
        let votes = |needed, of| Votes { needed, of };
        let rules = HealthRules { unhealthy: votes(3, 5), degraded: votes(1, 1), healthy_after: 2 };
        assert_eq!(
            plan.monitoring,
            Monitoring {
                every: Duration::from_mins(2),
                requests: 3,
                window: Duration::from_secs(2),
                check_every: Duration::from_hours(1),
                rules,
                keep: DAY * 30,
            }
        );
        let hook = &plan.hooks[0];
        assert_eq!(
            (hook.run.as_slice(), hook.when),
            (&["true".to_owned(), "x y".to_owned()][..], Health::Unhealthy)
        );
        assert_eq!(
            (hook.timeout, hook.cool_down, hook.most_per_hour),
            (Duration::from_secs(5), Duration::ZERO, 1)
        );
        let days = [false, false, false, false, false, true, true];
        let from = Duration::from_mins(23 * 60 + 30);
        assert_eq!(plan.silences[0].when, When::Weekly { days, from, length: Duration::from_hours(1) });
        assert_eq!(plan.silences[1].workloads, ["health"]);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let refused = |more: &str, expected: &str| {
            let said = plan(more).unwrap_err();
            assert!(said.contains(expected), "{more}: {said}");
        };
        refused("[monitor]\nevery = \"10ms\"", "shorter than 1s");
        refused("[monitor]\nrequests = 0", "between 1 and 1000");
        refused("[monitor]\nwindow = \"2m\"", "longer than the interval");
        refused("[monitor]\nunhealthy = \"4 of 3\"", "not a number of probes");
        refused("[monitor]\nunhealthy = \"0 of 3\"", "not a number of probes");
        refused("[monitor]\nkeep = \"1h\"", "shorter than 24h");
        let hook = |more: &str| format!("[[hook]]\nname = \"a\"\nwhen = \"unhealthy\"\n{more}");
        refused(&hook("run = []"), "names no program");
        refused(&hook("run = [\"true\"]\nonly = [\"healht\"]"), "no endpoint, journey or mix");
        refused(&hook("run = [\"true\"]\nmost_per_hour = 0"), "between 1 and 3600");
        let silence = |more: &str| format!("[[silence]]\nname = \"a\"\n{more}");
        refused(&silence("from = \"24:00\"\nto = \"02:00\""), "not a time");
        refused(&silence("from = \"2:00\"\nto = \"02:00\""), "not a time");
        refused(&silence("from = \"2026-12-01T02:00:00Z\"\nto = \"04:00\""), "not a time");
        refused(&silence("from = \"2026-12-01T02:00:00Z\"\nto = \"2026-12-01T02:00:00Z\""), "not after");
        refused(&silence("from = \"02:00\"\nto = \"04:00\"\ndays = []"), "names no day");
    }
}
