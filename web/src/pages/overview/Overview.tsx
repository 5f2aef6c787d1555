// The first thing one sees: what moves, what waits for somebody, what failed, and which version stands where.
import { Button, Card, Grid, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { catalog, environments, rollouts, why } from "@/api/queries";
import type { Rollout, Why } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark, RolloutMark, StandsMark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import { isMoving } from "@/pages/rollouts/useMoving";
import { Matrix } from "./Matrix";
import { Moving } from "./Moving";

const SIGNED: string[] = ["approval", "manual-test", "uat"];
const SHOWN_MAX = 6;

export function Overview() {
  const recent = useQuery(rollouts({ limit: 100 }));
  const standing = useQuery(environments());
  const stages = useQuery(catalog());
  const waiting = useQuery(why());
  const items = recent.data?.items ?? [];
  const moving = items.filter(isMoving);
  const failed = items.filter(({ state, kind }) => state === "rolled-back" && kind !== "rollback");
  const held = (waiting.data?.items ?? []).filter(({ stands }) => stands === "gates-closed" || stands === "held");
  const nothing = stages.data !== undefined && stages.data.environments.length === 0;
  if (nothing) return <FirstSteps />;
  return (
    <Page title="Overview" lead="What stands where, what moves, what waits for somebody.">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        <Tile label="moving now" number={moving.length} to="/rollouts" tone="moving" />
        <Tile label="waiting for somebody" number={held.length} to="/approvals" tone="warn" />
        <Tile label="rolled back lately" number={failed.length} to="/rollouts" state="rolled-back" tone="bad" />
        <Tile label="instances not ready" number={unready(standing.data?.items ?? [])} to="/environments" tone="bad" />
      </SimpleGrid>
      <Section title="Which version stands where">
        <Read of={standing}>{({ items: all }) => <Matrix environments={all} catalog={stages.data} moving={moving} />}</Read>
      </Section>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Section title="Moving" aside={<Link className="tg-link" to="/rollouts">all rollouts</Link>}>
            <Read of={recent}>
              {() =>
                moving.length === 0 ? (
                  <Empty title="Nothing moves" command="tidegate promote VERSION">
                    A rollout shows here while it goes on, with its share of the traffic and what the analysis says of it.
                  </Empty>
                ) : (
                  <Stack gap="sm">
                    {moving.slice(0, SHOWN_MAX).map((rollout) => (
                      <Moving key={rollout.id} rollout={rollout} />
                    ))}
                    {moving.length > SHOWN_MAX && <Link className="tg-link" to="/rollouts">{count(moving.length - SHOWN_MAX, "more rollout")}</Link>}
                  </Stack>
                )
              }
            </Read>
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md">
            <Section title="Waits for somebody" aside={<Link className="tg-link" to="/approvals">approvals</Link>}>
              <Read of={waiting}>{() => <Waiting items={held} />}</Read>
            </Section>
            <Section title="Rolled back lately">
              <Read of={recent}>{() => <Failed items={failed} />}</Read>
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function unready(all: { slots: { instances: { state: string }[] }[] }[]): number {
  return all.flatMap(({ slots }) => slots).flatMap(({ instances }) => instances).filter(({ state }) => state !== "ready").length;
}

function Tile({ label, number, to, state, tone }: { label: string; number: number; to: string; state?: string; tone: string }) {
  return (
    <Card renderRoot={(props) => <Link to={to} search={state === undefined ? {} : { state }} {...props} />} p="sm">
      <Text size="xl" fw={700} lh={1.2} style={{ color: number > 0 ? `var(--tg-${tone})` : "var(--tg-quiet)" }}>
        {number}
      </Text>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
    </Card>
  );
}

function Waiting({ items }: { items: Why[] }) {
  if (items.length === 0) return <Empty title="Nothing waits for a person">Releases whose gates are closed, and rollouts that are held, stand here.</Empty>;
  return (
    <Stack gap="xs">
      {items.slice(0, SHOWN_MAX).map((one) => (
        <Card key={`${one.release}/${one.environment}`} p="sm">
          <Group justify="space-between" gap="xs">
            <Link className="tg-link" to="/releases/$version" params={{ version: one.release }}>
              {one.release} to {one.environment}
            </Link>
            <StandsMark stands={one.stands} />
          </Group>
          <Text size="sm" c="dimmed" className="tg-break">
            {one.gates.length > 0 ? one.gates.map(({ why }) => why).join("; ") : one.why}
          </Text>
          {one.gates.some(({ kind }) => SIGNED.includes(kind)) && (
            <Text size="sm">
              <Link className="tg-link" to="/approvals">
                Give or refuse consent
              </Link>
            </Text>
          )}
        </Card>
      ))}
    </Stack>
  );
}

function Failed({ items }: { items: Rollout[] }) {
  if (items.length === 0) return <Empty title="Nothing was rolled back" />;
  return (
    <Stack gap="xs">
      {items.slice(0, SHOWN_MAX).map(({ id, release, environment, cause, changed_ms, state }) => (
        <Card key={id} p="sm">
          <Group justify="space-between" gap="xs">
            <Link className="tg-link" to="/rollouts/$id" params={{ id }}>
              {release} in {environment}
            </Link>
            <RolloutMark state={state} />
          </Group>
          <Text size="sm" c="dimmed" className="tg-break">
            {cause}, <When ms={changed_ms} />
          </Text>
        </Card>
      ))}
    </Stack>
  );
}

function FirstSteps() {
  const may = useMay();
  return (
    <Page title="Overview" lead="Nothing is configured yet.">
      <Empty title="Say what runs, where it runs, and how a release gets there" command="tidegate init && tidegate apply">
        Components, environments and the pipeline between them stand in one file, <code>tidegate.yaml</code>. Or watch a sample
        shop go through it first, good releases and a bad one.
      </Empty>
      <Group>
        {may("configure") && (
          <Button component={Link} to="/first-run">
            Try it with the sample shop
          </Button>
        )}
        <Button variant="default" component={Link} to="/settings">
          Apply a configuration
        </Button>
        <Mark word="nothing is running" tone="quiet" />
      </Group>
    </Page>
  );
}
