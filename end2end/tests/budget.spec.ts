import { brotliCompressSync } from "node:zlib";
import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

test("the first HTML with its chart weighs at most 60 KB after brotli", async ({ request }) => {
  const answer = await request.get(`/statistiques?${ACCESSES}`, { headers: { "accept-encoding": "identity" } });
  // What brotli does by default is -q 11.
  expect(brotliCompressSync(await answer.body()).byteLength).toBeLessThanOrEqual(60_000);
});

test("the client and the charts are sent compressed in advance", async ({ request }) => {
  for (const path of ["/pkg/vigie-client_bg.wasm", "/pkg/vigie-client.js", "/vendor/echarts.js", "/vigie.css"]) {
    const answer = await request.head(path, { headers: { "accept-encoding": "br" } });
    expect.soft(answer.headers()["content-encoding"], path).toBe("br");
  }
});
