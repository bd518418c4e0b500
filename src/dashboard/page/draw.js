// What the charts draw besides lines: bands, SLOs, incidents, gaps, marks. And the colours, read from the style sheet.

import * as format from "./format.js";

export const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** A colour of the style sheet, as the present theme has it. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const ratio = () => devicePixelRatio || 1;

export function boxed(u, paint) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint(ctx, bbox);
  ctx.restore();
}

export const pixels = (u, seconds) => u.valToPos(seconds, "x", true);

/** Bands, incidents and gaps: what lies behind the lines. */
export function drawBehind(u, what) {
  if (!Number.isFinite(u.scales.x.min)) return;
  boxed(u, (ctx, box) => {
    for (const gap of what.gaps) hatch(ctx, box, pixels(u, gap.from), pixels(u, gap.to));
    ctx.fillStyle = colour("wash");
    for (const incident of what.incidents) {
      const left = pixels(u, incident.from);
      ctx.fillRect(left, box.top, Math.max(pixels(u, incident.to) - left, 2 * ratio()), box.height);
    }
    if (what.band && Number.isFinite(u.scales.y.min)) band(u, ctx, box, what.band);
  });
}

function band(u, ctx, box, { low, baseline, high }) {
  const bottom = u.valToPos(Math.max(low, u.scales.y.min), "y", true);
  const top = u.valToPos(Math.min(high, u.scales.y.max), "y", true);
  ctx.fillStyle = colour("band");
  ctx.fillRect(box.left, top, box.width, Math.max(bottom - top, ratio()));
  if (!(baseline >= u.scales.y.min && baseline <= u.scales.y.max)) return;
  ctx.strokeStyle = colour("p95");
  ctx.lineWidth = ratio();
  ctx.setLineDash([2 * ratio(), 4 * ratio()]);
  rule(ctx, box, u.valToPos(baseline, "y", true));
}

function rule(ctx, box, y) {
  ctx.beginPath();
  ctx.moveTo(box.left, y);
  ctx.lineTo(box.left + box.width, y);
  ctx.stroke();
}

/** Slanted lines, as the report draws what was not measured. */
export function hatch(ctx, box, left, right) {
  const from = Math.max(left, box.left);
  const to = Math.min(Math.max(right, left + 3 * ratio()), box.left + box.width);
  if (to <= from) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, box.top, to - from, box.height);
  ctx.clip();
  ctx.strokeStyle = colour("muted");
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = ratio();
  const step = 7 * ratio();
  ctx.beginPath();
  for (let x = from - box.height; x < to; x += step) {
    ctx.moveTo(x, box.top + box.height);
    ctx.lineTo(x + box.height, box.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** SLO lines, labels of lines, incidents and gaps, marks of windows: what lies before the lines. */
export function drawBefore(u, what) {
  if (!Number.isFinite(u.scales.x.min)) return;
  const scale = ratio();
  boxed(u, (ctx, box) => {
    ctx.font = FONT.replace("11px", `${11 * scale}px`);
    ctx.textBaseline = "top";
    for (const span of what.incidents) label(u, ctx, box, span, `incident ${span.id + 1}`, "bad");
    for (const span of what.gaps) label(u, ctx, box, span, "not measured", "muted");
    what.limits.forEach((limit, i) => limitLine(u, ctx, box, limit, i));
    marks(u, ctx, box, what);
  });
  names(u, what.lines ?? []);
}

export function label(u, ctx, box, span, text, tone) {
  const left = Math.max(pixels(u, span.from), box.left);
  const right = Math.min(pixels(u, span.to), box.left + box.width);
  if (right < left) return;
  // A narrow one keeps its number.
  const fits = right - left >= ctx.measureText(text).width + 8 * ratio();
  const short = fits ? text : text.replace("incident ", "").replace("not measured", "").replace(" no alerts", "");
  ctx.fillStyle = colour(tone);
  ctx.textAlign = "left";
  haloed(ctx, short, left + 3 * ratio(), box.top + 3 * ratio());
}

function limitLine(u, ctx, box, limit, i) {
  const scale = ratio();
  const { min, max } = u.scales.y;
  ctx.fillStyle = ctx.strokeStyle = colour("bad");
  ctx.lineWidth = 1.4 * scale;
  ctx.setLineDash([7 * scale, 4 * scale]);
  ctx.textAlign = "right";
  const text = `SLO ${limit.name ? `${limit.name} ` : ""}${limit.at_most ? "≤" : "≥"} ${format.chosen(limit.metric, limit.limit)}`;
  const right = box.left + box.width - 4 * scale;
  if (limit.limit > max || limit.limit < min) {
    const side = limit.limit > max ? "↑" : "↓";
    const y = limit.limit > max ? box.top + (3 + 14 * i) * scale : box.top + box.height - 15 * scale;
    haloed(ctx, `${side} ${text}`, right, y);
  } else {
    const y = u.valToPos(limit.limit, "y", true);
    rule(ctx, box, y);
    ctx.setLineDash([]);
    const above = y - 14 * scale;
    haloed(ctx, text, right, above < box.top ? y + 3 * scale : above);
  }
  ctx.setLineDash([]);
}

/** A text on lines: with a rim of the paper's colour. */
export function haloed(ctx, text, x, y) {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = 3 * ratio();
  ctx.lineJoin = "round";
  ctx.strokeStyle = colour("paper");
  ctx.strokeText(text, x, y);
  ctx.restore();
  ctx.fillText(text, x, y);
}

function marks(u, ctx, box, what) {
  const scale = ratio();
  const [from, to] = what.visible(u);
  const bottom = box.top + box.height - 5 * scale;
  ctx.lineWidth = 1.3 * scale;
  let flags = 0;
  for (let i = from; i <= to; i += 1) flags += what.flagged[i] ? 1 : 0;
  // Where there are many, marks of full size would hide the line.
  const size = flags * 14 * scale > box.width ? 1 : 4;
  for (let i = from; i <= to; i += 1) {
    const x = pixels(u, what.xs[i]);
    if (what.validity[i] > 0) {
      ctx.strokeStyle = colour("doubt");
      ctx.beginPath();
      const value = what.unjudged?.[i] ?? null;
      const y = value === null ? bottom : Math.min(Math.max(u.valToPos(value, "y", true), box.top + 5 * scale), bottom);
      if (what.validity[i] === 2) cross(ctx, x, y, 3 * scale);
      else ctx.arc(x, bottom, 2.5 * scale, 0, 2 * Math.PI);
      ctx.stroke();
    } else if (what.flagged[i] && what.flagLine && what.flagLine[i] !== null) {
      const y = u.valToPos(what.flagLine[i], "y", true);
      if (size < 3) { dot(ctx, x, y, 1.4 * scale); continue; }
      ctx.strokeStyle = colour("ink");
      ctx.fillStyle = colour("paper");
      ctx.beginPath();
      ctx.moveTo(x, y - size * scale);
      ctx.lineTo(x + size * scale, y + 0.75 * size * scale);
      ctx.lineTo(x - size * scale, y + 0.75 * size * scale);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  }
}

function dot(ctx, x, y, radius) {
  ctx.fillStyle = colour("ink");
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

function cross(ctx, x, y, size) {
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x + size, y - size);
  ctx.lineTo(x - size, y + size);
}

/** Lines are named where they end, so that colour is never alone. */
function names(u, lines) {
  const { ctx, bbox } = u;
  const scale = ratio();
  const height = 12 * scale;
  const placed = lines.filter((line) => line.value !== null)
    .map((line) => ({ ...line, y: u.valToPos(line.value, "y", true) })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < placed.length; i += 1) placed[i].y = Math.max(placed[i].y, placed[i - 1].y + height);
  const over = placed.length > 0 ? placed[placed.length - 1].y - (bbox.top + bbox.height) : 0;
  ctx.save();
  ctx.font = FONT.replace("11px", `600 ${11 * scale}px`);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const line of placed) {
    ctx.fillStyle = colour(line.colour);
    ctx.fillText(line.name, bbox.left + bbox.width + 5 * scale, line.y - Math.max(over, 0));
  }
  ctx.restore();
}
