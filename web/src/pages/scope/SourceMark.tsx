// How a source stands: a word, and below it what is waited for until when, or what a person has to do.
import { Alert, Code, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconClockPause, IconProgress, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ScopeSource } from "@/api/types";
import { Mark, type Tone } from "@/parts/Mark";
import { Until, When } from "@/parts/When";
import { held, standing } from "./words";

const SIGNS: Record<Tone, Icon> = { bad: IconAlertTriangle, warn: IconClockPause, moving: IconProgress, good: IconCheck, quiet: IconCircleDashed };

export function SourceMark({ source }: { source: ScopeSource }) {
  const { word, tone } = standing(source);
  return <Mark sign={SIGNS[tone]} word={word} tone={tone} />;
}

/** `again` goes on from there, for whoever may. */
export function SourceStanding({ source, again }: { source: ScopeSource; again?: ReactNode }) {
  const { state, stop, pause_until_ms: until, pause_why: why, read_ms: read } = source;
  if (state === "stopped" && stop) {
    return (
      <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={stop.why}>
        <Text size="sm" className="tg-break">{stop.help}</Text>
        <Text size="sm" my={4}>Stopped <When ms={stop.at_ms} />, after {held(source)}; what was read stays, and it goes on from there.</Text>
        {again}
        <Text size="xs" c="dimmed" mt={6}><Code>{stop.code}</Code> · <Code>tidegate explain {stop.code}</Code></Text>
      </Alert>
    );
  }
  if (state === "waiting" && until != null) {
    return <Text size="sm" className="tg-break">{held(source)} are kept. It goes on by itself <Until ms={until} />{why ? `: ${why}` : ""}.</Text>;
  }
  if (state === "reading") return <Text size="sm">{held(source)} are kept so far; the next page is being asked for.</Text>;
  return <Text size="sm">{read == null ? "Nothing was read yet." : <>{held(source)}; something new was last read <When ms={read} />.</>}</Text>;
}
