// Counts how requests went by the variant they were given, and tells Tidegate: a rollout that shows a flag is judged by that.
import { randomUUID } from 'node:crypto';

const EVERY_MS = 5_000;

/** Reports to the server or edge at `url` with a server key: `count` after each request, `end` before the process ends. */
export async function outcomes(url, key) {
  const instance = `node-${randomUUID()}`;
  const flags = {};
  const tell = async () => {
    const answer = await fetch(`${url}/ofrep/v1/outcomes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ instance, flags }),
      signal: AbortSignal.timeout(EVERY_MS),
    });
    if (!answer.ok) throw new Error(`outcomes: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  // The answer says into which times it wants requests sorted, in milliseconds.
  const { edges_ms: edges } = await tell();
  let news = false;
  // What is told is all since the start, so a report that is lost or comes twice changes nothing.
  const timer = setInterval(() => {
    if (!news) return;
    news = false;
    tell().catch((why) => { news = true; console.error(String(why)); });
  }, EVERY_MS);
  timer.unref();
  return {
    count(flag, variant, tookMs, failed) {
      if (variant === undefined) return;
      const all = ((flags[flag] ??= {})[variant] ??= { requests: 0, errors: 0, buckets: Array(edges.length + 1).fill(0) });
      all.requests += 1;
      if (failed) all.errors += 1;
      edges.forEach((edge, index) => { if (tookMs <= edge) all.buckets[index] += 1; });
      all.buckets[edges.length] += 1;
      news = true;
    },
    async end() {
      clearInterval(timer);
      const { unknown } = await tell();
      const requests = Object.values(flags).flatMap(Object.values).reduce((sum, { requests }) => sum + requests, 0);
      return { requests, unknown };
    },
  };
}
