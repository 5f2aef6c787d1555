import { Page } from "@/parts/Page";

export function People() {
  return <Page title="People">…</Page>;
}
