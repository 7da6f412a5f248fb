// Draws without a page: an option becomes SVG, as text.

import { init, registerLocale } from "echarts/core";
import { fit } from "./layout.js";
import { escape } from "./text.js";

registerLocale("FR", {
  time: {
    month: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    monthAbbr: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    dayOfWeek: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    dayOfWeekAbbr: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
  },
  legend: { selector: { all: "Tout", inverse: "Inverser" } },
});

/** Draws an option of `width` × `height` pixels. A picture has its texts scaled with its size. */
export function draw(json, width, height) {
  const option = JSON.parse(json);
  const { picture } = option.vigie;
  const scale = picture ? scaleOf(width, height) : 1;
  const [inner, outer] = [width / scale, height / scale];
  const chart = init(null, null, { renderer: "svg", ssr: true, width: inner, height: outer, locale: "FR" });
  try {
    chart.setOption(fit(option, inner, outer, true));
    return tidy(chart.renderToSVGString({ useViewBox: true }), { json, width, height, picture });
  } finally {
    chart.dispose();
  }
}

/** How much larger than in a page texts are: 1 for 900 × 560, never so small that they cannot be read. */
function scaleOf(width, height) {
  return Math.max(0.72, Math.min(width / 900, height / 560));
}

/** Removes what the page's policy forbids or what repeats itself, and names what must be unique in a page after the option. */
function tidy(svg, { json, width, height, picture }) {
  const prefix = "g" + hash(json + width + "x" + height) + "-";
  const rounded = (_, name, value) => ` ${name}="${value.replace(/(\.\d\d)\d+/g, "$1")}"`;
  const head = `<svg width="${width}" height="${height}" style="font-family:Vigie Sans,system-ui,sans-serif" `;
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, "")
    .replace(/ (class|ecmeta_\w+)="[^"]*"/g, "")
    .replace(/font-family:[^;"]*;?/g, "")
    .replace(/ (d|transform|x|y)="([^"]*)"/g, rounded)
    .replace(/zr\d+-/g, prefix)
    .replace(/^<svg width="[^"]*" height="[^"]*" /, head)
    .replace(/>/, picture ? ` role="img"><title>${escape(picture.title)}</title>` : ">");
}

/** FNV-1a, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value >>> 0).toString(36);
}
