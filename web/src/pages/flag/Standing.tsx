// How a flag stands in one environment: its switch, what it means in words, who made it so and why, and what waits.
import { Card, Code, Group, Stack, Title } from "@mantine/core";
import { IconToggleLeft, IconToggleRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api } from "@/api/client";
import { ifMatch } from "@/api/editions";
import { flagAt } from "@/api/flags";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { Flag, FlagEnvironment } from "@/api/types";
import { OnMark } from "@/pages/flags/FlagMarks";
import { Confirm } from "@/parts/Confirm";
import { Facts } from "@/parts/Facts";
import { When } from "@/parts/When";
import { formOf } from "./form";
import { pretty, type Json } from "./json";
import { inWords } from "./words";
import { WordsView } from "./WordsView";

interface StandingProps {
  flag: Flag;
  stands: FlagEnvironment;
  isProtected: boolean;
}

export function Standing({ flag, stands, isProtected }: StandingProps) {
  const { edition, definition, changed_by: by, approved_by: approvedBy, changed_ms: at, reason, evaluated_ms: asked, stale } = stands;
  return (
    <Card padding="md" component="section" aria-label="What stands there">
      <Stack gap="md">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <Title order={3} size="h6">What stands there</Title>
            <OnMark stands={stands} />
          </Group>
          {!flag.archived && <Switch flag={flag} stands={stands} isProtected={isProtected} />}
        </Group>
        <WordsView definition={definition as Json} />
        <Facts
          of={[
            ["Edition", <>{edition}, <When ms={at} /> by {by}{approvedBy && <>, approved by {approvedBy}</>}</>],
            ...(reason ? [["Why", reason] as [string, string]] : []),
            ["Last asked for", asked == null ? "never" : <When ms={asked} />],
            ...(stale ? [["Stale", stale] as [string, string]] : []),
            ...(stands.warnings ?? []).map(({ path, why }) => [`Beware${path === "" ? "" : `, ${path}`}`, why] as [string, string]),
            ...(stands.rollout != null ? [["Rollout", <Link key="rollout" className="tg-link" to="/rollouts/$id" params={{ id: stands.rollout }}>{stands.rollout}</Link>] as [string, ReactNode]] : []),
          ]}
        />
        <details>
          <summary style={{ cursor: "pointer", fontSize: "var(--mantine-font-size-sm)" }}>As JSON</summary>
          <Code block mt="xs" tabIndex={0} style={{ maxHeight: 360, overflow: "auto" }}>{pretty(definition as Json)}</Code>
        </details>
      </Stack>
    </Card>
  );
}

function Switch({ flag: { key }, stands, isProtected }: StandingProps) {
  const may = useMay();
  const old = useOld();
  const { environment, on, definition } = stands;
  const told = inWords(definition as Json);
  const form = formOf(definition as Json);
  const act = (to: boolean, proposes: boolean) => async (reason: string) => {
    const params = { path: { key, environment } };
    const body = { on: to, reason: reason || null };
    const headers = ifMatch(flagAt(key));
    if (proposes) await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals", { params, body, headers });
    // Whoever switches off in a hurry is not held up by what somebody changed a moment ago.
    else await api.POST("/api/v1/flags/{key}/environments/{environment}/switch", { params, body, ...(to ? { headers } : {}) });
    await old(["flag", key], ["flags"], ["flag-history", key], ["flag-changes"]);
  };
  if (on) {
    return may("stop", environment) ? (
      <Confirm
        label="Switch off" danger icon={<IconToggleLeft size={17} aria-hidden />} title={`Switch ${key} off in ${environment}`} done={`${key} is off in ${environment}.`}
        consequences={[`Everybody gets ${told?.off ?? "the off variant"} from now on, and no rule is asked.`, "Clients that follow are told at once.", ...(stands.rollout != null ? [`The rollout ${stands.rollout}, which shows it step by step, goes back.`] : []), ...(isProtected ? ["Though it is protected, this needs nobody else."] : [])]}
        reason={{ label: "Why", needed: false }} act={act(false, false)}
      />
    ) : null;
  }
  if (!may(isProtected ? "propose" : "deploy", environment)) return null;
  const then = told?.lines.map(({ who, gets }) => `${who}: ${gets}.`) ?? [];
  return (
    <Confirm
      label={isProtected ? "Propose to switch on" : "Switch on"} icon={<IconToggleRight size={17} aria-hidden />} title={`Switch ${key} on in ${environment}`} done={isProtected ? "It is proposed." : `${key} is on in ${environment}.`} button={{ variant: "filled" }}
      consequences={[...(isProtected ? [`${environment} is protected: somebody else, who may sign there, approves it first. Then:`] : []), ...(form === null ? ["Its rules are asked from now on."] : then)]}
      reason={{ label: "Why", needed: isProtected }} act={act(true, isProtected)}
    />
  );
}
