//! What the tests stand on: the program in a folder of its own, servers that misbehave, and data made up to order.

pub(crate) mod alert_sink;
pub(crate) mod answers;
pub(crate) mod dashboards;
pub(crate) mod fixtures;
pub(crate) mod folder;
pub(crate) mod frames;
pub(crate) mod hostile;
pub(crate) mod live;
pub(crate) mod made_check;
pub(crate) mod made_runs;
pub(crate) mod otlp;
pub(crate) mod planted;
pub(crate) mod platform;
pub(crate) mod ports;
pub(crate) mod program;
#[cfg(unix)]
pub(crate) mod pseudo_terminal;
pub(crate) mod raw_server;
pub(crate) mod receiver;
pub(crate) mod recording;
pub(crate) mod redact;
pub(crate) mod report;
pub(crate) mod scenario;
pub(crate) mod schemas;
pub(crate) mod seal;
pub(crate) mod simulate;
pub(crate) mod simulate_gate;
pub(crate) mod simulate_growth;
pub(crate) mod tls;
pub(crate) mod tries;
pub(crate) mod truth;
