import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Says again, after everything else, what each failed test met: of a long output the end alone may be kept. */
export default class Failures implements Reporter {
  private readonly said: string[] = [];

  onTestEnd(test: TestCase, result: TestResult) {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const errors = result.errors.map(({ message = "" }) => message.replace(/\x1b\[[0-9;]*m/g, "").trim());
    this.said.push(`▸ ${test.titlePath().slice(1).join(" › ")}\n${errors.join("\n").slice(0, 1_000)}`);
  }

  onEnd() {
    if (this.said.length > 0) console.log(`\n${this.said.join("\n\n")}`);
  }
}
