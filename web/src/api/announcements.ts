// What can be read of announcements, the ways they go, whom they reach and what came back.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";
import type { Occasion } from "./types";

/** Sending is no event of the log, so while something waits it is looked at again. */
const WAITING_MS = 2_500;
/** Strangers write no event either. */
const FEEDBACK_MS = 10_000;

export const announcements = (release?: string) =>
  queryOptions({
    queryKey: ["announcements", release ?? ""],
    queryFn: () => got(api.GET("/api/v1/announcements", { params: { query: { release } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(({ waiting }) => waiting > 0) ? WAITING_MS : false),
    placeholderData: keepPreviousData,
  });

export const announcement = (id: string) =>
  queryOptions({
    queryKey: ["announcement", id],
    queryFn: () => got(api.GET("/api/v1/announcements/{announcement}", { params: { path: { announcement: id } } })),
    refetchInterval: ({ state }) => ((state.data?.waiting ?? 0) > 0 ? WAITING_MS : false),
  });

export const announcementDeliveries = (id: string, state?: "waiting" | "delivered" | "dead") =>
  queryOptions({
    queryKey: ["announcement", id, "deliveries", state ?? "all"],
    queryFn: () => got(api.GET("/api/v1/announcements/{announcement}/deliveries", { params: { path: { announcement: id }, query: { state } } })),
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.state === "waiting") ? WAITING_MS : false),
  });

export const announcementTemplates = () =>
  queryOptions({ queryKey: ["announcement-templates"], queryFn: () => got(api.GET("/api/v1/announcement-templates")) });

export interface Tried {
  occasion: Occasion;
  release: string;
  subject: string;
  text: string;
}

/** How words would read; a post, since they may be long, and yet it changes nothing. */
export const announcementPreview = ({ occasion, release, subject, text }: Tried) =>
  queryOptions({
    queryKey: ["announcement-preview", occasion, release, subject, text],
    queryFn: () => got(api.POST("/api/v1/announcement-templates/preview", { body: { occasion, release: release || null, subject, text } })),
    enabled: subject.trim() !== "" && text.trim() !== "",
    retry: false,
    staleTime: 30_000,
    gcTime: 60_000,
  });

export const channels = () =>
  queryOptions({
    queryKey: ["channels"],
    queryFn: () => got(api.GET("/api/v1/channels")),
    refetchInterval: ({ state }) => (state.data?.items.some(({ waiting }) => waiting > 0) ? WAITING_MS : false),
  });

export const audiences = () => queryOptions({ queryKey: ["audiences"], queryFn: () => got(api.GET("/api/v1/audiences")) });

export const subscribers = () => queryOptions({ queryKey: ["subscribers"], queryFn: () => got(api.GET("/api/v1/subscribers")), refetchInterval: FEEDBACK_MS });

export const FEEDBACK_PAGE = 50;

export const feedback = (release: string | undefined, rating: number | undefined, before: number | undefined) =>
  queryOptions({
    queryKey: ["feedback", release ?? "", rating ?? 0, before ?? 0],
    queryFn: () => got(api.GET("/api/v1/feedback", { params: { query: { release, rating, before, limit: FEEDBACK_PAGE } } })),
    placeholderData: keepPreviousData,
    refetchInterval: FEEDBACK_MS,
  });

/** What a release's rollouts came to, beside what its users say. */
export const outcome = (version: string) =>
  queryOptions({
    queryKey: ["outcome", version],
    queryFn: () => got(api.GET("/api/v1/releases/{version}/outcome", { params: { path: { version } } })),
    refetchInterval: FEEDBACK_MS,
  });
