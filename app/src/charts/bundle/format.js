// Numbers as French readers expect them, as `vigie_domain::format` writes them: QuickJS has no Intl, and two writings of the
// same number, one on the axis and one in the table, would be one too many.

const THIN = "\u202f";

/** A number with a fixed number of decimals. */
export function decimal(value, decimals) {
  const scale = 10 ** decimals;
  const [whole, fraction] = (Math.round(Math.abs(value) * scale) / scale).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (fraction ? "," + fraction : "");
  return (value < 0 && Number(whole + "." + (fraction || 0)) > 0 ? "−" : "") + text;
}

/** A value of a series; a dash when there is none. */
export function value(number, unit) {
  if (number === null || number === undefined || !Number.isFinite(number)) return "—";
  if (unit === "pourcent") return decimal(number, 1) + THIN + "%";
  return decimal(number, unit === "decimal" ? 2 : 0);
}

/** A graduation: as many decimals as it needs, millions in short. */
export function graduation(number) {
  if (Math.abs(number) >= 1e6) return shortest(number / 1e6) + "\u00a0M";
  return shortest(number);
}

function shortest(number) {
  const decimals = [0, 1, 2, 3].find((digits) => Math.abs(number - Number(number.toFixed(digits))) < 1e-9);
  return decimal(number, decimals ?? 3);
}

/** A graduation of percentages. */
export function percentage(number) {
  return shortest(number) + THIN + "%";
}

/** The end of an axis of percentages: 100 when the figures come near, or when there is none over nought; otherwise ECharts chooses. */
export function ceiling({ max }) {
  return (max > 60 && max <= 100) || !(max > 0) ? 100 : null;
}

/** The end of another axis: ECharts chooses, but where there is nothing over nought, when it would draw no axis at all. */
export function top({ max }) {
  return max > 0 ? null : 1;
}
