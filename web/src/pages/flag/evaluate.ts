// Asks the server what subjects get, of what stands or of a definition that nobody saved; nothing of it is counted.
import { api, got } from "@/api/client";
import type { Json, Members } from "./json";
import type { Given } from "./sample";

export interface Asking {
  environment: string;
  key: string;
  /** What stands there where absent. */
  definition?: Json;
}

/** So many subjects in one question, as the server takes them. */
export const AT_ONCE_MAX = 1_000;

export async function evaluate(asking: Asking, context: Members, signal?: AbortSignal): Promise<Given> {
  const [given] = await evaluateEach(asking, [context], signal);
  if (!given) throw new Error("the server said nothing of this flag");
  return given;
}

/** In their order. */
export async function evaluateEach({ environment, key, definition }: Asking, contexts: readonly Members[], signal?: AbortSignal): Promise<Given[]> {
  const given: Given[] = [];
  for (let from = 0; from < contexts.length; from += AT_ONCE_MAX) {
    const { items } = await got(
      api.POST("/api/v1/environments/{environment}/flags/evaluate", {
        params: { path: { environment } },
        body: { key, contexts: contexts.slice(from, from + AT_ONCE_MAX) as never, ...(definition === undefined ? {} : { definition: definition as never }) },
        ...(signal ? { signal } : {}),
      }),
    );
    given.push(...items);
  }
  return given;
}
