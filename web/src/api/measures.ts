// What can be read of the measures of delivery, the rows they come from, and incidents.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";
import { placed } from "./place";
import type { MeasuredRows, Named } from "./types";

/** Of whom and when, as the API asks for it. */
export interface Asks {
  components?: string;
  teams?: string;
  environments?: string;
  from?: string;
  to?: string;
  period?: Named<"MeasurePeriod">;
  zone?: string;
}

export const measures = (asks: Asks) =>
  queryOptions({
    queryKey: ["measures", asks],
    queryFn: () => got(api.GET("/api/v1/measures", { params: { query: asks } })),
    placeholderData: keepPreviousData,
  });

export const ROWS_PAGE = 50;

export const measureRows = (measure: MeasuredRows, asks: Asks, after?: string) =>
  queryOptions({
    queryKey: ["measure-rows", measure, asks, after ?? ""],
    queryFn: () => got(api.GET("/api/v1/measures/rows", { params: { query: { ...asks, measure, after, limit: ROWS_PAGE } } })),
    placeholderData: keepPreviousData,
  });

/** Where the same figures are found for a spreadsheet. */
export function csvAt(asks: Asks): string {
  const given = Object.entries(asks).filter(([, value]) => value !== undefined && value !== "") as [string, string][];
  const query = new URLSearchParams(given).toString();
  return `${placed("/api/v1/measures.csv")}${query === "" ? "" : `?${query}`}`;
}

export const INCIDENTS_PAGE = 50;

export const incidents = (state: Named<"IncidentState"> | undefined, environment: string | undefined, before: number | undefined) =>
  queryOptions({
    queryKey: ["incidents", state ?? "", environment ?? "", before ?? 0],
    queryFn: () => got(api.GET("/api/v1/incidents", { params: { query: { state, environment, before, limit: INCIDENTS_PAGE } } })),
    placeholderData: keepPreviousData,
  });

export const incident = (id: string) =>
  queryOptions({
    queryKey: ["incident", id],
    queryFn: () => got(api.GET("/api/v1/incidents/{incident}", { params: { path: { incident: id } } })),
  });
