//! What every number means, and how it is found.

use crate::domain::percentile::Percentile;
use crate::report::formats::document::{Block, Document, Table};
use crate::report::view::run_view::RunView;

/// A number and what it means; `{learnt}` and `{needs}` are filled in.
const TERMS: [(&str, &str); 25] = [
    (
        "service time",
        "Completed - sent, of the requests that succeeded, in valid windows. It includes opening a connection where a \
             request needs one.",
    ),
    (
        "response time",
        "Completed - intended. In a closed loop it is the service time; in an open loop it includes the wait for a free \
             user, as a client with a fixed schedule feels it.",
    ),
    ("first byte", "First byte of the answer - sent."),
    (
        "mean",
        "Over all requests. Its interval is as wide as that of the mean of windows, with the autocorrelation of windows \
             allowed for (t on the effective number of windows).",
    ),
    (
        "p50, p90, p95, p99, p99.9",
        "From histograms merged over all valid windows, never from averaged percentiles; exact to 0.1 %. Intervals \
                 are order statistics, which take requests as independent: where windows differ much, the truth strays \
                 further. They need at least {needs} requests.",
    ),
    (
        "throughput, goodput",
        "Completed exchanges a second of measured time, whatever their status; successful ones. The interval is that of \
             the windows' mean.",
    ),
    (
        "errors",
        "Failed over failed and succeeded, with Wilson's interval. Throttled requests (429) are counted apart.",
    ),
    (
        "objective",
        "Held where the whole 95 % interval lies within what is promised, broken where it lies beyond, unclear \
             otherwise, or where too few requests support the number.",
    ),
    (
        "valid, throttled, invalid",
        "An invalid window is one in which the generator, not the target, was measured, or nothing was; a throttled one \
             met the target's limits. Neither enters a number above, but for the counts of requests and failures.",
    ),
    (
        "usual, baseline",
        "Mean and sigma of the logarithms of the windows' values: of the named baseline, or of the first {learnt} \
                 valid windows of each cell.",
    ),
    (
        "flag",
        "A window's mean, p95, throughput or error ratio beyond +-2 sigma of its baseline. Shown, never paged: the number \
             in brackets is what independent noise alone would flag (error ratios are not counted there). A daily swing or a \
             drift brings more.",
    ),
    (
        "alert",
        "A confirmed change of at least 10 %: three of five windows far out (burst), a step that noise and the daily swing \
             do not explain (shift), or more errors than the baseline knows (errors). One an incident. \
             Moved to: what was expected, moved by the whole change, which is not the value of one window.",
    ),
    (
        "change of level",
        "Found after the run by PELT on logarithms, confirmed by a t test that allows for autocorrelation; at least 5 %.",
    ),
    (
        "trend",
        "Theil-Sen's slope since the last change of level, tested by Mann-Kendall on what autocorrelation leaves; told where \
             24 hours of it move the value by at least 10 %.",
    ),
    (
        "before, after",
        "Of a typical window: the geometric mean of the windows' values. A percentile there is that of a typical window, \
             not of the level.",
    ),
    (
        "improvement",
        "After over before, turned so that above 0 is better: less time, more throughput. In brackets its 95 % interval; of \
             error ratios the difference in points.",
    ),
    (
        "effect",
        "The same difference in standard deviations between windows: below 0.5 it drowns in what windows differ anyway.",
    ),
    (
        "verdict",
        "Regressed or improved: beyond chance (Benjamini-Hochberg at 5 % over all values) and beyond a floor of 5 % (10 % \
             for p95 and p99, 0.5 points for errors). Unchanged: the whole interval within the floor. Otherwise inconclusive.",
    ),
    (
        "holds",
        "The upper end of the p95 interval is below the objective, and the users added last bring at least half of what \
             each of the first ones did.",
    ),
    (
        "each added user",
        "What the users added since the level below bring each, over what each user of the lowest level brings.",
    ),
    (
        "Little's law",
        "Throughput times response time over users: 1 where users do nothing but wait for answers.",
    ),
    (
        "alpha, beta, gamma",
        "Contention, coherency and single-user throughput of the Universal Scalability Law. A peak is told only from six \
             levels on, where one lies near or past it and its throughput is known to within 25 %.",
    ),
    (
        "headroom",
        "The throughput that holds over that of the first level with several users. It has no interval of its own.",
    ),
    (
        "cost",
        "Fixed and per-request prices of the scenario, for the demand that its users make. It takes the measured endpoint \
             that holds least for the whole platform.",
    ),
    ("units", "us is microseconds, kB and MB are powers of ten, times of day are UTC."),
];

pub(super) fn section(document: &mut Document, view: &RunView) {
    document.heading("appendix", "What the numbers mean");
    let learnt = view.health.learning_windows;
    let needs = Percentile::ALL
        .map(|percentile| crate::report::wording::numbers::count(percentile.needs()))
        .join(", ");
    let mut table = Table::new(&["number", "meaning"]);
    for (name, meaning) in TERMS {
        let meaning = meaning.replace("{learnt}", &learnt.to_string()).replace("{needs}", &needs);
        table.row(vec![name.into(), meaning.into()]);
    }
    let summary = "Definitions of every number in this report".to_owned();
    document.blocks.push(Block::Folded { summary, blocks: vec![Block::Table(table)] });
}
