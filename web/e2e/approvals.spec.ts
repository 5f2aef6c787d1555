// Consent by a second person, and a release that is let through a freeze with a reason.
import { browserOf, evidence, expect, openShop, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop({ gates: true });
  await scene.release("ann", "1.1.0", { notes: ["Refunds"] });
  await evidence(scene, "1.1.0");
  for (const environment of ["development", "staging"]) {
    await scene.deploy("ann", "1.1.0", environment, "recreate").catch(() => {});
    await scene.stands("1.1.0", environment, "live");
  }
});
test.afterAll(() => scene.close());

const card = "1.1.0 before production: approval";

test("a second person approves, and the first one sees it happen", async ({ browser }) => {
  const ann = await browserOf(browser, scene);
  await signIn(ann.page, "ann");
  await ann.page.goto("/approvals");
  // Who made it may not agree to it.
  await expect(ann.page.getByRole("article", { name: new RegExp(card) })).toBeVisible();
  await expect(ann.page.getByRole("article", { name: new RegExp(card) }).getByRole("button", { name: "Approve" })).toHaveCount(0);

  const bo = await browserOf(browser, scene);
  await signIn(bo.page, "bo");
  await bo.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /Approvals/ }).click();
  await bo.page.getByRole("article", { name: new RegExp(card) }).getByRole("button", { name: "Approve" }).click();
  const question = bo.page.getByRole("dialog");
  await expect(question.getByText(/for exactly what would go out now/)).toBeVisible();
  await question.getByRole("textbox").fill("refunds were tried by hand");
  await question.getByRole("button", { name: "Approve" }).click();
  await expect(question).toBeHidden();
  // The other browser was told.
  await expect(ann.page.getByRole("article", { name: new RegExp(card) })).toHaveCount(0);
  const { items } = await scene.api<{ items: { stands: string }[] }>("ann", "GET", "/releases/1.1.0/why?environment=production");
  expect(items[0]?.stands).toBe("ready");
  expect([...ann.faults, ...bo.faults]).toEqual([]);
  await ann.close();
  await bo.close();
});

test("a freeze holds until somebody who may lets one release through, and says why", async ({ browser }) => {
  await scene.api("cy", "PUT", "/calendar/stocktaking", {
    kind: "freeze", zone: "UTC", from: "2020-01-01T00:00", until: null, lasts_seconds: 400 * 86_400, rule: "FREQ=YEARLY",
    environments: ["production"], components: [], reason: "the books are open",
  });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/releases/1.1.0");
  await expect(page.getByText("the books are open").first()).toBeVisible();
  await page.getByRole("button", { name: /Let it through/ }).first().click();
  const question = page.getByRole("dialog");
  const button = question.getByRole("button", { name: /Let it through/ });
  await expect(button).toBeDisabled();
  await question.getByRole("textbox").fill("refunds fail at the tills");
  await button.click();
  await expect(question).toBeHidden();
  await expect(page.getByText("refunds fail at the tills").first()).toBeVisible();
  const { items } = await scene.api<{ items: { stands: string }[] }>("cy", "GET", "/releases/1.1.0/why?environment=production");
  expect(items[0]?.stands).toBe("ready");
  expect(faults).toEqual([]);
  await close();
});
