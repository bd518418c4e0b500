//! The verb that checks services: `check`.

use super::entry::{Guide, long, short};
use super::environment::{CERTIFICATES, COLOUR, PROXIES, REFERENCES};
use super::measure::SCENARIOS;

pub(super) const GUIDES: [Guide; 1] = [Guide {
    verb: "check",
    examples: &[
        short("Every service of a scenario", "baseline check my-service.toml"),
        short("A URL, without a scenario", "baseline check https://api.example/health"),
        long(
            "From cron: keep each report, and report only what changed",
            "baseline check my-service.toml --out checks --against checks",
        ),
        long(
            "In CI: fail on anything that should be planned, and show it in the test report",
            "baseline check my-service.toml --fail-on medium --format junit > check.xml",
        ),
        long(
            "For the textfile collector of node exporter",
            "baseline check my-service.toml --format prometheus > check.prom",
        ),
        long(
            "Whether the documented rate limits are enforced",
            "baseline check my-service.toml --rate-limits --max-wait 20m",
        ),
        long(
            "A server with a certificate of a private authority",
            "baseline check https://127.0.0.1:8443/health --cacert ca.pem",
        ),
    ],
    notes: &[
        "Services are described as [[service]] in a scenario, with their WebSocket paths, CORS rules, logins with wrong \
         credentials and rules for what responses must say. Without one, each host of the endpoints is a service.",
        "A certificate that is not trusted is a finding, not an error. Redirects are followed only to hosts of the scenario, \
         and only to see where they lead. Only GET, HEAD and OPTIONS are sent, and the logins of the scenario.",
        "Times are medians of requests on new connections, one connection each. What is graded TLS is what this client \
         observes: it speaks TLS 1.2 and 1.3.",
    ],
    exit: &[
        (0, "no finding of the priority of --fail-on or above"),
        (1, "at least one such finding"),
        (3, "a service could not be measured; with --strict, any part of one"),
    ],
    environment: &[REFERENCES, CERTIFICATES, PROXIES, COLOUR],
    files: &[SCENARIOS, ("DIR/check-SCENARIO-TIME.html, .md, .xml, .json", "With --out: the report.")],
    see_also: &["test", "start", "scenario check"],
}];
