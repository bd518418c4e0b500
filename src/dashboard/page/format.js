// Numbers, times and metrics in words, in the forms of the report: three significant digits, a unit, UTC.

export const MISSING = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Three significant digits with thousands separators. */
export function significant(value) {
  if (value === 0) return "0";
  if (Math.abs(value) >= 99.95) return whole.format(value);
  return value.toPrecision(3).includes("e") ? String(Number(value.toPrecision(3))) : value.toPrecision(3);
}

/** A time in microseconds: `812 us`, `1.23 ms`, `2.05 s`. */
export function time(us) {
  if (!isNumber(us)) return MISSING;
  if (Math.abs(us) < 999.5) return `${significant(us)} us`;
  if (Math.abs(us) < 999500) return `${significant(us / 1e3)} ms`;
  return `${significant(us / 1e6)} s`;
}

export const rate = (value) => (isNumber(value) ? `${significant(value)}/s` : MISSING);
export const count = (value) => (isNumber(value) ? whole.format(value) : MISSING);
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A ratio as percent. */
export function percent(ratio) {
  if (!isNumber(ratio)) return MISSING;
  if (ratio > 0 && ratio < 1e-5) return "< 0.001 %";
  return `${significant(ratio * 100)} %`;
}

/** A value of a metric by the metric's name. */
export function value(metric, number) {
  if (!isNumber(number)) return MISSING;
  if (metric.endsWith("_us")) return time(number);
  if (metric.endsWith("_per_s")) return rate(number);
  if (metric.endsWith("_ratio")) return percent(number);
  if (metric === "certificate_days") return `${significant(number)} days`;
  if (metric.endsWith("bytes")) return `${significant(number)} B`;
  return significant(number);
}

/** A configured value, without the zeros of a measured one: `50 ms`. */
export const chosen = (metric, number) =>
  value(metric, number).replace(/(\.\d*?)0+(?= |\/|$)/, "$1").replace(/\.(?= |\/|$)/, "");

/** Two values; a unit that both have is said once. */
export function range(metric, low, high) {
  const [a, b] = [value(metric, low), value(metric, high)];
  if (a === b) return b;
  const unit = b.replace(/^[-\d.,< ]+/, "");
  const start = a.endsWith(unit) && unit !== "" ? a.slice(0, -unit.length).trimEnd() : a;
  return `${start} to ${b}`;
}

/** `service_time_p95_us` in words. */
export function metricWords(metric) {
  const known = { throughput_per_s: "throughput", error_ratio: "error ratio", bytes: "bytes",
    cache_hit_ratio: "cache hit ratio", certificate_days: "days until the certificate expires" };
  if (known[metric]) return known[metric];
  const match = /^(service_time|response_time|first_byte)_(\w+)_us$/.exec(metric);
  if (!match) return metric.replaceAll("_", " ");
  const kind = { service_time: "service time", response_time: "response time", first_byte: "time to first byte" }[match[1]];
  return `${match[2] === "p999" ? "p99.9" : match[2]} ${kind}`;
}

/** The reading of a metric alone: `p95`, `mean`. */
export function metricShort(metric) {
  const match = /^(?:service_time|response_time|first_byte)_(\w+)_us$/.exec(metric);
  if (!match) return metricWords(metric);
  const reading = match[1] === "p999" ? "p99.9" : match[1];
  return metric.startsWith("service_time") ? reading : metricWords(metric);
}

/** The key of a metric in a point; `null` where points lack it. */
export function pointKey(metric) {
  if (metric === "throughput_per_s" || metric === "error_ratio") return metric;
  const match = /^service_time_(mean|p50|p90|p95|p99|p999|max)_us$/.exec(metric);
  return match ? `${match[1]}_us` : null;
}

const two = (number) => String(number).padStart(2, "0");
const dateOf = (at) => (at instanceof Date ? at : new Date(at));

export function clock(at, seconds = true) {
  const date = dateOf(at);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds ? `:${two(date.getUTCSeconds())}` : ""}`;
}

export function day(at) {
  const date = dateOf(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `26 Nov 12:09:44 UTC` */
export function moment(at) {
  return at === null || at === undefined || Number.isNaN(dateOf(at).getTime()) ? MISSING : `${day(at)} ${clock(at)} UTC`;
}

/** `03:20 UTC`, with the day where it is not that of `now`. */
export const soon = (at, now) => `${day(at) === day(now) ? "" : `${day(at)} `}${clock(at, false)} UTC`;

/** From one point in time to another; the date of the end only where it is another day. */
export function stretch(from, to) {
  const end = day(from) === day(to) ? clock(to) : `${day(to)} ${clock(to)}`;
  return `${day(from)} ${clock(from)} to ${end} UTC`;
}

/** A length of time in its two largest units: `4 h 12 min`. */
export function span(seconds) {
  if (!isNumber(seconds)) return MISSING;
  const left = Math.max(0, Math.round(seconds));
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => left >= size);
  if (first < 0) return "0 s";
  const [size, unit] = parts[first];
  const next = parts[first + 1];
  // Seconds beside many minutes say nothing.
  const rest = next && !(unit === "min" && left >= 600) ? Math.floor((left % size) / next[0]) : 0;
  return `${Math.floor(left / size)} ${unit}${rest > 0 ? ` ${rest} ${next[1]}` : ""}`;
}

export const signedPercent = (change) =>
  (isNumber(change) ? `${change < 0 ? "-" : "+"}${percent(Math.abs(change))}` : MISSING);

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");
