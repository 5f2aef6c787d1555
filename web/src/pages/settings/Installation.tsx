// How the server itself does, the projects it holds, and where people can sign in.
import { Card, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconCheck, IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { providers, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { project as here } from "@/api/place";
import { health, projects } from "@/api/queries";
import { useNow } from "@/live/clock";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { exact, span } from "@/parts/time";

export function Installation() {
  return (
    <Stack gap="xl">
      <Server />
      <Projects />
      <Providers />
    </Stack>
  );
}

const well = (ok: boolean, detail: string | null | undefined) => (ok ? <Mark sign={IconCheck} word="well" tone="good" /> : <Mark sign={IconX} word={detail ?? "not well"} tone="bad" />);

function Server() {
  const does = useQuery(health());
  const now = useNow(10_000);
  return (
    <Section title="The server">
      <Read of={does}>
        {({ ok, version, uptime_ms: uptime, position, process_id: process, store, gateway }) => {
          const since = uptime == null ? null : does.dataUpdatedAt - uptime;
          return (
            <Card>
              <Facts
                of={[
                  ["State", well(ok, null)],
                  ["Version", version ?? "–"],
                  ["Runs for", since === null ? "–" : <span title={exact(since)}>{span(now - since)}</span>],
                  ["Process", process ?? "–"],
                  ["Newest event", position ?? "–"],
                  ["Store", well(store.ok, store.detail)],
                  ["Gateway", <Group key="gateway" gap="xs">{well(gateway.ok, gateway.detail)}{gateway.url && <code>{gateway.url}</code>}{gateway.process_id != null && <span>process {gateway.process_id}</span>}</Group>],
                ]}
              />
            </Card>
          );
        }}
      </Read>
    </Section>
  );
}

function Projects() {
  const all = useQuery(projects());
  const adds = useMay()("administer");
  return (
    <Section title="Projects" aside={adds && <AddProject />}>
      <Text size="sm" c="dimmed">
        Teams or products that share this installation and its people, and nothing else: each has its own configuration,
        releases, log and gateway.
      </Text>
      <Read of={all}>
        {({ items }) => (
          <div className="tg-scroll">
            <Table aria-label="Projects">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Project</Table.Th>
                  <Table.Th scope="col">Its API</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map(({ name, path }) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row" className="tg-lead">
                      <a className="tg-link" href={name === "default" ? "/" : `/projects/${name}`}>
                        {name}
                      </a>
                      {name === (here ?? "default") && " (this one)"}
                    </Table.Th>
                    <Table.Td>
                      <code>{path}</code>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Read>
    </Section>
  );
}

function AddProject() {
  const [name, setName] = useState("");
  const old = useOld();
  return (
    <FormModal
      label="Add a project" title="Add a project" icon={<IconPlus size={14} aria-hidden />} button={{ size: "xs" }} send="Add it" done={`The project ${name} is there.`}
      begin={() => setName("")}
      act={async () => {
        await api.POST("/api/v1/projects", { body: { name: name.trim() } });
        await old(["projects"]);
      }}
    >
      <Text size="sm">A project is begun and never taken away, since its log is part of the audit trail. It gets a gateway of its own.</Text>
      <TextInput label="Name" required description="Small letters, digits and -" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}

function Providers() {
  const all = useQuery(providers());
  return (
    <Section title="Identity providers">
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="None is configured" command="tidegate up --help">
              People sign in with passwords. With an OpenID Connect provider they sign in as they do elsewhere, and its groups may hold
              roles here.
            </Empty>
          ) : (
            <div className="tg-scroll">
              <Table aria-label="Identity providers">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Provider</Table.Th>
                    <Table.Th scope="col">Issuer</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map(({ name, display, issuer }) => (
                    <Table.Tr key={name}>
                      <Table.Th scope="row">{display}</Table.Th>
                      <Table.Td className="tg-break">{issuer}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </Read>
    </Section>
  );
}
