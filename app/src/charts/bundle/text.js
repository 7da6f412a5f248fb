// Widths of texts, without a canvas: the advances of Vigie Sans, in thousandths of the size.

const BASIC =
  "5k81budtdtmwgx6x8f8fbmdt6x8n6x9qdtdtdtdtdtdtdtdtdtdt6x6xdtdtdtbtnjf4gcfvh3endqh5i47bdcg3dik7hzigfqigfteuewhxeblue9d8ez8f9q8fdtdwf2e0fdcoffds84e0f46u6vdr73n1f7f2ffff9nbn9ef4czjzceczbt8f6p8fdt";
const LATIN =
  "5k81dtdtdtdt6pdtf2ko9lbxdt8nbrf297dta7a7f2fmfk6xf2a7a5bxlpmgm4btf4f4f4f4f4f4mufvenenenen7b7b7b7bhrhzigigigigigdtighxhxhxhxd8g7g0e0e0e0e0e0e0lmcodsdsdsds6u6u6u6uf4f7f2f2f2f2f2dtf2f4f4f4f4czffczf4e0f4e0f4e0fvcofvcofvcofvcoh3fxhnfmendsendsendsendsendsh5e0h5e0h5e0h5e0i4f4j8fh7b6u7b6u7b6u7b6u7b6uemdpdc6vg3drdrdi73di73di7ddia2dw8ahzf7hzf7hzf7ldhnf7igf2igf2igf2njnbft9nft9nft9neubneubneubneubnew9eew9eew9ehxf4hxf4hxf4hxf4hxf4hxf4lujyd8czd8ezbtezbtezbt7j";
const OTHERS = {
  "\u2009": 100, "\u202f": 120, "\u2011": 311, "–": 480, "—": 800, "‘": 249, "’": 249, "“": 426, "”": 426, "…": 948,
  "‰": 1194, "€": 497, "−": 497,
};

function advance(letter) {
  const code = letter.charCodeAt(0);
  if (code >= 0x20 && code < 0x7f) return parseInt(BASIC.substr((code - 0x20) * 2, 2), 36);
  if (code >= 0xa0 && code < 0x180) return parseInt(LATIN.substr((code - 0xa0) * 2, 2), 36);
  // ECharts takes the width of an ideogram for the height of a line.
  return OTHERS[letter] ?? 1000;
}

/** The width of a text of a size in pixels. */
export function width(text, size, semibold = false) {
  let thousandths = 0;
  for (const letter of String(text)) thousandths += advance(letter);
  return (thousandths * size * (semibold ? 1.03 : 1)) / 1000;
}

/** What ECharts asks: the width of a text in a CSS font. */
export function measureFont(text, font) {
  const size = /(\d+(?:\.\d+)?)px/.exec(font || "");
  return { width: width(text ?? "", size ? Number(size[1]) : 12, /600|700|bold/.test(font || "")) };
}

/** A text cut to fit a width, with an ellipsis. */
export function truncate(text, size, most) {
  if (width(text, size) <= most) return text;
  let room = most - width("…", size);
  let at = 0;
  while ((room -= width(text[at], size)) >= 0) at += 1;
  return text.slice(0, Math.max(1, at)).trimEnd() + "…";
}

/**
 * Texts cut to fit widths. Those that would read the same lose their middle rather than their end: what is left begins where they part.
 */
export function shorten(texts, size, mosts) {
  const parted = texts.map(() => 0);
  const write = (text, index) => {
    const most = mosts[index];
    if (!parted[index] || width(text, size) <= most) return truncate(text, size, most);
    const head = truncate(text.slice(0, parted[index]), size, most * 0.35);
    const start = head.endsWith("…") ? head : head.trimEnd() + "…";
    return start + truncate(text.slice(parted[index]), size, most - width(start, size));
  };
  let written = texts.map(write);
  // What parts some of them may be what others have in common.
  for (let turn = 0; turn < 3; turn += 1) {
    const same = (index) => texts.filter((text, other) => written[other] === written[index] && text !== texts[index]);
    const next = texts.map((text, index) => same(index).reduce((least, other) => Math.max(least, partOf(text, other)), parted[index]));
    if (next.every((at, index) => at === parted[index])) break;
    next.forEach((at, index) => (parted[index] = at));
    written = texts.map(write);
  }
  return written;
}

/** Where a text parts from another: at the beginning of the word, unless this one is long. */
function partOf(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  return Math.max(text.lastIndexOf(" ", at - 1) + 1, at - 6);
}

/** A text cut into lines at ordinary spaces; the last of `most` lines ends with an ellipsis when there is more. */
export function wrap(text, size, widest, most, semibold = false) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    const longer = line ? line + " " + word : word;
    if (!line || width(longer, size, semibold) <= widest) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length > most) lines.splice(most - 1, lines.length, lines.slice(most - 1).join(" "));
  return lines.map((line) => truncate(line, semibold ? size * 1.03 : size, widest));
}

/** A text as HTML or XML. */
export function escape(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (letter) => entities[letter]);
}
