// Pictures as files: PNG by the browser itself, and the gesture that saves them.

const FONTS = [
  [400, "/fonts/vigie-sans-regular.woff2"],
  [600, "/fonts/vigie-sans-semibold.woff2"],
];

/** A picture of exactly `width` × `height` pixels. */
export async function png(svg, width, height) {
  // An image sees neither the style sheets nor the fonts of the page: they go with it.
  const faces = await Promise.all(FONTS.map(([weight, address]) => face(weight, address)));
  const dressed = svg.replace(/<svg [^>]*>/, (head) => `${head}<style>${faces.join("")}</style>`);
  const address = URL.createObjectURL(new Blob([dressed], { type: "image/svg+xml" }));
  try {
    const image = new Image(width, height);
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("image trop grande"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Without its font a picture is still one. */
async function face(weight, address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return "";
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return `@font-face{font-family:"Vigie Sans";font-weight:${weight};src:url(data:font/woff2;base64,${btoa(text)})}`;
  } catch {
    return "";
  }
}

/** Offers a file to the person. `content` is a text or a Blob. */
export function save(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has read the address by the time the click returns, but some begin the download a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
