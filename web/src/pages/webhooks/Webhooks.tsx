// Who outside is told what happens, and which systems outside tell what happened there.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { Page } from "@/parts/Page";
import { AddInbound } from "./AddInbound";
import { AddWebhook } from "./AddWebhook";
import { InboundList } from "./InboundList";
import { WebhookList } from "./WebhookList";

export function Webhooks() {
  const { tab: named } = useSearch({ from: "/known/webhooks" });
  const go = useNavigate({ from: "/webhooks" });
  const tab = named === "inbound" ? "inbound" : "out";
  const edits = useMay()("edit-webhooks");
  return (
    <Page
      title="Webhooks"
      lead="Messages follow the log: what was not committed is never told, what was is not left out. What happens to people is never told."
      actions={edits && (tab === "out" ? <AddWebhook /> : <AddInbound />)}
    >
      <Tabs value={tab} onChange={(to) => void go({ search: { tab: to === "inbound" ? to : undefined } })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="out">Told from here</Tabs.Tab>
          <Tabs.Tab value="inbound">Taken from elsewhere</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="out">
          <WebhookList />
        </Tabs.Panel>
        <Tabs.Panel value="inbound">
          <InboundList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
