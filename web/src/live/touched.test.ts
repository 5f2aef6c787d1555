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
  it("names what shows a plan and what follows from it", () => {
    expect(touched("plan/2.1.0")).toEqual(expect.arrayContaining([["plan", "2.1.0"], ["plan-schedule", "2.1.0"], ["go-no-go", "2.1.0"], ["plans"]]));
    // What gates say follows from the release's history, too.
    expect(touched("release/2.1.0")).toContainEqual(["go-no-go"]);
  });
  it("names what shows a plan's past, and templates and turns of their own", () => {
    expect(touched("plan/2.1.0")).toEqual(expect.arrayContaining([["retrospective", "2.1.0"], ["plan-history", "2.1.0"], ["plan-progress", "2.1.0"]]));
    expect(touched("plan-book")).toEqual(expect.arrayContaining([["plan-templates"], ["plan-template"], ["plan-rotation"]]));
    expect(touched("plan/2.1.0")).toEqual(expect.arrayContaining([["plan-actions"], ["plan-rotation"]]));
  });
  it("names what shows a source of scope, and what waits beside each plan because of it", () => {
    expect(touched("scope-source/shop")).toEqual(expect.arrayContaining([["scope-sources"], ["scope-source", "shop"], ["tracked-items", "shop"], ["plan-untriaged"], ["plan-comparison"]]));
    // What is decided waits no more, and a release brings its commits.
    expect(touched("plan/2.1.0")).toEqual(expect.arrayContaining([["plan-untriaged", "2.1.0"], ["plan-comparison", "2.1.0"]]));
    expect(touched("release/2.1.0")).toContainEqual(["plan-comparison"]);
  });
  it("names what an incident and a rollout change of the measures", () => {
    expect(touched("incident/inc_1")).toEqual(expect.arrayContaining([["incident", "inc_1"], ["incidents"], ["measures"], ["measure-rows"]]));
    expect(touched("rollout/rol_1")).toContainEqual(["measures"]);
  });
  it("names what shows an announcement and the ways it goes", () => {
    expect(touched("announcement/ann_1")).toEqual(expect.arrayContaining([["announcement", "ann_1"], ["announcements"], ["channels"]]));
    expect(touched("announcements")).toEqual(expect.arrayContaining([["channels"], ["audiences"], ["announcement-templates"]]));
    // Words that are not out yet say what the plan says.
    expect(touched("plan/2.1.0")).toContainEqual(["announcement"]);
    expect(touched("rollout/rol_1")).toContainEqual(["outcome"]);
  });
  it("names bundles and whose are taken", () => {
    expect(touched("bundles")).toEqual([["bundles"], ["bundle-keys"]]);
  });
  it("knows nothing of a stream that a newer server may have", () => {
    expect(touched("tides/high")).toEqual([]);
  });
});
