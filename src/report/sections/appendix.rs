//! Definitions of the numbers in the report, and the methods behind them.

use crate::domain::percentile::Percentile;
use crate::report::formats::document::{Block, Document, Table};
use crate::report::view::run_view::RunView;

/// A number and its definition; `{learned}` and `{needs}` are filled in.
const TERMS: [(&str, &str); 26] = [
    (
        "service time",
        "From sending the request to the last byte of the response, for successful requests in valid windows. Includes \
         opening a connection if the request needed one.",
    ),
    (
        "response time",
        "From the scheduled start to the last byte of the response. In a closed loop it equals the service time. In an open \
         loop it includes the wait for a free user, as a client with a fixed schedule would experience it.",
    ),
    ("first byte", "From sending the request to the first byte of the response."),
    (
        "mean",
        "Over all requests. The interval is computed from the means of the windows and accounts for their autocorrelation \
         (t distribution on the effective number of windows).",
    ),
    (
        "p50, p90, p95, p99, p99.9",
        "From histograms merged over all valid windows, never from averaged percentiles; exact to 0.1 %. Intervals are order \
         statistics, which assume independent requests: if windows differ a lot, the true uncertainty is larger. They need \
         at least {needs} requests.",
    ),
    (
        "throughput, goodput",
        "Completed requests per second of measured time: of any status, and successful ones only. The interval is that of \
         the windows' mean.",
    ),
    (
        "errors",
        "Failed requests divided by failed and successful requests, with the Wilson interval. Rate-limited requests (429) are \
         counted separately.",
    ),
    (
        "SLO",
        "Met if the whole 95 % interval is within the limit, violated if the whole interval is beyond it. Otherwise, or with \
         too few requests, undecided.",
    ),
    (
        "valid, rate-limited, invalid",
        "In an invalid window the load generator was the bottleneck, or no request completed. In a rate-limited window the \
         target sent 429 responses. Both are excluded from all numbers above, except the counts of requests and failures.",
    ),
    (
        "baseline",
        "Mean and sigma of the logarithms of the windows' values, from the named baseline or from the first {learned} valid \
         windows of each cell (one endpoint at one load level). The baseline band is the mean +-2 sigma.",
    ),
    (
        "outlier",
        "A window whose mean, p95 or throughput is more than 2 sigma from what was expected at that hour: level, trend and daily \
         cycle of the cell, fitted to the whole run. The expected value follows lasting level shifts and changes below 10 %, but \
         not an incident, so the windows of an incident are outliers. Windows beyond 2 sigma of the baseline, one band for all \
         hours, are counted beside them; a daily cycle or a drift produces many of those. Both are informational and do not \
         alert. The range in parentheses is what chance brings in 95 of 100 runs, for normal noise. Error ratios are not counted \
         there.",
    ),
    (
        "alert",
        "A confirmed change of a cell for the worse, by at least 10 %: three of five windows far from the forecast (burst), a step \
         that neither noise nor the daily cycle explains (shift), or more errors than the baseline is compatible with (errors).",
    ),
    (
        "incident",
        "One or more cells that are worse for one cause from the same beginning to the same end. The size is estimated from all \
         windows of these cells together with the daily cycle, not taken from a single window. Beginning and end are the starts of \
         the first affected window and of the first window back to normal.",
    ),
    (
        "level shift",
        "Found after the run by PELT on logarithms, confirmed by a t test that accounts for autocorrelation; at least 5 %.",
    ),
    (
        "trend",
        "Theil-Sen slope since the last level shift, tested with Mann-Kendall after removing autocorrelation. Reported if it \
         changes the value by at least 10 % in 24 hours.",
    ),
    (
        "before, after",
        "Values of a typical window: the geometric mean of the windows' values. A percentile is that of a typical window, not \
         of the whole level.",
    ),
    (
        "improvement",
        "Change from before to after, positive if it is better: less time, more throughput. In parentheses its 95 % interval. \
         For error ratios it is the difference in percentage points.",
    ),
    (
        "effect size",
        "The same change in standard deviations between windows. Below 0.5 it is small compared with the normal variation of \
         windows.",
    ),
    (
        "verdict",
        "Regressed or improved: statistically significant (Benjamini-Hochberg at 5 % over all values) and at least 5 % (10 % \
         for p95 and p99, 0.5 percentage points for errors). Unchanged: the whole interval is within these floors. Otherwise \
         inconclusive.",
    ),
    (
        "sustained",
        "A level is sustained if the upper end of its p95 interval is below the SLO. With five or more levels, the gain per \
         added user must also be at least 50 %.",
    ),
    (
        "gain per added user",
        "Throughput gained per user added since the level below, relative to the throughput per user at the lowest level.",
    ),
    (
        "Little's law",
        "Throughput times response time, divided by users. It is 1 if users only wait for responses.",
    ),
    (
        "alpha, beta, gamma",
        "Contention, coherency and single-user throughput of the Universal Scalability Law. A peak is reported only with six or \
         more levels, one of them near or past it, and if its throughput is known to within 25 %.",
    ),
    (
        "headroom",
        "Sustained throughput relative to the throughput of the first level with several users. It has no interval.",
    ),
    (
        "cost",
        "Fixed and per-request prices from the scenario, for the requests its customers make. The endpoint with the lowest \
         sustained throughput stands for the whole platform.",
    ),
    ("units", "us is microseconds, kB and MB are powers of ten, times of day are UTC."),
];

pub(super) fn section(document: &mut Document, view: &RunView) {
    document.heading("appendix", "Definitions");
    let learned = view.health.learning_windows;
    let needs = Percentile::ALL
        .map(|percentile| crate::report::wording::numbers::count(percentile.needs()))
        .join(", ");
    let mut table = Table::new(&["number", "meaning"]);
    for (name, meaning) in TERMS {
        let meaning = meaning.replace("{learned}", &learned.to_string()).replace("{needs}", &needs);
        table.row(vec![name.into(), meaning.into()]);
    }
    let summary = "Definition of every number in this report".to_owned();
    document.folded(summary, vec![Block::Table(table)]);
}
