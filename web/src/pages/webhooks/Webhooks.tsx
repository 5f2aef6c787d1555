import { Page } from "@/parts/Page";

export function Webhooks() {
  return <Page title="Webhooks">…</Page>;
}
