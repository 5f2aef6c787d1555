import { expect, test } from "vitest";
import { whyNotMine } from "./whose";

const proposal = { by: "Cy", environment: "production" };
const me = { name: "bo", kind: "person" as const, open: false };

test.each([
  [me, true, ""],
  [me, false, "you may not sign in production"],
  [{ ...me, name: "cy" }, true, "you proposed it"],
  [{ ...me, kind: "service" as const }, true, "a program approves nothing"],
])("%j, may sign: %s", (reader, may, expected) => {
  expect(whyNotMine(proposal, reader, () => may)).toBe(expected);
});
