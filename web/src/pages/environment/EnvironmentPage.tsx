import { Page } from "@/parts/Page";

export function EnvironmentPage() {
  return <Page title="Environment">…</Page>;
}
