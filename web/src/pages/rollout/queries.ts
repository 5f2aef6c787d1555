// What a rollout's page reads besides the rollout: its measurements and its events, each only from where it stopped.
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, got } from "@/api/client";
import type { Sample, TidegateEvent } from "@/api/types";
import { joined } from "./analysis";

const SAMPLES_MAX = 5000;
const EVENTS_MAX = 1000;

/** `measured` on the stream makes this key old; then only what is later than the last sample is read. */
export const samples = (client: QueryClient, id: string) =>
  queryOptions({
    queryKey: ["samples", id],
    structuralSharing: false,
    queryFn: async (): Promise<Sample[]> => {
      const known = client.getQueryData<Sample[]>(["samples", id]) ?? [];
      const last = known.at(-1)?.at_ms;
      const query = last === undefined ? { limit: SAMPLES_MAX } : { limit: SAMPLES_MAX, after_ms: last };
      const { items } = await got(api.GET("/api/v1/rollouts/{id}/samples", { params: { path: { id }, query } }));
      return items.length === 0 && known.length > 0 ? known : joined(known, items);
    },
  });

export const rolloutEvents = (client: QueryClient, id: string) =>
  queryOptions({
    queryKey: ["events", `rollout/${id}`],
    structuralSharing: false,
    queryFn: async (): Promise<TidegateEvent[]> => {
      const events = [...(client.getQueryData<TidegateEvent[]>(["events", `rollout/${id}`]) ?? [])];
      for (;;) {
        const after = events.at(-1)?.position ?? 0;
        const query = { stream: `rollout/${id}`, after, limit: EVENTS_MAX };
        const { items, next } = await got(api.GET("/api/v1/events", { params: { query } }));
        events.push(...items);
        if (next == null || items.length === 0) return events;
      }
    },
  });
