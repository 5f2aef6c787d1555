// One report opened: how much was looked at, what was found, the worst first, and letting one of them pass.
import { Button, Card, Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/api/may";
import type { Named } from "@/api/types";
import { count } from "@/parts/figures";
import { Mark, type Tone } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { report as reportQuery, type Finding, type Shown } from "./queries";
import { Waive } from "./Waive";

interface FindingsProps {
  release: string;
  report: Named<"EvidenceReport">;
  close: () => void;
}

export function Findings({ release, report, close }: FindingsProps) {
  const query = useQuery(reportQuery(release, report.id));
  return (
    <Card padding="sm">
      <Group justify="space-between" mb="xs">
        <Text fw={600} size="sm">{report.name}</Text>
        <Button size="compact-xs" variant="default" onClick={close}>Close</Button>
      </Group>
      <Read of={query}>{(shown) => <Body shown={shown} release={release} />}</Read>
    </Card>
  );
}

function Body({ shown, release }: { shown: Shown; release: string }) {
  const may = useMay();
  const { tests, severities, scanned, worst, omitted } = shown;
  const found = Object.entries(severities).map(([severity, number]) => `${number} ${severity}`);
  return (
    <Stack gap="xs">
      {!shown.intact && <Mark sign={IconAlertTriangle} tone="bad" word="What is kept of it is not what was added: nothing of it counts." />}
      {tests && <Mark sign={tests.failed > 0 ? IconX : IconCheck} tone={tests.failed > 0 ? "bad" : "good"} word={`${tests.passed} of ${tests.total} tests passed, ${tests.failed} failed, ${tests.skipped} skipped`} />}
      <Text size="sm">{count(scanned, "thing")} looked at; {found.length > 0 ? found.join(", ") : "nothing found"}.</Text>
      {worst.length > 0 && (
        <Scroll label="Findings">
          <Table aria-label="Findings, the worst first" verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Severity</Table.Th>
                <Table.Th scope="col">Finding</Table.Th>
                <Table.Th scope="col" visibleFrom="sm">Where</Table.Th>
                {may("waive") && <Table.Th scope="col">Let pass</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {worst.map((finding, index) => <Row key={`${finding.id} ${index}`} finding={finding} release={release} mayWaive={may("waive")} />)}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
      {omitted > 0 && <Text size="xs" c="dimmed">and {omitted.toLocaleString()} more.</Text>}
    </Stack>
  );
}

const TONES: Record<string, Tone> = { critical: "bad", high: "bad", medium: "warn" };

function Row({ finding, release, mayWaive }: { finding: Finding; release: string; mayWaive: boolean }) {
  const { id, severity, title, location, fix, suppressed, waived } = finding;
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Td><Mark word={severity} tone={waived || suppressed ? "quiet" : (TONES[severity] ?? "quiet")} /></Table.Td>
      <Table.Th scope="row" fw={400} className="tg-break">
        <b>{id}</b>: {title}
        {location && <Text size="xs" c="dimmed" hiddenFrom="sm">{location}</Text>}
        {fix && <Text size="xs" c="dimmed">mended by {fix}</Text>}
        {suppressed && <Text size="xs" c="dimmed">its tool was told to look past it</Text>}
      </Table.Th>
      <Table.Td visibleFrom="sm">{location || "–"}</Table.Td>
      {mayWaive && <Table.Td>{waived ? "it does" : <Waive release={release} finding={id} />}</Table.Td>}
    </Table.Tr>
  );
}
