//! A validated plan: every cell, when it is measured, and what it may send.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::cell_name::CellName;
use super::endpoint::Endpoint;
use super::level::Level;
use super::rate_limit::RateLimit;
use super::workload::Workload;

/// One workload at one level, by their places in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// Index into [`Plan::workloads`].
    pub workload: usize,
    /// Index into [`Plan::levels`].
    pub level: usize,
    /// Which side of a comparison it measures.
    pub side: Side,
}

impl Cell {
    /// A cell that is compared with no other in its run.
    pub fn new(workload: usize, level: usize) -> Self {
        Self { workload, level, side: Side::Alone }
    }
}

/// A side of a comparison within one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Side {
    /// The run compares no sides.
    #[default]
    Alone,
    /// What was before.
    A,
    /// What comes after.
    B,
}

/// In which order a cycle visits its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellOrder {
    /// A fresh seeded order each cycle, so that drift is not confounded with level.
    Shuffled,
    /// As the plan lists them.
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
    /// A block; `None` where the prefix is longer than the address.
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

/// Where packets may go. Fails closed: what is not named gets none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    /// Host names and addresses, lowercase.
    pub hosts: Vec<String>,
    /// Blocks that every address of a name must lie in; empty means any address.
    pub networks: Vec<Network>,
}

impl Allowed {
    /// Whether a host is named.
    pub fn host(&self, host: &str) -> bool {
        self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    /// Whether an address may be connected to.
    pub fn address(&self, address: IpAddr) -> bool {
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(address))
    }
}

/// A validated plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario's name.
    pub name: Arc<str>,
    /// In the order of the file.
    pub workloads: Vec<Workload>,
    /// In the order of the file.
    pub levels: Vec<Level>,
    /// Every cell that is measured, workload by workload.
    pub cells: Vec<Cell>,
    /// Cells that the target's rate limits leave no room for.
    pub left_out: Vec<Cell>,
    /// For each cell, the most requests a window may send; `None` is no bound.
    pub request_caps: Vec<Option<u64>>,
    /// How long the run lasts.
    pub duration: Duration,
    /// One pass over all cells starts this often.
    pub cycle: Duration,
    /// How long a cell is measured.
    pub window: Duration,
    /// How long a cell is driven before it is measured.
    pub warm_up: Duration,
    /// The order of cells within a cycle.
    pub order: CellOrder,
    /// Where packets may go.
    pub allowed: Allowed,
    /// Documented limits of the target.
    pub rate_limits: Vec<RateLimit>,
    /// The seed of every random choice.
    pub seed: u64,
}

impl Plan {
    /// How many cycles fit into the duration; at least one.
    pub fn cycles(&self) -> u64 {
        let cycles = self.duration.as_nanos() / self.cycle.as_nanos().max(1);
        u64::try_from(cycles).unwrap_or(u64::MAX).max(1)
    }

    /// How many windows the whole run commits.
    pub fn windows(&self) -> u64 {
        self.cycles().saturating_mul(self.cells.len() as u64)
    }

    /// How long one cell takes, warm-up included.
    pub fn cell_span(&self) -> Duration {
        self.warm_up + self.window
    }

    /// The workload of a cell.
    pub fn workload(&self, cell: Cell) -> &Workload {
        &self.workloads[cell.workload]
    }

    /// The level of a cell.
    pub fn level(&self, cell: Cell) -> &Level {
        &self.levels[cell.level]
    }

    /// The name of a cell in files.
    pub fn cell_name(&self, cell: Cell) -> CellName {
        CellName::new(Arc::clone(self.workload(cell).name()), Arc::clone(&self.level(cell).name))
    }

    /// The cell of that name, or of which that names a step.
    pub fn cell_named(&self, name: &CellName) -> Option<Cell> {
        let is_named = |cell: &Cell| {
            *self.workload(*cell).name() == name.workload && self.level(*cell).name == name.level
        };
        self.cells.iter().chain(&self.left_out).copied().find(is_named)
    }

    /// A cell for people: `endpoint at level:users`.
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

    /// The endpoint of the first cell of a side of a comparison.
    pub fn first_of(&self, side: Side) -> Option<&Endpoint> {
        let first = self.cells.iter().find(|cell| cell.side == side)?;
        Some(self.workload(*first).endpoint())
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
