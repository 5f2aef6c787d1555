// The newest edition of a template, brought into what was made from it; where both changed the same, the team's stands and is named.
import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useOld } from "@/api/keeping";
import type { Named } from "@/api/types";
import { touched } from "@/live/touched";
import { FormModal } from "@/parts/FormModal";

type Applied = Named<"PlanTemplateApplied">;

interface BringInProps {
  /** The template, and its newest edition; null where there is none that is newer. */
  from: string;
  edition: number | null;
  /** What it is brought into. */
  into: string;
  ask: () => Promise<Applied>;
  /** The history that is written by it. */
  stream: string;
}

export function BringIn({ from, edition, into, ask, stream }: BringInProps) {
  const old = useOld();
  const [applied, setApplied] = useState<Applied | null>(null);
  // Once it is brought in there is no newer one, and yet what stood against it has to be read: the button alone goes.
  const shown = edition ?? applied?.to ?? 0;
  return (
    <FormModal
      label={`Bring in edition ${shown}`} title={`Bring edition ${shown} of ${from} into ${into}`} send="Bring it in" icon={<IconDownload size={14} aria-hidden />} button={{ size: "compact-sm", display: edition === null ? "none" : undefined }}
      begin={() => setApplied(null)} after={applied && <Brought applied={applied} />}
      act={async () => {
        setApplied(await ask());
        await old(...touched(stream));
      }}
    >
      <Text size="sm">What the team wrote, added or took out stays. Where both changed the same, the team&rsquo;s stands, and is named here.</Text>
    </FormModal>
  );
}

function Brought({ applied: { from, to, conflicts, says } }: { applied: Applied }) {
  return (
    <Alert role="status" color={conflicts.length > 0 ? "yellow" : "green"} title={`From edition ${from} to edition ${to}`}>
      {conflicts.length === 0 && says.length === 0 && <Text size="sm">Nothing stood against it.</Text>}
      <Stack component="ul" gap={2} m={0} pl="lg" aria-label="To look at">
        {conflicts.map(({ path, template }) => <li key={path}><Text size="sm" className="tg-break"><Code>{path}</Code> stays as the team has it; the template says {JSON.stringify(template)}</Text></li>)}
        {says.map((sentence) => <li key={sentence}><Text size="sm" className="tg-break">{sentence}</Text></li>)}
      </Stack>
    </Alert>
  );
}
