// One release of the sample: how far it is, and the one button that takes it further.
import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { api, got } from "@/api/client";
import { releaseWhy } from "@/api/queries";
import type { Why } from "@/api/types";
import { StandsMark } from "@/parts/Mark";
import { ProblemView } from "@/parts/ProblemView";

const BEHIND: Why["stands"][] = ["live", "verified"];
const MOVING: Why["stands"][] = ["under-way", "held", "returning"];

export function Journey({ version, lesson }: { version: string; lesson: string }) {
  const { data } = useQuery(releaseWhy(version));
  const places = data?.items.filter(({ stands }) => stands !== "not-in-pipeline") ?? [];
  const next = places.find(({ stands }) => !BEHIND.includes(stands));
  const first = next !== undefined && next === places[0];
  const going = useMutation({
    mutationFn: () =>
      first && next
        ? got(api.POST("/api/v1/environments/{environment}/rollouts", { params: { path: { environment: next.environment } }, body: { release: version } }))
        : got(api.POST("/api/v1/releases/{version}/promotions", { params: { path: { version } }, body: {} })),
  });
  const moving = places.find(({ stands }) => MOVING.includes(stands));
  const barred = next?.stands === "barred";
  return (
    <Card>
      <Stack gap="xs">
        <Group justify="space-between">
          <Link className="tg-link" to="/releases/$version" params={{ version }}>
            <Text span fw={700}>
              {version}
            </Text>
          </Link>
          {moving?.rollout ? (
            <Button component={Link} to={`/rollouts/${moving.rollout}`} variant="light">
              Watch it in {moving.environment}
            </Button>
          ) : (
            next && !barred && (
              <Button onClick={() => going.mutate()} loading={going.isPending} disabled={next.stands !== "ready"}>
                {first ? `Deploy to ${next.environment}` : `Promote to ${next.environment}`}
              </Button>
            )
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {lesson}
        </Text>
        <Group gap="xs">
          {places.map(({ environment, stands }, index) => (
            <Fragment key={environment}>
              {index > 0 && <span aria-hidden>→</span>}
              <Group gap={6}>
                <Text size="sm">{environment}</Text>
                <StandsMark stands={stands} />
              </Group>
            </Fragment>
          ))}
        </Group>
        {next && next.stands !== "ready" && <Text size="sm">{next.why}</Text>}
        {!next && places.length > 0 && <Text size="sm">It went all the way.</Text>}
        {going.error && <ProblemView error={going.error} />}
      </Stack>
    </Card>
  );
}
