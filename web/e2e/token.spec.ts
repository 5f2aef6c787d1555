// A token is made in the browser, shown once, used from outside, and revoked.
import { browserOf, expect, open, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  scene = await open(["--require-login"]);
  await scene.people();
});
test.afterAll(() => scene.close());

test("a token that was made here works elsewhere until it is revoked", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "ann");
  await page.goto("/settings");
  await page.getByRole("button", { name: /new token|make a token|issue/i }).first().click();
  const form = page.getByRole("dialog");
  await form.getByLabel(/label|what for/i).fill("a script");
  await form.getByRole("button", { name: /make|issue|create/i }).last().click();
  const secret = await page.getByText(/^tg[a-z]*_|^[a-z]+_[A-Za-z0-9]+_/).first().innerText();
  const ask = () => fetch(`${scene.url}/api/v1/session`, { headers: { Authorization: `Bearer ${secret.trim()}` } });
  expect((await ask()).status).toBe(200);
  expect(((await (await ask()).json()) as { name: string }).name).toBe("ann");
  await page.reload();
  await expect(page.getByText(secret.trim())).toHaveCount(0);
  await page.getByRole("button", { name: /revoke/i }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: /revoke/i }).click();
  await expect.poll(async () => (await ask()).status).toBe(401);
  expect(faults).toEqual([]);
  await close();
});
