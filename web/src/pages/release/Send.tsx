// Bringing a release into an environment: what would happen, step by step, and what would refuse it, before the click.
import { Alert, Box, Code, Loader, Stack, Switch, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import type { Named, Release, Why } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { share } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";
import { span } from "@/parts/time";
import { outline } from "./queries";

interface SendProps {
  release: Release;
  why: Why;
  /** All environments of its stage. */
  stage: string[];
}

const SENT_BY_WORD: Why["stands"][] = ["ready", "gates-closed", "secret-missing", "busy", "not-yet", "barred", "verified", "not-in-pipeline"];

export function Send({ release, why, stage }: SendProps) {
  const may = useMay();
  const { data: house } = useQuery(catalog());
  const go = useNavigate();
  const [supersede, setSupersede] = useState(false);
  const [whole, setWhole] = useState(false);
  const preview = useQuery(outline(release.version, why.environment));
  const isProtected = house?.environments.find(({ name }) => name === why.environment)?.protected === true;
  if (!SENT_BY_WORD.includes(why.stands) || !may(isProtected ? "deploy-protected" : "deploy", why.environment)) return null;
  const { version } = release;
  const { environment } = why;
  const promotes = why.command.startsWith("tidegate promote") || (why.stands === "gates-closed" && stage.length > 0);
  const busy = preview.data?.refusal?.code === "rollout-in-progress";
  const refused = preview.data?.refusal != null && !(busy && supersede);
  const send = async () => {
    const started = promotes
      ? await got(api.POST("/api/v1/releases/{version}/promotions", { params: { path: { version } }, body: { ...(whole ? {} : { to: environment }), supersede } }))
      : await got(api.POST("/api/v1/environments/{environment}/rollouts", { params: { path: { environment } }, body: { release: version, supersede } }));
    const [first] = started.rollouts;
    if (started.rollouts.length === 1 && first) void go({ to: "/rollouts/$id", params: { id: first } });
  };
  return (
    <Confirm
      label={promotes ? "Promote" : "Deploy"}
      title={`${promotes ? "Promote" : "Deploy"} ${version} to ${environment}`}
      icon={<IconSend size={16} aria-hidden />}
      button={refused ? {} : { variant: "filled" }}
      consequences={preview.data ? consequences(preview.data, why) : []}
      act={send}
      done={`${version} is on its way to ${environment}.`}
    >
      {preview.isPending && <Loader size="sm" aria-label="Reading what would happen" />}
      {preview.error && <ProblemView error={preview.error} />}
      {preview.data && <Way outline={preview.data} />}
      {stage.length > 1 && promotes && <Switch label={`Everywhere in this stage: ${stage.join(", ")}`} checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />}
      {busy && <Switch label="Take over from the rollout in progress" description="It goes back to stable first, then this one begins." checked={supersede} onChange={(event) => setSupersede(event.currentTarget.checked)} />}
      {refused && preview.data?.refusal && (
        <Alert color="yellow" variant="light" title="It would be refused now">
          <Text size="sm">{preview.data.refusal.detail}</Text>
          <Text size="sm">{preview.data.refusal.help}</Text>
          <Code>{preview.data.refusal.code}</Code>
        </Alert>
      )}
    </Confirm>
  );
}

function consequences({ legs, environment, judged, rollback_when, strategy }: Named<"Outline">, { stands }: Why): string[] {
  const moves = legs.map(({ component, stable, candidate, listen }) =>
    stable == null ? `${component} begins in ${environment} with ${candidate}${listen ? ` at ${listen}` : ""}: all requests at once, there is nothing to compare with.` : `${component} goes from ${stable} to ${candidate}${listen ? ` at ${listen}` : ""}.`,
  );
  const ceilings = rollback_when.map(({ metric, threshold, duration_seconds }) => `${metric.replaceAll("_", " ")} over ${metric === "error_rate" ? `${threshold * 100} %` : threshold} for ${duration_seconds} s`);
  return [
    ...(strategy === "" ? [] : [`A rollout by ${strategy} starts in ${environment}.`]),
    ...moves,
    judged ? `The analysis judges it, and takes it back on harm${ceilings.length > 0 ? ` or on ${ceilings.join(", or ")}` : ""}.` : "No analysis judges it: it goes back only when its instances fail, or when somebody says so.",
    ...(stands === "barred" ? ["It went back from there before: this brings it there all the same, by your word."] : []),
  ];
}

function Way({ outline: { legs } }: { outline: Named<"Outline"> }) {
  if (legs.length === 0) return null;
  return (
    <Stack gap="xs">
      {legs.map(({ component, steps, replicas }) => (
        <Box key={component}>
          <Text size="sm" fw={600}>{component}, {replicas} {replicas === 1 ? "instance" : "instances"}</Text>
          <Box component="ol" m={0} pl={20} fz="sm">
            {steps.map(({ name, weight, dwell_seconds, confirm }, index) => (
              <li key={index}>
                {name}
                {weight != null && name !== share(weight) && `, ${share(weight)} of requests`}
                {dwell_seconds > 0 && `, at least ${span(dwell_seconds * 1000)}`}
                {confirm && ", until a person lets it go on"}
              </li>
            ))}
          </Box>
        </Box>
      ))}
    </Stack>
  );
}
