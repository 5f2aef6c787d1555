// The systems outside that may tell what happened, what they told, and which alerts fire now.
import { Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconKey, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { inbound, useOld } from "@/api/keeping";
import type { Inbound } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { SecretOnce } from "@/parts/SecretOnce";
import { When } from "@/parts/When";
import { PROVES } from "./AddInbound";

const ON_ALERT = { record: "an alert is recorded", hold: "an alert holds rollouts where it fires", abort: "an alert aborts rollouts where it fires" };

export function InboundList() {
  const all = useQuery(inbound());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No system outside tells anything" command="tidegate inbound add alertmanager --name alerts --on-alert hold">
            GitHub, GitLab, Alertmanager, anything that speaks CDEvents, or a script of yours: what it tells stands in the log, and an
            alert may hold or abort rollouts.
          </Empty>
        ) : (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
            {items.map((source) => (
              <Source key={source.name} source={source} />
            ))}
          </SimpleGrid>
        )
      }
    </Read>
  );
}

function Source({ source: { name, kind, url, received, last_ms: last, firing, on_alert: onAlert } }: { source: Inbound }) {
  const old = useOld();
  return (
    <Card component="section" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} size="h5">
              {name}
            </Title>
            <Text c="dimmed">{kind}</Text>
          </Group>
          {firing.length > 0 ? <Mark sign={IconAlertTriangle} word={`${count(firing.length, "alert")} firing`} tone="bad" /> : <Mark sign={IconCheck} word="nothing fires" tone="quiet" />}
        </Group>
        <TextInput label="Deliveries go to" readOnly size="xs" value={url} onFocus={(event) => event.currentTarget.select()} />
        <Text size="sm" c="dimmed">
          It {PROVES[kind]}. {received === 0 ? "Nothing came yet." : <>{count(received, "delivery", "deliveries")} so far{last != null && <>, the newest <When ms={last} /></>}.</>}
          {kind === "alertmanager" && ` Here ${ON_ALERT[onAlert]}.`}
        </Text>
        {firing.map((alert) => (
          <Text key={`${alert.says} ${alert.since_ms}`} size="sm" className="tg-break">
            <b>{alert.severity ?? "alert"}</b>
            {alert.environment && (
              <>
                {" "}
                in{" "}
                <Link className="tg-link" to="/environments/$environment" params={{ environment: alert.environment }}>
                  {alert.environment}
                </Link>
              </>
            )}
            {alert.component && ` (${alert.component})`}: {alert.says}, since <When ms={alert.since_ms} />
          </Text>
        ))}
        <Group gap="xs">
          <Rotate name={name} />
          <Confirm
            label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Take nothing more from ${name}`} done={`${name} is removed.`} button={{ size: "xs" }}
            consequences={["Its deliveries are answered 401 from now on.", "What it told stays in the log; alerts of it no longer count as firing."]}
            act={async () => {
              await api.DELETE("/api/v1/inbound/{name}", { params: { path: { name } } });
              await old(["inbound"]);
            }}
          />
        </Group>
      </Stack>
    </Card>
  );
}

function Rotate({ name }: { name: string }) {
  const [secret, setSecret] = useState("");
  return (
    <FormModal
      label="New secret" title={`Make a new secret for ${name}`} icon={<IconKey size={14} aria-hidden />} send="Make it" button={{ size: "xs" }}
      act={async () => setSecret((await got(api.POST("/api/v1/inbound/{name}/rotate", { params: { path: { name } }, body: {} }))).secret)}
      after={<SecretOnce label="Secret" secret={secret} />}
    >
      <Text size="sm">The secret before counts for a day; give the other system the new one within it.</Text>
    </FormModal>
  );
}
