// What the marks of the charts mean.

import { el, byId, replace } from "./dom.js";
import { colour, hatch } from "./draw.js";
import { model } from "./model.js";
import { veil } from "./marks.js";

/** Draws the key below the charts. */
export function drawKey() {
  const sample = (paint) => {
    const canvas = el("canvas", { width: 44, height: 24, "aria-hidden": "true" });
    const ctx = canvas.getContext("2d");
    paint(ctx);
    return canvas;
  };
  const item = (paint, text) => el("span", { class: "item" }, sample(paint), text);
  const plain = (ctx, name) => { ctx.fillStyle = colour(name); ctx.fillRect(0, 0, 44, 24); };
  const has = (isSilence) => model.marks.some((mark) => mark.silence === isSilence);
  replace(byId("key"),
    item((ctx) => plain(ctx, "band"), "baseline band"),
    item((ctx) => { ctx.strokeStyle = colour("bad"); ctx.lineWidth = 3; ctx.setLineDash([12, 7]); ctx.moveTo(0, 12); ctx.lineTo(44, 12); ctx.stroke(); }, "SLO"),
    item((ctx) => plain(ctx, "wash"), "incident"),
    item((ctx) => hatch(ctx, { left: 0, top: 0, width: 44, height: 24 }, 0, 44), "not measured"),
    item((ctx) => { ctx.strokeStyle = colour("ink"); ctx.lineWidth = 2.5; ctx.moveTo(22, 3); ctx.lineTo(32, 20); ctx.lineTo(12, 20); ctx.closePath(); ctx.stroke(); }, "outside its band"),
    item((ctx) => { ctx.strokeStyle = colour("doubt"); ctx.lineWidth = 3; ctx.moveTo(14, 4); ctx.lineTo(30, 20); ctx.moveTo(30, 4); ctx.lineTo(14, 20); ctx.stroke(); }, "invalid window"),
    item((ctx) => { ctx.strokeStyle = colour("doubt"); ctx.lineWidth = 3; ctx.arc(22, 12, 7, 0, 7); ctx.stroke(); }, "rate-limited window"),
    has(false) ? item((ctx) => { ctx.fillStyle = colour("note"); ctx.fillRect(20, 0, 4, 24); }, "note") : null,
    has(true) ? item((ctx) => veil(ctx, { left: 0, top: 0, width: 44, height: 24 }, 0, 44), "no alerts") : null);
}
