//! The verb that notes what people did: `annotate`.

use super::entry::{Guide, long, short};

pub(super) const GUIDES: [Guide; 1] = [Guide {
    verb: "annotate",
    examples: &[
        short("A deployment, now", "baseline annotate \"deploy 1.2.3\""),
        short("Half an hour without alerts", "baseline annotate \"database upgrade\" --silence --for 30m"),
        long(
            "A planned silence of one endpoint",
            "baseline annotate \"cache moves\" --silence --at 2026-12-01T02:00:00Z \\\n  --for 2h --scenario demo --only browse",
        ),
        short("What was noted", "baseline annotate --list"),
    ],
    notes: &["docs/notes.md describes the file, and silences that come again every week."],
    exit: &[(0, "success")],
    environment: &[],
    files: &[("reports/notes.jsonl", "The notes, one per line; --out names another folder.")],
    see_also: &["report", "serve"],
}];
