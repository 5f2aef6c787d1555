// A moment: how long ago in a few letters, the exact instant with its zone on hover and for screen readers.
import { Tooltip } from "@mantine/core";
import { useNow } from "@/live/clock";
import { ago, exact } from "./time";

export function When({ ms, every = 10_000 }: { ms: number; every?: number }) {
  const now = useNow(every);
  return (
    <Tooltip label={exact(ms)}>
      <time dateTime={new Date(ms).toISOString()} tabIndex={-1}>
        {ago(ms, now)}
      </time>
    </Tooltip>
  );
}

/** Counts down to a moment, second by second. */
export function Until({ ms }: { ms: number }) {
  const now = useNow(1000);
  return (
    <Tooltip label={exact(ms)}>
      <time dateTime={new Date(ms).toISOString()}>{ago(ms, now)}</time>
    </Tooltip>
  );
}
