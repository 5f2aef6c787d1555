// One environment: what stands there, its configuration and secrets, how it differs from another one, and from itself.
import { Tabs } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { catalog, environment as environmentQuery } from "@/api/queries";
import { Mark } from "@/parts/Mark";
import { Page, Read } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { health } from "@/pages/environments/health";
import { Difference } from "./Difference";
import { Drifts } from "./Drifts";
import { FlagKeys } from "./FlagKeys";
import { Secrets } from "./Secrets";
import { Slots } from "./Slots";
import { Values } from "./Values";

const TABS = [
  { value: "now", label: "What stands there" },
  { value: "configuration", label: "Configuration" },
  { value: "secrets", label: "Secrets" },
  { value: "diff", label: "Differences" },
  { value: "drift", label: "Drift" },
  { value: "flag-keys", label: "Flag keys" },
];

export function EnvironmentPage() {
  const { environment: name } = useParams({ from: "/known/environments/$environment" });
  const search = useSearch({ from: "/known/environments/$environment" });
  const go = useNavigate({ from: "/environments/$environment" });
  const configures = useMay()("configure", name);
  const one = useQuery(environmentQuery(name));
  const { data: known } = useQuery(catalog());
  const of = known?.environments.find((each) => each.name === name);
  // Whose keys they are is not for everybody to see.
  const tabs = TABS.filter(({ value }) => value !== "flag-keys" || configures);
  const tab = tabs.find(({ value }) => value === search.tab)?.value ?? (search.with === undefined ? "now" : "diff");
  const facts = [of?.tier, of?.owner && `owner ${of.owner}`, one.data?.stage != null ? `stage ${one.data.stage} of the pipeline` : "not in the pipeline", of?.tenants?.length ? `for ${of.tenants.join(", ")}` : null];
  return (
    <Page
      title={name}
      marks={
        <>
          {one.data && <Mark {...health(one.data.slots)} />}
          {of?.protected && <Mark sign={IconLock} word="protected" tone="quiet" />}
        </>
      }
      lead={facts.filter(Boolean).join(" · ")}
    >
      <Read of={one}>
        {(environment) => (
          <Tabs value={tab} onChange={(to) => void go({ search: (before) => ({ ...before, tab: to ?? undefined }) })} keepMounted={false}>
            <TabHeads tabs={tabs} />
            <Tabs.Panel value="now">
              <Slots environment={environment} />
            </Tabs.Panel>
            <Tabs.Panel value="configuration">
              <Values environment={name} />
            </Tabs.Panel>
            <Tabs.Panel value="secrets">
              <Secrets environment={name} />
            </Tabs.Panel>
            <Tabs.Panel value="diff">
              <Difference environment={name} other={search.with} others={known?.environments.map((each) => each.name).filter((each) => each !== name) ?? []} />
            </Tabs.Panel>
            <Tabs.Panel value="drift">
              <Drifts environment={name} />
            </Tabs.Panel>
            <Tabs.Panel value="flag-keys">
              <FlagKeys environment={name} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Read>
    </Page>
  );
}
