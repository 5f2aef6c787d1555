// Follows the log of one instance: lines of JSON that come until one hangs up. Keeps the newest of them.
import { useCallback, useEffect, useRef, useState } from "react";
import { failureOf, unreachable, type Failure } from "@/api/failure";
import { placed } from "@/api/place";

export const LINES_MAX = 1000;
const LINES_FIRST = 200;
/** Lines that come in a burst are drawn together. */
const DRAW_MS = 150;

export interface Log {
  lines: readonly { key: number; text: string }[];
  /** How many came in all. */
  count: number;
  failure: Failure | null;
  state: "reading" | "following" | "ended";
}

const NOTHING: Log = { lines: [], count: 0, failure: null, state: "reading" };

export interface Whose {
  environment: string;
  component: string;
  version: string;
  ordinal: string;
}

/** While `paused`, lines are still taken in and shown afterwards. */
export function useLog({ environment, component, version, ordinal }: Whose, paused: boolean): Log {
  const [log, setLog] = useState(NOTHING);
  const held = useRef(NOTHING);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const show = useCallback(() => {
    if (!isPaused.current) setLog(held.current);
  }, []);
  useEffect(show, [paused, show]);
  useEffect(() => {
    const leaving = new AbortController();
    held.current = NOTHING;
    setLog(NOTHING);
    const timer = window.setInterval(show, DRAW_MS);
    const query = new URLSearchParams({ version, instance: ordinal, lines: String(LINES_FIRST) });
    const at = placed(`/api/v1/logs/${encodeURIComponent(environment)}/${encodeURIComponent(component)}/stream?${query}`);
    follow(at, leaving.signal, (texts) => {
      const { lines, count } = held.current;
      const added = texts.map((text, index) => ({ key: count + index, text }));
      held.current = { lines: [...lines, ...added].slice(-LINES_MAX), count: count + texts.length, failure: null, state: "following" };
    }).then(
      () => { held.current = { ...held.current, state: "ended" }; },
      (failure: Failure) => {
        if (!leaving.signal.aborted) held.current = { ...held.current, state: "ended", failure };
      },
    );
    return () => {
      leaving.abort();
      window.clearInterval(timer);
    };
  }, [environment, component, version, ordinal, show]);
  return log;
}

async function follow(at: string, signal: AbortSignal, take: (texts: string[]) => void): Promise<void> {
  const answer = await fetch(at, { signal, headers: { accept: "application/x-ndjson" } }).catch(() => {
    throw unreachable();
  });
  if (!answer.ok) throw await failureOf(answer);
  take([]);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const read = await reader?.read();
    if (!read || read.done) return;
    const lines = (rest + read.value).split("\n");
    rest = lines.pop() ?? "";
    take(lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { text: string }).text));
  }
}
