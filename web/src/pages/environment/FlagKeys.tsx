// The keys by which programs ask for the flags of an environment: made, shown once, listed and revoked.
import { Group, NativeSelect, Radio, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconBan, IconCheck, IconClock, IconKey, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { flagKeys } from "@/api/flags";
import { useOld } from "@/api/keeping";
import type { FlagKey } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { SecretOnce } from "@/parts/SecretOnce";
import { Until, When } from "@/parts/When";

export function FlagKeys({ environment }: { environment: string }) {
  const all = useQuery(flagKeys(environment));
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          Programs ask for flags over OFREP with a key of their environment: <code>Authorization: Bearer tdk_…</code>. A client key may stand in
          pages and apps, and is answered values only; a server key may also read definitions.
        </Text>
        <IssueKey environment={environment} />
      </Group>
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No program may ask for flags here yet" command={`tidegate flag keys create --env ${environment} --kind server`}>
              Make a key for each program that asks, so that each can be revoked by itself.
            </Empty>
          ) : (
            <Scroll label="Flag keys, scrolls">
              <Table aria-label={`Flag keys of ${environment}`} miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">For</Table.Th>
                    <Table.Th scope="col">Kind</Table.Th>
                    <Table.Th scope="col">State</Table.Th>
                    <Table.Th scope="col">Last used</Table.Th>
                    <Table.Th scope="col">Made</Table.Th>
                    <Table.Th scope="col">End it</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((key) => (
                    <Row key={key.id} of={key} />
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          )
        }
      </Read>
    </Stack>
  );
}

function Row({ of: { id, environment, kind, label, issued_by: by, issued_ms: at, expires_ms: ends, revoked, valid, last_used_ms: used } }: { of: FlagKey }) {
  const old = useOld();
  return (
    <Table.Tr>
      <Table.Th scope="row" className="tg-break">
        {label}
        <Text size="xs" c="dimmed">
          <code style={{ whiteSpace: "nowrap" }}>tdk_{id}_…</code>
        </Text>
      </Table.Th>
      <Table.Td>{kind}</Table.Td>
      <Table.Td>
        {revoked ? (
          <Mark sign={IconBan} word="revoked" tone="quiet" />
        ) : valid ? (
          <>
            <Mark sign={IconCheck} word="valid" tone="good" />
            {ends != null && <Text size="xs" c="dimmed">ends <Until ms={ends} /></Text>}
          </>
        ) : (
          <Mark sign={IconClock} word="over" tone="quiet" />
        )}
      </Table.Td>
      <Table.Td>{used == null ? <Text size="sm" c="dimmed">not since the server began</Text> : <When ms={used} />}</Table.Td>
      <Table.Td>
        {by} <When ms={at} />
      </Table.Td>
      <Table.Td>
        {valid && !revoked ? (
          <Confirm
            label="Revoke" danger icon={<IconTrash size={14} aria-hidden />} title={`Revoke the flag key for ${label}`} done={`The flag key for ${label} is revoked.`} button={{ size: "xs" }}
            consequences={["It ends at once and for good. Programs with it are answered 401 and go on with what they know, or with their own defaults.", "An edge that follows with it serves what it has, marked as stale."]}
            act={async () => {
              await api.DELETE("/api/v1/environments/{environment}/flag-keys/{token}", { params: { path: { environment, token: id } } });
              await old(["flag-keys", environment]);
            }}
          />
        ) : (
          "–"
        )}
      </Table.Td>
    </Table.Tr>
  );
}

const DAY_SECONDS = 86_400;
const LASTS = [
  { value: "", label: "it does not end by itself" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
];

function IssueKey({ environment }: { environment: string }) {
  const [label, setLabel] = useState("");
  const [kind, setKind] = useState<FlagKey["kind"]>("server");
  const [days, setDays] = useState("");
  const [secret, setSecret] = useState("");
  const old = useOld();
  return (
    <FormModal
      label="Make a flag key" title={`Make a flag key of ${environment}`} icon={<IconKey size={14} aria-hidden />} send="Make it" button={{ variant: "filled" }}
      begin={() => setLabel("")}
      act={async () => {
        const issued = await got(
          api.POST("/api/v1/environments/{environment}/flag-keys", { params: { path: { environment } }, body: { kind, label: label.trim(), expires_seconds: days === "" ? null : Number(days) * DAY_SECONDS } }),
        );
        setSecret(issued.secret);
        await old(["flag-keys", environment]);
      }}
      after={
        <SecretOnce label="Flag key" secret={secret}>
          <Text size="sm">
            The base URL of an OpenFeature client's OFREP provider is this server's, or an edge's; the key goes into <code>Authorization: Bearer</code>.
          </Text>
        </SecretOnce>
      }
    >
      <TextInput label="Label" description="Which program it is for" required placeholder="shop" value={label} onChange={(event) => setLabel(event.currentTarget.value)} maxLength={100} data-autofocus />
      <Radio.Group label="Kind" value={kind} onChange={(value) => setKind(value === "client" ? "client" : "server")}>
        <Stack gap={6} mt={4}>
          <Radio value="server" label="Server" description="For programs of ours; may read definitions too, for evaluating in process and for edges" />
          <Radio value="client" label="Client" description="For pages and apps that anybody can read; is answered values, never rules" />
        </Stack>
      </Radio.Group>
      <NativeSelect label="Ends after" value={days} onChange={(event) => setDays(event.currentTarget.value)} data={LASTS} />
    </FormModal>
  );
}
