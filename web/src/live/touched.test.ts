import { describe, expect, it } from "vitest";
import { touched } from "./touched";

describe("touched", () => {
  it("names what shows a release, its environment's slots, a rollout", () => {
    expect(touched("release/1.2.0")).toContainEqual(["release", "1.2.0"]);
    expect(touched("slot/production/api")).toContainEqual(["environment", "production"]);
    expect(touched("rollout/rol_1")).toContainEqual(["rollout", "rol_1"]);
  });
  it("names what shows a flag, whose key may have slashes, and the keys of programs", () => {
    expect(touched("flag/team/checkout")).toContainEqual(["flag", "team/checkout"]);
    expect(touched("flag/team/checkout")).toContainEqual(["flags"]);
    expect(touched("flag-keys")).toEqual([["flag-keys"]]);
  });
  it("knows nothing of a stream that a newer server may have", () => {
    expect(touched("tides/high")).toEqual([]);
  });
});
