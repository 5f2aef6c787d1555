import { Page } from "@/parts/Page";

export function Approvals() {
  return <Page title="Approvals">…</Page>;
}
