// Talks to the server: reads JSON, listens to events, and says how the connection is.

const API = "/api/v1";
const asked = new URLSearchParams(location.search);
/** The run that this page stays with: the one of the address, then the one of the first snapshot. */
let run = asked.get("run");

/** Keeps to a run, so that a newer one that the server begins is not mixed into this page. */
export function stayWith(id) { run = id; }

export const isChosen = () => asked.has("run");

function address(path, params = {}) {
  const query = new URLSearchParams();
  if (run) query.set("run", run);
  for (const [name, value] of Object.entries(params)) if (value !== null && value !== undefined) query.set(name, value);
  const text = query.toString();
  return `${API}/${path}${text ? `?${text}` : ""}`;
}

/** Reads an endpoint of the API. */
export async function read(path, params, signal) {
  const limit = AbortSignal.timeout(20000);
  const stop = signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : signal ?? limit;
  const response = await fetch(address(path, params), { signal: stop, cache: "no-store" });
  if (!response.ok) {
    let message = `the server responded ${response.status}`;
    try { message = (await response.json()).error ?? message; } catch { /* No JSON: the status has to do. */ }
    throw Object.assign(new Error(message), { status: response.status });
  }
  return response.json();
}

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
/** The server speaks every 5 s. A connection that is silent for longer may be dead without the browser knowing, as after
 * the sleep of a laptop or behind a proxy. */
const DEAD_AFTER = 20000;
const KINDS = ["window", "incident", "gap", "marks", "state", "reset"];

/**
 * Listens to the events after `after`. The browser reconnects by itself with `Last-Event-ID`; where it gives up, this does.
 * `take(kind, data)` gets each event, `changed(isOpen)` each change of the connection.
 */
export function listen(after, take, changed) {
  let last = after;
  let wait = FIRST_WAIT;
  let source = null;
  let timer = 0;
  let watch = 0;
  const again = () => {
    changed(false);
    source.close();
    clearTimeout(watch);
    clearTimeout(timer);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(again, DEAD_AFTER);
  };
  const open = () => {
    source = new EventSource(address("events", { after: last }));
    alive();
    source.onopen = () => { wait = FIRST_WAIT; alive(); changed(true); };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) again();
      else { alive(); changed(false); }
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        alive();
        const number = Number(event.lastEventId);
        if (event.lastEventId !== "" && Number.isFinite(number)) last = number;
        let data = null;
        try { data = event.data ? JSON.parse(event.data) : null; } catch { return; }
        take(kind, data);
      });
    }
  };
  open();
  return () => { clearTimeout(timer); clearTimeout(watch); source.close(); };
}
