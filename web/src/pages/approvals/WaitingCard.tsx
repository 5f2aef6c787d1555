// One gate that waits: of which release, before which environment, why, for whom, what is being agreed to, and the word.
import { Badge, Card, Code, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconLock, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { gates } from "@/api/queries";
import type { Release } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Mark } from "@/parts/Mark";
import { ProblemView } from "@/parts/ProblemView";
import { When } from "@/parts/When";
import { isCalendar, type Waiting } from "./waiting";

const KINDS: Record<string, string> = {
  approval: "approval", "manual-test": "manual test", uat: "acceptance", freeze: "freeze", window: "window",
};

export function WaitingCard({ waiting }: { waiting: Waiting }) {
  const { release, environment, gate, of } = waiting;
  return (
    <Card component="article" aria-label={`${release} before ${environment}: ${gate.name}`}>
      <Stack gap="xs" h="100%">
        <Group justify="space-between" gap="xs">
          <Text fw={600} className="tg-break">
            <Link className="tg-link" to="/releases/$version" params={{ version: release }}>
              {release}
            </Link>{" "}
            <Text span c="dimmed" fw={400}>
              before
            </Text>{" "}
            <Link className="tg-link" to="/environments/$environment" params={{ environment }}>
              {environment}
            </Link>
          </Text>
          <Group gap={6}>
            {of?.change && of.change !== "normal" && <Badge color={of.change === "emergency" ? "red" : "gray"}>{of.change} change</Badge>}
            {of?.kind === "hotfix" && <Badge color="orange">hotfix</Badge>}
          </Group>
        </Group>
        <Group gap="xs">
          <Mark sign={IconLock} word={gate.name} tone="warn" />
          {gate.name !== gate.kind && (
            <Text size="sm" c="dimmed">
              {KINDS[gate.kind] ?? gate.kind}
            </Text>
          )}
        </Group>
        <Text size="sm" className="tg-break">
          {gate.why}
        </Text>
        <Text size="sm" c="dimmed" className="tg-break">
          Opened by {gate.who}
          {gate.since_ms != null && <>; so since <When ms={gate.since_ms} /></>}
          {gate.opens_ms != null && <>; opens by itself <When ms={gate.opens_ms} /></>}.
          {of && <> Release made by {of.author} <When ms={of.created_ms} />.</>}
        </Text>
        {of && <Components of={of} />}
        <Group gap="xs" mt="auto">
          {isCalendar(gate) ? <LetThrough waiting={waiting} /> : <Words waiting={waiting} />}
        </Group>
      </Stack>
    </Card>
  );
}

function Components({ of }: { of: Release }) {
  return (
    <Stack gap={2}>
      {Object.entries(of.components).map(([name, { version, digest }]) => (
        <Text key={name} size="xs" c="dimmed" className="tg-break">
          {name} {version} {digest ? <code title={digest}>{digest.slice(0, 19)}…</code> : "(a command)"}
        </Text>
      ))}
      {of.notes.slice(0, 3).map((note, index) => (
        <Text key={index} size="xs">
          {note}
        </Text>
      ))}
    </Stack>
  );
}

export function Words({ waiting }: { waiting: Waiting }) {
  const { release, environment, gate, said, whyNot } = waiting;
  const old = useOld();
  const say = (choice: "yes" | "no" | "withdrawn") => async (reason: string) => {
    await api.POST("/api/v1/environments/{environment}/gates/votes", {
      params: { path: { environment } },
      body: { release, gate: gate.name, choice, reason },
    });
    await old(["why"], ["gates", release], ["mine"]);
  };
  if (said !== null) {
    return (
      <>
        <Mark sign={said === "yes" ? IconCheck : IconX} word={`you said ${said}`} tone={said === "yes" ? "good" : "bad"} />
        <Confirm
          label="Take it back" icon={<IconArrowBackUp size={15} aria-hidden />} title={`Take your word back: ${release} before ${environment}`}
          consequences={["Your word no longer counts at this gate.", "That you gave it and took it back stays in the audit trail."]}
          reason={{ label: "Why", needed: false }} done="Your word is taken back." act={say("withdrawn")} button={{ size: "xs" }}
        />
      </>
    );
  }
  if (whyNot !== "") {
    return (
      <Text size="xs" c="dimmed">
        Not yours: {whyNot}.
      </Text>
    );
  }
  const test = gate.kind !== "approval";
  return (
    <>
      <Confirm
        label={test ? "It passed" : "Approve"} icon={<IconCheck size={15} aria-hidden />} title={`${test ? "Sign" : "Approve"} ${release} before ${environment}`}
        consequences={[
          `Your yes counts at the gate ${gate.name}, for exactly what would go out now.`,
          "Once every gate is open, it may be deployed; where the stage takes releases by itself, that happens at once.",
          "You may take it back until then.",
        ]}
        reason={{ label: test ? "What you tried" : "Why you agree", needed: false }} done={`Signed: ${release} before ${environment}.`} act={say("yes")} button={{ variant: "filled", size: "xs" }}
      >
        <Exactly release={release} environment={environment} />
      </Confirm>
      <Confirm
        label={test ? "It failed" : "Reject"} danger icon={<IconX size={15} aria-hidden />} title={`Reject ${release} before ${environment}`}
        consequences={["One no weighs more than any number of yes: the gate stays closed until you take it back.", "A rollout that is under way stops where it is; a way back is never kept."]}
        reason={{ label: "Why not", needed: true }} done={`You said no: ${release} before ${environment}.`} act={say("no")} button={{ size: "xs" }}
      />
    </>
  );
}

/** The digest that the word will be bound to, read only when somebody is about to give it. */
function Exactly({ release, environment }: { release: string; environment: string }) {
  const now = useQuery(gates(release, environment));
  if (now.error) return <ProblemView error={now.error} />;
  return (
    <div>
      <Text size="sm" fw={600}>
        What you agree to
      </Text>
      <Code block className="tg-break" style={{ whiteSpace: "pre-wrap" }}>
        {now.data ? now.data.digest : "…"}
      </Code>
      <Text size="xs" c="dimmed" mt={4}>
        Of artifacts, environment, strategy and gates together. Look at them on the release's page.
      </Text>
    </div>
  );
}

const HOURS = [1, 4, 8, 24, 72, 168, 720];

export function LetThrough({ waiting: { release, environment, gate } }: { waiting: Waiting }) {
  const [hours, setHours] = useState("8");
  const old = useOld();
  return (
    <Confirm
      label="Let it through" danger title={`Let ${release} into ${environment} in spite of the ${gate.kind}`}
      consequences={[
        `${gate.why}. This release alone passes, as it would go out now; the ${gate.kind} goes on for everything else.`,
        "Every other gate stays as it is.",
        "Your name and the reason stand in the audit trail.",
      ]}
      reason={{ label: "Why it cannot wait", needed: true }} done={`${release} may pass the ${gate.kind}.`} button={{ size: "xs" }}
      act={async (reason) => {
        await api.POST("/api/v1/environments/{environment}/gates/override", {
          params: { path: { environment } },
          body: { release, reason, for_seconds: Number(hours) * 3600 },
        });
        await old(["why"], ["gates", release]);
      }}
    >
      <NativeSelect label="For" value={hours} onChange={(event) => setHours(event.currentTarget.value)} data={HOURS.map((each) => ({ value: String(each), label: each < 48 ? `${each} h` : `${each / 24} days` }))} />
    </Confirm>
  );
}
