// How a release stands in one environment: the sentence, the way on, the gates, and what can be done.
import { Card, Code, Group, Stack, Text } from "@mantine/core";
import { IconRotateClockwise } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "@/api/client";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import type { Release, Why } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { StandsMark } from "@/parts/Mark";
import { Section } from "@/parts/Page";
import { Until } from "@/parts/When";
import { GateList } from "./GateList";
import { HaltMark } from "./HaltMark";
import { Send } from "./Send";

export function InEnvironment({ release, why, stage, rollout }: { release: Release; why: Why; stage: string[]; rollout: string | null }) {
  const { environment } = why;
  const standing = release.standings[environment];
  const wentBack = standing?.state === "gone-back";
  return (
    <Section title={`In ${environment}`}>
      <Card>
        <Stack gap="xs">
          <Group justify="space-between" gap="sm" align="flex-start">
            <Stack gap={4} style={{ flex: "1 1 300px" }}>
              <Group gap="md">
                {wentBack && why.stands !== "barred" && <HaltMark stands={standing.barred ? "barred" : "gone-back"} />}
                <StandsMark stands={why.stands} />
              </Group>
              {wentBack && standing.reason != null && why.stands !== "barred" && <Text size="sm" className="tg-break">It went back from here: {standing.reason}.</Text>}
              <Text className="tg-break">
                {sentenceOf(why.why)}{why.opens_ms != null && <> It moves by itself <Until ms={why.opens_ms} />.</>}
              </Text>
              {why.command !== "" && <Text size="sm" c="dimmed">What moves it: <Code>{why.command}</Code></Text>}
              <Text size="sm">
                {(why.rollout ?? rollout) != null && (
                  <>
                    <Link className="tg-link" to="/rollouts/$id" params={{ id: (why.rollout ?? rollout) as string }}>See its rollout</Link>
                    {" · "}
                  </>
                )}
                <Link className="tg-link" to="/environments/$environment" params={{ environment }}>See {environment}</Link>
              </Text>
            </Stack>
            <Group gap="xs">
              {wentBack && <AllowAgain release={release} environment={environment} />}
              <Send key={environment} release={release} why={why} stage={stage} />
            </Group>
          </Group>
        </Stack>
      </Card>
      <GateList key={environment} release={release} environment={environment} />
    </Section>
  );
}

/** The server's clause as a sentence; its backticks are for terminals. */
function sentenceOf(why: string): string {
  return `${why.charAt(0).toUpperCase()}${why.slice(1).replaceAll("`", "")}${why.endsWith(".") ? "" : "."}`;
}

function AllowAgain({ release: { version }, environment }: { release: Release; environment: string }) {
  const may = useMay();
  const { data: house } = useQuery(catalog());
  const protects = house?.environments.find(({ name }) => name === environment)?.protected === true;
  const automatic = house?.stages.find((stage) => stage.environment === environment || stage.beside?.includes(environment))?.automatic === true;
  if (!may(protects ? "deploy-protected" : "deploy", environment)) return null;
  return (
    <Confirm
      label="Allow it again"
      title={`Allow ${version} in ${environment} again`}
      icon={<IconRotateClockwise size={16} aria-hidden />}
      consequences={[
        `What keeps it out of ${environment} since it went back from there is lifted.`,
        automatic ? "This stage takes releases by itself: automation brings it there once more, at once where its gates are open." : "Nothing starts by this: somebody has to promote it.",
      ]}
      act={() => api.POST("/api/v1/releases/{version}/allow", { params: { path: { version } }, body: { environment } })}
      done={`${version} may come to ${environment} again.`}
    />
  );
}
