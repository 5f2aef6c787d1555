// The audit trail: who did what, when, from where; whether it is as it was written; what is kept and for how long.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { Events } from "./Events";
import { Keeping } from "./Keeping";
import { Verify } from "./Verify";

const TABS = [
  { value: "events", label: "What happened" },
  { value: "verify", label: "Verify" },
  { value: "keeping", label: "Export and retention" },
];

export function AuditPage() {
  const { tab: named, ...filter } = useSearch({ from: "/known/audit" });
  const go = useNavigate({ from: "/audit" });
  const tab = TABS.find(({ value }) => value === named)?.value ?? "events";
  return (
    <Page title="Audit" lead="Every change since the beginning, in the order it happened. Nothing is ever taken away from it; a changed or missing event is found.">
      <Tabs value={tab} onChange={(to) => void go({ search: (before) => ({ ...before, tab: to === "events" ? undefined : (to ?? undefined) }) })} keepMounted={false}>
        <TabHeads tabs={TABS} />
        <Tabs.Panel value="events">
          <Events filter={filter} />
        </Tabs.Panel>
        <Tabs.Panel value="verify">
          <Verify position={filter.position} />
        </Tabs.Panel>
        <Tabs.Panel value="keeping">
          <Keeping />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
