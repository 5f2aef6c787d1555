import { Page } from "@/parts/Page";

export function ReleasePage() {
  return <Page title="Release">…</Page>;
}
