import { Page } from "@/parts/Page";

export function WebhookPage() {
  return <Page title="Webhook">…</Page>;
}
