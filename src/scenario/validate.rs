//! Turns a scenario file into a plan, and reports the first invalid value with its position.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::domain::endpoint::{Arrivals, Pace};
use crate::domain::level::Level;
use crate::domain::plan::{Access, Allowed, CellOrder, Plan, Side};
use crate::domain::rate_limit::{Allowance, RateLimit};
use crate::domain::units::format_span;
use crate::domain::workload::Workload;

use super::check::{Check, Settings, network};
use super::environment::Environment;
use super::error::ScenarioError;
use super::file::{OrderText, RateLimitPolicy, SCHEMA, ScenarioFile};
use super::key_path::KeyPath;
use super::source::Source;
use super::{limits, locate, origin, validate_endpoint, validate_transport};

/// More users than this on one machine measure the machine.
const MOST_USERS: i64 = 10_000;
/// Bounds the size of a plan, and with it of every file that is drawn from it.
const MOST_CELLS: usize = 10_000;

/// Validates a file and makes it a plan.
/// # Errors
/// The first rule that is broken, as a [`ScenarioError`].
pub fn plan_of(
    file: &ScenarioFile,
    source: &Source,
    environment: &Environment,
    settings: &Settings,
) -> Result<Plan, ScenarioError> {
    let check = Check { source, environment, settings };
    check.header(file)?;
    check.cost(file)?;
    let allowed = check.allowed(file)?;
    let levels = check.levels(file)?;
    let transport = validate_transport::transport(&check, &file.target, &allowed)?;
    let (endpoints, cells) = validate_endpoint::endpoints(&check, file, &allowed, &levels)?;
    let origins: Vec<_> = endpoints.iter().map(|endpoint| &endpoint.origin).collect();
    validate_transport::through_proxy(&check, &allowed, &transport, &origins)?;
    if cells.len() > MOST_CELLS {
        return Err(check.wrong(&KeyPath::of(["endpoint"]), format!("more than {MOST_CELLS} cells"), None));
    }
    let span = |key: &str, text: &str| check.span(&KeyPath::of(["plan", key]), text);
    let mut plan = Plan {
        name: Arc::from(file.name.as_str()),
        request_caps: vec![None; cells.len()],
        left_out: Vec::new(),
        workloads: endpoints.into_iter().map(Workload::Endpoint).collect(),
        levels,
        cells,
        duration: span("duration", &file.plan.duration)?,
        cycle: span("cycle", &file.plan.cycle)?,
        window: span("window", &file.plan.window)?,
        warm_up: check.span_or_zero(&KeyPath::of(["plan", "warm_up"]), &file.plan.warm_up)?,
        order: match file.plan.order {
            OrderText::Shuffled => CellOrder::Shuffled,
            OrderText::Listed => CellOrder::Listed,
            OrderText::Paired => CellOrder::Paired,
        },
        access: Access { allowed, transport },
        rate_limits: check.rate_limits(file)?,
        seed: settings.seed,
    };
    check.times(&plan)?;
    check.pairs(&mut plan)?;
    check.drawn_arrivals(&plan)?;
    match file.plan.rate_limits {
        RateLimitPolicy::Ignore => (),
        RateLimitPolicy::Fit => limits::fit(&mut plan).map_err(|excess| check.over_limit(&excess))?,
        RateLimitPolicy::Refuse => {
            limits::refuse_excess(&plan).map_err(|excess| check.over_limit(&excess))?;
        }
    }
    Ok(plan)
}

impl Check<'_> {
    /// A plan that exceeds a documented limit, at that limit.
    fn over_limit(&self, excess: &limits::Excess) -> ScenarioError {
        let place = locate::place_of(self.source, &KeyPath::of(["rate_limit"]).index(excess.limit));
        ScenarioError::RateLimit { place, sums: excess.sums.clone() }
    }

    fn header(&self, file: &ScenarioFile) -> Result<(), ScenarioError> {
        if file.schema != SCHEMA {
            let what = format!("schema {} is not supported; this version reads schema {SCHEMA}", file.schema);
            let hint = "use the version of `baseline` that the file was written for, or a newer one";
            return Err(self.wrong(&KeyPath::of(["schema"]), what, Some(hint)));
        }
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

    fn allowed(&self, file: &ScenarioFile) -> Result<Allowed, ScenarioError> {
        let hosts = file.target.allow_hosts.iter();
        let hosts =
            hosts.map(|host| origin::host(host).unwrap_or_else(|_| host.to_ascii_lowercase())).collect();
        let at = KeyPath::of(["target", "allow_networks"]);
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
        Ok(Allowed { hosts, networks: networks.collect::<Result<_, _>>()? })
    }

    fn levels(&self, file: &ScenarioFile) -> Result<Vec<Level>, ScenarioError> {
        let at = KeyPath::of(["levels"]);
        if file.levels.is_empty() {
            return Err(self.wrong(&at, "there are no levels", Some("add one, such as normal_load = 5")));
        }
        let mut levels = Vec::new();
        for (name, users) in &file.levels {
            let key = at.key(name);
            self.name(&key, name)?;
            let in_range =
                u32::try_from(*users).ok().filter(|_| *users <= MOST_USERS).and_then(NonZeroU32::new);
            let users = in_range.ok_or_else(|| {
                self.wrong(&key, format!("{users} users; a level needs 1 to {MOST_USERS}"), None)
            })?;
            levels.push(Level { name: Arc::from(name.as_str()), users });
        }
        levels.sort_by(|a, b| (a.users, &a.name).cmp(&(b.users, &b.name)));
        Ok(levels)
    }

    fn rate_limits(&self, file: &ScenarioFile) -> Result<Vec<RateLimit>, ScenarioError> {
        let at = KeyPath::of(["rate_limit"]);
        let mut all = Vec::new();
        for (index, section) in file.rate_limit.iter().enumerate() {
            let key = at.index(index);
            if !section.path.starts_with('/') {
                return Err(self.wrong(&key.key("path"), "a path starts with /", None));
            }
            let mut allowances = Vec::new();
            for (place, limit) in section.limits.iter().enumerate() {
                let key = key.key("limits").index(place);
                let requests = u64::try_from(limit.requests).ok().filter(|requests| *requests > 0);
                let requests = requests.ok_or_else(|| {
                    self.wrong(&key.key("requests"), "a limit must allow at least 1 request", None)
                })?;
                allowances.push(Allowance { requests, per: self.span(&key.key("per"), &limit.per)? });
            }
            all.push(RateLimit { path: section.path.clone(), allowances });
        }
        Ok(all)
    }

    /// Prices are finite and not below 0, and there is something to pay for.
    fn cost(&self, file: &ScenarioFile) -> Result<(), ScenarioError> {
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
        amount(at.key("requests_per_user_per_month"), requests, requests > 0.0)?;
        amount(at.key("peak_to_average"), cost.peak_to_average, cost.peak_to_average >= 1.0)?;
        if cost.currency.is_empty() || cost.currency.chars().count() > 8 {
            return Err(self.wrong(&at.key("currency"), "write a currency such as USD", None));
        }
        for (index, item) in cost.item.iter().enumerate() {
            let at = at.key("item").index(index);
            for (key, value) in [
                ("fixed_per_month", item.fixed_per_month),
                ("per_million_requests", item.per_million_requests),
                ("included_requests", item.included_requests),
            ] {
                amount(at.key(key), value, value >= 0.0)?;
            }
        }
        Ok(())
    }

    fn times(&self, plan: &Plan) -> Result<(), ScenarioError> {
        let key = |name| KeyPath::of(["plan", name]);
        if plan.window > plan.cycle {
            let what = format!(
                "the window of {} is longer than the cycle of {}",
                format_span(plan.window),
                format_span(plan.cycle)
            );
            return Err(self.wrong(&key("window"), what, Some("shorten the window, or lengthen the cycle")));
        }
        if !self.settings.cells_fit_cycle {
            return Ok(());
        }
        if plan.cycle > plan.duration {
            let what = format!(
                "the cycle of {} is longer than the run of {}",
                format_span(plan.cycle),
                format_span(plan.duration)
            );
            return Err(self.wrong(&key("cycle"), what, Some("shorten the cycle, or lengthen the run")));
        }
        let cells = u32::try_from(plan.cells.len()).unwrap_or(u32::MAX);
        let needed = plan.cell_span().saturating_mul(cells);
        if needed > plan.cycle {
            let what = format!(
                "all cells together take {} ({cells} x {}: window {} + warm-up {}), but the cycle is {}",
                format_span(needed),
                format_span(plan.cell_span()),
                format_span(plan.window),
                format_span(plan.warm_up),
                format_span(plan.cycle),
            );
            return Err(self.wrong(
                &key("cycle"),
                what,
                Some("lengthen the cycle, shorten the window, or measure fewer cells"),
            ));
        }
        Ok(())
    }
}

impl Check<'_> {
    /// Endpoints that are measured in pairs are the two sides of a comparison, and have the same cells.
    fn pairs(&self, plan: &mut Plan) -> Result<(), ScenarioError> {
        if plan.order != CellOrder::Paired {
            return Ok(());
        }
        for cell in &mut plan.cells {
            cell.side = if cell.workload.is_multiple_of(2) { Side::A } else { Side::B };
        }
        if plan.cells.iter().all(|cell| plan.other_side(*cell).is_some()) {
            return Ok(());
        }
        let what = "paired order needs an even number of endpoints with the same levels in each pair";
        Err(self.wrong(&KeyPath::of(["plan", "order"]), what, Some("use order = \"shuffled\"")))
    }
}

/// Arrivals that are drawn beforehand are kept in memory for their window.
const MOST_DRAWN_ARRIVALS: f64 = 2_000_000.0;

impl Check<'_> {
    fn drawn_arrivals(&self, plan: &Plan) -> Result<(), ScenarioError> {
        for (index, workload) in plan.workloads.iter().enumerate() {
            if let Pace::Open { rate, arrivals: Arrivals::Poisson } = workload.pace()
                && rate * plan.cell_span().as_secs_f64() > MOST_DRAWN_ARRIVALS
            {
                let key = KeyPath::of(["endpoint"]).index(index).key("pace").key("rate");
                let what = format!("more than {MOST_DRAWN_ARRIVALS} Poisson arrivals in one window");
                return Err(self.wrong(&key, what, Some("lower the rate, or shorten the window")));
            }
        }
        Ok(())
    }
}
