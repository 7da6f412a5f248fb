import { test as base, expect } from "@playwright/test";
import { Statistics } from "./statistics";

export { expect };

type Fixtures = {
  /** Console errors that the test is about, such as the one Chromium writes for an answer 404. */
  expectedErrors: RegExp[];
  /** Fails the test on any console error, any uncaught exception, any request to another host. */
  clean: void;
  /** The page of statistics. */
  statistics: Statistics;
};

export const test = base.extend<Fixtures>({
  expectedErrors: [[], { option: true }],

  clean: [
    async ({ context, baseURL, expectedErrors }, use) => {
      const wrong: string[] = [];
      const { host } = new URL(baseURL!);
      context.on("console", (message) => {
        if (message.type() === "error" && !expectedErrors.some((expected) => expected.test(message.text()))) {
          wrong.push(`console: ${message.text()}`);
        }
      });
      context.on("weberror", (error) => wrong.push(`exception: ${error.error().message}`));
      context.on("request", (request) => {
        const url = new URL(request.url());
        if (/^(https?|wss?):$/.test(url.protocol) && url.host !== host) wrong.push(`other host: ${request.url()}`);
      });
      await use();
      expect(wrong, "the page logs no error and asks no other host").toEqual([]);
    },
    { auto: true },
  ],

  statistics: async ({ page }, use) => {
    await use(new Statistics(page));
  },
});
