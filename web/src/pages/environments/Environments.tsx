import { Page } from "@/parts/Page";

export function Environments() {
  return <Page title="Environments">…</Page>;
}
