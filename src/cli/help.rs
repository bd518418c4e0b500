//! Help text that several verbs share. What a single verb prints stays with its arguments.

/// What every exit code means; printed below the top-level help and in the man page.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  success: everything that was judged passed
  1  failure: an SLO was violated, the target does not work, or a regression was found (gate)
  2  error: usage, scenario, environment, input or output
  3  inconclusive: the measurement is invalid, rate-limited (429), incomplete, too short or too noisy

Run `baseline COMMAND --help` for all options of a command, with examples.";

/// How durations are written, for the end of a long help.
pub(super) const DURATIONS: &str = "\
Durations have a unit (us, ms, s, m, h, d) and can be combined: 500ms, 10s, 1m30s, 48h.";

/// `--fault` where it needs `--demo` or `--rehearse`.
pub(super) const RUN_FAULT: &str = "\
Inject a fault into the demo server or the rehearsal; repeatable. Needs --demo or --rehearse.

Forms:
  slow:ENDPOINT:+20%:AT..UNTIL   service time +20% (above -100%, up to +100000%)
  errors:ENDPOINT:5%:AT..UNTIL   5% of requests fail with status 500 (up to 100%)
  cache:ENDPOINT:40%:AT..UNTIL   40% of the cache hits become misses (up to 100%)
  stall:ENDPOINT:AT..UNTIL       requests hang until the fault ends
  down:ENDPOINT:AT..UNTIL        connections are closed without a response
  none                           no fault; turns off the slowdown of `start --demo`

ENDPOINT is health, health_detailed, browse, auth_check, landing, or * for all of them. AT and UNTIL count from the start \
of the run, such as 60s..1m30s. Leave out UNTIL for a fault without an end (not for stall).";

/// `--fault` of the demo server on its own.
pub(super) const SERVER_FAULT: &str = "\
Inject a fault; repeatable.

Forms:
  slow:ENDPOINT:+20%:AT..UNTIL   service time +20% (above -100%, up to +100000%)
  errors:ENDPOINT:5%:AT..UNTIL   5% of requests fail with status 500 (up to 100%)
  cache:ENDPOINT:40%:AT..UNTIL   40% of the cache hits become misses (up to 100%)
  stall:ENDPOINT:AT..UNTIL       requests hang until the fault ends
  down:ENDPOINT:AT..UNTIL        connections are closed without a response

ENDPOINT is health, health_detailed, browse, auth_check, landing, or * for all of them. AT and UNTIL count from the start \
of the server, such as 60s..1m30s. Leave out UNTIL for a fault without an end (not for stall).";
