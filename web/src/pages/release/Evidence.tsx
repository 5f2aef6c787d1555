// What was added to show that a release is fit: reports with what they found, and what was let pass.
import { Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { placed } from "@/api/place";
import type { Named, Release } from "@/api/types";
import { useMay } from "@/api/may";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { AddEvidence } from "./AddEvidence";
import { Findings } from "./Findings";
import { evidence } from "./queries";
import { Waive } from "./Waive";

interface EvidenceProps {
  release: Release;
  opened: string | undefined;
  open: (report: string | undefined) => void;
}

export function Evidence({ release, opened, open }: EvidenceProps) {
  const query = useQuery(evidence(release.version));
  const may = useMay();
  return (
    <Section title="Evidence" aside={<Group gap="xs">{may("waive") && <Waive release={release.version} />}{may("add-evidence") && <AddEvidence release={release} />}</Group>}>
      <Read of={query}>
        {({ reports, waivers }) => (
          <Stack gap="sm">
            {reports.length === 0 ? (
              <Empty title="No evidence yet" command={`tidegate evidence add FILE --for ${release.version}`}>
                Reports of tests, scanners and load tests stand here, and open gates that ask for them.
              </Empty>
            ) : (
              <Reports reports={reports} release={release} opened={opened} open={open} />
            )}
            {waivers.length > 0 && <Waivers waivers={waivers} />}
          </Stack>
        )}
      </Read>
    </Section>
  );
}

function Reports({ reports, release, opened, open }: EvidenceProps & { reports: Named<"EvidenceReport">[] }) {
  const componentOf = (digest: string | null | undefined) => Object.entries(release.components).find(([, one]) => one.digest === digest)?.[0];
  return (
    <Stack gap="xs">
      <Scroll label="Reports">
        <Table aria-label="Reports">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Report</Table.Th>
              <Table.Th scope="col">About</Table.Th>
              <Table.Th scope="col">Found</Table.Th>
              <Table.Th scope="col">Added</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {[...reports].reverse().map(({ id, name, format, tool, artifact, gate, findings, at_ms, file }) => (
              <Table.Tr key={id} style={{ verticalAlign: "top" }}>
                <Table.Th scope="row" fw={500}>
                  {name}
                  <Text size="xs" c="dimmed">{format}{tool !== format && ` by ${tool}`}{gate && `, for ${gate}`}</Text>
                  {file && <Text size="xs"><a className="tg-link" href={placed(`/api/v1/releases/${encodeURIComponent(release.version)}/evidence/${id}/file`)} download={`${name}.xml`}>Save the outputs<VisuallyHidden> of {name}</VisuallyHidden></a></Text>}
                </Table.Th>
                <Table.Td>{artifact ? (componentOf(artifact) ?? <code>{artifact.slice(0, 19)}…</code>) : "nothing it can be bound to"}</Table.Td>
                <Table.Td>
                  <Button size="compact-xs" variant="default" aria-expanded={opened === id} onClick={() => open(opened === id ? undefined : id)}>
                    {findings === 0 ? "nothing" : count(findings, "finding")}
                  </Button>
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}><When ms={at_ms} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      {opened !== undefined && reports.some(({ id }) => id === opened) && <Findings key={opened} release={release.version} report={reports.find(({ id }) => id === opened) as Named<"EvidenceReport">} close={() => open(undefined)} />}
    </Stack>
  );
}

function Waivers({ waivers }: { waivers: Named<"EvidenceWaiver">[] }) {
  return (
    <Scroll label="Findings that are let pass">
      <Table aria-label="Findings that are let pass">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Let pass</Table.Th>
            <Table.Th scope="col">Why</Table.Th>
            <Table.Th scope="col">By</Table.Th>
            <Table.Th scope="col">Until</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {waivers.map(({ finding, who, why, until_ms }, index) => (
            <Table.Tr key={index}>
              <Table.Th scope="row" fw={500} className="tg-break">{finding}</Table.Th>
              <Table.Td className="tg-break">{why}</Table.Td>
              <Table.Td>{who}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}><When ms={until_ms} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
