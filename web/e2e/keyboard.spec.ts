// Everything without a mouse: signing in, going somewhere, acting.
import { browserOf, expect, openShop, PASSWORD, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop({ waitSeconds: 60 });
});
test.afterAll(() => scene.close());

test("a canary is found, held and resumed by keys alone", async ({ browser }) => {
  await scene.release("ann", "1.1.0");
  await scene.deploy("cy", "1.1.0", "production");
  const { page, faults, close } = await browserOf(browser, scene);
  const keys = page.keyboard;
  await page.goto("/sign-in");
  await expect(page.getByLabel("Name")).toBeFocused();
  await keys.type("cy");
  await keys.press("Tab");
  await keys.type(PASSWORD);
  await keys.press("Enter");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeFocused();

  await keys.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await keys.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await keys.press("g");
  await keys.press("e");
  await expect(page.getByRole("heading", { name: "Environments", level: 1 })).toBeFocused();

  // A part of a page is found by its own name.
  await keys.press("Control+k");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await keys.type("Whose turn");
  await expect(page.getByText("Who manages the next releases")).toBeVisible();
  await keys.press("Enter");
  await expect(page).toHaveURL(/\/plans\?tab=turns$/);
  await expect(page.getByRole("textbox", { name: "Search" })).toBeHidden();

  await keys.press("Control+k");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await keys.type("1.1.0 in production");
  await expect(page.getByText("1.1.0 in production").first()).toBeVisible();
  await keys.press("Enter");
  await expect(page).toHaveURL(/\/rollouts\/rol_/);
  const hold = page.getByRole("button", { name: "Hold" });
  await expect(hold).toBeVisible();
  await tabTo(hold);
  await keys.press("Enter");
  const question = page.getByRole("dialog");
  await expect(question).toBeVisible();
  await keys.type("lunch");
  await tabTo(question.getByRole("button", { name: "Hold" }));
  await keys.press("Enter");
  await expect(question).toBeHidden();
  const resume = page.getByRole("button", { name: "Resume" });
  await expect(resume).toBeVisible();
  await tabTo(resume);
  await keys.press("Enter");
  await tabTo(question.getByRole("button", { name: "Resume" }));
  await keys.press("Enter");
  await expect(hold).toBeVisible();
  expect(faults).toEqual([]);
  await close();

  /** As somebody does who only has Tab: forward until it is there. */
  async function tabTo(target: ReturnType<typeof page.getByRole>) {
    await expect(target).toBeVisible();
    for (let step = 0; step < 80; step += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keys.press("Tab");
    }
    throw new Error("Tab does not lead there");
  }
});
