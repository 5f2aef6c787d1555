// Freezes and windows: what holds now, when each holds next, as a list and as a grid of days; and what opens by itself.
import { Group, SegmentedControl, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { calendar, why } from "@/api/queries";
import { Empty } from "@/parts/Empty";
import { Page, Read, Section } from "@/parts/Page";
import { zone } from "@/parts/time";
import { EntryForm } from "./EntryForm";
import { Entries } from "./Entries";
import { FeedForm } from "./FeedForm";
import { Grid } from "./Grid";
import { Now } from "./Now";
import { Opens } from "./Opens";
import { Subscribe } from "./Subscribe";

const VIEWS = [
  { value: "month", label: "Month" },
  { value: "week", label: "Week" },
  { value: "list", label: "List" },
];

export function CalendarPage() {
  const search = useSearch({ from: "/known/calendar" });
  const go = useNavigate({ from: "/calendar" });
  const may = useMay();
  const entries = useQuery(calendar());
  const whys = useQuery(why());
  const view = VIEWS.find(({ value }) => value === search.view)?.value ?? "month";
  return (
    <Page
      title="Calendar"
      lead={`While a freeze holds, nothing goes forward in what it reaches; where windows are set, things go forward only within one. A freeze wins. Nothing ever keeps a way back. Shown in your zone, ${zone}.`}
      actions={
        <>
          <Subscribe />
          {may("edit-calendar") && <FeedForm />}
          {may("edit-calendar") && <EntryForm />}
        </>
      }
    >
      <Read of={entries}>
        {({ items }) => (
          <Stack gap="xl">
            <Now entries={items} />
            <Opens whys={whys.data?.items ?? []} />
            {view !== "list" && items.length > 0 && (
              <Section title="Days" aside={<Views view={view} change={(to) => void go({ search: (before) => ({ ...before, view: to }) })} />}>
                <Grid view={view === "week" ? "week" : "month"} at={search.at} opens={whys.data?.items ?? []} />
              </Section>
            )}
            <Section title="All freezes and windows" aside={view === "list" ? <Views view={view} change={(to) => void go({ search: (before) => ({ ...before, view: to }) })} /> : undefined}>
              {items.length === 0 ? (
                <Empty title="No freeze and no window is set" command={'tidegate freeze add year-end --from 2026-12-18T18:00 --until 2027-01-04T08:00 --reason "nobody is here to mend it"'}>
                  A release may go forward at any time. Set a freeze for the days on which nothing should change, or windows
                  outside of which nothing does; or import a calendar of public holidays.
                </Empty>
              ) : (
                <Entries entries={items} />
              )}
            </Section>
          </Stack>
        )}
      </Read>
    </Page>
  );
}

function Views({ view, change }: { view: string; change: (to: string) => void }) {
  return (
    <Group>
      <SegmentedControl size="xs" aria-label="View" data={VIEWS} value={view} onChange={change} />
    </Group>
  );
}
