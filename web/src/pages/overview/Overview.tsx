import { Page } from "@/parts/Page";

export function Overview() {
  return <Page title="Overview">…</Page>;
}
