// A definition as its text: where it is no JSON, or the server says it cannot be served, the place is named and shown, and
// one press goes there.
import "./flag.css";
import { Anchor, Code, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useId, useRef } from "react";
import type { Place, Wrong } from "./places";

interface JsonFieldProps {
  text: string;
  wrong: Wrong | null;
  onChange: (text: string) => void;
}

export function JsonField({ text, wrong, onChange }: JsonFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const told = useId();
  const show = ({ start, end }: Place) => {
    field.current?.focus();
    field.current?.setSelectionRange(start, end);
  };
  return (
    <Stack gap="xs">
      <Textarea
        ref={field} className="tg-code" label="Definition" description="In flagd's format; Tab leaves the field" autosize minRows={14} maxRows={34} value={text} onChange={(event) => onChange(event.currentTarget.value)} spellCheck={false}
        error={wrong ? true : undefined} aria-describedby={wrong ? told : undefined} wrapperProps={{ "data-code": true }}
      />
      {wrong && (
        <Stack gap={4} id={told} role="status">
          <Group gap={6} wrap="nowrap" align="flex-start" c="var(--tg-bad)">
            <IconAlertTriangle size={16} aria-hidden style={{ flex: "none", marginTop: 2 }} />
            <Text size="sm" className="tg-break">
              {wrong.at && `Line ${wrong.at.line}, column ${wrong.at.column}: `}
              {wrong.message}
            </Text>
          </Group>
          {wrong.at && <Lines text={text} at={wrong.at} />}
          <Group gap="sm">
            {wrong.pointer && <Code>{wrong.pointer}</Code>}
            {wrong.at && <Anchor component="button" type="button" size="sm" onClick={() => wrong.at && show(wrong.at)}>Go there</Anchor>}
          </Group>
        </Stack>
      )}
    </Stack>
  );
}

const COLUMNS_MAX = 72;

function Lines({ text, at: { line, column, end, start } }: { text: string; at: Place }) {
  const whole = text.split("\n")[line - 1] ?? "";
  const cut = Math.max(0, Math.min(column - 20, whole.length - COLUMNS_MAX));
  const shown = whole.slice(cut, cut + COLUMNS_MAX);
  const length = Math.max(1, Math.min(end - start, shown.length - (column - 1 - cut)));
  return <Code block tabIndex={0}>{`${shown}\n${" ".repeat(Math.max(0, column - 1 - cut))}${"^".repeat(length)}`}</Code>;
}
