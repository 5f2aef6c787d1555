// The tokens of a person or a service account: what each is for, what it may do at most, when it was last used and ends.
import { NativeSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconBan, IconCheck, IconClock, IconKey, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { tokens, useOld } from "@/api/keeping";
import type { Grant, Token } from "@/api/types";
import { Confirm } from "./Confirm";
import { Empty } from "./Empty";
import { FormModal } from "./FormModal";
import { GrantsEditor } from "./GrantsEditor";
import { Mark } from "./Mark";
import { Read, Section } from "./Page";
import { grantsInWords } from "./roles";
import { Scroll } from "./Scroll";
import { SecretOnce } from "./SecretOnce";
import { Until, When } from "./When";

export function Tokens({ person, issue = true }: { person: string; issue?: boolean }) {
  const all = useQuery(tokens(person));
  return (
    <Section title="Tokens" aside={issue && <IssueToken person={person} />}>
      <Text size="sm" c="dimmed">
        For programs: <code>TIDEGATE_TOKEN=tdg_…</code>. A token does at most what its owner may, less where its scope says so.
      </Text>
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No token was made" command={`tidegate token create --for ${person} --label "build server"`}>
              A build server or a script needs one; a person at a keyboard does not.
            </Empty>
          ) : (
            <Scroll label="Tokens, scrolls">
              <Table aria-label={`Tokens of ${person}`} miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">For</Table.Th>
                    <Table.Th scope="col">State</Table.Th>
                    <Table.Th scope="col">At most</Table.Th>
                    <Table.Th scope="col">Last used</Table.Th>
                    <Table.Th scope="col">Made</Table.Th>
                    <Table.Th scope="col">End it</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((token) => (
                    <Row key={token.id} token={token} />
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          )
        }
      </Read>
    </Section>
  );
}

function Row({ token }: { token: Token }) {
  const { id, person, label, scope, expires_ms: expires, issued_ms: issued, last_used_ms: used, revoked, valid } = token;
  const old = useOld();
  return (
    <Table.Tr>
      <Table.Th scope="row" className="tg-break">
        {label}
        <Text size="xs" c="dimmed">
          <code>{id}</code>
        </Text>
      </Table.Th>
      <Table.Td>
        {revoked ? (
          <Mark sign={IconBan} word="revoked" tone="quiet" />
        ) : valid ? (
          <>
            <Mark sign={IconCheck} word="valid" tone="good" />
            <Text size="xs" c="dimmed">
              ends <Until ms={expires} />
            </Text>
          </>
        ) : (
          <Mark sign={IconClock} word="over" tone="quiet" />
        )}
      </Table.Td>
      <Table.Td>{scope == null ? "whatever its owner may" : grantsInWords(scope)}</Table.Td>
      <Table.Td>{used == null ? "never" : <When ms={used} />}</Table.Td>
      <Table.Td>
        <When ms={issued} />
      </Table.Td>
      <Table.Td>
        {valid && !revoked ? (
          <Confirm
            label="Revoke" danger icon={<IconTrash size={14} aria-hidden />} title={`Revoke the token for ${label}`} done={`The token for ${label} is revoked.`} button={{ size: "xs" }}
            consequences={["It ends at once and for good; whatever uses it is answered 401 from now on."]}
            act={async () => {
              await api.DELETE("/api/v1/people/{person}/tokens/{token}", { params: { path: { person, token: id } } });
              await old(["tokens", person]);
            }}
          />
        ) : (
          "–"
        )}
      </Table.Td>
    </Table.Tr>
  );
}

const DAYS = [1, 7, 30, 90, 365];
const DAY_SECONDS = 86_400;

function IssueToken({ person }: { person: string }) {
  const [label, setLabel] = useState("");
  const [days, setDays] = useState("30");
  const [scope, setScope] = useState<Grant[]>([]);
  const [secret, setSecret] = useState("");
  const old = useOld();
  return (
    <FormModal
      label="Make a token" title={`Make a token for ${person}`} icon={<IconKey size={14} aria-hidden />} send="Make it" size="lg" button={{ size: "xs" }}
      begin={() => {
        setLabel("");
        setScope([]);
      }}
      act={async () => {
        const issued = await got(
          api.POST("/api/v1/people/{person}/tokens", {
            params: { path: { person } },
            body: { label: label.trim(), expires_seconds: Number(days) * DAY_SECONDS, scope: scope.length === 0 ? null : scope },
          }),
        );
        setSecret(issued.secret);
        await old(["tokens", person]);
      }}
      after={
        <SecretOnce label="Token" secret={secret}>
          <Text size="sm">
            Use it as <code>TIDEGATE_TOKEN</code>, or as <code>Authorization: Bearer</code>.
          </Text>
        </SecretOnce>
      }
    >
      <TextInput label="Label" description="What it is for" required placeholder="build server" value={label} onChange={(event) => setLabel(event.currentTarget.value)} maxLength={100} data-autofocus />
      <NativeSelect label="Ends after" value={days} onChange={(event) => setDays(event.currentTarget.value)} data={DAYS.map((each) => ({ value: String(each), label: each === 365 ? "a year" : each === 1 ? "a day" : `${each} days` }))} />
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          At most
        </Text>
        <GrantsEditor grants={scope} onChange={setScope} none="it may do whatever its owner may" />
      </Stack>
    </FormModal>
  );
}
