// The inbox: what waits for the reader's word, what waits for somebody else's, and reviews owed after emergencies.
import { NativeSelect, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { catalog } from "@/api/queries";
import { count } from "@/parts/figures";
import { Empty } from "@/parts/Empty";
import { Page, Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { Reviews } from "./Reviews";
import { ProposalCard } from "@/pages/flag/Proposals";
import { useFlagChanges, useWaiting } from "./useWaiting";
import type { FlagChangeWaiting } from "./flagChanges";
import { isCalendar, mine, type Waiting } from "./waiting";
import { WaitingCard } from "./WaitingCard";

export function Approvals() {
  const search = useSearch({ from: "/known/approvals" });
  const go = useNavigate({ from: "/approvals" });
  const all = useWaiting();
  const environments = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const changes = useFlagChanges();
  const changesHere = (list: FlagChangeWaiting[] = []) => list.filter(({ proposal }) => search.environment === undefined || proposal.environment === search.environment);
  const yourChanges = changesHere(changes.data?.yours);
  const otherChanges = changesHere(changes.data?.others);
  const there = (one: Waiting) => search.environment === undefined || one.environment === search.environment;
  return (
    <Page title="Approvals" lead="What waits for a person's word before it may go on. A word counts for exactly what would go out now: when that changes, it is asked again.">
      <NativeSelect
        label="Environment"
        w={220}
        value={search.environment ?? ""}
        onChange={(event) => void go({ search: { environment: event.currentTarget.value || undefined } })}
        data={[{ value: "", label: "all" }, ...environments]}
      />
      <Read of={all}>
        {(every) => {
          const here = every.filter(there);
          const yours = mine(here);
          const exceptions = here.filter((one) => isCalendar(one.gate));
          const others = here.filter((one) => !yours.includes(one) && !exceptions.includes(one));
          return (
            <Stack gap="xl">
              <Section title="Waits for you" aside={<Text size="sm" c="dimmed">{[count(yours.length, "gate"), ...(yourChanges.length > 0 ? [count(yourChanges.length, "change of a flag", "changes of flags")] : [])].join(", ")}</Text>}>
                {changes.error && <ProblemView error={changes.error} />}
                {yourChanges.length > 0 && <Changes of={yourChanges} />}
                {yours.length === 0 && yourChanges.length > 0 ? null : yours.length === 0 ? (
                  <Empty title="Nothing waits for your word">
                    A stage of the pipeline with an approval, a manual test or an acceptance asks here as soon as a release
                    stands before it, and a change of a flag where the environment is protected.
                  </Empty>
                ) : (
                  <Cards of={yours} />
                )}
              </Section>
              <OtherChanges of={otherChanges} />
              <Reviews environment={search.environment} />
              {others.length > 0 && (
                <Section title="Waits for others" aside={<Text size="sm" c="dimmed">{count(others.length, "gate")}</Text>}>
                  <Cards of={others} />
                </Section>
              )}
              {exceptions.length > 0 && (
                <Section title="Freezes and windows you may override" aside={<Text size="sm" c="dimmed">{count(exceptions.length, "release")}</Text>}>
                  <Cards of={exceptions} />
                </Section>
              )}
            </Stack>
          );
        }}
      </Read>
    </Page>
  );
}

/** Of those that are somebody else's; where none waits there is nothing to say. */
function OtherChanges({ of }: { of: FlagChangeWaiting[] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Changes of flags, waiting for others" aside={<Text size="sm" c="dimmed">{count(of.length, "change")}</Text>}>
      <Changes of={of} />
    </Section>
  );
}

function Changes({ of }: { of: FlagChangeWaiting[] }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
      {of.map(({ flag, proposal }) => (
        <ProposalCard key={`${flag.key} ${proposal.id}`} flag={flag} proposal={proposal} named />
      ))}
    </SimpleGrid>
  );
}

function Cards({ of }: { of: Waiting[] }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
      {of.map((one) => (
        <WaitingCard key={one.key} waiting={one} />
      ))}
    </SimpleGrid>
  );
}

