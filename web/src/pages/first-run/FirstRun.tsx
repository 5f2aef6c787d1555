import { Page } from "@/parts/Page";

export function FirstRun() {
  return <Page title="First release">…</Page>;
}
