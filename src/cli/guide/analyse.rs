//! The verbs that read tables of other programs: `detect` and `capacity`.

use super::entry::{Guide, long, short};

pub(super) const GUIDES: [Guide; 2] = [
    Guide {
        verb: "detect",
        examples: &[
            short("A column of percentiles", "baseline detect latency.csv --time timestamp --value p95_ms"),
            short("Skip a start-up of ten minutes", "baseline detect rps.csv --skip 10m"),
            long(
                "One metric of a k6 export, one row per input row",
                "baseline detect k6.csv --where metric_name=http_req_duration \\\n  --value metric_value --format csv",
            ),
        ],
        notes: &[],
        exit: &[(0, "success, whatever was found"), (3, "inconclusive: too few values to learn from")],
        environment: &[],
        files: &[],
        see_also: &["capacity"],
    },
    Guide {
        verb: "capacity",
        examples: &[
            short("Columns with other names", "baseline capacity levels.csv --users vus --throughput rps"),
            short(
                "One endpoint, for programs",
                "baseline capacity levels.csv --where endpoint=browse --format json",
            ),
        ],
        notes: &[],
        exit: &[(0, "success")],
        environment: &[],
        files: &[],
        see_also: &["detect", "start"],
    },
];
