// What a release's page reads besides the release: its history, its evidence, its reviews, what a rollout of it would do.
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, got } from "@/api/client";
import type { Named, TidegateEvent } from "@/api/types";

const EVENTS_MAX = 1000;

export const history = (client: QueryClient, version: string) =>
  queryOptions({
    queryKey: ["events", `release/${version}`],
    structuralSharing: false,
    queryFn: async (): Promise<TidegateEvent[]> => {
      const key = ["events", `release/${version}`];
      const events = [...(client.getQueryData<TidegateEvent[]>(key) ?? [])];
      for (;;) {
        const query = { stream: `release/${version}`, after: events.at(-1)?.position ?? 0, limit: EVENTS_MAX };
        const { items, next } = await got(api.GET("/api/v1/events", { params: { query } }));
        events.push(...items);
        if (next == null || items.length === 0) return events;
      }
    },
  });

export const evidence = (version: string) =>
  queryOptions({
    queryKey: ["evidence", version],
    queryFn: () => got(api.GET("/api/v1/releases/{version}/evidence", { params: { path: { version } } })),
  });

export type Finding = Named<"ReportedFinding">;
export type Shown = Named<"EvidenceShown">;

/** One report with what it found, the worst first. */
export const report = (version: string, id: string) =>
  queryOptions({
    queryKey: ["evidence", version, id],
    queryFn: () => got(api.GET("/api/v1/releases/{version}/evidence/{report}", { params: { path: { version, report: id } } })),
  });

export const releaseReviews = (version: string) =>
  queryOptions({
    queryKey: ["reviews", version],
    queryFn: () => got(api.GET("/api/v1/releases/{version}/reviews", { params: { path: { version } } })),
  });

export const outline = (release: string, environment: string) =>
  queryOptions({
    queryKey: ["outline", release, environment],
    queryFn: () => got(api.GET("/api/v1/environments/{environment}/outline", { params: { path: { environment }, query: { release } } })),
  });

/** Tidegate's own steps outnumber what people did, so a long page is read. */
export const trail = (release: string) =>
  queryOptions({
    queryKey: ["audit-events", { release, limit: EVENTS_MAX }],
    queryFn: () => got(api.GET("/api/v1/audit/events", { params: { query: { release, limit: EVENTS_MAX } } })),
  });
