// Fits an option to a size: which labels the axis of time bears, how many lines the legend takes, where the plot begins. And
// gives functions to the names that begin with « @ ».

import { ceiling, graduation, percentage, top } from "./format.js";
import { describeCell, describePoint, tooltip } from "./tooltip.js";
import { shorten, width as widthOf, wrap } from "./text.js";

const LABEL = 13;
const SMALL = 12;
const LEGEND_ROW = 24;
const LEGEND_GAP = 10;
const ICON = 22;
/** How much of the height a legend may take in a page; beyond, it is paged. A drawing that nobody can touch shows it all. */
const MOST_LEGEND = 0.45;
/** A thumbnail is no higher: it names in three lines what it can, rather than everything by a few letters. */
const THUMBNAIL = 240;
const THUMBNAIL_ROWS = 3;
/** A name that is cut keeps about this width, in pixels: shorter, nobody knows it any more. */
const LEAST_NAME = 76;
/** Markers of points nearer than this hide the line. */
const LEAST_BETWEEN_MARKERS = 11;
/** Of narrower bars, in pixels, the lines that part their pieces would leave nothing. */
const LEAST_PARTED_BAR = 7;

/**
 * A copy of `option` for a size, ready for ECharts. `still` is a drawing that nobody can touch.
 */
export function fit(option, width, height, still) {
  const { vigie, ...fitted } = option;
  if (vigie.sentence) return { ...fitted, title: sentence(vigie, width) };
  const margin = vigie.picture ? 20 : 0;
  const space = { top: margin, right: margin, bottom: margin, left: margin, width: width - 2 * margin };
  fitted.title = [];
  if (vigie.picture) addHeading(fitted, vigie.picture, space, height);
  if (vigie.note) addLine(fitted, space, height, vigie.note, option.xAxis.axisLabel.color);
  const heat = vigie.form === "jours-semaines";
  if (heat) fitVisualMap(fitted, space);
  else fitLegend(fitted, vigie, space, height, still);
  space.top += 10;
  fitAxes(fitted, vigie, space, height, heat);
  if (vigie.bands.length) addBands(fitted, vigie);
  revive(fitted, {
    "@nombre": graduation,
    "@pourcent": percentage,
    "@plafond": ceiling,
    "@infobulle": (params) => {
      if (heat) return tooltip(describeCell(option, params.dataIndex), option);
      const points = [].concat(params);
      const point = describePoint(option, points[0].dataIndex, points.map((one) => one.seriesName));
      return tooltip(point, option);
    },
  });
  return fitted;
}

/** What stands in the place of a chart that has no figures. */
function sentence({ sentence, ink }, width) {
  const text = wrap(sentence, 15, width - 40, 8).join("\n");
  return { text, left: "center", top: "middle", textStyle: { fontSize: 15, fontWeight: 400, color: ink, lineHeight: 22 } };
}

/** Title, subtitle and source of a picture. */
function addHeading(fitted, { title, subtitle, source, ink, muted }, space, height) {
  const lines = wrap(title, 19, space.width, height < 400 ? 1 : 2, true);
  const under = wrap(subtitle, 14, space.width, height < 400 ? 1 : 2);
  const text = (content, size, color, weight) => ({
    text: content,
    left: space.left,
    padding: 0,
    textStyle: { fontSize: size, fontWeight: weight, color, lineHeight: Math.round(size * 1.3) },
  });
  fitted.title.push({ ...text(lines.join("\n"), 19, ink, 600), top: space.top });
  space.top += lines.length * 25 + 2;
  fitted.title.push({ ...text(under.join("\n"), 14, muted, 400), top: space.top });
  space.top += under.length * 18 + 12;
  addLine(fitted, space, height, source, muted);
}

/** A line of small text at the bottom, above those already there. */
function addLine(fitted, space, height, text, color) {
  const lines = wrap(text, SMALL, space.width, 2);
  const lineHeight = 16;
  fitted.title.push({
    text: lines.join("\n"),
    left: space.left,
    top: height - space.bottom - lines.length * lineHeight,
    padding: 0,
    textStyle: { fontSize: SMALL, fontWeight: 400, color, lineHeight },
  });
  space.bottom += lines.length * lineHeight + 6;
}

function fitLegend(fitted, vigie, space, height, still) {
  const { legend } = fitted;
  if (!vigie.legend) {
    legend.show = false;
    return;
  }
  const right = new Set(vigie.series.filter((one) => one.right).map((one) => one.name));
  const suffix = " (à droite)";
  const suffixOf = (name) => (right.has(name) ? suffix : "");
  // The texts of the legend, by name.
  const cut = (most) => {
    const names = legend.data.map(({ name }) => name);
    const mosts = names.map((name) => (right.has(name) ? Math.max(LEAST_NAME, most - widthOf(suffix, LABEL)) : most));
    return new Map(shorten(names, LABEL, mosts).map((text, index) => [names[index], text + suffixOf(names[index])]));
  };
  const rowsOf = (most) => {
    let rows = 1;
    let x = 0;
    for (const text of cut(most).values()) {
      // ECharts counts the thickness of the lines of markers too.
      const item = ICON + 5 + widthOf(text, LABEL) + 6 + 3;
      if (x > 0 && x + item > space.width) {
        rows += 1;
        x = 0;
      }
      x += item + LEGEND_GAP;
    }
    return rows;
  };
  // Names are whole where two lines are enough, and cut shorter before the legend takes the room of the plot.
  const whole = space.width - ICON - 14;
  let most = whole;
  if (rowsOf(most) > 2) most = Math.max(90, Math.min(280, space.width * (space.width < 520 ? 0.42 : 0.32)));
  if (still && !vigie.picture && height <= THUMBNAIL && rowsOf(most) > 2) {
    // Two in a line. The first parts are the largest; what stands for all the others stays.
    most = Math.floor(space.width / 2) - LEGEND_GAP - ICON - 14;
    while (rowsOf(most) > THUMBNAIL_ROWS) legend.data = [...legend.data.slice(0, -2), ...legend.data.slice(-1)];
  }
  while (rowsOf(most) > 2 && rowsOf(most) * LEGEND_ROW > height * 0.3 && most * 0.85 > LEAST_NAME) most *= 0.85;
  const rows = rowsOf(most);
  // They are cut no shorter than the lines that they take.
  const narrowest = most;
  for (let part = 1; part <= 16; part += 1) {
    const wider = narrowest + ((whole - narrowest) * part) / 16;
    if (rowsOf(wider) <= rows) most = wider;
  }
  const texts = cut(most);
  const text = (name) => texts.get(name) ?? name;
  const paged = !still && rows * LEGEND_ROW > height * MOST_LEGEND;
  Object.assign(legend, {
    type: paged ? "scroll" : "plain",
    formatter: text,
    left: space.left,
    top: space.top,
    width: space.width,
    padding: 0,
    itemGap: LEGEND_GAP,
    itemWidth: ICON,
    itemHeight: 10,
    pageIconColor: legend.textStyle.color,
    pageTextStyle: { color: legend.textStyle.color },
  });
  legend.textStyle.padding = [0, 6, 0, 0];
  legend.textStyle.lineHeight = LEGEND_ROW - LEGEND_GAP;
  space.top += (paged ? 1 : rows) * LEGEND_ROW;
}

function fitVisualMap(fitted, space) {
  const [map] = fitted.visualMap;
  Object.assign(map, { left: space.left, top: space.top, padding: 0, itemGap: 12, textGap: 5, hoverLink: false });
  const item = (piece) => 14 + 5 + widthOf(piece.label, LABEL) + 12;
  const all = map.pieces.reduce((sum, piece) => sum + item(piece), 0);
  // ECharts does not break this legend: narrower, it says the bounds only.
  if (all > space.width) {
    map.textStyle.fontSize = 11;
    map.itemWidth = map.itemHeight = 10;
    map.itemGap = 6;
    map.pieces = map.pieces.map((piece) => ({ ...piece, label: piece.label.replace(/^.* à /, "≤\u00a0") }));
  }
  space.top += LEGEND_ROW;
}

function fitAxes(fitted, vigie, space, height, heat) {
  const { xAxis } = fitted;
  const upwards = [].concat(fitted.yAxis);
  const count = xAxis.data.length;
  const tall = height - space.top - space.bottom;
  const labels = heat ? 34 : 52;
  const plot = space.width - labels * upwards.length;
  const band = plot / Math.max(1, xAxis.boundaryGap === false ? count - 1 : count);
  const fits = (grade) =>
    grade.every(([at, text], index) => {
      if (index === 0) return true;
      const [before, previous] = grade[index - 1];
      return (at - before) * band >= (widest(text) + widest(previous)) / 2 + 10;
    });
  const grade = new Map(vigie.grades.find(fits) || vigie.grades[vigie.grades.length - 1]);
  const labelled = (index) => grade.has(index);
  // Of a long axis ECharts measures every other bucket, and keeps room for those: what is not written is as high as what is.
  const lines = Math.max(1, ...[...grade.values()].map((text) => text.split("\n").length));
  const blank = new Array(lines).fill("\u00a0").join("\n");
  Object.assign(xAxis.axisLabel, {
    interval: labelled,
    formatter: (_, index) => grade.get(index) ?? blank,
    lineHeight: 16,
    margin: 8,
    showMinLabel: null,
    showMaxLabel: null,
  });
  xAxis.axisTick.interval = labelled;
  const parts = tall < 170 ? 2 : tall < 260 ? 4 : 5;
  for (const axis of upwards) {
    if (axis.type !== "value") continue;
    axis.splitNumber = parts;
    axis.max ??= top;
  }
  if (upwards.length > 1) alignAxes(upwards, vigie.series, parts);
  for (const one of fitted.series) {
    const alone = vigie.series.length === 1 || band < LEAST_BETWEEN_MARKERS / 2;
    if (one.showSymbol && !one.showAllSymbol && alone && band < LEAST_BETWEEN_MARKERS && count > 1) one.showSymbol = false;
  }
  for (const one of fitted.series) {
    if (one.type !== "bar" || !one.itemStyle?.borderWidth) continue;
    // A piece without height is drawn with its border all the same: the line of the axis goes over it.
    xAxis.z = 3;
    if (band * (1 - parseFloat(one.barCategoryGap) / 100) < LEAST_PARTED_BAR) one.itemStyle.borderWidth = 0;
    else if (height <= THUMBNAIL) one.itemStyle.borderWidth = Math.min(one.itemStyle.borderWidth, 0.5);
  }
  const grid = { ...[].concat(fitted.grid)[0] };
  // A label stands astride its bucket, and may go beyond the last one.
  const beyond = (at, text) => widest(text) / 2 - (count - 1 - at + (xAxis.boundaryGap === false ? 0 : 0.5)) * band;
  const least = xAxis.boundaryGap === false ? 10 : 4;
  const overhang = upwards.length > 1 ? 4 : Math.max(least, ...[...grade].map(([at, text]) => beyond(at, text)));
  Object.assign(grid, { left: space.left + 2, right: space.right + overhang, top: space.top, bottom: space.bottom + 2 });
  if (heat) {
    fitted.series[0].itemStyle.borderWidth = band < 8 ? 0.5 : band < 14 ? 1 : 2;
    const most = 7 * Math.max(40, Math.min(64, band * 2.2)) + 40;
    // A page is as high as it needs to be; a picture is filled.
    if (most < tall && !vigie.picture) grid.bottom += tall - most;
  }
  fitted.grid = grid;
}

/** Names the series that draws bands; it is neither in the legend nor in the tooltip. */
const BANDS = "~";

/** Holidays, behind the chart: bars as wide as their buckets, on hidden axes. A marked area stops in the middle of buckets. */
function addBands(fitted, { bands, bandColour }) {
  const { xAxis } = fitted;
  const upwards = [].concat(fitted.yAxis);
  const hidden = { show: false, axisLabel: { show: false }, axisPointer: { show: false } };
  const data = new Array(xAxis.data.length).fill(null);
  for (const [first, last] of bands) data.fill(1, first, last + 1);
  fitted.xAxis = [xAxis, { ...hidden, type: "category", boundaryGap: xAxis.boundaryGap, data: xAxis.data }];
  fitted.yAxis = [...upwards, { ...hidden, type: "value", min: 0, max: 1 }];
  fitted.series.push({
    type: "bar", name: BANDS, xAxisIndex: 1, yAxisIndex: upwards.length, data, z: 0, silent: true,
    barWidth: "100%", barCategoryGap: 0, itemStyle: { color: bandColour, borderColor: bandColour, borderWidth: 1 }, emphasis: { disabled: true },
  });
}

/** Gives two axes the same number of graduations, all of them round: one grid serves both. */
function alignAxes(axes, series, parts) {
  axes.forEach((axis, side) => {
    const values = series.filter((one) => Boolean(one.right) === (side === 1)).flatMap((one) => one.values);
    const highest = Math.max(0, ...values.filter((value) => value !== null));
    axis.interval = axis.axisLabel.formatter === "@pourcent" && ceiling({ max: highest }) ? 100 / parts : roundUp(highest / parts);
    axis.max = axis.interval * parts;
    delete axis.alignTicks;
  });
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value - 1e-9);
}

function widest(text) {
  return Math.max(...text.split("\n").map((line) => widthOf(line, LABEL)));
}

/** Replaces names of functions by the functions, at any depth. Series hold only figures: they are left aside. */
function revive(node, functions) {
  for (const key of Object.keys(node)) {
    if (key === "series" || key === "data") continue;
    const child = node[key];
    if (typeof child === "string" && child[0] === "@") node[key] = functions[child];
    else if (child && typeof child === "object") revive(child, functions);
  }
}
