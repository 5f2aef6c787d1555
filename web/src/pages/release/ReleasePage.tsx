// One release: its way through the stages, what stands before each of them, what it holds and what speaks for it.
import { Badge, Grid, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { useMay } from "@/api/may";
import { catalog, environments, release as releaseQuery, releaseWhy } from "@/api/queries";
import type { Catalog, Release, Why } from "@/api/types";
import { Owed } from "@/pages/approvals/Reviews";
import { useAddress } from "@/parts/address";
import { Page, Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import { ChangeTypeForm } from "./ChangeTypeForm";
import { Evidence } from "./Evidence";
import { InEnvironment } from "./InEnvironment";
import { Journey } from "./Journey";
import { beside, environmentsOf, journey, serving } from "./journey";
import { Notes } from "./Notes";
import { Outcome } from "./Outcome";
import { Contents, Rollouts, Trail } from "./Parts";
import { history, releaseReviews } from "./queries";
import { visits } from "./visits";

export function ReleasePage() {
  const { version } = useParams({ strict: false }) as { version: string };
  const query = useQuery(releaseQuery(version));
  const house = useQuery(catalog());
  if (!query.data || !house.data)
    return <Page title={`Release ${version}`}>{query.error ? <Read of={query}>{() => null}</Read> : <Read of={house}>{() => null}</Read>}</Page>;
  return <Body key={version} release={query.data} house={house.data} />;
}

const IN_LINE: Why["stands"][] = ["gates-closed", "ready", "barred", "secret-missing", "busy", "held", "under-way", "returning"];

function Body({ release, house }: { release: Release; house: Catalog }) {
  const client = useQueryClient();
  const may = useMay();
  const [words, put] = useAddress();
  const { version, kind, change, author, created_ms } = release;
  const standing = useQuery(environments());
  const whyQuery = useQuery(releaseWhy(version));
  const events = useQuery(history(client, version)).data;
  const all = useMemo(() => visits(events ?? []), [events]);
  const versions = useMemo(() => serving(standing.data?.items ?? []), [standing.data]);
  const stations = useMemo(() => journey(house, release, versions), [house, release, versions]);
  const others = useMemo(() => beside(stations, release, versions), [stations, release, versions]);
  const whys = useMemo(() => new Map((whyQuery.data?.items ?? []).map((why) => [why.environment, why])), [whyQuery.data]);
  const inOrder = stations.flatMap(({ halts }) => halts.map(({ environment }) => environment));
  const next = inOrder.find((name) => IN_LINE.includes(whys.get(name)?.stands ?? "live"));
  const chosen = words["in"] ?? next ?? inOrder.findLast((name) => whys.get(name)?.stands === "live") ?? inOrder[0] ?? "";
  const why = whys.get(chosen);
  const station = stations.find(({ halts }) => halts.some(({ environment }) => environment === chosen));
  return (
    <Page
      title={`Release ${version}`}
      marks={
        <>
          {kind === "hotfix" && <Badge color="orange">hotfix</Badge>}
          {change !== undefined && change !== "normal" && <Badge color={change === "emergency" ? "red" : "gray"}>{change} change</Badge>}
        </>
      }
      lead={<>made by {author} <When ms={created_ms} /></>}
      actions={<ChangeTypeForm key={change} release={release} />}
    >
      <Section title="Its way">
        <Journey stations={stations} others={others} whys={whys} all={all} chosen={chosen} choose={(environment) => put({ in: environment })} />
      </Section>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="lg">
            <Read of={whyQuery}>
              {() => why && <InEnvironment release={release} why={why} stage={station ? environmentsOf(station.stage) : []} rollout={release.standings[chosen]?.rollout ?? null} />}
            </Read>
            <ReviewsOwed version={version} />
            <Evidence release={release} opened={words["report"]} open={(report) => put({ report })} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="lg">
            <Notes version={version} />
            <Outcome version={version} />
            <Contents release={release} />
            <Rollouts all={all} version={version} />
            {may("read-audit") && <Trail version={version} />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function ReviewsOwed({ version }: { version: string }) {
  const { data } = useQuery(releaseReviews(version));
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Section title="Reviews after an emergency">
      {items.map((review) =>
        review.state === "done" ? (
          <div key={review.rollout}>
            In {review.environment}: {review.outcome} as {review.reviewed_by} found{review.reviewed_ms != null && <> <When ms={review.reviewed_ms} /></>}. {review.note}
          </div>
        ) : (
          <Owed key={review.rollout} review={review} />
        ),
      )}
    </Section>
  );
}
