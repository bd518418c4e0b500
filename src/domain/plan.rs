//! A validated plan: every cell, when it is measured, and what it may send.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::cell_name::CellName;
use super::endpoint::Endpoint;
use super::feeder::Feeder;
use super::journey::Journey;
use super::level::Level;
use super::monitoring::{Hook, Monitoring};
use super::rate_limit::RateLimit;
use super::receiver::Receiver;
use super::service::Assessment;
use super::silence::Silence;
use super::trace::Tracing;
use super::transport::Transport;
use super::workload::{Part, Workload};

/// One workload at one level, as positions in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Index into [`Plan::workloads`].
    pub workload: usize,
    /// Index into [`Plan::levels`].
    pub level: usize,
    /// Which side of a comparison it measures, if any.
    pub side: Side,
}

impl Cell {
    /// A cell that is compared with no other in its run.
    pub fn new(workload: usize, level: usize) -> Self {
        Self { workload, level, side: Side::Alone }
    }
}

/// A side of a comparison within one run, as `gate --ab` makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Side {
    /// The run compares no sides: every run except those of `gate --ab`.
    #[default]
    Alone,
    /// The side to compare with: before the change.
    A,
    /// The side that is judged: after the change.
    B,
}

/// In which order a cycle visits its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellOrder {
    /// A fresh seeded order in each cycle, so that drift is not confounded with level.
    Shuffled,
    /// The order in which the plan lists them.
    Listed,
    /// Two sides of a comparison: the cells of a pair follow each other, first A before B, then B before A, and pairs
    /// are shuffled.
    Paired,
}

/// A block of addresses, such as `127.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// A block of addresses; `None` where the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether an address lies in the block. An IPv4 address written as IPv6 is treated as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix.min(32));
                u32::from(net).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                u128::from(net).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// Hosts and networks that requests may go to. Everything not listed is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    /// Allowed host names and addresses, lowercase.
    pub hosts: Vec<String>,
    /// Blocks that every address of a name must lie in; empty means any address.
    pub networks: Vec<Network>,
}

impl Allowed {
    /// Whether a host is on the list; case does not matter.
    pub fn host(&self, host: &str) -> bool {
        self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    /// Whether connections to an address are allowed.
    pub fn address(&self, address: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
    }
}

/// Where requests may go, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// Hosts and networks that requests may go to.
    pub allowed: Allowed,
    /// How connections are made.
    pub transport: Transport,
}

/// A validated scenario, ready to run: what is measured, when, and with which limits.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name of the scenario, and of its baselines' folder.
    pub name: Arc<str>,
    /// Workloads in the order of the scenario file; [`Cell::workload`] indexes them.
    pub workloads: Vec<Workload>,
    /// Rows of data for journeys; [`super::journey::Slot::Data`] indexes them.
    pub feeders: Vec<Feeder>,
    /// Load levels in the order of the scenario file; [`Cell::level`] indexes them.
    pub levels: Vec<Level>,
    /// Every cell that is measured, grouped by workload.
    pub cells: Vec<Cell>,
    /// Cells that the target's rate limits leave no room for.
    pub left_out: Vec<Cell>,
    /// The most requests that a window of each cell may send, in the order of `cells`; `None` is no bound.
    pub request_caps: Vec<Option<u64>>,
    /// Planned length of the run, gaps included.
    pub duration: Duration,
    /// Time from the start of one pass over all cells to the start of the next.
    pub cycle: Duration,
    /// How long a cell is measured, after its warm-up.
    pub window: Duration,
    /// How long a cell is driven before it is measured; may be zero.
    pub warm_up: Duration,
    /// Order of the cells within a cycle.
    pub order: CellOrder,
    /// Where requests may go, and how.
    pub access: Access,
    /// Documented rate limits of the target.
    pub rate_limits: Vec<RateLimit>,
    /// What a health check looks at, and how often it does during the run.
    pub assessment: Assessment,
    /// Interval of the health checks during the run; `None` makes none.
    pub check_every: Option<Duration>,
    /// How a monitor probes, and what it keeps.
    pub monitoring: Monitoring,
    /// Commands that a monitor runs when a state changes.
    pub hooks: Vec<Hook>,
    /// Stretches in which nobody is alerted.
    pub silences: Vec<Silence>,
    /// Where alerts are sent.
    pub receivers: Vec<Receiver>,
    /// Whether requests name the trace that they belong to.
    pub tracing: Tracing,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// What the variables of the environment held that the scenario refers to.
    pub secrets: Secrets,
}

/// Values that must not be shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// These values.
    pub fn new(values: Vec<String>) -> Self {
        Self(values)
    }

    /// The values, for finding them where they stand. Never print them.
    pub fn values(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl Plan {
    /// How many cycles fit into the duration; at least one.
    pub fn cycles(&self) -> u64 {
        let cycles = self.duration.as_nanos() / self.cycle.as_nanos().max(1);
        u64::try_from(cycles).unwrap_or(u64::MAX).max(1)
    }

    /// How many windows the whole run commits; at most one per cell and cycle.
    pub fn windows(&self) -> u64 {
        self.cycles().saturating_mul(self.cells.len() as u64)
    }

    /// How long one cell takes, warm-up and window together.
    pub fn cell_span(&self) -> Duration {
        self.warm_up + self.window
    }

    /// The workload that a cell measures.
    pub fn workload(&self, cell: Cell) -> &Workload {
        &self.workloads[cell.workload]
    }

    /// The load level of a cell.
    pub fn level(&self, cell: Cell) -> &Level {
        &self.levels[cell.level]
    }

    /// The name of a cell in files.
    pub fn cell_name(&self, cell: Cell) -> CellName {
        CellName::new(Arc::clone(self.workload(cell).name()), Arc::clone(&self.level(cell).name))
    }

    /// The cell with this name, or the cell that this name is a step of.
    pub fn cell_named(&self, name: &CellName) -> Option<Cell> {
        let is_named = |cell: &Cell| {
            *self.workload(*cell).name() == name.workload && self.level(*cell).name == name.level
        };
        self.cells.iter().chain(&self.left_out).copied().find(is_named)
    }

    /// A cell as people read it: `endpoint at level:users`.
    pub fn describe(&self, cell: Cell) -> String {
        format!("{} at {}", self.workload(cell).name(), self.level(cell))
    }

    /// The cell that measures the other side of a comparison; `None` where there is none.
    pub fn other_side(&self, cell: Cell) -> Option<Cell> {
        // The sides of a comparison stand next to each other in the plan.
        let workload = match cell.side {
            Side::Alone => return None,
            Side::A => cell.workload + 1,
            Side::B => cell.workload.checked_sub(1)?,
        };
        let is_other = |other: &&Cell| {
            other.workload == workload && other.level == cell.level && other.side != cell.side
        };
        self.cells.iter().find(is_other).copied()
    }

    /// The first request of the first cell on a side of the comparison; `None` where no cell is on it.
    pub fn first_of(&self, side: Side) -> Option<&Endpoint> {
        let first = self.cells.iter().find(|cell| cell.side == side)?;
        self.workload(*first).first_request()
    }

    /// The names of a cell's parts in files, in the order of their rows.
    pub fn part_names(&self, cell: Cell) -> Vec<CellName> {
        let whole = self.cell_name(cell);
        let part = |part: &Part<'_>| CellName { step: Some(Arc::from(part.name.as_str())), ..whole.clone() };
        self.workload(cell).parts().iter().map(part).collect()
    }

    /// Number of users of the workloads before this one that use a feeder.
    pub fn users_of_feeder_before(&self, feeder: usize, workload: usize) -> u64 {
        let uses = |index: &usize| {
            let journeys = self.workloads[*index].members().iter().filter_map(Workload::as_journey);
            journeys.flat_map(Journey::feeders).any(|used| used == feeder)
        };
        (0..workload).filter(uses).map(|earlier| u64::from(self.users_of(earlier))).sum()
    }

    /// Number of users of the workloads before this one: its own are numbered from there.
    pub fn users_before(&self, workload: usize) -> u64 {
        (0..workload).map(|earlier| u64::from(self.users_of(earlier))).sum()
    }

    /// How many virtual users a workload needs at its highest level.
    pub fn users_of(&self, workload: usize) -> u32 {
        let of_workload = self.cells.iter().filter(|cell| cell.workload == workload);
        of_workload.map(|cell| self.level(*cell).users.get()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_they_should() {
        let check = |network: (&str, u8), address: &str, expected| {
            let network = Network::new(network.0.parse().unwrap(), network.1).unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network:?} {address}");
        };
        check(("127.0.0.0", 8), "127.9.9.9", true);
        check(("127.0.0.0", 8), "128.0.0.1", false);
        check(("127.0.0.0", 8), "::ffff:127.0.0.1", true);
        check(("127.0.0.0", 8), "::1", false);
        check(("::1", 128), "::1", true);
        check(("0.0.0.0", 0), "9.9.9.9", true);
        check(("10.1.2.3", 32), "10.1.2.4", false);
    }

    #[test]
    fn an_empty_list_of_hosts_allows_none() {
        assert!(!Allowed::default().host("127.0.0.1"));
    }
}
