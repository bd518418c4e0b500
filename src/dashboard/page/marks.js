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
  ctx.setLineDash([]);
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
    // The lines of the chart may have left their dashes.
    ctx.setLineDash([]);
    const free = [];
    for (const mark of marksOf(id)) {
      ctx.strokeStyle = ctx.fillStyle = colour("note");
      if (mark.silence) { label(u, ctx, foot(box, scale), mark, `N${mark.number} no alerts`, "note"); continue; }
      const x = pixels(u, mark.from);
      upright(ctx, box, x);
      if (mark.to > mark.from) ctx.fillRect(x, box.top, Math.max(pixels(u, mark.to) - x, scale), 3 * scale);
      if (x < box.left || x > box.left + box.width) continue;
      // Those without room of their own share a label.
      const last = free[free.length - 1];
      if (last && x < last.until) last.text += `, N${mark.number}`;
      else free.push({ x, text: `N${mark.number}` });
      const group = free[free.length - 1];
      group.until = group.x + ctx.measureText(group.text).width + 8 * scale;
    }
    ctx.textAlign = "left";
    ctx.fillStyle = colour("note");
    for (const { x, text } of free) haloed(ctx, text, x + 3 * scale, foot(box, scale).top + 3 * scale);
  });
}

/** Above the foot, where neither incidents nor SLOs have their names. */
const foot = (box, scale) => ({ ...box, top: box.top + box.height - 28 * scale });

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
