//! The parts of the stack, and where they listen: on loopback, with containers and without them.

use std::fmt::Write as _;

/// A part of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Prometheus: stores metrics and evaluates rules.
    Prometheus,
    /// Alertmanager: routes alerts.
    Alertmanager,
    /// Grafana: shows metrics.
    Grafana,
    /// Blackbox exporter: probes the endpoints.
    Blackbox,
    /// Node exporter: metrics of the machine.
    Node,
    /// The monitor of this program.
    Baseline,
}

impl Part {
    /// Every part, in the order of the list.
    pub const ALL: [Self; 6] =
        [Self::Prometheus, Self::Alertmanager, Self::Grafana, Self::Blackbox, Self::Node, Self::Baseline];

    /// Its name on the command line and in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::Blackbox => "blackbox",
            Self::Node => "node",
            Self::Baseline => "baseline",
        }
    }

    /// Its port on loopback.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::Alertmanager => 9093,
            Self::Grafana => 3000,
            Self::Blackbox => 9115,
            Self::Node => 9100,
            Self::Baseline => 8900,
        }
    }

    /// Host and port.
    pub(super) fn address(self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    fn url(self) -> String {
        format!("http://{}", self.address())
    }

    /// The path that says whether it is ready.
    pub(super) fn ready_path(self) -> &'static str {
        match self {
            Self::Prometheus | Self::Alertmanager => "/-/ready",
            Self::Grafana => "/api/health",
            Self::Blackbox => "/-/healthy",
            Self::Node => "/metrics",
            Self::Baseline => "/health/ready",
        }
    }
}

/// The file with the URLs of a stack's parts.
pub const URLS: &str = "urls.txt";

/// The URLs of a stack on this machine.
pub fn default_urls() -> Vec<(Part, String)> {
    Part::ALL.map(|part| (part, part.url())).to_vec()
}

/// The text of the file.
pub(super) fn urls_text() -> String {
    let mut text =
        "# Where `baseline stack verify DIR` asks. Change a URL with the address in the configuration.\n"
            .to_owned();
    for (part, url) in default_urls() {
        let _ = writeln!(text, "{} {url}", part.name());
    }
    text
}

/// The URLs in the text of that file; `None` where a line is not a part and a URL.
pub fn urls_in(text: &str) -> Option<Vec<(Part, String)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, url) = line.split_once(char::is_whitespace)?;
            let part = Part::ALL.into_iter().find(|part| part.name() == name)?;
            Some((part, url.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_back() {
        assert_eq!(urls_in(&urls_text()), Some(default_urls()));
        assert_eq!(urls_in("node http://x\n\n# y"), Some(vec![(Part::Node, "http://x".to_owned())]));
        assert_eq!(urls_in("nodes http://x"), None);
        assert_eq!(urls_in("node"), None);
    }
}
