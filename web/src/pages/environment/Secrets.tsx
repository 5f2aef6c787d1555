// The secrets of an environment: that they are set, by whom and when, never their values. A value goes in and comes out
// nowhere but in the service.
import { Group, PasswordInput, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconKey, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { secrets, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { Secret } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";

export function Secrets({ environment }: { environment: string }) {
  const all = useQuery(secrets(environment));
  const writes = useMay()("write-secrets", environment);
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          A fingerprint is equal where values are equal; nothing else can be told from it. Instances that run keep the value they
          were started with until a rollout has replaced them.
        </Text>
        {writes && <SetSecret environment={environment} />}
      </Group>
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No secret is asked for here" command={`tidegate secret set DB_PASSWORD --env ${environment}`}>
              Name one under <code>secrets:</code> of this environment in <code>tidegate.yaml</code>, then give it its value.
            </Empty>
          ) : (
            <Scroll label="Secrets, scrolls">
              <Table aria-label={`Secrets of ${environment}`} miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Name</Table.Th>
                    <Table.Th scope="col">State</Table.Th>
                    <Table.Th scope="col">Fingerprint</Table.Th>
                    <Table.Th scope="col">Revision</Table.Th>
                    <Table.Th scope="col">Set</Table.Th>
                    {writes && <Table.Th scope="col">Change</Table.Th>}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((secret) => (
                    <Row key={secret.name} secret={secret} environment={environment} writes={writes} />
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

function Row({ secret, environment, writes }: { secret: Secret; environment: string; writes: boolean }) {
  const { name, revision, fingerprint, asked_for: asked, set_by: by, set_ms: at } = secret;
  const old = useOld();
  const set = revision != null;
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <code>{name}</code>
      </Table.Th>
      <Table.Td>
        {!set ? <Mark sign={IconAlertTriangle} word="asked for, not set" tone="warn" /> : asked ? <Mark sign={IconCheck} word="set" tone="good" /> : <Mark sign={IconKey} word="set, not asked for" tone="quiet" />}
      </Table.Td>
      <Table.Td>{fingerprint ? <code>{fingerprint}</code> : "–"}</Table.Td>
      <Table.Td>{revision ?? "–"}</Table.Td>
      <Table.Td>{at != null ? <>{by} <When ms={at} /></> : "–"}</Table.Td>
      {writes && (
        <Table.Td>
          <Group gap="xs" wrap="nowrap">
            <SetSecret environment={environment} secret={secret} />
            {set && (
              <Confirm
                label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Remove ${name} from ${environment}`} done={`${name} is removed.`} button={{ size: "xs" }}
                consequences={["Its value is gone for good: nobody can bring it back.", "It is refused while tidegate.yaml asks for it, or a version that runs was deployed with it."]}
                act={async () => {
                  await api.DELETE("/api/v1/environments/{environment}/secrets/{name}", { params: { path: { environment, name } } });
                  await old(["secrets", environment], ["why"]);
                }}
              />
            )}
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function SetSecret({ environment, secret }: { environment: string; secret?: Secret }) {
  const [name, setName] = useState(secret?.name ?? "");
  const [value, setValue] = useState("");
  const old = useOld();
  const replaces = secret?.revision != null;
  const verb = replaces ? "Replace" : "Set";
  return (
    <FormModal
      label={secret ? verb : "Set a secret"} title={secret ? `${verb} ${secret.name} of ${environment}` : `Set a secret of ${environment}`} send={verb}
      icon={<IconKey size={14} aria-hidden />} button={secret ? { size: "xs" } : { variant: "filled" }} done={`${name} of ${environment} is set.`}
      begin={() => setValue("")}
      act={async () => {
        await api.PUT("/api/v1/environments/{environment}/secrets/{name}", {
          params: { path: { environment, name: name.trim() } },
          body: value,
          headers: { "Content-Type": "application/octet-stream" },
          bodySerializer: (text: string) => text,
        });
        setValue("");
        await old(["secrets", environment], ["why"], ["diff"]);
      }}
    >
      {!secret && <TextInput label="Name" required description="As the environment variable is called" placeholder="DB_PASSWORD" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />}
      <PasswordInput label="Value" required description="At least 6 characters. It is never shown again, to anybody." value={value} onChange={(event) => setValue(event.currentTarget.value)} autoComplete="off" data-autofocus={secret ? true : undefined} visibilityToggleButtonProps={{ "aria-label": "Show or hide what is typed" }} />
      <Text size="sm" c="dimmed">
        Instances that start from now on get it; those that run keep what they have.{" "}
        {replaces && "What was approved with the value before has to be approved again."}
      </Text>
    </FormModal>
  );
}
