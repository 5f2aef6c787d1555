// The decision: every gate open or closed and why, what is not ready, how risky it is, votes by role, and the final call by the
// named person, bound to the digest of what stood here when it was made.
import { Alert, Button, Card, Code, Group, List, SimpleGrid, Stack, Table, Text, Textarea } from "@mantine/core";
import { IconCheck, IconCircleDashed, IconGavel, IconLock, IconLockOpen, IconRefresh, IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { goNoGo, useAct } from "@/api/plans";
import { session } from "@/api/queries";
import type { Gate, GoNoGo, PlanVote } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { Until, When } from "@/parts/When";
import { choiceWord, closedGates, mayCall, mayVote } from "./decision";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";

export function GoNoGoTab({ plan }: TabProps) {
  const read = useQuery(goNoGo(plan.version));
  const client = useQueryClient();
  return (
    <Stack gap="xl">
      <Read of={read}>
        {(seen) => (
          <>
            <Stack gap="xs">
              <Group justify="space-between" align="flex-start" gap="sm">
                <Standing seen={seen} />
                <Group gap="xs">
                  <Button variant="default" size="xs" leftSection={<IconRefresh size={14} aria-hidden />} loading={read.isFetching} onClick={() => void client.invalidateQueries({ queryKey: ["go-no-go", plan.version] })}>Look again</Button>
                  <Call seen={seen} />
                </Group>
              </Group>
              <Text size="xs" c="dimmed" className="tg-break">Digest of what is seen here: <Code fz="xs">{seen.digest}</Code></Text>
            </Stack>
            <Gates seen={seen} />
            <Votes seen={seen} />
            <Ready seen={seen} />
          </>
        )}
      </Read>
    </Stack>
  );
}

function Standing({ seen: { call, goes, candidate, decider } }: { seen: GoNoGo }) {
  const who = decider ?? "nobody yet: no role of the plan decides and has a person";
  return (
    <Stack gap={4} flex="1 1 18rem">
      {goes && call ? (
        <Mark sign={IconThumbUp} word={`Go for rc.${call.candidate}`} tone="good" />
      ) : call && call.choice === "no-go" && call.candidate === candidate?.number ? (
        <Mark sign={IconThumbDown} word={`No-go for rc.${call.candidate}`} tone="bad" />
      ) : (
        <Mark sign={IconCircleDashed} word={candidate ? `rc.${candidate.number} is not decided on` : "no candidate to decide on"} tone="quiet" />
      )}
      <Text size="sm">The final call is made by {who}.</Text>
      {call && (
        <>
          <Said said={call.said} prefix={`${choiceWord(call.choice)} for rc.${call.candidate} by `} />
          <Text size="xs" c="dimmed" className="tg-break">What was seen then: <Code fz="xs">{call.digest}</Code></Text>
        </>
      )}
    </Stack>
  );
}

function Call({ seen }: { seen: GoNoGo }) {
  const { data: me } = useSuspenseQuery(session());
  if (!mayCall(seen, me.name)) return null;
  return (
    <>
      <CallForm seen={seen} choice="go" />
      <CallForm seen={seen} choice="no-go" />
    </>
  );
}

/** What is seen when the question opens is what is called on: if it changes meanwhile, the server refuses and says what did. */
function CallForm({ seen, choice }: { seen: GoNoGo; choice: "go" | "no-go" }) {
  const act = useAct(seen.version);
  const [begun, setBegun] = useState(seen);
  const [note, setNote] = useState("");
  const go = choice === "go";
  const against = begun.votes.some((vote) => vote.choice === "no-go");
  const follows = go ? [...standing(begun), "The plan is at go: a gate that waits for this opens, and any other that is closed stays so."] : ["The plan is frozen again; another candidate can be named."];
  return (
    <FormModal
      label={go ? "Go" : "No-go"} title={`${go ? "Go" : "No-go"} for rc.${begun.candidate?.number} of ${begun.version}`} send={go ? "Go" : "No-go"} done={go ? "Go: it may be rolled out." : "No-go: the plan is frozen again."}
      icon={go ? <IconGavel size={15} aria-hidden /> : <IconThumbDown size={15} aria-hidden />} danger={!go} button={go ? { variant: "filled", size: "xs" } : { variant: "outline", color: "red", size: "xs" }}
      begin={() => {
        setBegun(seen);
        setNote("");
      }}
      act={() => act({ act: "call", choice, digest: begun.digest, note: note.trim() || null })}
    >
      <List size="sm" spacing={4}>
        {follows.map((sentence) => <List.Item key={sentence}>{sentence}</List.Item>)}
        <List.Item>It is kept with the digest of what you see, <Code fz="xs" className="tg-break">{begun.digest}</Code>; if anything of it has changed meanwhile, the call is refused.</List.Item>
      </List>
      <Textarea label="Why" required={!go || against} autosize minRows={2} maxLength={10_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}

function standing(seen: GoNoGo): string[] {
  const closed = closedGates(seen);
  const against = seen.votes.filter(({ choice }) => choice === "no-go");
  const silent = seen.votes.filter(({ choice }) => choice == null);
  return [
    closed === 0 ? "Every gate is open." : `${count(closed, "gate")} ${closed === 1 ? "is" : "are"} closed.`,
    seen.readiness.ready ? "Everything is ready." : "Not everything is ready.",
    against.length > 0 ? `Against it: ${against.map(({ name }) => name).join(", ")}.` : "Nobody voted against it.",
    ...(silent.length > 0 ? [`Not heard yet: ${silent.map(({ name }) => name).join(", ")}.`] : []),
  ];
}

function Gates({ seen: { gates, candidate } }: { seen: GoNoGo }) {
  return (
    <Section title="Gates">
      {gates.length === 0 ? (
        <Text size="sm" c="dimmed">{candidate ? "No gate stands before any environment on its way." : "Gates are asked once there is a candidate."}</Text>
      ) : (
        gates.map(({ environment, gates: each }) => (
          <Stack key={environment} gap="xs" component="section" aria-label={`Gates before ${environment}`}>
            <Text size="sm" fw={600}>Before {environment}</Text>
            {each.length === 0 ? (
              <Text size="sm" c="dimmed">No gate, and no freeze.</Text>
            ) : (
              <SimpleGrid component="ul" cols={{ base: 1, md: 2 }} spacing="xs" m={0} p={0} style={{ listStyle: "none" }}>
                {each.map((gate) => <li key={gate.name}><GateCard gate={gate} /></li>)}
              </SimpleGrid>
            )}
          </Stack>
        ))
      )}
    </Section>
  );
}

function GateCard({ gate: { name, kind, open, why, who, command, since_ms: since, opens_ms: opens } }: { gate: Gate }) {
  return (
    <Card padding="sm" h="100%">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Mark sign={open ? IconLockOpen : IconLock} word={open ? "open" : "closed"} tone={open ? "good" : "warn"} />
          <Text fw={600} size="sm" className="tg-break">{name}</Text>
          {kind !== name && <Text size="xs" c="dimmed">{kind}</Text>}
        </Group>
        <Text size="xs" c="dimmed">{since != null && <>since <When ms={since} /></>}{opens != null && <> opens by itself <Until ms={opens} /></>}</Text>
      </Group>
      <Text size="sm" className="tg-break">{why.replaceAll("`", "")}</Text>
      {!open && who !== "" && <Text size="xs" c="dimmed" className="tg-break">Opened by {who}{command !== "" && <>: <Code fz="xs">{command}</Code></>}</Text>}
    </Card>
  );
}

function Votes({ seen }: { seen: GoNoGo }) {
  const { data: me } = useSuspenseQuery(session());
  const { votes } = seen;
  return (
    <Section title="Votes by role">
      {votes.length === 0 ? (
        <Text size="sm" c="dimmed">The plan names no role.</Text>
      ) : (
        <Scroll label="Votes, as a table">
          <Table aria-label="Votes by role">
            <Table.Thead><Table.Tr><Table.Th scope="col">Role</Table.Th><Table.Th scope="col">Says</Table.Th><Table.Th scope="col">Your word</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {votes.map((vote) => (
                <Table.Tr key={vote.role} style={{ verticalAlign: "top" }}>
                  <Table.Th scope="row" fw={400}>
                    <Text size="sm" fw={600}>{vote.name}</Text>
                    <Text size="xs" c="dimmed">{vote.person ?? "nobody yet"}{vote.decides ? ", makes the final call" : ""}</Text>
                  </Table.Th>
                  <Table.Td>
                    {vote.choice == null ? <Mark sign={IconCircleDashed} word="nothing yet" tone="quiet" /> : <Mark sign={vote.choice === "go" ? IconThumbUp : IconThumbDown} word={choiceWord(vote.choice)} tone={vote.choice === "go" ? "good" : "bad"} />}
                    <Said said={vote.said} />
                  </Table.Td>
                  <Table.Td>{mayVote(seen, vote, me.name) ? <Words version={seen.version} vote={vote} /> : <Text size="xs" c="dimmed">{vote.person === me.name ? "while there is a candidate" : "not yours"}</Text>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
    </Section>
  );
}

function Words({ version, vote: { role, name, choice } }: { version: string; vote: PlanVote }) {
  const act = useAct(version);
  const say = (word: "go" | "no-go" | "withdrawn") => (note: string) => act({ act: "vote", role, choice: word, note: note || null });
  return (
    <Group gap={4}>
      {choice !== "go" && <Confirm label="Vote go" icon={<IconThumbUp size={14} aria-hidden />} title={`Go, as ${name}`} done={`Your vote as ${name}: go.`} button={{ size: "compact-sm" }} consequences={["Your name stands beside it. It can be taken back until the call."]} reason={{ label: "Note", needed: false }} act={say("go")} />}
      {choice !== "no-go" && <Confirm label="Vote no-go" danger icon={<IconThumbDown size={14} aria-hidden />} title={`No-go, as ${name}`} done={`Your vote as ${name}: no-go.`} button={{ size: "compact-sm" }} consequences={["Whoever calls it a go against this says why."]} reason={{ label: "Why", needed: true }} act={say("no-go")} />}
      {choice != null && <Confirm label="Withdraw" title={`Withdraw the vote as ${name}`} done="Your vote is withdrawn." button={{ size: "compact-sm" }} consequences={["The role has said nothing then."]} act={say("withdrawn")} />}
    </Group>
  );
}

function Ready({ seen: { readiness, risk_score: score } }: { seen: GoNoGo }) {
  const { ready, items, cases, areas, untriaged, stopping } = readiness;
  const passed = cases.filter(({ outcome, counts }) => counts && outcome === "passed").length;
  const open = areas.flatMap((area) => area.open);
  return (
    <Section title="Readiness and risk">
      {stopping.length > 0 && <Alert color="red" title={`Stopped by ${stopping.join(", ")}`}>Triage says that it does not go out before this is done.</Alert>}
      <Group gap="lg">
        <Mark sign={ready ? IconCheck : IconCircleDashed} word={ready ? "ready" : "not ready"} tone={ready ? "good" : "warn"} />
        <Text size="sm">{items.filter(({ done }) => done).length} of {count(items.length, "check")} ticked</Text>
        <Text size="sm">{passed} of {count(cases.length, "test case")} passed on this candidate</Text>
        <Text size="sm">risk score {score} of 100</Text>
        {untriaged.length > 0 && <Text size="sm">to be triaged: {untriaged.join(", ")}</Text>}
      </Group>
      {open.length > 0 && (
        <Stack component="ul" gap={2} m={0} pl="lg" aria-label="What is not ready">
          {open.map((one) => <li key={`${one.what}/${one.id}`}><Text size="sm" className="tg-break">{one.text}: {one.why}</Text></li>)}
        </Stack>
      )}
    </Section>
  );
}
