// Asks the server what subjects get, of what stands or of a definition that nobody saved; nothing of it is counted. One
// request says what one subject gets, so a sample is a bounded number of requests at a bounded pace.
import { api, got } from "@/api/client";
import type { Json, Members } from "./json";
import { Pacer } from "./pacer";
import type { Given } from "./sample";

export interface Asking {
  environment: string;
  key: string;
  /** What stands there where absent. */
  definition?: Json;
}

export async function evaluate({ environment, key, definition }: Asking, context: Members, signal?: AbortSignal): Promise<Given> {
  const { items } = await got(
    api.POST("/api/v1/environments/{environment}/flags/evaluate", {
      params: { path: { environment } },
      body: { key, context: context as never, ...(definition === undefined ? {} : { definition: definition as never }) },
      ...(signal ? { signal } : {}),
    }),
  );
  const [given] = items;
  if (!given) throw new Error("the server said nothing of this flag");
  return given;
}

/** Well below what the server lets one person ask: 200 at once, 50 a second. */
const pacer = new Pacer(100, 25);
const AT_ONCE = 6;

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done, gone) => {
    const timer = window.setTimeout(done, ms);
    signal.addEventListener("abort", () => { window.clearTimeout(timer); gone(signal.reason as Error); }, { once: true });
  });

/** In their order; `told` is called now and then with how many there are so far. */
export async function evaluateEach(asking: Asking, contexts: readonly Members[], signal: AbortSignal, told: (count: number) => void): Promise<Given[]> {
  const given: Given[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < contexts.length; at = next++) {
      signal.throwIfAborted();
      const wait = pacer.take();
      if (wait > 0) await pause(wait, signal);
      given[at] = await evaluate(asking, contexts[at] ?? {}, signal);
      done += 1;
      if (done % AT_ONCE === 0) told(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return given;
}
