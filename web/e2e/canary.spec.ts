// A canary that fails one request in ten is watched live until it goes back by itself; another is aborted by a person.
import { browserOf, expect, openShop, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop({ waitSeconds: 30 });
});
test.afterAll(() => scene.close());

test("a bad canary goes back before the eyes of who watches it", async ({ browser }) => {
  await scene.release("ann", "1.1.0", { behaviour: { fail_share: 0.1 } });
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "ann");
  const { rollouts } = await scene.deploy("cy", "1.1.0", "production");
  await page.goto(`/rollouts/${rollouts[0]}`);
  const marks = page.getByRole("main");
  await expect(marks.getByText("advancing").first()).toBeVisible();
  // Nobody loads the page again: what follows is told by the stream.
  await expect(marks.getByText("20 %").first()).toBeVisible();
  await expect(marks.getByText(/rolled back/).first()).toBeVisible({ timeout: 120_000 });
  await expect(marks.getByText(/errors .* against/).first()).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("a rollout is aborted, and says before what that does", async ({ browser }) => {
  await scene.release("ann", "1.2.0");
  const { rollouts } = await scene.deploy("cy", "1.2.0", "production");
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "cy");
  await page.goto(`/rollouts/${rollouts[0]}`);
  await page.getByRole("button", { name: "Abort" }).click();
  const question = page.getByRole("dialog");
  await expect(question.getByText("What happens")).toBeVisible();
  const reason = question.getByRole("textbox");
  if (await reason.count()) await reason.fill("the wrong build");
  await question.getByRole("button", { name: "Abort" }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole("main").getByText(/rolled back/).first()).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("main").getByText("1.0.0").first()).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});
