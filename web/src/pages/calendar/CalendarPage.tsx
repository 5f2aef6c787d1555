import { Page } from "@/parts/Page";

export function CalendarPage() {
  return <Page title="Calendar">…</Page>;
}
