// The inbox: what waits for the reader's word, what waits for somebody else's, and reviews owed after emergencies.
import { NativeSelect, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { catalog } from "@/api/queries";
import { count } from "@/parts/figures";
import { Empty } from "@/parts/Empty";
import { Page, Read, Section } from "@/parts/Page";
import { Reviews } from "./Reviews";
import { useWaiting } from "./useWaiting";
import { isCalendar, mine, type Waiting } from "./waiting";
import { WaitingCard } from "./WaitingCard";

export function Approvals() {
  const search = useSearch({ from: "/known/approvals" });
  const go = useNavigate({ from: "/approvals" });
  const all = useWaiting();
  const environments = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
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
              <Section title="Waits for you" aside={<Text size="sm" c="dimmed">{count(yours.length, "gate")}</Text>}>
                {yours.length === 0 ? (
                  <Empty title="Nothing waits for your word">
                    A stage of the pipeline with an approval, a manual test or an acceptance asks here as soon as a release
                    stands before it.
                  </Empty>
                ) : (
                  <Cards of={yours} />
                )}
              </Section>
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

function Cards({ of }: { of: Waiting[] }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
      {of.map((one) => (
        <WaitingCard key={one.key} waiting={one} />
      ))}
    </SimpleGrid>
  );
}

