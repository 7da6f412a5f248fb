import { mkdtempSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, devices } from "@playwright/test";
import { CLAIRE, stateOf } from "./sign-in";

/** A port that nobody listens on. */
async function freePort(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return String(port);
}

// Every worker reads this file again: the port and the folder are chosen once, and travel in the environment.
process.env.VIGIE_PORT ??= await freePort();
process.env.VIGIE_TEST_DATA ??= mkdtempSync(join(tmpdir(), "vigie-"));

const root = fileURLToPath(new URL("..", import.meta.url));
const listen = `127.0.0.1:${process.env.VIGIE_PORT}`;
const program = resolve(root, process.env.VIGIE ?? "target/release/vigie");

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  timeout: 30_000,
  reporter: [["list"], process.env.CI ? ["./failures.ts"] : ["html", { open: "never" }]],
  globalSetup: "./sign-in.ts",
  globalTeardown: "./teardown.ts",
  use: {
    ...devices["Desktop Chrome"],
    baseURL: `http://${listen}`,
    locale: "fr-FR",
    timezoneId: "Europe/Paris",
    storageState: stateOf(CLAIRE),
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.VIGIE_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "avec JavaScript", testIgnore: "*.nojs.spec.ts" },
    { name: "sans JavaScript", testMatch: "*.nojs.spec.ts", use: { javaScriptEnabled: false } },
  ],
  webServer: {
    command: `"${program}" serve --listen ${listen} --data "${process.env.VIGIE_TEST_DATA}" --demo --demo-until 2026-07-03`,
    cwd: root,
    url: `http://${listen}/connexion`,
    timeout: 180_000,
    stdout: "ignore",
    stderr: "pipe",
    gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 },
  },
});
