// The stream of events: what changes shows by itself; a cut is said, with how old the data is, and mended without a word
// from anybody; a second tab is told by the first.
import { browserOf, expect, openShop, signIn, test, type Scene } from "./test";

let scene: Scene;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  scene = await openShop();
});
test.afterAll(() => scene.close());

test("a cut stream is said and goes on where it broke", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "ann");
  await page.goto("/releases");
  await expect(page.getByText("1.0.0").first()).toBeVisible();
  // What the page shows by itself proves that the stream was open before it is cut.
  await scene.release("ann", "0.9.0");
  await expect(page.getByText("0.9.0").first()).toBeVisible();
  await scene.kill();
  await expect(page.getByText("Not live")).toBeVisible();
  await expect(page.getByText(/What you see is .* old/)).toBeVisible();
  // What is there stays to be read.
  await expect(page.getByText("1.0.0").first()).toBeVisible();
  await scene.start();
  await expect(page.getByText("Not live")).toBeHidden();
  await scene.release("ann", "1.0.1");
  await expect(page.getByText("1.0.1").first()).toBeVisible();
  expect(faults).toEqual([]);
  await close();
});

test("two tabs share one stream, and the second takes over", async ({ browser }) => {
  const { page, faults, close } = await browserOf(browser, scene);
  await signIn(page, "ann");
  await page.goto("/releases");
  // What the first tab shows by itself proves that it holds the stream before the second is there.
  await expect(page.getByText("1.0.0").first()).toBeVisible();
  await scene.release("ann", "1.0.2");
  await expect(page.getByText("1.0.2").first()).toBeVisible();
  const second = await page.context().newPage();
  const streams: string[] = [];
  second.on("request", (request) => {
    if (request.url().includes("/events/stream")) streams.push(request.url());
  });
  await second.goto(`${scene.url}/releases`);
  await expect(second.getByText("1.0.2").first()).toBeVisible();
  await scene.release("ann", "1.0.3");
  await expect(second.getByText("1.0.3").first()).toBeVisible();
  expect(streams, "the first tab tells the second").toEqual([]);
  await page.close();
  await scene.release("ann", "1.0.4");
  await expect(second.getByText("1.0.4").first()).toBeVisible();
  expect(streams.length).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  await close();
});
