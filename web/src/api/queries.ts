// What can be read, each with the key under which it is remembered. `live/touched.ts` says which events make which keys old.
import { queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";
import type { ReleaseNotes } from "./types";

export const session = () =>
  queryOptions({ queryKey: ["session"], queryFn: () => got(api.GET("/api/v1/session")), staleTime: Infinity, retry: false });

export const projects = () =>
  queryOptions({ queryKey: ["projects"], queryFn: () => got(api.GET("/api/v1/projects")) });

export const catalog = () =>
  queryOptions({ queryKey: ["catalog"], queryFn: () => got(api.GET("/api/v1/catalog")) });

export const environments = () =>
  queryOptions({ queryKey: ["environments"], queryFn: () => got(api.GET("/api/v1/environments")) });

export const environment = (name: string) =>
  queryOptions({
    queryKey: ["environment", name],
    queryFn: () => got(api.GET("/api/v1/environments/{environment}", { params: { path: { environment: name } } })),
  });

export const releases = (limit = 200) =>
  queryOptions({
    queryKey: ["releases", limit],
    queryFn: () => got(api.GET("/api/v1/releases", { params: { query: { limit } } })),
  });

export const release = (version: string) =>
  queryOptions({
    queryKey: ["release", version],
    queryFn: () => got(api.GET("/api/v1/releases/{version}", { params: { path: { version } } })),
  });

export const releaseNotes = (version: string) =>
  queryOptions({
    queryKey: ["release-notes", version],
    queryFn: async () => (await got(api.GET("/api/v1/releases/{version}/notes", { params: { path: { version } } }))) as ReleaseNotes,
  });

export const releaseWhy = (version: string) =>
  queryOptions({
    queryKey: ["why", version],
    queryFn: () => got(api.GET("/api/v1/releases/{version}/why", { params: { path: { version } } })),
  });

/** Of the newest releases, where somebody has to act. */
export const why = () =>
  queryOptions({ queryKey: ["why"], queryFn: () => got(api.GET("/api/v1/why", { params: { query: { waiting: true } } })) });

export const gates = (release: string, environment: string) =>
  queryOptions({
    queryKey: ["gates", release, environment],
    queryFn: () =>
      got(
        api.GET("/api/v1/environments/{environment}/gates", {
          params: { path: { environment }, query: { release } },
        }),
      ),
  });

export const rollouts = (filter: { environment?: string; state?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["rollouts", filter],
    queryFn: () => got(api.GET("/api/v1/rollouts", { params: { query: filter as never } })),
  });

export const rollout = (id: string) =>
  queryOptions({
    queryKey: ["rollout", id],
    queryFn: () => got(api.GET("/api/v1/rollouts/{id}", { params: { path: { id } } })),
  });

export const calendar = () =>
  queryOptions({ queryKey: ["calendar"], queryFn: () => got(api.GET("/api/v1/calendar")) });

export const health = () => queryOptions({ queryKey: ["health"], queryFn: () => got(api.GET("/api/v1/health")) });
