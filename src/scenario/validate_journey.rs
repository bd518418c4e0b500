//! The rules for journeys: their steps, the values that these carry, their pauses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::endpoint::{Endpoint, Pace};
use crate::domain::feeder::Feeder;
use crate::domain::journey::{AwsSigning, Capture, Check as StepCheck, JarLife, Journey, Pause, Step};
use crate::domain::template::{Escape, Template};
use crate::extract;

use super::check::{Check, all, duplicates};
use super::file::{AwsSection, CookiesText, JourneySection, PauseSection, StepSection};
use super::key_path::KeyPath;
use super::placeholders::{Placeholders, next_mark, template};
use super::problem::Reported;
use super::step_body::{self, StepBody};
use super::validate_request::{Common, Keys, Request};
use super::validate_slo;

/// Responses are kept up to this many bytes, unless the journey says otherwise.
const BODY_LIMIT: u64 = 1 << 20;
/// One response of this size for each of many users fills the memory.
const LARGEST_BODY_LIMIT: u64 = 64 << 20;
/// A journey with more steps is several.
const MOST_STEPS: usize = 100;

/// Validates a journey.
pub(super) fn journey(
    check: &Check<'_>,
    common: &Common<'_>,
    key: &KeyPath,
    section: &JourneySection,
    feeders: &[Feeder],
) -> Result<Journey, Reported> {
    let name = check.name(&key.key("name"), &section.name);
    let objective = validate_slo::objective(check, key, section.slo.as_ref());
    let pace = validate_slo::pace(check, common.times, key, section.pace.as_ref());
    let body_limit = section.body_limit.unwrap_or(BODY_LIMIT);
    let is_limit = if (1..=LARGEST_BODY_LIMIT).contains(&body_limit) {
        Ok(())
    } else {
        let what = format!("must be 1 to {LARGEST_BODY_LIMIT} bytes");
        Err(check.wrong(&key.key("body_limit"), what, None))
    };
    let count = is_countable(check, key, section);
    let placeholders = Placeholders::new(check, feeders);
    let parts = [("setup", &section.setup), ("step", &section.step)];
    for (part, steps) in parts {
        for (index, step) in steps.iter().enumerate() {
            announce(check, &key.key(part).index(index), &placeholders, step);
        }
    }
    let of_setup = |name: &String| {
        section.setup.iter().any(|step| step.capture.contains_key(name) || step.set.contains_key(name))
    };
    for (index, step) in section.step.iter().enumerate() {
        for (part, values) in [("capture", &step.capture), ("set", &step.set)] {
            for name in values.keys().filter(|name| of_setup(name)) {
                let key = key.key("step").index(index).key(part).key(name);
                let hint = "use another name: what the setup gives is the same in every iteration";
                check.wrong(&key, format!("the setup gives {name:?} already"), Some(hint));
            }
        }
    }
    let [setup, steps] = parts.map(|(part, sections)| {
        placeholders.enter(part == "setup");
        all(sections.iter().enumerate().map(|(index, section)| {
            let one = One {
                check,
                common,
                key: key.key(part).index(index),
                section,
                placeholders: &placeholders,
                is_setup: part == "setup",
            };
            one.step()
        }))
    });
    name.and(is_limit).and(count)?;
    let (mut setup, mut steps) = (setup?, steps?);
    for capture in setup.iter_mut().chain(&mut steps).flat_map(|step| &mut step.captures) {
        // One that nothing uses has a slot all the same, so that what shows a response knows what to mask.
        placeholders.text_slot(&capture.name);
        (capture.text_slot, capture.json_slot) = placeholders.slots_of(&capture.name);
    }
    Ok(Journey {
        name: Arc::from(section.name.as_str()),
        setup,
        steps,
        slots: placeholders.into_slots(),
        cookies: match section.cookies {
            CookiesText::Iteration => JarLife::Iteration,
            CookiesText::User => JarLife::User,
        },
        pace: pace?,
        objective: objective?,
        body_limit,
    })
}

fn is_countable(check: &Check<'_>, key: &KeyPath, section: &JourneySection) -> Result<(), Reported> {
    if section.step.is_empty() {
        let hint = "add a [[journey.step]] with a name and a path";
        return Err(check.wrong(&key.key("step"), "the journey has no steps", Some(hint)));
    }
    if section.step.len() + section.setup.len() > MOST_STEPS {
        return Err(check.wrong(&key.key("step"), format!("more than {MOST_STEPS} steps"), None));
    }
    let mut result = Ok(());
    let names = section.setup.iter().chain(&section.step).map(|step| step.name.as_str());
    for (index, name) in duplicates(names) {
        let (part, index) = match index.checked_sub(section.setup.len()) {
            Some(index) => ("step", index),
            None => ("setup", index),
        };
        let what = format!("step {name:?} is defined twice");
        result = Err(check.wrong(&key.key(part).index(index).key("name"), what, None));
    }
    result
}

/// Makes the values of a step known by name, so that a use before it can be explained.
fn announce(check: &Check<'_>, key: &KeyPath, placeholders: &Placeholders<'_>, step: &StepSection) {
    for (part, names) in [("capture", &step.capture), ("set", &step.set)] {
        for name in names.keys() {
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
                && !["uuid", "now", "now_ms", "user", "iteration", "random", "json"].contains(&name.as_str());
            if is_name {
                placeholders.announce(name, &step.name, step.public.contains(name));
            } else {
                let hint = "use letters, digits, `_` and `-`, and none of the generated names such as uuid";
                let what = format!("{name:?} is not a valid name for a value");
                check.wrong(&key.key(part).key(name), what, Some(hint));
            }
        }
    }
    for (index, name) in step.public.iter().enumerate() {
        if !step.capture.contains_key(name) && !step.set.contains_key(name) {
            let what = format!("the step neither captures nor sets {name:?}");
            check.wrong(&key.key("public").index(index), what, None);
        }
    }
}

struct One<'a> {
    check: &'a Check<'a>,
    common: &'a Common<'a>,
    key: KeyPath,
    section: &'a StepSection,
    placeholders: &'a Placeholders<'a>,
    is_setup: bool,
}

impl One<'_> {
    /// Keys that mean nothing in a setup.
    fn is_of_its_part(&self) -> Result<(), Reported> {
        let Self { check, key, section, .. } = self;
        if self.is_setup && section.always {
            let hint = "remove it: a setup that fails is repeated as a whole";
            return Err(check.wrong(&key.key("always"), "`always` belongs to a step", Some(hint)));
        }
        if self.is_setup && section.slo.is_some() {
            let hint = "remove it: the setup is not measured";
            return Err(check.wrong(&key.key("slo"), "`slo` belongs to a step", Some(hint)));
        }
        Ok(())
    }

    fn step(&self) -> Result<Step, Reported> {
        let Self { check, common, key, section, placeholders, .. } = self;
        let name = check.name(&key.key("name"), &section.name);
        let keys = Keys {
            method: &section.method,
            base_url: section.base_url.as_deref(),
            path: &section.path,
            headers: &section.headers,
            expect: section.expect.as_ref(),
            timeout: section.timeout.as_deref(),
        };
        let request = Request { check, common, key: key.clone(), keys, placeholders: Some(placeholders) };
        let set = self.set(&request);
        let timeout = request.timeout();
        let (method, origin, path) = (request.method(), request.origin(), request.path());
        let (headers, body) = (request.headers(), step_body::body(&request, section));
        let expectation = request.expectation();
        let objective = validate_slo::objective(check, key, section.slo.as_ref());
        let (pause, refresh, aws) = (self.pause(), self.refresh(), self.aws(&request));
        let captures = self.captures();
        section.capture.keys().for_each(|name| placeholders.learn(name));
        let checks = self.checks();
        let fresh = placeholders.take_fresh();
        name.and(self.is_of_its_part())?;
        let (path, StepBody { text, other, media_type }) = (path?, body?);
        let mut headers = headers?;
        if let Some(media_type) = media_type
            && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            headers
                .push(("content-type".to_owned(), crate::domain::referenced::Referenced::plain(media_type)));
        }
        Ok(Step {
            path: path_template(path.reveal()),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), template(value.reveal(), Escape::None)))
                .collect(),
            text,
            request: Endpoint {
                name: Arc::from(section.name.as_str()),
                method: method?,
                origin: origin?,
                path: crate::domain::referenced::Referenced::plain(path.written()),
                headers: Vec::new(),
                without: Vec::new(),
                body: other,
                expectation: expectation?,
                objective: objective?,
                pace: Pace::Closed { think: Duration::ZERO },
                timeout: timeout?,
            },
            set: set?,
            captures: captures?,
            checks: checks?,
            follow: section.follow,
            always: section.always,
            pause: pause?,
            refresh: refresh?,
            fresh,
            aws: aws?,
        })
    }

    fn set(&self, request: &Request<'_>) -> Result<Vec<(usize, Template)>, Reported> {
        let values = self.section.set.iter().map(|(name, text)| {
            let value = request.text(&self.key.key("set").key(name), text)?;
            // Known from here on: not to the other values of this step, whose order the file does not say.
            Ok((name, template(value.reveal(), Escape::None)))
        });
        let values: Vec<_> = all(values)?;
        let known = values.into_iter().map(|(name, template)| {
            self.placeholders.learn(name);
            (self.placeholders.text_slot(name), template)
        });
        Ok(known.collect())
    }

    fn captures(&self) -> Result<Vec<Capture>, Reported> {
        all(self.section.capture.iter().map(|(name, query)| {
            let key = self.key.key("capture").key(name);
            extract::Query::parse(query)
                .map_err(|error| self.check.wrong(&key, error.to_string(), error.hint().as_deref()))?;
            Ok(Capture {
                name: Arc::from(name.as_str()),
                text_slot: None,
                json_slot: None,
                query: query.clone(),
                is_public: self.section.public.contains(name),
            })
        }))
    }

    fn checks(&self) -> Result<Vec<StepCheck>, Reported> {
        all(self.section.check.iter().enumerate().map(|(index, text)| {
            let key = self.key.key("check").index(index);
            let parsed = extract::Check::parse(text)
                .map_err(|error| self.check.wrong(&key, error.to_string(), error.hint().as_deref()))?;
            let value = match parsed.value_text() {
                Some(value) if value.contains("{{") => {
                    let marked = self.placeholders.marked(&key, value)?;
                    next_mark(&marked).is_some().then(|| template(&marked, Escape::None))
                }
                _ => None,
            };
            Ok(StepCheck { text: text.clone(), value })
        }))
    }

    fn pause(&self) -> Result<Pause, Reported> {
        let Some(PauseSection { constant, uniform, exponential }) = &self.section.pause else {
            return Ok(Pause::None);
        };
        let key = self.key.key("pause");
        let span = |name: &str, text: &str| self.check.span_or_zero(&key.key(name), text);
        match (constant, uniform, exponential) {
            (Some(text), None, None) => Ok(Pause::Constant(span("constant", text)?)),
            (None, Some(bounds), None) => {
                let [low, high] = bounds.as_slice() else {
                    let hint = "write the shortest and the longest, such as [\"1s\", \"3s\"]";
                    return Err(self.check.wrong(&key.key("uniform"), "needs two durations", Some(hint)));
                };
                let at = key.key("uniform");
                let low = self.check.span_or_zero(&at.index(0), low)?;
                let high = self.check.span_or_zero(&at.index(1), high)?;
                if low > high {
                    let what = "the first duration is longer than the second";
                    return Err(self.check.wrong(&at, what, Some("write the shortest first")));
                }
                Ok(Pause::Uniform(low, high))
            }
            (None, None, Some(text)) => Ok(Pause::Exponential { mean: span("exponential", text)? }),
            _ => {
                let hint = "write one of constant, uniform and exponential";
                Err(self.check.wrong(&key, "a pause has one kind", Some(hint)))
            }
        }
    }

    fn refresh(&self) -> Result<Option<Duration>, Reported> {
        let Some(text) = &self.section.refresh else { return Ok(None) };
        let key = self.key.key("refresh");
        if !self.is_setup {
            let hint = "move it to a [[journey.setup]]; only the setup is repeated by age";
            return Err(self.check.wrong(&key, "`refresh` belongs to the setup", Some(hint)));
        }
        self.check.span(&key, text).map(Some)
    }

    fn aws(&self, request: &Request<'_>) -> Result<Option<AwsSigning>, Reported> {
        let Some(AwsSection { access_key, secret_key, session_token, region, service }) =
            &self.section.aws_sigv4
        else {
            return Ok(None);
        };
        let key = self.key.key("aws_sigv4");
        let text = |name: &str, text: &str| {
            let text = request.check.resolve(&key.key(name), text)?;
            if text.reveal().is_empty() {
                return Err(self.check.wrong(&key.key(name), "is empty", None));
            }
            Ok(text.reveal().to_owned())
        };
        let token = session_token.as_ref().map(|token| text("session_token", token)).transpose();
        let (access_key, secret_key) = (text("access_key", access_key), text("secret_key", secret_key));
        let (region, service) = (text("region", region), text("service", service));
        Ok(Some(AwsSigning {
            access_key: access_key?,
            secret_key: secret_key?,
            session_token: token?,
            region: region?,
            service: service?,
        }))
    }
}

/// A path with slots. One that is captured as a whole is sent as it is.
fn path_template(marked: &str) -> Template {
    let is_whole = next_mark(marked).is_some_and(|mark| mark.is_alone());
    template(marked, if is_whole { Escape::None } else { Escape::Path })
}

/// Names of series in files, each once: a workload, and `workload.step`.
pub(super) fn repeated_series(names: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect()
}
