// What can be read of flags, and who of a flag's changes waits.
import { queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";

/** What counts as long enough for a flag to be stale, in days, where nothing else is asked. */
export const STALE_DAYS = 30;

export const flags = (archived = false, days = STALE_DAYS) =>
  queryOptions({
    queryKey: ["flags", archived, days],
    queryFn: () => got(api.GET("/api/v1/flags", { params: { query: { archived, stale_days: days } } })),
  });

export const flag = (key: string) =>
  queryOptions({
    queryKey: ["flag", key],
    queryFn: () => got(api.GET("/api/v1/flags/{key}", { params: { path: { key } } })),
  });

export const flagHistory = (key: string, environment?: string) =>
  queryOptions({
    queryKey: ["flag-history", key, environment ?? ""],
    queryFn: () => got(api.GET("/api/v1/flags/{key}/history", { params: { path: { key }, query: { environment } } })),
  });

/** In steps that a chart can show. */
const POINTS = 144;

export const flagExposure = (key: string, environment: string, hours: number) =>
  queryOptions({
    queryKey: ["flag-exposure", key, environment, hours],
    queryFn: () => got(api.GET("/api/v1/flags/{key}/environments/{environment}/exposure", { params: { path: { key, environment }, query: { hours, points: POINTS } } })),
    // Counting is no event.
    refetchInterval: 60_000,
  });

export const flagKeys = (environment: string) =>
  queryOptions({
    queryKey: ["flag-keys", environment],
    queryFn: () => got(api.GET("/api/v1/environments/{environment}/flag-keys", { params: { path: { environment } } })),
  });

/** Where a flag stands in the API, for what is changed only as it was read. */
export const flagAt = (key: string): string => `/api/v1/flags/${encodeURIComponent(key)}`;
