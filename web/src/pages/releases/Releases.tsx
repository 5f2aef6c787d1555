import { Page } from "@/parts/Page";

export function Releases() {
  return <Page title="Releases">…</Page>;
}
