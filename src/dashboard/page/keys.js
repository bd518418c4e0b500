// Single-key shortcuts. They can be turned off, as speech input would trip over them.

import { byId } from "./dom.js";
import { chartKey, toggleLog, setView } from "./charts.js";
import { isOpen, showHelp, showRuns } from "./detail.js";
import { model, seriesOf } from "./model.js";
import { route, go } from "./route.js";
import { shownIds, chosenId } from "./tiles.js";

const STORED = "baseline-keys";

function stored(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function store(key, value) {
  try { localStorage.setItem(key, value); } catch { /* Storage is blocked: it lasts as long as the page. */ }
}

let isOn = stored(STORED) !== "off";
export const keys = { areOn: () => isOn, turn: (on) => { isOn = on; store(STORED, on ? "on" : "off"); } };

/** Chooses the next theme: the system's, light, dark. */
export function nextTheme(redraw) {
  const themes = ["system", "light", "dark"];
  const now = document.documentElement.dataset.theme ?? "system";
  const next = themes[(themes.indexOf(now) + 1) % themes.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  store("baseline-theme", next);
  nameTheme();
  redraw();
}

export function nameTheme() {
  const name = document.documentElement.dataset.theme ?? "system";
  const words = { system: "Auto", light: "Light", dark: "Dark" }[name];
  byId("theme-button").textContent = words;
  byId("theme-button").setAttribute("aria-label", `Colours: ${words}`);
}

function step(by) {
  const ids = shownIds();
  if (ids.length === 0) return;
  const at = ids.indexOf(chosenId());
  const id = ids[(at + by + ids.length) % ids.length];
  go({ series: id, window: null, incident: null }, true);
  document.querySelector(".chosen>a")?.scrollIntoView({ block: "nearest" });
}

function nextLevel() {
  const names = [undefined, ...model.levels.map((level) => level.name)];
  go({ level: names[(names.indexOf(route().level) + 1) % names.length] ?? null });
}

function act(key, redraw) {
  switch (key) {
    case "?": showHelp(keys); return true;
    case "j": step(1); return true;
    case "k": step(-1); return true;
    case "l": nextLevel(); return true;
    case "g": toggleLog(); return true;
    case "0": setView(null); return true;
    case "c": byId("charts").focus(); return true;
    case "r": if (!byId("runs-button").hidden) showRuns(); return true;
    case "t": nextTheme(redraw); return true;
    case "w": {
      const last = seriesOf(chosenId())?.last;
      if (last) go({ series: chosenId(), window: last.number, incident: null });
      return true;
    }
    case "i": {
      const incidents = model.incidents.filter((incident) => !incident.withdrawn);
      const chosen = incidents.find((incident) => !incident.resolved_at) ?? incidents[incidents.length - 1];
      if (chosen) go({ incident: chosen.id, window: null });
      return true;
    }
    default: return false;
  }
}

/** Listens to the keys of the page and of the charts. */
export function listenToKeys(redraw) {
  byId("charts").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (chartKey(event)) { event.preventDefault(); event.stopPropagation(); }
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isOpen() || !isOn) return;
    if (event.target.closest?.("input,select,textarea")) return;
    if (act(event.key, redraw)) event.preventDefault();
  });
}
