// Logs and pictures of the last run of a case: offered to be saved, never shown in place, and added where a run counts.
import { FileButton, Group, Stack, Text, Button } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { placed } from "@/api/place";
import type { Plan } from "@/api/types";
import { bytes } from "@/parts/figures";
import { ProblemView } from "@/parts/ProblemView";

interface RunFilesProps {
  plan: Plan;
  test: { id: string; title: string };
  marks: boolean;
}

export function RunFiles({ plan: { version, runs }, test: { id, title }, marks }: RunFilesProps) {
  const old = useOld();
  const run = runs[id];
  const adding = useMutation({
    mutationFn: async (file: File) => {
      await api.POST("/api/v1/plans/{version}/cases/{case}/files", {
        params: { path: { version, case: id }, query: { name: file.name } },
        body: (await file.arrayBuffer()) as never,
        bodySerializer: (body: unknown) => body as ArrayBuffer,
        headers: { "content-type": "application/octet-stream" },
      });
      await old(["plan", version], ["go-no-go", version]);
    },
  });
  if (!run || (run.files.length === 0 && !(marks && run.counts))) return null;
  return (
    <Stack gap={4}>
      <Group gap={8}>
        {run.files.map(({ name, digest, bytes: size }) => (
          <Text key={`${digest}/${name}`} size="sm">
            <a className="tg-link tg-break" href={placed(`/api/v1/plans/${encodeURIComponent(version)}/files/${digest}`)} download={name}>{name}</a> ({bytes(size)})
          </Text>
        ))}
        {marks && run.counts && (
          <FileButton onChange={(file) => { if (file) adding.mutate(file); }} inputProps={{ "aria-label": `A file of the run of ${title}` }}>
            {(props) => <Button {...props} size="compact-xs" variant="default" loading={adding.isPending} leftSection={<IconPaperclip size={13} aria-hidden />} aria-label={`${title}: add a file`}>Add a file</Button>}
          </FileButton>
        )}
      </Group>
      {adding.error && <ProblemView error={adding.error} />}
    </Stack>
  );
}
