import { describe, expect, it } from "vitest";
import { addressesOf, channelPlace, nothingWritten, requestOf, whenWords } from "./words";

const written = { ...nothingWritten("2.1.0", "users"), environment: "production" };

describe("what a form sends", () => {
  it("waits for a rollout, and names its place once", () => {
    const { when, environment, at_ms: at } = requestOf({ ...written, moment: "step", step: 2, at: "2026-12-01T20:00" });
    expect([when, environment, at]).toEqual([{ environment: "production", reaches: "step", step: 2 }, null, null]);
    expect(requestOf({ ...written, moment: "success", step: 2 }).when).toEqual({ environment: "production", reaches: "success" });
  });
  it("is told at a time, of a place", () => {
    const request = requestOf({ ...written, moment: "at", at: "2026-12-01T20:00", downtime: 5 });
    expect(request.at_ms).toBe(new Date("2026-12-01T20:00").getTime());
    expect([request.when, request.environment, request.downtime_minutes]).toEqual([null, "production", 5]);
    expect(requestOf({ ...written, moment: "at", at: "soon" }).at_ms).toBeNull();
  });
  it("has words of its own only where they are wanted", () => {
    expect(requestOf({ ...written, subject: "s", text: "t" }).subject).toBeNull();
    expect(requestOf({ ...written, own: true, subject: "s", text: "t" })).toMatchObject({ subject: "s", text: "t" });
  });
});

describe("words", () => {
  it("say when", () => {
    expect(whenWords({ environment: "production", reaches: "step", step: 3 })).toBe("when a rollout in production enters step 3");
    expect(whenWords({ environment: "production", reaches: "rollback" })).toBe("when a rollout in production goes back");
  });
  it("say where a channel leads, without anything secret", () => {
    expect(channelPlace({ kind: "slack", host: "hooks.slack.com" })).toBe("hooks.slack.com");
    expect(channelPlace({ kind: "mail", mail: { host: "mail.example.org", port: 587, from: "shop@example.org", security: "tls" } })).toBe("mail.example.org:587, from shop@example.org");
  });
  it("take addresses as people write them, each once", () => {
    expect(addressesOf(" ada@example.org, bob@example.org\nada@example.org;")).toEqual(["ada@example.org", "bob@example.org"]);
  });
});
