// A chart that lives in a page: takes over what the server drew, follows the size of its element.

import { init } from "echarts/core";
import { fit } from "./layout.js";
import { describeCell, describePoint, spoken } from "./tooltip.js";

/** Takes over the drawing in an element, which needs a height of its own. */
export function mount(element, json) {
  const host = document.createElement("div");
  host.style.cssText = "width:100%;height:100%";
  const size = sizeOf(element);
  const chart = init(host, null, { renderer: "svg", locale: "FR", ...size });
  const handle = { chart, element, host, option: null, size, observer: null, escape: null };
  try {
    update(handle, json);
  } catch (error) {
    chart.dispose();
    throw error;
  }
  // Drawn before it is put in place, so that the page never shows an empty box.
  chart.getZr().flush();
  element.replaceChildren(host);
  handle.observer = new ResizeObserver(() => resize(handle));
  handle.observer.observe(element);
  // The tooltip goes away wherever the focus and the pointer are.
  handle.escape = ({ key }) => key === "Escape" && hidePoint(handle);
  document.addEventListener("keydown", handle.escape);
  return handle;
}

/** Shows another option. Series hidden by the legend stay hidden where they are still there. */
export function update(handle, json) {
  handle.option = JSON.parse(json);
  const { shape } = handle.option.vigie;
  handle.host.className = shape ? "chart__" + shape : "";
  show(handle);
}

export function resize(handle) {
  const size = sizeOf(handle.element);
  if (handle.chart.isDisposed() || (size.width === handle.size.width && size.height === handle.size.height)) return;
  handle.size = size;
  handle.chart.resize(size);
  show(handle);
}

export function dispose(handle) {
  handle.observer?.disconnect();
  document.removeEventListener("keydown", handle.escape);
  handle.chart.dispose();
  handle.host.remove();
}

/** Shows the tooltip of a bucket (of a day, in a heat map) and gives its text; undefined when there is no such bucket. */
export function showPoint(handle, bucket) {
  const { chart, option, size } = handle;
  if (option.vigie.form === "jours-semaines") {
    if (!option.series[0].data[bucket]) return undefined;
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: bucket });
    return spoken(describeCell(option, bucket));
  }
  if (!(bucket < option.xAxis.data.length)) return undefined;
  const selected = selection(chart);
  const visible = option.vigie.series.map((one) => one.name).filter((name) => selected[name] !== false);
  chart.dispatchAction({ type: "showTip", x: chart.convertToPixel({ xAxisIndex: 0 }, bucket), y: size.height / 2 });
  return spoken(describePoint(option, bucket, visible));
}

export function hidePoint({ chart }) {
  chart.dispatchAction({ type: "hideTip" });
  // What marks the bucket, and the parts of the chart that stand out with it, are another matter to ECharts.
  chart.dispatchAction({ type: "updateAxisPointer", currTrigger: "leave" });
}

/** Shows or hides a series, as its name in the legend does for whoever has a pointer. */
export function setVisible({ chart }, name, visible) {
  chart.dispatchAction({ type: visible ? "legendSelect" : "legendUnSelect", name });
}

function show({ chart, option, size }) {
  const fitted = fit(structuredClone(option), size.width, size.height, false);
  const selected = selection(chart);
  if (fitted.legend && Object.keys(selected).length) fitted.legend.selected = selected;
  chart.setOption(fitted, { notMerge: true });
}

function selection(chart) {
  return chart.getOption()?.legend?.[0]?.selected ?? {};
}

function sizeOf(element) {
  return { width: Math.max(240, element.clientWidth), height: Math.max(160, element.clientHeight) };
}
