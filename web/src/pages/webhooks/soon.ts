// Sending is no event of the log, so nothing tells when a message has arrived: after an event, and when an attempt is due,
// the deliveries are read once more.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { serverNow } from "@/live/clock";
import { useTold } from "@/live/live";
import type { Told } from "@/live/stream";

/** From an event until its message was most likely answered; and from when an attempt is due. */
const ANSWERED_MS = 1_500;
/** Timers beyond this overflow. */
const LATEST_MS = 86_400_000;

/** `nextMs`: when the next attempt is due, where one waits. */
export function useDeliveriesSoon(nextMs?: number | null): void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  const read = useCallback(() => {
    timer.current = undefined;
    for (const key of ["webhooks", "webhook", "deliveries"]) void client.invalidateQueries({ queryKey: [key] });
  }, [client]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useTold(
    useCallback(
      (told: Told) => {
        if (told.what === "event") timer.current ??= window.setTimeout(read, ANSWERED_MS);
      },
      [read],
    ),
  );
  useEffect(() => {
    if (nextMs == null) return;
    const due = window.setTimeout(read, Math.min(LATEST_MS, Math.max(0, nextMs - serverNow()) + ANSWERED_MS));
    return () => window.clearTimeout(due);
  }, [nextMs, read]);
}
