// What is shown, as the part of the address behind `#`: links can be shared, and the back button works.

const KEYS = ["level", "series", "window", "incident", "from", "to", "scale"];

/** The present route; keys that are not set are absent. */
export function route() {
  const params = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(KEYS.filter((key) => params.has(key)).map((key) => [key, params.get(key)]));
}

/** The address of the present route with some keys changed; `null` takes a key out. */
export function linkTo(changes) {
  const next = { ...route(), ...changes };
  const params = new URLSearchParams();
  for (const key of KEYS) if (next[key] !== null && next[key] !== undefined) params.set(key, next[key]);
  return `#${params}`;
}

/** Goes there; a step for the back button, unless it replaces the present one. */
export function go(changes, replaces = false) {
  const hash = linkTo(changes);
  if (hash === (location.hash || "#")) return;
  if (replaces) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  dispatchEvent(new Event("routed"));
}
