// A text of somebody's own brought in, from a file or by pasting it; and the form that first reads it, with what would follow, and
// then writes it. Another text is read anew before it is written.
import { Button, FileInput, Group, Stack, Textarea } from "@mantine/core";
import { IconEye, IconFileImport } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ProblemView } from "./ProblemView";

interface FileOrTextProps {
  label: string;
  /** What a browser offers to choose. */
  accept: string;
  text: string;
  change: (text: string, file?: string) => void;
  rows?: number;
  focus?: boolean;
  placeholder?: string;
}

export function FileOrText({ label, accept, text, change, rows = 6, focus, placeholder }: FileOrTextProps) {
  return (
    <>
      <FileInput label="File" placeholder="Choose a file, or paste below" accept={accept} onChange={(file) => { if (file) void file.text().then((read) => change(read, file.name)); }} clearable clearButtonProps={{ "aria-label": "No file" }} />
      <Textarea label={label} required data-autofocus={focus || undefined} autosize minRows={rows} maxRows={rows + 10} spellCheck={false} placeholder={placeholder} value={text} onChange={(event) => change(event.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-xs)" } }} />
    </>
  );
}

interface ReadFirstProps<Answer> {
  /** Asks the server; a dry run writes nothing. */
  ask: (dryRun: boolean) => Promise<Answer>;
  /** Changes with everything that is sent. */
  of: string;
  empty: boolean;
  written: (answer: Answer) => Promise<void> | void;
  show: (answer: Answer) => ReactNode;
  close: () => void;
  /** `it` or `them`. */
  whom?: string;
  children: ReactNode;
}

export function ReadFirst<Answer>({ ask, of, empty, written, show, close, whom = "it", children }: ReadFirstProps<Answer>) {
  const [read, setRead] = useState<{ of: string; answer: Answer } | null>(null);
  const reading = useMutation({ mutationFn: () => ask(true), onSuccess: (answer) => setRead({ of, answer }) });
  const writing = useMutation({ mutationFn: () => ask(false), onSuccess: written });
  const [asked, setAsked] = useState(of);
  const known = read?.of === of ? read.answer : undefined;
  const error = asked === of ? (reading.error ?? writing.error) : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (empty) return;
        setAsked(of);
        reading.reset();
        writing.reset();
        if (known === undefined) reading.mutate();
        else writing.mutate();
      }}
    >
      <Stack gap="md">
        {children}
        {known !== undefined && show(known)}
        {error && <ProblemView error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          {known === undefined ? (
            <Button type="submit" loading={reading.isPending} disabled={empty} leftSection={<IconEye size={15} aria-hidden />}>Read {whom} first</Button>
          ) : (
            <Button type="submit" loading={writing.isPending} leftSection={<IconFileImport size={15} aria-hidden />}>Write {whom}</Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
