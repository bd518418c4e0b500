// What people noted about the time of the run, and silences: on the charts and in the list.

import * as format from "./format.js";
import { model, seriesOf } from "./model.js";
import { boxed, colour, haloed, label, pixels, FONT } from "./draw.js";

const seconds = (at) => new Date(at).getTime() / 1e3;
const ratio = () => devicePixelRatio || 1;

/** The marks that are about a series. */
function marksOf(id) {
  const series = seriesOf(id);
  const names = [series?.endpoint, series?.step ? `${series.endpoint}.${series.step}` : null];
  const isAbout = (mark) => (mark.only ?? []).length === 0 || mark.only.some((name) => names.includes(name));
  return model.marks.filter(isAbout).map((mark) => ({ ...mark, from: seconds(mark.at), to: mark.until ? seconds(mark.until) : seconds(mark.at) }));
}

/** Shades and hatches the silences, behind the lines. */
export function drawSilences(u, id) {
  if (!Number.isFinite(u.scales.x.min)) return;
  boxed(u, (ctx, box) => {
    for (const mark of marksOf(id)) if (mark.silence) veil(ctx, box, pixels(u, mark.from), pixels(u, mark.to));
  });
}

/** A light ground with lines that fall to the right; those of what was not measured rise. */
export function veil(ctx, box, left, right) {
  const from = Math.max(left, box.left);
  const to = Math.min(Math.max(right, left + 3 * ratio()), box.left + box.width);
  if (to <= from) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, box.top, to - from, box.height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = colour("note");
  ctx.globalAlpha = 0.1;
  ctx.fillRect(from, box.top, to - from, box.height);
  ctx.globalAlpha = 0.5;
  ctx.lineWidth = ratio();
  ctx.beginPath();
  for (let x = from - box.height; x < to; x += 11 * ratio()) {
    ctx.moveTo(x, box.top);
    ctx.lineTo(x + box.height, box.top + box.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** The lines of notes and the numbers of all marks, before the lines. */
export function drawMarks(u, id) {
  if (!Number.isFinite(u.scales.x.min)) return;
  boxed(u, (ctx, box) => {
    const scale = ratio();
    ctx.font = FONT.replace("11px", `${11 * scale}px`);
    ctx.textBaseline = "top";
    ctx.lineWidth = 1.5 * scale;
    let free = -Infinity;
    for (const mark of marksOf(id)) {
      const x = pixels(u, mark.from);
      ctx.strokeStyle = ctx.fillStyle = colour("note");
      if (mark.silence) { label(u, ctx, low(box, scale), mark, `N${mark.number} no alerts`, "note"); continue; }
      upright(ctx, box, x);
      if (mark.to > mark.from) ctx.fillRect(x, box.top, Math.max(pixels(u, mark.to) - x, scale), 3 * scale);
      // Numbers that would lie upon each other are left to the list.
      if (x < free || x < box.left || x > box.left + box.width) continue;
      const text = `N${mark.number}`;
      ctx.textAlign = "left";
      haloed(ctx, text, x + 3 * scale, low(box, scale).top + 3 * scale);
      free = x + ctx.measureText(text).width + 6 * scale;
    }
  });
}

/** Below the names of incidents. */
const low = (box, scale) => ({ ...box, top: box.top + 15 * scale });

function upright(ctx, box, x) {
  ctx.beginPath();
  ctx.moveTo(x, box.top);
  ctx.lineTo(x, box.top + box.height);
  ctx.stroke();
}

/** What a mark says, in a line. */
export function markWords(mark) {
  const about = (mark.only ?? []).length > 0 ? ` (${mark.only.join(", ")})` : "";
  return `N${mark.number} ${mark.text}${about}${mark.silence ? "; no alerts are sent" : ""}`;
}

/** When a mark is. */
export const markTime = (mark) => (mark.until ? format.stretch(mark.at, mark.until) : format.moment(mark.at));
