import { Page } from "@/parts/Page";

export function RolloutPage() {
  return <Page title="Rollout">…</Page>;
}
