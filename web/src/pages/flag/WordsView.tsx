// What a definition means, in sentences a person can check: off or on, who gets what, what is planned.
import "./flag.css";
import { Box, Code, Stack, Text } from "@mantine/core";
import { IconClock, IconLink } from "@tabler/icons-react";
import { isMembers, pretty, type Json } from "./json";
import { Shares } from "./Shares";
import { inWords, timeInWords } from "./words";

export function WordsView({ definition }: { definition: Json }) {
  const told = inWords(definition);
  if (!told) return <Code block>{pretty(definition)}</Code>;
  const variants = isMembers(definition) && isMembers(definition["variants"]) ? Object.keys(definition["variants"]) : [];
  return (
    <Stack gap="sm">
      {!told.on && (
        <Text size="sm">
          It is off: everybody gets <b>{told.off}</b>, and no rule is asked. Switched on, it would be:
        </Text>
      )}
      {told.needs.map((need) => (
        <Text size="sm" key={need} className="tg-break">
          <IconLink size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> {need}
        </Text>
      ))}
      <ol className="tg-rules" style={told.on ? undefined : { color: "var(--mantine-color-dimmed)" }}>
        {told.lines.map(({ who, gets, shares }, index) => (
          <li key={index}>
            <span className="tg-number" aria-hidden>{index + 1}</span>
            <div>
              <Text size="sm" className="tg-break">
                {who} <span aria-hidden>→</span> <b>{gets}</b>
              </Text>
              {shares && <Box mt={4}><Shares of={shares} variants={variants} label={who} /></Box>}
            </div>
          </li>
        ))}
      </ol>
      {told.planned.map(({ at, what }) => (
        <Text size="sm" key={`${at} ${what}`} className="tg-break">
          <IconClock size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> From {timeInWords(at)}: {what}.
        </Text>
      ))}
    </Stack>
  );
}
