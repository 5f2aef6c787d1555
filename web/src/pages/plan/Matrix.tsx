// The table by which triage is advised: severity against the risk of the fix, and whose it is.
import { Checkbox, NativeSelect, Table, Text } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useState } from "react";
import type { Plan, PlanDecision, PlanMatrix } from "@/api/types";
import { DECISIONS, decisionWord } from "@/pages/plans/words";
import { FormModal } from "@/parts/FormModal";
import { Section } from "@/parts/Page";
import type { PlanDocument } from "./document";
import { FIX_RISKS, SEVERITIES } from "./scope";
import { isFrozen } from "./useEdits";
import { useWriter } from "./writer";

export function Matrix({ plan, document, edits }: { plan: Plan; document: PlanDocument; edits: boolean }) {
  const { version, matrix, advice, phase } = plan;
  if (matrix == null || advice == null) return null;
  const own = document.triage !== undefined;
  return (
    <Section title="Triage matrix" aside={edits && <Change version={version} document={document} matrix={matrix} />}>
      <Text size="sm" mb="xs">{own ? "The team's own table" : "Tidegate's table"}: what is done about a bug, by how bad it is and by what its fix could break.{isFrozen(phase) && " The code is frozen, so a fix counts as one step riskier."}</Text>
      <Table.ScrollContainer minWidth={360}>
        <Table aria-label="Triage matrix" fz="sm">
          <Table.Thead><Table.Tr><Table.Th scope="col">Severity</Table.Th>{FIX_RISKS.map((risk) => <Table.Th key={risk} scope="col">{risk} risk</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {SEVERITIES.map((severity) => (
              <Table.Tr key={severity}><Table.Th scope="row">{severity}</Table.Th>{FIX_RISKS.map((risk) => <Table.Td key={risk}>{decisionWord(advice[severity][risk])}</Table.Td>)}</Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}

function Change({ version, document, matrix }: { version: string; document: PlanDocument; matrix: PlanMatrix }) {
  const { write, at } = useWriter(version);
  const [begun, setBegun] = useState(document);
  const [own, setOwn] = useState(true);
  const [table, setTable] = useState(matrix);
  return (
    <FormModal
      label="Change the matrix" title="The team's own triage matrix" send="Save" done="The matrix is saved." icon={<IconTable size={14} aria-hidden />} of={at} size="lg" button={{ size: "xs" }}
      begin={() => {
        setBegun(document);
        setOwn(true);
        setTable(matrix);
      }}
      act={async (headers) => {
        const { triage: _, ...rest } = begun;
        await write(own ? { ...rest, triage: table } : rest, headers);
      }}
    >
      <Checkbox label="A table of the team's own" description="Without it, Tidegate's is taken." checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} data-autofocus />
      <Table fz="sm">
        <Table.Thead><Table.Tr><Table.Th scope="col">Severity</Table.Th>{FIX_RISKS.map((risk) => <Table.Th key={risk} scope="col">{risk} risk</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {SEVERITIES.map((severity) => (
            <Table.Tr key={severity}>
              <Table.Th scope="row">{severity}</Table.Th>
              {FIX_RISKS.map((risk) => (
                <Table.Td key={risk}>
                  <NativeSelect aria-label={`${severity}, ${risk} risk`} disabled={!own} data={DECISIONS.map(({ value, label }) => ({ value, label }))} value={table[severity][risk]} onChange={(event) => {
                    const said = event.currentTarget.value as PlanDecision;
                    setTable((before) => ({ ...before, [severity]: { ...before[severity], [risk]: said } }));
                  }} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </FormModal>
  );
}
