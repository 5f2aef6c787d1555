import { expect, test, vi } from "vitest";

vi.stubGlobal("window", { location: { pathname: "/", origin: "" } });
const { ifMatch, noteEdition } = await import("./editions");

test("a change names the edition that was read last", () => {
  expect(ifMatch("/api/v1/calendar")).toEqual({});
  noteEdition("/api/v1/calendar", '"3"');
  noteEdition("/api/v1/calendar", '"4"');
  expect(ifMatch("/api/v1/calendar")).toEqual({ "If-Match": '"4"' });
});

test("what is answered without a tag has no edition any more", () => {
  noteEdition("/api/v1/groups", '"1"');
  noteEdition("/api/v1/groups", null);
  expect(ifMatch("/api/v1/groups")).toEqual({});
});

test("only so many are remembered, the newest of them", () => {
  for (let each = 0; each < 1_100; each += 1) noteEdition(`/api/v1/people/p${each}`, `"${each}"`);
  expect(ifMatch("/api/v1/people/p0")).toEqual({});
  expect(ifMatch("/api/v1/people/p1099")).toEqual({ "If-Match": '"1099"' });
});
