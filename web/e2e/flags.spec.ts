// Flags: made, changed with a preview against the real server, asked by a program over OFREP, agreed to by a second person,
// reverted; what cannot be served is said with its place, and keys for programs are made and revoked.
import { accessible, askFlag, browserOf, CHECKOUT, expect, fillFlags, openEmpty, signIn, test, type Scene } from "./test";

let scene: Scene;
let program: string;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openEmpty();
  await fillFlags(scene);
  const { secret } = await scene.api<{ secret: string }>("cy", "POST", "/environments/staging/flag-keys", { kind: "server", label: "a test" });
  program = secret;
});
test.afterAll(() => scene.close());

const variantOf = async (flag: string, context: object, key = program) => (await askFlag(scene, key, flag, context)).variant;

test("a flag is made, changed with a preview, and programs get what was previewed", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/flags");
  await page.getByRole("button", { name: "New flag" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "Make it" }).click();
  await expect(form.getByRole("alert")).toContainText("A flag needs a key.");
  await form.getByRole("textbox", { name: "Key" }).fill("gift-cards");
  await form.getByRole("combobox", { name: "Owner" }).fill("Team Shop");
  await form.getByLabel("Remove by").fill("2031-03-31");
  await form.getByRole("checkbox", { name: "staging" }).check();
  await form.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { name: "gift-cards", level: 1 })).toBeVisible();
  await expect(page.getByText("It is off: everybody gets").first()).toBeVisible();
  expect(await variantOf("gift-cards", { targetingKey: "ann" })).toBe("off");

  await page.getByRole("tab", { name: "Change" }).click();
  // A default of off, a rule for some, a tenth of everybody else.
  await page.getByRole("combobox", { name: "Default" }).selectOption("off");
  await page.getByRole("button", { name: "Add a rule" }).click();
  const rule = page.getByRole("region", { name: "Rule 1" });
  await rule.getByRole("combobox", { name: "Attribute, rule 1" }).fill("email");
  await rule.getByRole("combobox", { name: "How it is compared, rule 1" }).selectOption("ends with");
  await rule.getByRole("textbox", { name: "Value, rule 1" }).fill("@example.com");
  await page.getByRole("combobox", { name: "What everybody else gets" }).selectOption("a share each");
  await page.getByRole("textbox", { name: "Percent of on, everybody else" }).fill("10");
  const subject = page.getByRole("region", { name: "Try a subject" });
  await subject.getByRole("button", { name: "email" }).click();
  await subject.getByRole("textbox", { name: "Value of email" }).fill("ann@example.com");
  // It is still off, and the preview says so; switched on in the text, it would be another variant.
  await page.getByText("JSON", { exact: true }).first().click();
  const text = page.getByRole("textbox", { name: "Definition" });
  await text.fill((await text.inputValue()).replace('"DISABLED"', '"ENABLED"'));
  await expect(subject.getByText("another variant than now")).toBeVisible();
  const sample = page.getByRole("region", { name: "A sample" });
  await expect(sample.getByText("a sample of 600")).toBeVisible();
  await expect(sample.getByText("100 of 100 get another")).toBeVisible();
  // Nothing of it is so yet.
  expect(await variantOf("gift-cards", { targetingKey: "ann", email: "ann@example.com" })).toBe("off");
  await accessible(page, "the editor");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const question = page.getByRole("dialog");
  await expect(question.getByText("Where email ends with “@example.com”")).toBeVisible();
  await question.getByRole("textbox", { name: "Why" }).fill("ourselves first");
  await question.getByRole("button", { name: "Save" }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole("region", { name: "What stands there" }).getByText("ourselves first")).toBeVisible();
  expect(await variantOf("gift-cards", { targetingKey: "ann", email: "ann@example.com" })).toBe("on");
  const some: (string | undefined)[] = [];
  for (let from = 0; from < 500; from += 50) {
    some.push(...(await Promise.all(Array.from({ length: 50 }, (_, i) => variantOf("gift-cards", { targetingKey: `subject-${from + i + 1}` })))));
  }
  const on = some.filter((one) => one === "on").length;
  // What the preview counts is what programs get.
  await expect(page.getByRole("region", { name: "A sample" }).getByRole("img", { name: new RegExp(`^Without attributes: .*${on} of 500 on`) })).toBeVisible();
  await page.getByRole("tab", { name: "Exposure" }).click();
  await expect(page.getByRole("img", { name: /^Share of what was given\. Lately off [\d.]+ %, on [\d.]+ %\.$/ })).toBeVisible();
  await page.getByRole("radiogroup", { name: "How far back" }).getByText("Two weeks").click();
  await expect(page.getByRole("img", { name: /^Given a second\. Lately/ })).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("it is switched off with a reason and reverted with one click, before the eyes of who looks", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  const watcher = await browserOf(browser, scene);
  await signIn(watcher.page, "vi");
  await watcher.page.goto("/flags/new-checkout?env=staging");
  await expect(watcher.page.getByRole("heading", { name: "new-checkout", level: 1 })).toBeVisible();
  await expect(watcher.page.getByRole("region", { name: "What stands there" }).getByText("on", { exact: true })).toBeVisible();
  // Who only looks is offered nothing.
  await expect(watcher.page.getByRole("button", { name: /Switch|Archive|Describe/ })).toHaveCount(0);
  await expect(watcher.page.getByRole("tab", { name: "Change" })).toHaveCount(0);

  await page.goto("/flags/new-checkout?env=staging");
  await page.getByRole("button", { name: "Switch off" }).click();
  const question = page.getByRole("dialog");
  await expect(question.getByText(/Everybody gets off/)).toBeVisible();
  await question.getByRole("textbox", { name: "Why" }).fill("orders are lost");
  await question.getByRole("button", { name: "Switch off" }).click();
  await expect(question).toBeHidden();
  expect(await variantOf("new-checkout", { targetingKey: "ann", email: "ann@example.com" })).toBe("off");
  // The other browser was told.
  await expect(watcher.page.getByRole("region", { name: "What stands there" }).getByText("orders are lost")).toBeVisible();

  await page.getByRole("tab", { name: "History" }).click();
  const changes = page.getByRole("list", { name: "Changes" }).getByRole("listitem");
  await expect(changes.first()).toContainText("Switched off, edition 4");
  await changes.filter({ hasText: "edition 2" }).getByRole("button", { name: "Go back to this" }).click();
  await expect(question.getByText("/state")).toBeVisible();
  await question.getByRole("button", { name: "Go back to this" }).click();
  await expect(question).toBeHidden();
  await expect(changes.first()).toContainText("Went back, edition 5");
  expect(await variantOf("new-checkout", { targetingKey: "ann", email: "ann@example.com" })).toBe("on");
  expect([...faults, ...watcher.faults]).toEqual([]);
  await watcher.close();
  await close();
});

test("a change in production is proposed, and a second person approves it", async ({ browser }) => {
  const { secret } = await scene.api<{ secret: string }>("cy", "POST", "/environments/production/flag-keys", { kind: "client", label: "another test" });
  const cy = await browserOf(browser, scene);
  await signIn(cy.page, "cy");
  await cy.page.goto("/flags/refund-limit?env=production&tab=edit");
  await cy.page.getByRole("combobox", { name: "What everybody gets" }).selectOption("high");
  await cy.page.getByRole("button", { name: "Propose", exact: true }).click();
  const asked = cy.page.getByRole("dialog");
  await expect(asked.getByRole("button", { name: "Propose" })).toBeDisabled();
  await asked.getByRole("textbox", { name: "Why" }).fill("the season begins");
  await asked.getByRole("button", { name: "Propose" }).click();
  await expect(asked).toBeHidden();
  const waits = cy.page.getByRole("article", { name: /of refund-limit in production/ });
  await expect(waits.getByText("you proposed it")).toBeVisible();
  await expect(waits.getByRole("button", { name: "Approve" })).toHaveCount(0);
  expect(await variantOf("refund-limit", { targetingKey: "ann" }, secret)).toBe("low");

  const bo = await browserOf(browser, scene);
  await signIn(bo.page, "bo");
  await bo.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /Approvals.*waiting for you/ }).click();
  const card = bo.page.getByRole("article", { name: /of refund-limit in production/ });
  await expect(card.getByText("the season begins")).toBeVisible();
  await card.getByRole("button", { name: "Approve" }).click();
  const question = bo.page.getByRole("dialog");
  await question.getByRole("button", { name: "Approve" }).click();
  await expect(question).toBeHidden();
  await expect(card).toHaveCount(0);
  expect(await variantOf("refund-limit", { targetingKey: "ann" }, secret)).toBe("high");
  // The first one sees it happen.
  await expect(waits).toHaveCount(0);
  await expect(cy.page.getByRole("region", { name: "What stands there" }).getByText(/approved by bo/)).toBeVisible();
  expect([...cy.faults, ...bo.faults]).toEqual([]);
  await cy.close();
  await bo.close();
});

test("what cannot be served is said with its place, and what somebody else changed is not lost", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "ann");
  await page.goto("/flags/banner-colour?env=staging&tab=edit");
  await page.getByText("JSON", { exact: true }).first().click();
  const text = page.getByRole("textbox", { name: "Definition" });
  const whole = await text.inputValue();
  await text.fill(whole.replace('"fractional"', '"fractionel"'));
  await expect(page.getByText(/Line \d+, column \d+: there is no operator `fractionel`/)).toBeVisible();
  await expect(page.getByText("/targeting/fractionel", { exact: true }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeDisabled();
  await text.fill(`${whole.trimEnd().slice(0, -1)},}`);
  await expect(page.getByText(/column \d+: .*comma/i)).toBeVisible();
  await text.fill(whole.replace("50", "60").replace("25", "15"));
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeEnabled();
  // Meanwhile somebody switches it off.
  await scene.api("cy", "POST", "/flags/banner-colour/environments/staging/switch", { on: false, reason: "for a moment" });
  await expect(page.getByText("It was changed here meanwhile")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeDisabled();
  await page.getByRole("button", { name: "Keep mine, against what stands now" }).click();
  await expect(page.getByText("/state", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toBeEnabled();
  expect(faults).toEqual([]);
  await close();
});

test("a key for programs is shown once, opens the flags, and is revoked", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/environments/staging?tab=flag-keys");
  await page.getByRole("button", { name: "Make a flag key" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Label" }).fill("a kiosk");
  await form.getByRole("radio", { name: /Client/ }).check();
  await form.getByRole("button", { name: "Make it" }).click();
  const key = (await form.getByText(/^tdk_/).innerText()).trim();
  expect((await askFlag(scene, key, "refund-limit", { targetingKey: "ann" })).status).toBe(200);
  await form.getByRole("button", { name: "Done" }).click();
  await page.getByRole("row", { name: /a kiosk/ }).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("row", { name: /a kiosk/ }).getByText("revoked")).toBeVisible();
  await expect.poll(async () => (await askFlag(scene, key, "refund-limit", { targetingKey: "ann" })).status).toBe(401);
  expect(faults).toEqual([]);
  await close();
});

test("a flag is described, archived and brought back; the list finds it by what it is", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/flags");
  const table = page.getByRole("table", { name: "Flags" });
  await expect(table.getByRole("row", { name: /old-receipt/ })).toContainText("overdue");
  await expect(table.getByRole("row", { name: /new-checkout/ })).toContainText("else");
  await page.getByRole("checkbox", { name: "Stale only" }).check();
  await expect(table.getByRole("row")).toHaveCount(2);
  await table.getByRole("link", { name: "old-receipt" }).click();
  await page.getByRole("button", { name: "Describe" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("combobox", { name: "Owner" }).fill("Team Till");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByText("Owner Team Till")).toBeVisible();
  await page.getByRole("button", { name: "Archive" }).click();
  await form.getByRole("button", { name: "Archive" }).click();
  await expect(page.getByText("archived").first()).toBeVisible();
  await page.goto("/flags?archived=yes&text=till");
  await table.getByRole("link", { name: "old-receipt" }).click();
  await page.getByRole("button", { name: "Bring back" }).click();
  await form.getByRole("button", { name: "Bring back" }).click();
  await expect(page.getByRole("button", { name: "Archive" })).toBeVisible();
  // Anything is reached by a few letters.
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("wholesale");
  await expect(page.getByText("team/wholesale").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "team/wholesale", level: 1 })).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("thousands of flags stay a short page, and a schedule is planned by the form", async ({ browser }) => {
  test.setTimeout(240_000);
  const flags = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`bulk-${i}`, CHECKOUT]));
  await scene.api("cy", "POST", "/environments/development/flags/import", { format: "flagd", document: { flags }, kind: "operations" });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto("/flags");
  await expect(page.getByText(/2,?00\d flags/)).toBeVisible();
  const rows = page.getByRole("table", { name: "Flags" }).getByRole("row");
  expect(await rows.count()).toBeLessThan(80);
  await page.getByRole("textbox", { name: "Find" }).fill("bulk-1999");
  await expect(rows).toHaveCount(2);
  await page.goto("/flags/bulk-7?tab=edit");
  await page.getByRole("button", { name: "Raise it step by step" }).click();
  await page.getByRole("button", { name: "Plan it" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  const standing = page.getByRole("region", { name: "What stands there" });
  await expect(standing.getByText(/From .*everybody else gets 100 % on/)).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});
