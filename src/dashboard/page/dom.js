// Builds elements. Text only ever enters the page through text nodes.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** An HTML element; `onclick` and the like are listeners, everything else is an attribute. */
export function el(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only where it differs, so that nothing is announced or laid out twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function replace(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Draws a part anew; what had the focus in it keeps it, so that an update does not throw a keyboard user out. */
export function keepFocus(part, draw) {
  const held = part.contains(document.activeElement) ? document.activeElement : null;
  const nameOf = (node) => node.getAttribute("href") ?? node.textContent;
  const [tag, name] = held ? [held.tagName, nameOf(held)] : [];
  draw();
  if (held && !held.isConnected) [...part.querySelectorAll(tag)].find((node) => nameOf(node) === name)?.focus({ preventScroll: true });
}

// Each state has a shape of its own: colour is never alone.
const SHAPES = {
  good: ["M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z", "M4.6 8.3l2.3 2.3 4.5-4.8"],
  bad: ["M5 1h6l4 4v6l-4 4H5l-4-4V5Z", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"],
  doubt: ["M8 .8 15.2 8 8 15.2.8 8Z", "M8 4.4v4.4M8 10.9v.6"],
  note: ["M8 1.4 15.2 14H.8Z", "M8 6v3.6M8 11.4v.6"],
  none: ["M2 2h12v12H2Z", "M5 8h6"],
};

/** The paths of a shape, for an icon of the document. */
export const shapePaths = (tone) => SHAPES[tone] ?? SHAPES.none;

/** The shape of a state: `good`, `bad`, `doubt`, `note` or `none`. Words stand beside it, so it is hidden from readers. */
export function shape(tone) {
  const [outline, sign] = shapePaths(tone);
  return svg("svg", { viewBox: "0 0 16 16", class: `shape ${tone}`, "aria-hidden": "true", focusable: "false" },
    svg("path", { d: outline, class: "outline" }), svg("path", { d: sign, class: "sign" }));
}

/** A table with a caption; cells are text or nodes; `right` lists the columns of numbers. */
export function table(caption, heads, rows, right = []) {
  const side = (i) => (right.includes(i) ? "right" : null);
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": `Table: ${caption}` },
    el("table", null,
      el("caption", { class: "hidden" }, caption),
      el("thead", null, el("tr", null, heads.map((head, i) => el("th", { scope: "col", class: side(i) }, head)))),
      el("tbody", null, rows.map((row) =>
        el("tr", null, row.map((cell, i) => (i === 0
          ? el("th", { scope: "row", class: side(i) }, cell)
          : el("td", { class: side(i) ?? (typeof cell === "string" && cell.length > 30 ? "words" : null) }, cell))))))));
}
