//! Turns a scenario file into a plan, and reports every invalid value with its position.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::feeder::{RowOrder, RowPer};
use crate::domain::level::Level;
use crate::domain::plan::{Access, Allowed, CellOrder, Plan, Side};
use crate::domain::rate_limit::{Allowance, RateLimit};
use crate::domain::trace::Tracing;
use crate::domain::workload::Workload;

use super::check::{Check, Settings, all, network};
use super::document::{Document, OTHER_SCHEMA_HINT, other_schema};
use super::environment::Environment;
use super::error::ScenarioError;
use super::file::{OrderText, RateLimitPolicy, SCHEMA, ScenarioFile, TraceparentText};
use super::key_path::KeyPath;
use super::problem::Reported;
use super::validate_request::Common;
use super::validate_times::Times;
use super::{
    limits, origin, validate_data, validate_mix, validate_monitor, validate_receiver, validate_service,
    validate_transport,
};

/// More users than this on one machine measure the machine.
const MOST_USERS: i64 = 10_000;
/// The shortest interval of health checks during a run.
const SHORTEST_CHECK: Duration = Duration::from_mins(1);

/// Validates a file and makes it a plan.
/// # Errors
/// [`ScenarioError::Invalid`] with every problem of the file, those of its shape included.
pub fn plan_of(
    file: &ScenarioFile,
    document: &Document,
    environment: &Environment,
    settings: &Settings,
) -> Result<Plan, ScenarioError> {
    let check = Check::new(document, environment, settings);
    match plan(&check, file) {
        Ok(plan) if check.is_clean() => Ok(plan),
        _ => Err(check.into_error()),
    }
}

fn plan(check: &Check<'_>, file: &ScenarioFile) -> Result<Plan, Reported> {
    // All parts are looked at before the first problem ends it, so that every problem is reported.
    check.schema(file)?;
    let name = check.scenario_name(file);
    let allowed = check.allowed(file);
    let times = Times::of(check, file);
    let levels = check.levels(file);
    let transport = validate_transport::transport(check, &file.target, allowed.as_ref().ok());
    let common =
        Common { file, allowed: allowed.as_ref().ok(), levels: levels.as_deref().ok(), times: &times };
    let feeders = validate_data::feeders(check, file);
    let workloads = validate_mix::workloads(check, &common, feeders.as_deref().ok());
    let known = workloads.as_ref().ok().map(|(workloads, _)| workloads.as_slice());
    let assessment = validate_service::assessment(check, &common, known);
    let check_every = check.check_every(file);
    let rate_limits = check.rate_limits(file);
    let cost = check.cost(file);
    let watching = validate_monitor::watching(check, file);
    let receivers = validate_receiver::receivers(check, &file.receiver);
    let order = times.fit(check, cells_of_file(file)).and(check.pairs(file));
    let most = check.most_requests(file);
    if let (Ok(allowed), Ok(transport), Ok((workloads, _))) = (&allowed, &transport, &workloads) {
        let requests = workloads.iter().flat_map(Workload::requests);
        let services = assessment.iter().flat_map(|assessment| &assessment.services);
        let origins: Vec<_> =
            requests.map(|request| &request.origin).chain(services.map(|service| &service.origin)).collect();
        validate_transport::through_proxy(check, allowed, transport, &origins)?;
    }
    let (workloads, cells) = workloads?;
    let access = Access { allowed: allowed?, transport: transport? };
    name.and(cost).and(order)?;
    let validate_monitor::Watching { monitoring, hooks, silences } = watching?;
    let mut plan = Plan {
        name: Arc::from(file.name.as_str()),
        request_caps: vec![None; cells.len()],
        left_out: Vec::new(),
        workloads,
        feeders: feeders?,
        levels: levels?,
        cells,
        duration: times.duration?,
        cycle: times.cycle?,
        window: times.window?,
        warm_up: times.warm_up?,
        order: match file.plan.order {
            OrderText::Shuffled => CellOrder::Shuffled,
            OrderText::Listed => CellOrder::Listed,
            OrderText::Paired => CellOrder::Paired,
        },
        access,
        rate_limits: rate_limits?,
        assessment: assessment?,
        check_every: check_every?,
        monitoring,
        hooks,
        silences,
        receivers: receivers?,
        tracing: file.plan.traceparent.map_or_else(Tracing::default, TraceparentText::tracing),
        seed: check.settings.seed,
        secrets: check.secrets(),
    };
    if plan.order == CellOrder::Paired {
        for cell in &mut plan.cells {
            cell.side = if cell.workload.is_multiple_of(2) { Side::A } else { Side::B };
        }
    }
    check.rows_for_users(&plan)?;
    // The sums need a whole plan, and cost time.
    if check.is_clean() && check.settings.needs_load {
        check.limits(file, &mut plan)?;
    }
    if let Some(most) = most? {
        for cap in &mut plan.request_caps {
            *cap = Some(cap.map_or(most, |cap| cap.min(most)));
        }
    }
    Ok(plan)
}

/// The number of cells of a file, whether or not its levels are valid.
fn cells_of_file(file: &ScenarioFile) -> usize {
    let levels = file.endpoint.iter().map(|endpoint| &endpoint.levels);
    let levels = levels.chain(file.journey.iter().map(|journey| &journey.levels));
    let levels = levels.chain(file.mix.iter().map(|mix| &mix.levels));
    levels.map(|levels| levels.as_ref().map_or(file.levels.len(), Vec::len)).sum()
}

impl Check<'_> {
    /// A queue that hands each user one row needs as many rows as there are users.
    fn rows_for_users(&self, plan: &Plan) -> Result<(), Reported> {
        let mut result = Ok(());
        for (index, feeder) in plan.feeders.iter().enumerate() {
            let users = plan.users_of_feeder_before(index, plan.workloads.len());
            let rows = feeder.rows.len() as u64;
            if (feeder.order, feeder.per) == (RowOrder::Queue, RowPer::User) && rows < users {
                let what = format!("{rows} rows for {users} users: a queue hands out each row once");
                let hint = "add rows, or share them with order = \"circular\"";
                result = Err(self.wrong(&KeyPath::of(["data"]).index(index), what, Some(hint)));
            }
        }
        result
    }

    /// The interval of health checks; a minute at least, as each takes requests that the run does not count.
    fn check_every(&self, file: &ScenarioFile) -> Result<Option<Duration>, Reported> {
        let Some(text) = &file.plan.check else { return Ok(None) };
        let key = KeyPath::of(["plan", "check"]);
        let every = self.span(&key, text)?;
        if every < SHORTEST_CHECK {
            let hint = "a health check during a run is for what changes slowly; write 1h";
            return Err(self.wrong(&key, "is shorter than a minute", Some(hint)));
        }
        Ok(Some(every))
    }

    /// The most requests of a window.
    fn most_requests(&self, file: &ScenarioFile) -> Result<Option<u64>, Reported> {
        let Some(most) = file.plan.requests else { return Ok(None) };
        let most = u64::try_from(most).ok().filter(|most| *most > 0);
        let key = KeyPath::of(["plan", "requests"]);
        most.map(Some).ok_or_else(|| self.wrong(&key, "is not a number of requests", Some("write 1 or more")))
    }

    fn limits(&self, file: &ScenarioFile, plan: &mut Plan) -> Result<(), Reported> {
        let result = match file.plan.rate_limits {
            RateLimitPolicy::Ignore => Ok(()),
            RateLimitPolicy::Fit => limits::fit(plan),
            RateLimitPolicy::Refuse => limits::refuse_excess(plan),
        };
        result.map_err(|excess| {
            let what = format!("the plan exceeds a documented rate limit of the target\n{}", excess.sums);
            let hint = "set `rate_limits = \"fit\"` under [plan] to send fewer requests, or use --ignore-rate-limits \
                        if the limits do not apply to this client";
            self.wrong(&KeyPath::of(["rate_limit"]).index(excess.limit), what, Some(hint))
        })
    }

    fn schema(&self, file: &ScenarioFile) -> Result<(), Reported> {
        let key = KeyPath::of(["schema"]);
        if file.schema == SCHEMA || self.document.is_unknown(&key) {
            return Ok(());
        }
        Err(self.wrong(&key, other_schema(i64::from(file.schema)), Some(OTHER_SCHEMA_HINT)))
    }

    fn scenario_name(&self, file: &ScenarioFile) -> Result<(), Reported> {
        let key = KeyPath::of(["name"]);
        self.name(&key, &file.name)?;
        // The name becomes a folder, so it must be valid on every file system.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !file.name.chars().all(plain) {
            return Err(self.wrong(
                &key,
                "the name of a scenario may contain only ASCII letters, digits, `-`, `_` and `.`",
                None,
            ));
        }
        Ok(())
    }

    fn allowed(&self, file: &ScenarioFile) -> Result<Allowed, Reported> {
        let at = KeyPath::of(["target", "allow_networks"]);
        // An entry that cannot be read would make every host look blocked.
        let are_known =
            self.document.is_whole(&KeyPath::of(["target", "allow_hosts"])) && self.document.is_whole(&at);
        let hosts = file.target.allow_hosts.iter();
        let hosts =
            hosts.map(|host| origin::host(host).unwrap_or_else(|_| host.to_ascii_lowercase())).collect();
        let blocks = file.target.allow_networks.as_deref();
        if blocks.is_some_and(<[String]>::is_empty) {
            let hint = "add a network such as 127.0.0.0/8, or remove the key to allow any address";
            return Err(self.wrong(&at, "the list is empty, so all addresses are blocked", Some(hint)));
        }
        let networks = blocks.unwrap_or_default().iter().enumerate().map(|(index, text)| {
            network(text).ok_or_else(|| {
                let what = format!("{text:?} is not a network");
                self.wrong(&at.index(index), what, Some("write an address and a prefix, such as 127.0.0.0/8"))
            })
        });
        let networks = all(networks)?;
        if are_known { Ok(Allowed { hosts, networks }) } else { Err(Reported(())) }
    }

    fn levels(&self, file: &ScenarioFile) -> Result<Vec<Level>, Reported> {
        let at = KeyPath::of(["levels"]);
        if file.levels.is_empty() {
            return Err(self.wrong(&at, "there are no levels", Some("add one, such as normal_load = 5")));
        }
        let levels = file.levels.iter().map(|(name, users)| {
            let key = at.key(name);
            let is_name = self.name(&key, name);
            let in_range =
                u32::try_from(*users).ok().filter(|_| *users <= MOST_USERS).and_then(NonZeroU32::new);
            let users = in_range.ok_or_else(|| {
                self.wrong(&key, format!("{users} users; a level needs 1 to {MOST_USERS}"), None)
            });
            is_name.and(users).map(|users| Level { name: Arc::from(name.as_str()), users })
        });
        let mut levels: Vec<Level> = all(levels)?;
        levels.sort_by(|a, b| (a.users, &a.name).cmp(&(b.users, &b.name)));
        Ok(levels)
    }

    fn rate_limits(&self, file: &ScenarioFile) -> Result<Vec<RateLimit>, Reported> {
        let at = KeyPath::of(["rate_limit"]);
        let limits = file.rate_limit.iter().enumerate().map(|(index, section)| {
            let key = at.index(index);
            let path = if section.path.starts_with('/') {
                Ok(section.path.clone())
            } else {
                Err(self.wrong(&key.key("path"), "a path must start with /", None))
            };
            let allowances = section.limits.iter().enumerate().map(|(place, limit)| {
                let key = key.key("limits").index(place);
                let requests = u64::try_from(limit.requests).ok().filter(|requests| *requests > 0);
                let requests = requests.ok_or_else(|| {
                    self.wrong(&key.key("requests"), "a limit must allow at least 1 request", None)
                });
                let per = self.span(&key.key("per"), &limit.per);
                Ok(Allowance { requests: requests?, per: per? })
            });
            let allowances = all(allowances);
            Ok(RateLimit { path: path?, allowances: allowances? })
        });
        all(limits)
    }

    /// Prices are finite and not below 0, and there is something to pay for.
    fn cost(&self, file: &ScenarioFile) -> Result<(), Reported> {
        let Some(cost) = &file.cost else { return Ok(()) };
        let at = KeyPath::of(["cost"]);
        let amount = |key: KeyPath, value: f64, is_right: bool| {
            let what = || {
                format!(
                    "{value} is not valid; write a number above 0 (a price may be 0, the peak is at least 1)"
                )
            };
            if is_right && value.is_finite() { Ok(()) } else { Err(self.wrong(&key, what(), None)) }
        };
        let requests = cost.requests_per_user_per_month;
        let mut result = amount(at.key("requests_per_user_per_month"), requests, requests > 0.0).and(amount(
            at.key("peak_to_average"),
            cost.peak_to_average,
            cost.peak_to_average >= 1.0,
        ));
        if cost.currency.is_empty() || cost.currency.chars().count() > 8 {
            result = Err(self.wrong(&at.key("currency"), "write a currency such as USD", None));
        }
        for (index, item) in cost.item.iter().enumerate() {
            let at = at.key("item").index(index);
            for (key, value) in [
                ("fixed_per_month", item.fixed_per_month),
                ("per_million_requests", item.per_million_requests),
                ("included_requests", item.included_requests),
            ] {
                result = result.and(amount(at.key(key), value, value >= 0.0));
            }
        }
        result
    }

    /// Endpoints that are measured in pairs are the two sides of a comparison, and have the same cells.
    fn pairs(&self, file: &ScenarioFile) -> Result<(), Reported> {
        let levels = |names: &Option<Vec<String>>| -> BTreeSet<String> {
            let names = names.clone();
            names.map_or_else(|| file.levels.keys().cloned().collect(), |names| names.into_iter().collect())
        };
        let of_endpoints: Vec<_> = file.endpoint.iter().map(|endpoint| levels(&endpoint.levels)).collect();
        let of_journeys: Vec<_> = file.journey.iter().map(|journey| levels(&journey.levels)).collect();
        let of_mixes: Vec<_> = file.mix.iter().map(|mix| levels(&mix.levels)).collect();
        let are_paired =
            |all: &[BTreeSet<String>]| all.chunks(2).all(|pair| matches!(pair, [a, b] if a == b));
        let are_pairs = [of_endpoints, of_journeys, of_mixes].iter().all(|all| are_paired(all));
        if file.plan.order != OrderText::Paired || are_pairs {
            return Ok(());
        }
        let what = "paired order needs an even number of endpoints with the same levels in each pair";
        Err(self.wrong(&KeyPath::of(["plan", "order"]), what, Some("use order = \"shuffled\"")))
    }
}
