//! The verb `stack` and its subcommand.

use super::entry::{Guide, long, short};

pub(super) const GUIDES: [Guide; 2] = [
    Guide {
        verb: "stack",
        examples: &[short("Ask all parts on this machine", "baseline stack verify")],
        notes: &[],
        exit: &[],
        environment: &[],
        files: &[],
        see_also: &["stack verify", "export stack"],
    },
    Guide {
        verb: "stack verify",
        examples: &[
            short("All parts of an exported stack", "baseline stack verify stack"),
            short("One part only", "baseline stack verify --prometheus http://127.0.0.1:9090"),
            long("Another port for one part", "baseline stack verify stack --grafana http://127.0.0.1:3001"),
        ],
        notes: &["Each part has 3 seconds to respond. Redirects are not followed, and no proxy is used."],
        exit: &[(0, "every part is ready"), (1, "a part is not ready")],
        environment: &[],
        files: &[("DIR/urls.txt", "Where the parts are.")],
        see_also: &["export stack"],
    },
];
