// One flag: what people say about it, and in each environment how it stands, who would see what, changing it, its history
// and what was given.
import "./flag.css";
import { Button, Group, NativeSelect, SimpleGrid, Stack, Tabs, Text, UnstyledButton } from "@mantine/core";
import { IconLock, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { flag as flagQuery } from "@/api/flags";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import type { Flag } from "@/api/types";
import { KindBadge, LifeMarks, OnMark } from "@/pages/flags/FlagMarks";
import { Removal } from "@/pages/flags/FlagTable";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { DetailActions } from "./Details";
import { Editor } from "./Editor";
import { Exposure } from "./Exposure";
import { History } from "./History";
import type { Json } from "./json";
import { Preview, SUBJECT } from "./Preview";
import { ProposalCard } from "./Proposals";
import { Standing } from "./Standing";
import { inBrief } from "./words";

export function FlagPage() {
  const { key } = useParams({ from: "/known/flags/$key" });
  const one = useQuery(flagQuery(key));
  return (
    <Page
      title={key}
      marks={one.data && <><KindBadge kind={one.data.kind} /><LifeMarks flag={one.data} /></>}
      lead={one.data && <Lead flag={one.data} />}
      actions={one.data && <DetailActions flag={one.data} />}
    >
      <Read of={one}>{(flag) => <Environments flag={flag} />}</Read>
    </Page>
  );
}

function Lead({ flag: { description, owner, remove_by_ms: removeBy, release } }: { flag: Flag }) {
  return (
    <Stack gap={2}>
      {description && <span>{description}</span>}
      <Group gap={6} style={{ rowGap: 0 }}>
        <span>{owner ? `Owner ${owner}` : "Nobody owns it"}</span>
        {removeBy != null && <><span aria-hidden>·</span><span>to be removed by</span><Removal ms={removeBy} /></>}
        {release && <><span aria-hidden>·</span><span>belongs to <Link className="tg-link" to="/releases/$version" params={{ version: release }}>{release}</Link></span></>}
      </Group>
    </Stack>
  );
}

/** With more, they are chosen from a list. */
const SIDE_BY_SIDE_MAX = 6;

function Environments({ flag }: { flag: Flag }) {
  const [words, put] = useAddress();
  const house = useQuery(catalog());
  const known = house.data?.environments.map(({ name }) => name) ?? [];
  // One that the configuration no longer has may still have a definition.
  const all = [...known, ...flag.environments.map(({ environment }) => environment).filter((name) => !known.includes(name))];
  const environment = words["env"] !== undefined && all.includes(words["env"]) ? words["env"] : (flag.environments[0] && all.find((name) => flag.environments.some((one) => one.environment === name))) || all[0];
  if (environment === undefined) {
    return <Read of={house}>{() => <Empty title="There is no environment yet" command="tidegate apply tidegate.yaml">A flag stands in environments, and the configuration says which there are.</Empty>}</Read>;
  }
  const isProtected = house.data?.environments.find(({ name }) => name === environment)?.protected === true;
  return (
    <Stack gap="md">
      {all.length > SIDE_BY_SIDE_MAX ? (
        <NativeSelect label="Environment" maw={320} data={all} value={environment} onChange={(event) => put({ env: event.currentTarget.value })} />
      ) : (
        <SimpleGrid cols={{ base: 1, xs: Math.min(2, all.length), md: Math.min(all.length, 3), lg: all.length }} spacing="xs" role="group" aria-label="Environments">
          {all.map((name) => (
            <Place key={name} flag={flag} name={name} chosen={name === environment} choose={() => put({ env: name })} />
          ))}
        </SimpleGrid>
      )}
      <Group gap="sm">
        <Text fw={650}>{environment}</Text>
        {isProtected && <Mark sign={IconLock} word="protected" tone="quiet" />}
      </Group>
      <Here key={environment} flag={flag} environment={environment} isProtected={isProtected} tab={words["tab"]} putTab={(tab) => put({ tab })} />
    </Stack>
  );
}

function Place({ flag, name, chosen, choose }: { flag: Flag; name: string; chosen: boolean; choose: () => void }) {
  const stands = flag.environments.find((one) => one.environment === name);
  const waits = flag.proposals?.filter((one) => one.environment === name && !one.stale).length ?? 0;
  return (
    <UnstyledButton className="tg-place" aria-pressed={chosen} onClick={choose}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600} truncate>{name}</Text>
        <OnMark stands={stands} />
      </Group>
      <Text size="xs" c="dimmed" truncate>
        {[stands?.definition ? inBrief(stands.definition as Json) : "", waits > 0 ? `${waits} waiting` : ""].filter(Boolean).join(" · ") || "–"}
      </Text>
    </UnstyledButton>
  );
}

const TABS = [
  { value: "now", label: "Who sees what" },
  { value: "edit", label: "Change" },
  { value: "history", label: "History" },
  { value: "exposure", label: "Exposure" },
];

interface HereProps {
  flag: Flag;
  environment: string;
  isProtected: boolean;
  tab: string | undefined;
  putTab: (tab: string | undefined) => void;
}

function Here({ flag, environment, isProtected, tab: named, putTab }: HereProps) {
  const may = useMay();
  const [subject, putSubject] = useState(SUBJECT);
  // Each time it was saved it is begun anew.
  const [saved, setSaved] = useState(0);
  const stands = flag.environments.find((one) => one.environment === environment);
  const changes = !flag.archived && may(isProtected ? "propose" : "deploy", environment);
  const tabs = TABS.filter(({ value }) => (value !== "edit" || changes) && (value !== "exposure" || stands !== undefined));
  const tab = tabs.find(({ value }) => value === named)?.value ?? "now";
  const proposals = flag.proposals?.filter((one) => one.environment === environment) ?? [];
  const go = (to: string | null) => putTab(to === "now" || to === null ? undefined : to);
  return (
    <Tabs value={tab} onChange={go} keepMounted={false}>
      <TabHeads tabs={tabs} />
      <Tabs.Panel value="now">
        <Stack gap="lg">
          {proposals.length > 0 && (
            <Section title="Waits for a second person">
              <SimpleGrid cols={{ base: 1, lg: Math.min(2, proposals.length) }} spacing="sm">
                {proposals.map((proposal) => <ProposalCard key={proposal.id} flag={flag} proposal={proposal} />)}
              </SimpleGrid>
            </Section>
          )}
          {stands ? (
            <div className="tg-columns">
              <Standing flag={flag} stands={stands} isProtected={isProtected} />
              <Preview environment={environment} flagKey={flag.key} stands={stands} subject={subject} putSubject={putSubject} active={tab === "now" && !flag.archived} />
            </div>
          ) : (
            <Empty title={`It is not defined in ${environment} yet`} command={`tidegate flag set ${flag.key} flag.json --env ${environment}`}>
              Programs that ask there get their own default.{" "}
              {changes && <Button size="xs" mt="xs" display="block" leftSection={<IconPencil size={14} aria-hidden />} onClick={() => go("edit")}>{isProtected ? "Propose a definition" : "Define it"}</Button>}
            </Empty>
          )}
        </Stack>
      </Tabs.Panel>
      {changes && (
        <Tabs.Panel value="edit" keepMounted>
          <Editor
            key={saved} flag={flag} environment={environment} isProtected={isProtected} stands={stands} subject={subject} putSubject={putSubject} active={tab === "edit"}
            leave={() => {
              setSaved((before) => before + 1);
              go("now");
            }}
          />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="history">
        <History flag={flag} environment={environment} stands={stands} changes={changes} isProtected={isProtected} />
      </Tabs.Panel>
      {stands && (
        <Tabs.Panel value="exposure">
          <Exposure flagKey={flag.key} stands={stands} />
        </Tabs.Panel>
      )}
    </Tabs>
  );
}
