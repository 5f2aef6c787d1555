// Every release, newest change first, page by page. After an event only the pages that changed are read again: what
// changes moves to the front, so the first page that holds something already known as it is ends the reading.
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { api, got } from "@/api/client";
import { merge, type Known } from "./known";

const KEY = ["releases", "all"] as const;
const PAGE = 200;

async function page(before: number | null): Promise<Known> {
  const query = before === null ? { limit: PAGE } : { limit: PAGE, before };
  const { items, next } = await got(api.GET("/api/v1/releases", { params: { query } }));
  return { items, next: next ?? null };
}

async function refreshed(client: QueryClient): Promise<Known> {
  const before = new Map(client.getQueryData<Known>(KEY)?.items.map((one) => [one.version, one.changed_ms]));
  let newer = await page(null);
  while (before.size > 0 && newer.next !== null && !newer.items.some((one) => before.get(one.version) === one.changed_ms)) {
    const further = await page(newer.next);
    newer = { items: [...newer.items, ...further.items], next: further.next };
  }
  return merge(newer, client.getQueryData<Known>(KEY));
}

export function useReleases() {
  const client = useQueryClient();
  const query = useQuery({ queryKey: KEY, queryFn: () => refreshed(client), structuralSharing: false });
  const reading = useRef(false);
  const [isReading, setReading] = useState(false);
  const more = useCallback(async () => {
    const known = client.getQueryData<Known>(KEY);
    if (reading.current || !known || known.next === null) return;
    reading.current = true;
    setReading(true);
    try {
      const older = await page(known.next);
      client.setQueryData<Known>(KEY, (now) => (now ? { ...merge(now, older), next: older.next } : older));
    } finally {
      reading.current = false;
      setReading(false);
    }
  }, [client]);
  return { query, more, isReading };
}
