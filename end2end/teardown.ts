import { rmSync } from "node:fs";

/** Takes away the data folder that the configuration made. */
export default function teardown() {
  rmSync(process.env.VIGIE_TEST_DATA!, { recursive: true, force: true });
}
