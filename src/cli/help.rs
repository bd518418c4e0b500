//! Help of options that several verbs share.

/// `--fault` where it needs `--demo` or `--rehearse`.
pub(super) const RUN_FAULT: &str = "\
Inject a fault into the demo server or the rehearsal; repeatable. Needs --demo or --rehearse.

Forms:
  slow:ENDPOINT:+20%:AT..UNTIL  slower by 20% (-99% to +100000%)
  errors:ENDPOINT:5%:AT..UNTIL  5% fail with status 500 (up to 100%)
  cache:ENDPOINT:40%:AT..UNTIL  40% fewer cache hits (up to 100%)
  stall:ENDPOINT:AT..UNTIL      requests hang until the fault ends
  down:ENDPOINT:AT..UNTIL       connections close, no response
  none                          no fault, not even that of `start --demo`

ENDPOINT is health, health_detailed, browse, auth_check, landing, or * for all of them. Journeys also use signup, login, \
logout, me, pitch_create, pitch_list, pitch_read, pitch_update, pitch_delete, form, form_post, form_done, upload, redirect \
and redirected. AT and UNTIL count from the start of the run, such as 60s..1m30s. Leave out UNTIL for a fault without \
an end (not for stall).";

/// `--fault` of the demo server on its own.
pub(super) const SERVER_FAULT: &str = "\
Inject a fault; repeatable.

Forms:
  slow:ENDPOINT:+20%:AT..UNTIL  slower by 20% (-99% to +100000%)
  errors:ENDPOINT:5%:AT..UNTIL  5% fail with status 500 (up to 100%)
  cache:ENDPOINT:40%:AT..UNTIL  40% fewer cache hits (up to 100%)
  stall:ENDPOINT:AT..UNTIL      requests hang until the fault ends
  down:ENDPOINT:AT..UNTIL       connections close, no response

ENDPOINT is health, health_detailed, browse, auth_check, landing, or * for all of them. Journeys also use signup, login, \
logout, me, pitch_create, pitch_list, pitch_read, pitch_update, pitch_delete, form, form_post, form_done, upload, redirect \
and redirected. AT and UNTIL count from the start of the server, such as 60s..1m30s. Leave out UNTIL for a fault without \
an end (not for stall).";
