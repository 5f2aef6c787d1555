// Incidents: when something was wrong for users; open ones first to be seen, filters in the address, a form to open one.
import { Button, Group, Select, Table, Text } from "@mantine/core";
import { IconAlertOctagon, IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { incidents as incidentsQuery } from "@/api/measures";
import { catalog } from "@/api/queries";
import type { Incident } from "@/api/types";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Page, Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { span } from "@/parts/time";
import { When } from "@/parts/When";
import { OpenIncident } from "./OpenIncident";

export function IncidentMark({ state }: Pick<Incident, "state">) {
  return state === "open" ? <Mark sign={IconAlertOctagon} word="open" tone="bad" /> : <Mark sign={IconCheck} word="resolved" tone="good" />;
}

export function Incidents() {
  const [words, put] = useAddress();
  const may = useMay();
  const { environment = "", before } = words;
  const state = words["state"] === "open" || words["state"] === "resolved" ? words["state"] : undefined;
  const read = useQuery(incidentsQuery(state, environment || undefined, before === undefined ? undefined : Number(before)));
  const places = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  return (
    <Page title="Incidents" lead="When something was wrong for users. One that is linked to a rollout makes it count as failed in the measures." actions={may("stop") && <OpenIncident />}>
      <Group gap="sm" align="flex-end">
        <Select label="State" data={[{ value: "", label: "All" }, "open", "resolved"]} value={state ?? ""} onChange={(value) => put({ state: value || undefined, before: undefined })} allowDeselect={false} w={150} />
        <Select label="Environment" data={[{ value: "", label: "All" }, ...places]} value={environment} onChange={(value) => put({ environment: value || undefined, before: undefined })} allowDeselect={false} w={190} />
      </Group>
      <Read of={read}>
        {({ items, next }) =>
          items.length === 0 && next == null && before === undefined ? (
            <Empty title={state === undefined && environment === "" ? "No incident yet" : "No incident is like that"} command="tidegate incident open “Orders fail” --env production">
              People open them here, and alerts do where Alertmanager tells Tidegate of them.
            </Empty>
          ) : (
            <>
              <Scroll label="Incidents, as a table">
                <Table aria-label="Incidents" highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Incident</Table.Th>
                      <Table.Th scope="col">State</Table.Th>
                      <Table.Th scope="col" visibleFrom="sm">Where</Table.Th>
                      <Table.Th scope="col" visibleFrom="sm">Began</Table.Th>
                      <Table.Th scope="col" visibleFrom="md">Linked to</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>{items.map((incident) => <Row key={incident.id} incident={incident} />)}</Table.Tbody>
                </Table>
              </Scroll>
              {(before !== undefined || next != null) && (
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={before === undefined} onClick={() => put({ before: undefined })}>Newest</Button>
                  <Button size="xs" variant="default" disabled={next == null} onClick={() => put({ before: String(next) })}>Older</Button>
                </Group>
              )}
            </>
          )
        }
      </Read>
    </Page>
  );
}

function Row({ incident: { id, title, severity, environment, component, state, detected_ms: detected, resolved_ms: resolved, by, rollouts } }: { incident: Incident }) {
  const where = [environment, component].filter(Boolean).join(", ") || "not said";
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400}>
        <Link to="/incidents/$incident" params={{ incident: id }} className="tg-link tg-break" style={{ fontWeight: 600 }}>{title}</Link>
        <Text size="xs" c="dimmed" className="tg-break">{[severity, `told by ${by}`].filter(Boolean).join(", ")}<Text span inherit hiddenFrom="sm"> · {where}</Text></Text>
      </Table.Th>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <IncidentMark state={state} />
        {resolved != null && <Text size="xs" c="dimmed">after {span(resolved - detected)}</Text>}
      </Table.Td>
      <Table.Td visibleFrom="sm">{where}</Table.Td>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}><When ms={detected} every={60_000} /></Table.Td>
      <Table.Td visibleFrom="md">{rollouts.length === 0 ? "nothing" : count(rollouts.length, "rollout")}</Table.Td>
    </Table.Tr>
  );
}
