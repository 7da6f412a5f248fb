// The charts of Vigie: ECharts, only the parts used, and what turns an option written by the Rust module `charts` into a
// drawing. The same file runs in the browser and, on the server, in QuickJS, which has neither DOM, nor Intl, nor timers.
//
// One global, `VigieCharts`:
// - draw(option, width, height), picture(option, width, height) → SVG, as text;
// - mount(element, option) → handle, update(handle, option), resize(handle), dispose(handle);
// - showPoint(handle, bucket) → text, hidePoint(handle), setVisible(handle, name, visible);
// - png(svg, width, height) → Promise<Blob>, save(content, name, type).
// Options are JSON texts.

import { setPlatformAPI, use } from "echarts/core";
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapPiecewiseComponent,
} from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { draw } from "./bundle/draw.js";
import { png, save } from "./bundle/export.js";
import { dispose, hidePoint, mount, resize, setVisible, showPoint, update } from "./bundle/mount.js";
import { measureFont } from "./bundle/text.js";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapPiecewiseComponent,
  SVGRenderer,
]);
// Texts are measured from the widths of our font on both sides, so that the browser lays the chart out as the server did,
// whether or not it has loaded the font.
setPlatformAPI({ measureText: measureFont });

globalThis.VigieCharts = { draw, picture: draw, mount, update, resize, dispose, showPoint, hidePoint, setVisible, png, save };
