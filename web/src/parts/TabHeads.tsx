// The heads of a page's tabs, in their order.
import { Tabs } from "@mantine/core";

export function TabHeads({ tabs }: { tabs: readonly { value: string; label: string }[] }) {
  return (
    <Tabs.List mb="md">
      {tabs.map(({ value, label }) => (
        <Tabs.Tab key={value} value={value}>
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
