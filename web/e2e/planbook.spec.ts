// What plans have in common: templates in their editions, of Tidegate and of the team; whose turn it is to manage a release; what
// retrospectives asked for and nobody has done yet.
import { accessible, browserOf, expect, openEmpty, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openEmpty();
});
test.afterAll(() => scene.close());

test("a template is copied, changed entry by entry, kept as an edition, and a plan begins from it", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans?tab=templates");
  const table = page.getByRole("table", { name: "Templates" });
  await expect(table.getByRole("row")).toHaveCount(4);
  await table.getByRole("link", { name: "planned", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Template planned", level: 1 })).toBeVisible();
  // Tidegate's own is never changed, only looked at and copied.
  await expect(page.getByRole("button", { name: "Add an objective" })).toHaveCount(0);
  await page.getByRole("button", { name: "What it changed" }).click();
  await expect(page.getByRole("list", { name: "From edition 1 to edition 2" })).toBeVisible();
  await page.getByRole("button", { name: "Copy" }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByRole("textbox", { name: "Name" })).toBeFocused();
  await form.getByRole("textbox", { name: "Name" }).fill("planned");
  await form.getByRole("button", { name: "Copy it" }).click();
  await expect(form.getByRole("alert")).toContainText("There is a template planned already.");
  await form.getByRole("textbox", { name: "Name" }).fill("team-planned");
  await form.getByRole("button", { name: "Copy it" }).click();
  await expect(page.getByRole("heading", { name: "Template team-planned", level: 1 })).toBeVisible();

  // What is written is an edition once it is kept, and not before.
  await page.getByRole("button", { name: "Add an objective" }).click();
  await form.getByRole("textbox", { name: "Objective" }).fill("Nobody waits at the till");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("Edition 2 is being written, and is not kept yet")).toBeVisible();
  await page.getByRole("button", { name: "Add an activity" }).click();
  await form.getByRole("textbox", { name: "Activity" }).fill("Soak a day");
  await form.getByRole("button", { name: "Add it" }).click();
  await expect(form).toBeHidden();
  const soak = page.getByRole("list", { name: "Activities" }).getByRole("listitem").filter({ hasText: "Soak a day" });
  await expect(soak).toContainText("no days");
  await soak.getByRole("button", { name: "Days" }).click();
  await expect(form.getByRole("textbox", { name: "First day" })).toBeFocused();
  await form.getByRole("textbox", { name: "First day" }).fill("-2");
  await form.getByRole("textbox", { name: "Last day" }).fill("-1");
  await form.getByRole("button", { name: "Take it over" }).click();
  await expect(soak).toContainText("2 days before to 1 day before");
  expect((await scene.api<{ version: number }>("cy", "GET", "/plan-templates/team-planned")).version).toBe(1);
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(form.getByRole("textbox", { name: "What is new in it" })).toBeFocused();
  await form.getByRole("textbox", { name: "What is new in it" }).fill("A day of soaking");
  await form.getByRole("button", { name: "Keep it" }).click();
  await expect(page.getByText("What is new in it: A day of soaking")).toBeVisible();
  await expect(page.getByText("is not kept yet")).toHaveCount(0);
  await accessible(page, "a template");

  await page.getByRole("link", { name: "Begin a plan from team-planned" }).click();
  await expect(form.getByRole("combobox", { name: "Begin with" })).toHaveValue("team-planned");
  await form.getByRole("textbox", { name: "Release" }).fill("8.1.0");
  await form.getByRole("textbox", { name: "Title" }).fill("Tills");
  await form.getByLabel("Ready by").fill("2031-03-10");
  await form.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name: "Plan of 8.1.0", level: 1 })).toBeVisible();
  await expect(page.getByText("Nobody waits at the till")).toBeVisible();
  await page.getByRole("tab", { name: "Schedule" }).click();
  await expect(page.getByRole("table", { name: "Activities over time" })).toContainText("Soak a day");
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("region", { name: "Template", exact: true })).toContainText("It was made from team-planned, edition 2.");

  // A newer edition is brought into the plan.
  const { document, days } = await scene.api<{ document: { objectives: object[] }; days: object[] }>("cy", "GET", "/plan-templates/team-planned");
  document.objectives.push({ id: "second", text: "Nobody waits for a refund" });
  await scene.api("cy", "PUT", "/plan-templates/team-planned", { document, days, change: "Refunds" });
  await page.getByRole("button", { name: "Bring in edition 3" }).click();
  await form.getByRole("button", { name: "Bring it in" }).click();
  await expect(form.getByRole("status")).toContainText("From edition 2 to edition 3");
  await form.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("region", { name: "Template", exact: true })).toContainText("edition 3.");
  await page.getByRole("tab", { name: "Overview" }).click();
  await expect(page.getByText("Nobody waits for a refund")).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("people take turns, whoever is away is passed over, and what was asked for is done", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/plans?tab=turns");
  await page.getByRole("button", { name: "Say who takes turns" }).click();
  const form = page.getByRole("dialog");
  const more = form.getByRole("textbox", { name: "One more" });
  await expect(more).toBeFocused();
  for (const name of ["bo", "ann", "cy"]) {
    await more.fill(name);
    await page.keyboard.press("Enter");
  }
  await form.getByRole("button", { name: "ann earlier" }).click();
  await form.getByRole("button", { name: "Add an absence" }).click();
  await form.getByLabel("From").fill("2020-01-01");
  await form.getByLabel("Until").fill("2019-01-01");
  // What does not fit is said, and nothing that was typed is lost.
  await form.getByRole("button", { name: "Keep it" }).click();
  await expect(form.getByRole("alert")).toContainText("before the first");
  await form.getByLabel("Until").fill("2099-12-31");
  await form.getByRole("button", { name: "Keep it" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("list", { name: "Who takes turns" }).getByRole("listitem")).toHaveText([/^ann.*away 2020-01-01 to 2099-12-31/, /^bo.*next/, /^cy/]);
  await expect(page.getByText("ann is passed over, away from 2020-01-01 to 2099-12-31, and stays first in line.")).toBeVisible();

  await scene.api("cy", "PUT", "/plans/8.2.0", { document: { title: "Tills" } });
  const action = (id: string, text: string, due: string | null) => ({ id, text, owner: "bo", due, done: false });
  await scene.api("cy", "PUT", "/plans/8.2.0/retrospective", { went_well: ["The tests"], actions: [action("soak", "Soak a day", "2020-01-01"), action("alarms", "Alarms name the release", null)] });
  await page.getByRole("tab", { name: "Open actions" }).click();
  const open = page.getByRole("list", { name: "Open actions" }).getByRole("listitem");
  await expect(open).toHaveCount(2);
  await expect(open.filter({ hasText: "Soak a day" })).toContainText("overdue");
  const vi = await browserOf(browser, scene);
  await signIn(vi.page, "vi");
  await vi.page.goto("/plans?tab=actions");
  await expect(vi.page.getByText("Alarms name the release")).toBeVisible();
  await expect(vi.page.getByRole("button", { name: /^Done/ })).toHaveCount(0);
  for (const [tab, button] of [["turns", "Change"], ["templates", "Keep a plan as a template"], ["sources", "Add a source"]] as const) {
    await vi.page.goto(`/plans?tab=${tab}`);
    await expect(vi.page.getByRole("tabpanel")).toBeVisible();
    await expect(vi.page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expect(vi.page.getByRole("button", { name: button })).toHaveCount(0);
  }
  await vi.page.goto("/plans?tab=actions");

  // Carried into a plan that begins from a template, then done where it was asked for; everybody sees it go.
  await page.goto("/plans?tab=actions&new=yes&template=hotfix");
  await expect(form.locator(":focus")).toHaveCount(1);
  await form.getByRole("textbox", { name: "Release" }).fill("8.3.0");
  await form.getByRole("textbox", { name: "Title" }).fill("Mended");
  await form.getByRole("combobox", { name: "Carry over" }).click();
  await page.getByRole("option", { name: /^Alarms/ }).click();
  await page.keyboard.press("Tab");
  await form.getByRole("button", { name: "Begin it" }).click();
  await expect(page.getByRole("heading", { name: "Plan of 8.3.0", level: 1 })).toBeVisible();
  await page.goto("/plans?tab=actions");
  await expect(open.filter({ hasText: "Alarms name the release" })).toContainText("carried by 8.3.0");
  await page.getByRole("button", { name: "Done: Soak a day" }).click();
  await expect(open).toHaveCount(1);
  await expect(vi.page.getByText("Soak a day")).toHaveCount(0);
  const { went_well: kept } = await scene.api<{ went_well: string[] }>("cy", "GET", "/plans/8.2.0/retrospective");
  expect(kept).toEqual(["The tests"]);
  expect([...faults, ...vi.faults]).toEqual([]);
  await vi.close();
  await close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`what plans have in common is accessible and fits its window, ${colorScheme}`, async ({ browser }) => {
    test.setTimeout(480_000);
    await scene.api("cy", "PUT", "/scope/sources/sheet", { kind: "csv", rules: [{ label: "crash", severity: "major" }] });
    await scene.api("cy", "PUT", "/plan-rotation", { people: ["ann", "bo"], away: { bo: [{ from: "2020-01-01", until: "2099-12-31" }] } });
    await scene.api("cy", "PUT", "/plans/8.4.0", { document: { title: "Tills" } });
    await scene.api("cy", "PUT", "/plans/8.4.0/retrospective", { actions: [{ id: "soak", text: "Soak a day", owner: "bo", due: "2020-01-01" }] });
    const { page, faults, close } = await browserOf(browser, scene, { colorScheme });
    await signIn(page, "cy");
    for (const address of ["/plans?tab=templates", "/plans/templates/planned", "/plans?tab=turns", "/plans?tab=actions", "/plans?tab=sources", "/plans/sources/sheet", "/plans/8.4.0?tab=scope", "/plans/8.4.0?tab=shipped"]) {
      await page.goto(address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      for (const [width, height] of [[390, 844], [1440, 900]] as const) {
        await page.setViewportSize({ width, height });
        const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await expect.soft.poll(over, { message: `${address} at ${width} is wider than its window`, timeout: 20_000 }).toBeLessThanOrEqual(0);
      }
      await accessible(page, `${address}, ${colorScheme}`);
    }
    await page.goto("/plans?tab=turns");
    await page.getByRole("button", { name: "Change" }).click();
    await expect(page.getByRole("dialog").locator(":focus")).toHaveCount(1);
    await accessible(page, `turns, ${colorScheme}`);
    await page.goto("/plans?tab=sources");
    await page.getByRole("button", { name: "Add a source" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Add a rule" }).click();
    await accessible(page, `a source's form, ${colorScheme}`);
    expect(faults).toEqual([]);
    await close();
  });
}
