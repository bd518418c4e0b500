//! Rules of what is not a window: certificates, health checks, caches, rate limits, machines, and the monitor itself.

use std::time::Duration;

use crate::domain::alert::AlertKind;
use crate::domain::finding::Priority;
use crate::domain::generator::STARVED_WAIT_SHARE;
use crate::domain::objective::ObjectiveKind;

use super::limits::{Limited, beyond, described};
use super::names::RuleName;
use super::promql::{number, span};
use super::rule::{Alerting, Case, Recording, Series, Shown};
use super::scope::{Scope, subject};
use super::shown::{duration, percent};
use super::windows::{AGE, BY};

/// Seconds until a certificate expires.
const CERTIFICATE: &str = "scenario_endpoint:baseline_certificate_left_seconds";
/// Hits over hits and misses of the cache.
const CACHE: &str = "scenario_endpoint_level:baseline_cache_hit_ratio";
/// Fewest responses that say whether they come from a cache.
const LEAST_CACHE_RESPONSES: u32 = 20;
const DAY_S: f64 = 86_400.0;
/// Limits where the scenario sets none.
const CERTIFICATE_DAYS: f64 = 14.0;
const CACHE_HIT_RATIO: f64 = 0.7;
const MEMORY: f64 = 0.8;
/// Fraction of requests with status 429.
const RATE_LIMITED: f64 = 0.01;

const FIVE_MINUTES: Duration = Duration::from_mins(5);
const TEN_MINUTES: Duration = Duration::from_mins(10);
const QUARTER: Duration = Duration::from_mins(15);

impl Scope<'_> {
    /// What the rules of this file are based on.
    pub(super) fn platform_recordings(self) -> Vec<Recording> {
        let scenario = self.scenario();
        // Checks know every certificate; without checks, the connections of the load show them.
        let certificate = format!(
            "(min by (scenario, endpoint) (label_replace(probe_ssl_earliest_cert_expiry{{{scenario}}}, \"endpoint\", \"$1\", \
             \"service\", \"(.*)\")) - time())\nor on (scenario) min by (scenario, endpoint) \
             (baseline_certificate_expiry_seconds{{{scenario}}})"
        );
        let mut recordings = vec![Recording::new(CERTIFICATE, certificate)];
        if !self.plan.workloads.is_empty() {
            let workloads = self.workloads();
            let range = span(QUARTER.max(6 * self.timing().every));
            let count = |result: &str, function: &str| {
                format!(
                    "sum {BY} ({function}(baseline_cache_responses_total{{{workloads}{result}}}[{range}]))"
                )
            };
            let ratio = format!(
                "{}\n/ {}\nand {} >= {LEAST_CACHE_RESPONSES}",
                count(",result=\"hit\"", "rate"),
                count("", "rate"),
                count("", "increase")
            );
            recordings.push(Recording::new(CACHE, ratio));
        }
        recordings
    }

    /// The rules that need no load.
    pub(super) fn platform_alerts(self) -> Vec<Alerting> {
        let certificates = [self.certificate_expired(), self.certificate_soon()];
        let all = certificates.into_iter().chain([self.check_failed(), self.memory(), self.silent()]);
        let mut alerts: Vec<Alerting> = all.collect();
        if !self.plan.workloads.is_empty() {
            alerts.extend(self.cache());
            alerts.extend([self.rate_limited(), self.starved()]);
        }
        alerts
    }

    fn certificate_case(self, name: &str, days: f64, hold: Duration, fires: bool) -> Case {
        let (at, count) = self.after(hold);
        let expires = days * DAY_S + at.as_secs_f64();
        let labels = [("scenario", &*self.plan.name), ("service", "web")];
        let series =
            Series::new("probe_ssl_earliest_cert_expiry", &labels, format!("{}x{count}", number(expires)));
        let subject = vec![("endpoint", "web".to_owned())];
        Case {
            name: name.to_owned(),
            series: vec![series],
            at,
            fires: fires.then(|| (subject, duration(days * DAY_S))),
        }
    }

    fn certificate_expired(self) -> Alerting {
        let hold = Duration::ZERO;
        let mut expired = self.certificate_case("expired", 0.0, hold, true);
        if let Some((_, value)) = &mut expired.fires {
            "0s".clone_into(value);
        }
        Alerting {
            name: RuleName::Known(AlertKind::CertificateExpired),
            expr: format!("{CERTIFICATE}{{{}}} <= 0", self.scenario()),
            hold,
            shown: Shown::Duration,
            summary: "The certificate of {endpoint} has expired".to_owned(),
            description: "Clients refuse to connect to {endpoint}. Time left: {value}.".to_owned(),
            cases: vec![expired, self.certificate_case("a day left", 1.0, hold, false)],
        }
    }

    fn certificate_soon(self) -> Alerting {
        let own =
            self.plan.workloads.iter().filter_map(|of| of.objective().limit(ObjectiveKind::CertificateDays));
        let days = own.reduce(f64::max).filter(|days| *days > 0.0).unwrap_or(CERTIFICATE_DAYS);
        let hold = Duration::from_hours(1);
        let left = format!("{CERTIFICATE}{{{}}}", self.scenario());
        Alerting {
            name: RuleName::Known(AlertKind::CertificateExpiresSoon),
            expr: format!("{left} < {}\nand {left} > 0", number(days * DAY_S)),
            hold,
            shown: Shown::Duration,
            summary: format!("The certificate of {{endpoint}} expires within {} days", number(days)),
            description: "It expires in {value}. Renew it, and check that the new one is served.".to_owned(),
            cases: vec![
                self.certificate_case("half of the days left", days / 2.0, hold, true),
                self.certificate_case("twice the days left", days * 2.0, hold, false),
                self.certificate_case("expired already", 0.0, hold, false),
            ],
        }
    }

    fn check_failed(self) -> Alerting {
        let scenario = self.scenario();
        let fail_on = self.plan.assessment.fail_on;
        let counted: Vec<&str> =
            Priority::ALL.into_iter().filter(|of| *of >= fail_on).map(Priority::name).collect();
        let stale = number((3 * self.plan.monitoring.check_every).as_secs_f64());
        let findings = format!("baseline_check_findings{{{scenario},priority=~\"{}\"}}", counted.join("|"));
        let hold = Duration::ZERO;
        let case = |name: &str, count: &str, priority: &str, fires: bool| {
            let (at, evaluations) = self.after(hold);
            let step = self.timing().evaluation().as_secs();
            let of = |name: &str, further: &[(&str, &str)], values: String| {
                Series::new(name, &[&[("scenario", &*self.plan.name)], further].concat(), values)
            };
            let labels = [("service", "web"), ("priority", priority)];
            Case {
                name: name.to_owned(),
                series: vec![
                    of("baseline_check_timestamp_seconds", &[], format!("0+{step}x{evaluations}")),
                    of("baseline_check_findings", &labels, format!("{count}x{evaluations}")),
                ],
                at,
                fires: fires.then(|| (vec![("endpoint", "web".to_owned())], count.to_owned())),
            }
        };
        Alerting {
            name: RuleName::Known(AlertKind::Check),
            expr: format!(
                "sum by (scenario, endpoint) (label_replace({findings}, \"endpoint\", \"$1\", \"service\", \"(.*)\")) > 0\n\
                 and on (scenario) max by (scenario) (baseline_check_timestamp_seconds{{{scenario}}}) > time() - {stale}"
            ),
            hold,
            shown: Shown::Number,
            summary: "The health check of {endpoint} fails".to_owned(),
            description: format!(
                "Findings of priority {} or above in the last check: {{value}}.",
                fail_on.name()
            ),
            cases: vec![
                case("two findings", "2", fail_on.name(), true),
                case("no finding", "0", fail_on.name(), false),
            ],
        }
    }

    fn memory(self) -> Alerting {
        let hold = FIVE_MINUTES;
        let case = |name: &str, available: &str, fires: Option<String>| {
            let (at, count) = self.after(hold);
            let of = |name, value: &str| {
                Series::new(name, &[("instance", "web-1:9100"), ("job", "node")], format!("{value}x{count}"))
            };
            let series = vec![
                of("node_memory_MemAvailable_bytes", available),
                of("node_memory_MemTotal_bytes", "1000"),
            ];
            let fires = fires.map(|value| (vec![("instance", "web-1:9100".to_owned())], value));
            Case { name: name.to_owned(), series, at, fires }
        };
        Alerting {
            name: RuleName::MemoryHigh,
            expr: format!(
                "max by (instance) (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes) > {}",
                number(MEMORY)
            ),
            hold,
            shown: Shown::Percent,
            summary: "{instance} is short of memory".to_owned(),
            description: format!(
                "{{value}} of the memory of {{instance}} is in use. The limit is {}.",
                percent(MEMORY)
            ),
            cases: vec![
                case("a tenth is available", "100", Some(percent(0.9))),
                case("half is available", "500", None),
            ],
        }
    }

    fn silent(self) -> Alerting {
        let timing = self.timing();
        let scenario = self.scenario();
        let hold = timing.brief(Duration::from_mins(1));
        let stale = timing.stale_after();
        let mut parts = Vec::new();
        let has_load = !self.plan.workloads.is_empty();
        if has_load {
            let limit = number(stale.as_secs_f64());
            let whole = format!("min by (scenario) ({AGE}{{{scenario}}}) > {limit}");
            parts.push(whole.clone());
            // One alert for the monitor as a whole, or one for each workload that it left out.
            parts.push(format!("({AGE}{{{scenario}}} > {limit} unless on (scenario) {whole})"));
            parts.push(format!("absent(baseline_window_timestamp_seconds{{{scenario}}})"));
        }
        if !self.plan.assessment.services.is_empty() || !has_load {
            let checks = number((3 * self.plan.monitoring.check_every).as_secs_f64());
            let at = format!("baseline_check_timestamp_seconds{{{scenario}}}");
            if !has_load {
                parts.push(format!("absent({at})"));
            }
            parts.push(format!("(time() - max by (scenario) ({at}) > {checks})"));
        }
        Alerting {
            name: RuleName::MonitorSilent,
            expr: parts.join("\nor "),
            hold,
            shown: Shown::Duration,
            summary: format!("The monitor of {} has stopped measuring", self.plan.name),
            description: format!(
                "No new window for {} or longer, or Prometheus gets no metrics of {}. No other rule sees the target now.",
                span(stale),
                self.plan.name
            ),
            cases: self.silent_cases(hold, stale),
        }
    }

    fn silent_cases(self, hold: Duration, stale: Duration) -> Vec<Case> {
        let (at, count) = self.after(hold + stale);
        let nothing = Series::new("up", &[("job", "baseline")], format!("0x{count}"));
        let gone = Some((Vec::new(), String::new()));
        let mut cases =
            vec![Case { name: "no metrics".to_owned(), series: vec![nothing], at, fires: gone.clone() }];
        let step = self.timing().evaluation().as_secs();
        let checks = || {
            let labels = [("scenario", &*self.plan.name)];
            Series::new("baseline_check_timestamp_seconds", &labels, format!("0+{step}x{count}"))
        };
        if let Some(cell) = self.example() {
            let stopped = self.series("baseline_window_timestamp_seconds", &cell, &[], format!("0x{count}"));
            let goes_on = self.measured(&cell, count);
            cases.extend([
                Case { name: "no new window".to_owned(), series: vec![stopped, checks()], at, fires: gone },
                Case { name: "windows come".to_owned(), series: vec![goes_on, checks()], at, fires: None },
            ]);
        } else {
            cases.push(Case { name: "checks come".to_owned(), series: vec![checks()], at, fires: None });
        }
        cases
    }

    fn cache(self) -> Option<Alerting> {
        let mut limits = self.limits(ObjectiveKind::CacheHitRatio, CACHE_HIT_RATIO, FIVE_MINUTES);
        limits.retain(|of| of.limit > 0.0);
        // What is never cached has no hit ratio to lose, unless its scenario sets a limit.
        let used = |of: &Limited| {
            let hits = format!("baseline_cache_responses_total{{{},result=\"hit\"}}", self.workloads());
            if of.is_own() { String::new() } else { format!("\n  and sum {BY} (increase({hits}[1d])) > 0") }
        };
        let (expr, hold) = beyond(CACHE, "<", &limits, |limit| limit, used);
        let case = |name: &str, of: &Limited, hits: f64, fires: bool| {
            let (at, count) = self.after(of.hold + QUARTER.max(6 * self.timing().every));
            let series = |result, share: f64| {
                let values = format!("0+{}x{count}", number(100.0 * share));
                self.series("baseline_cache_responses_total", &of.example, &[("result", result)], values)
            };
            let series = vec![series("hit", hits), series("miss", 1.0 - hits)];
            let fires = fires.then(|| (subject(&of.example), percent(hits)));
            Case { name: name.to_owned(), series, at, fires }
        };
        let cases = |of: &Limited| {
            [case("half of the limit", of, of.limit / 2.0, true), case("all from the cache", of, 1.0, false)]
        };
        (!limits.is_empty()).then(|| Alerting {
            name: RuleName::Known(AlertKind::Cache),
            expr,
            hold,
            shown: Shown::Percent,
            summary: "Only {value} of the responses of {endpoint} come from a cache".to_owned(),
            description: format!(
                "The cache hit ratio of {{endpoint}} at {{level}} is {{value}}. {}",
                described(&limits, percent)
            ),
            cases: limits.iter().flat_map(cases).collect(),
        })
    }

    fn rate_limited(self) -> Alerting {
        let workloads = self.workloads();
        let range = span(self.timing().range(TEN_MINUTES));
        let hold = self.timing().hold(FIVE_MINUTES);
        let count = |outcome: &str| {
            format!("sum {BY} (increase(baseline_requests_total{{{workloads}{outcome}}}[{range}]))")
        };
        let case = |name: &str, throttled: &str, fires: Option<String>| {
            let (at, count) = self.after(hold + self.timing().range(TEN_MINUTES));
            let cell = self.example()?;
            let of = |outcome, step: &str| {
                self.series(
                    "baseline_requests_total",
                    &cell,
                    &[("outcome", outcome)],
                    format!("0+{step}x{count}"),
                )
            };
            let series = vec![of("throttled", throttled), of("succeeded", "4")];
            Some(Case {
                name: name.to_owned(),
                series,
                at,
                fires: fires.map(|shown| (subject(&cell), shown)),
            })
        };
        Alerting {
            name: RuleName::RateLimited,
            expr: format!("{}\n/ {} > {}", count(",outcome=\"throttled\""), count(""), number(RATE_LIMITED)),
            hold,
            shown: Shown::Percent,
            summary: "{endpoint} rejects requests of the monitor with status 429".to_owned(),
            description: "{value} of the requests of {endpoint} at {level} were rate-limited. They count neither as succeeded nor as failed.".to_owned(),
            cases: [case("a fifth", "1", Some(percent(0.2))), case("none", "0", None)].into_iter().flatten().collect(),
        }
    }

    fn starved(self) -> Alerting {
        let scenario = self.scenario();
        let hold = self.timing().hold(FIVE_MINUTES);
        let stale = number(self.timing().stale_after().as_secs_f64());
        let case = |name: &str, value: f64, fires: bool| {
            let (at, count) = self.after(hold);
            let labels = [("scenario", &*self.plan.name)];
            let wait =
                Series::new("baseline_generator_wait_ratio", &labels, format!("{}x{count}", number(value)));
            let series = vec![wait, self.measured(&self.example()?, count)];
            Some(Case {
                name: name.to_owned(),
                series,
                at,
                fires: fires.then(|| (Vec::new(), percent(value))),
            })
        };
        Alerting {
            name: RuleName::GeneratorStarved,
            expr: format!(
                "max by (scenario) (baseline_generator_wait_ratio{{{scenario}}}) > {}\nand min by (scenario) ({AGE}{{{scenario}}}) <= {stale}",
                number(STARVED_WAIT_SHARE)
            ),
            hold,
            shown: Shown::Percent,
            summary: format!("The load generator of {} waits for a CPU", self.plan.name),
            description: "It waited for a CPU for {value} of the last window. Its times are too long: do not trust them.".to_owned(),
            cases: [case("waits", 0.4, true), case("waits a little", 0.01, false)].into_iter().flatten().collect(),
        }
    }
}
