// Whether the log is as it was written, the newest signed head and where it went, and the proof of a single event.
import { Alert, Button, Card, Code, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { audit, checkpoint } from "@/api/keeping";
import type { Named } from "@/api/types";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { When } from "@/parts/When";

export function Verify({ position }: { position: string | undefined }) {
  const verified = useQuery(audit());
  return (
    <Stack gap="xl">
      <Section title="The whole log" aside={<Button size="xs" leftSection={<IconShieldCheck size={15} aria-hidden />} loading={verified.isFetching} onClick={() => void verified.refetch()}>Verify now</Button>}>
        <Text size="sm" c="dimmed">
          Every event is hashed again from the first one, and compared with each checkpoint that this server signed.
        </Text>
        <div aria-live="polite">
          {verified.error && <ProblemView error={verified.error} />}
          {verified.data && !verified.isFetching && <Result audit={verified.data} atMs={verified.dataUpdatedAt} />}
        </div>
      </Section>
      <Checkpoint />
      <ProofOf position={position} />
    </Stack>
  );
}

function Result({ audit: { chain, events, head, checkpoints, first_bad_position: bad, why, forgotten_origins: forgotten }, atMs }: { audit: Named<"Audit">; atMs: number }) {
  const ok = chain === "ok";
  return (
    <Alert color={ok ? "green" : "red"} variant="light" icon={ok ? <IconShieldCheck aria-hidden /> : <IconShieldX aria-hidden />} title={ok ? `The log is as it was written: ${count(events, "event")}` : "The log is not as it was written"}>
      <Stack gap={4}>
        {!ok && (
          <Text size="sm" fw={600}>
            {bad != null && `From event ${bad} on: `}
            {why}
          </Text>
        )}
        {checkpoints != null && <Text size="sm">{count(checkpoints, "signed checkpoint")} compared with it.</Text>}
        {(forgotten ?? 0) > 0 && <Text size="sm">Of {count(forgotten ?? 0, "event")} the origin was forgotten, as the log says.</Text>}
        <Text size="sm" className="tg-break">
          Head <code>{head}</code>. Note it elsewhere: a rewrite of the whole log shows against it.
        </Text>
        <Text size="xs" c="dimmed">
          Looked <When ms={atMs} />
        </Text>
      </Stack>
    </Alert>
  );
}

function Checkpoint() {
  const newest = useQuery(checkpoint());
  return (
    <Section title="The newest checkpoint">
      <Text size="sm" c="dimmed">
        A signed head of the log. Kept where this server&apos;s administrators cannot write, it shows a rewrite and a cut tail:{" "}
        <code>tidegate up --checkpoint-to …</code>
      </Text>
      <Read of={newest}>
        {({ note, size, sent, key }) => (
          <Card>
            <Stack gap="sm">
              {size == null ? <Text size="sm">None was signed yet.</Text> : <Text size="sm">Covers {count(size, "event")}.</Text>}
              {note && (
                <Code block tabIndex={0}>
                  {note}
                </Code>
              )}
              <Text size="sm" className="tg-break">
                Verified with the key <code>{key}</code>; keep a copy elsewhere.
              </Text>
              {sent.length === 0 ? (
                <Mark sign={IconAlertTriangle} word="kept on this machine only" tone="warn" />
              ) : (
                <Table aria-label="Where checkpoints are sent">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Sent to</Table.Th>
                      <Table.Th scope="col">Arrived up to</Table.Th>
                      <Table.Th scope="col">State</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {sent.map(({ to, size: arrived, failure }) => (
                      <Table.Tr key={to}>
                        <Table.Th scope="row" className="tg-break">
                          {to}
                        </Table.Th>
                        <Table.Td>{arrived ?? "–"}</Table.Td>
                        <Table.Td>{failure ? <Mark sign={IconAlertTriangle} word={failure} tone="bad" /> : <Mark sign={IconCheck} word="arrives" tone="good" />}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              )}
            </Stack>
          </Card>
        )}
      </Read>
    </Section>
  );
}

function ProofOf({ position }: { position: string | undefined }) {
  const go = useNavigate({ from: "/audit" });
  const [typed, setTyped] = useState(position ?? "");
  const proof = useQuery({
    queryKey: ["proof", position],
    enabled: position !== undefined,
    queryFn: () => got(api.GET("/api/v1/audit/proof", { params: { query: { position: Number(position) } } })),
  });
  return (
    <Section title="Proof of one event">
      <Text size="sm" c="dimmed">
        The hashes from an event up to the signed head (RFC 6962): whoever has the event and the head needs nothing else to see
        that it stands in the log.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void go({ search: (before) => ({ ...before, position: typed.trim() || undefined }) });
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput label="Event" inputMode="numeric" pattern="[0-9]+" title="Its number, such as 42" w={140} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
          <Button type="submit" variant="default">
            Prove it
          </Button>
        </Group>
      </form>
      {proof.error && <ProblemView error={proof.error} />}
      {proof.data && (
        <Code block tabIndex={0} style={{ maxHeight: 420, overflow: "auto" }}>
          {JSON.stringify(proof.data, null, 2)}
        </Code>
      )}
    </Section>
  );
}
