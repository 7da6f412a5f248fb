// What the pointer or the keyboard shows of a bucket: its full name, each series with its marker and its value, the share of
// the parts of a whole, and the whole itself. The option says which of them may be shown.

import { decimal, value } from "./format.js";
import { escape } from "./text.js";

const SHAPES = {
  circle: "M5 1a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z",
  rect: "M1.5 1.5h7v7h-7Z",
  triangle: "M5 1l4.5 8h-9Z",
  diamond: "M5 0l5 5l-5 5l-5-5Z",
};

/** What is known of a bucket: its name and its rows. `visible` are the names of the series shown. */
export function describePoint(option, bucket, visible) {
  const { series, whole, shares } = option.vigie;
  const shown = series.filter((one) => visible.includes(one.name));
  const rows = shown.map((one) => {
    const number = one.values[bucket];
    const total = whole ? whole.values[bucket] : shown.reduce((sum, other) => sum + (other.values[bucket] || 0), 0);
    const share = shares && total > 0 && number !== null ? decimal((number * 100) / total, 1) + "\u202f%" : "";
    return { name: one.name, value: value(number, one.unit), share };
  });
  // Hiding a part does not change the whole; it is shown only beside all its parts.
  if (whole && shown.length === series.length) {
    rows.push({ name: whole.name, value: value(whole.values[bucket], whole.unit), share: "", whole: true });
  }
  const band = option.vigie.bands.find(([first, last]) => first <= bucket && bucket <= last);
  return { name: option.xAxis.data[bucket], under: band && band[2], rows };
}

/** The same for a cell of a heat map. */
export function describeCell(option, index) {
  const number = option.series[0].data[index][2];
  const { name, unit } = option.vigie.series[0];
  return { name: option.vigie.days[index], rows: [{ name, value: value(number, unit), share: "" }] };
}

/** As one sentence, for whoever hears it. */
export function spoken({ name, under, rows }) {
  const row = (one) => `${one.name} ${one.value}${one.share ? ` (${one.share})` : ""}`;
  return `${name}${under ? `, ${under}` : ""}\u00a0: ${rows.map(row).join("\u202f; ")}.`;
}

/** As the tooltip. Colours are the option's own. */
export function tooltip({ name, under, rows }, option) {
  const look = (row) => option.series.find((one) => one.name === row.name);
  const cell = (text, style = "") => `<td style="padding:2px 0 2px 12px;text-align:right;white-space:nowrap;${style}">${escape(text)}</td>`;
  const body = rows.map((row) => {
    const weight = row.whole ? "font-weight:600;border-top:1px solid var(--graph-grid,#e3e7ec);" : "";
    return (
      `<tr><td style="padding:2px 8px 2px 0;${weight}">${row.whole ? "" : marker(look(row))}</td>` +
      `<td style="padding:2px 0;max-width:18rem;white-space:normal;overflow-wrap:anywhere;${weight}">${escape(row.name)}</td>` +
      cell(row.value, "font-weight:600;" + weight) +
      (rows.some((other) => other.share) ? cell(row.share, weight) : "") +
      "</tr>"
    );
  });
  return (
    `<div style="margin-bottom:4px">${escape(name)}${under ? `<br><small>${escape(under)}</small>` : ""}</div>` +
    `<table style="border-collapse:collapse;font-variant-numeric:tabular-nums"><tbody>${body.join("")}</tbody></table>`
  );
}

function marker(series) {
  if (!series || series.type === "heatmap") return "";
  const shape = SHAPES[series.type === "bar" ? "rect" : series.symbol] || SHAPES.circle;
  return `<svg width="10" height="10" aria-hidden="true"><path fill="${escape(series.itemStyle.color)}" d="${shape}"/></svg>`;
}
