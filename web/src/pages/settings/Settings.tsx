// Yourself, how it looks, the installation, its configuration, bundles, and where more is written.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { Bundles } from "./Bundles";
import { ConfigurationTab } from "./ConfigurationTab";
import { Help } from "./Help";
import { Installation } from "./Installation";
import { You } from "./You";

const TABS = [
  { value: "you", label: "You" },
  { value: "installation", label: "Installation" },
  { value: "configuration", label: "Configuration" },
  { value: "bundles", label: "Bundles" },
  { value: "help", label: "Help" },
];

export function Settings() {
  const search = useSearch({ from: "/known/settings" });
  const go = useNavigate({ from: "/settings" });
  const tab = TABS.find(({ value }) => value === search.tab)?.value ?? "you";
  return (
    <Page title="Settings">
      <Tabs value={tab} onChange={(to) => void go({ search: { tab: to === "you" ? undefined : (to ?? undefined) } })} keepMounted={false}>
        <TabHeads tabs={TABS} />
        <Tabs.Panel value="you">
          <You />
        </Tabs.Panel>
        <Tabs.Panel value="installation">
          <Installation />
        </Tabs.Panel>
        <Tabs.Panel value="configuration">
          <ConfigurationTab />
        </Tabs.Panel>
        <Tabs.Panel value="bundles">
          <Bundles />
        </Tabs.Panel>
        <Tabs.Panel value="help">
          <Help />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
