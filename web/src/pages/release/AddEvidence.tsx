// Adds a report: a file as its tool wrote it, about one artifact of the release.
import { FileInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Release } from "@/api/types";
import { FormModal } from "@/parts/FormModal";

const BYTES_MAX = 32 * 1024 * 1024;

export function AddEvidence({ release: { version, components } }: { release: Release }) {
  const names = Object.keys(components);
  const [file, setFile] = useState<File | null>(null);
  const [artifact, setArtifact] = useState<string | null>(names.length === 1 ? (names[0] ?? null) : null);
  const [name, setName] = useState("");
  const [gate, setGate] = useState("");
  const old = useOld();
  const add = async () => {
    if (!file) throw new Error("Choose a file first.");
    if (file.size > BYTES_MAX) throw new Error("A report may have 32 MiB.");
    const query = {
      file_name: file.name,
      ...(artifact ? { artifact } : {}),
      ...(name.trim() === "" ? {} : { name: name.trim() }),
      ...(gate.trim() === "" ? {} : { gate: gate.trim() }),
    };
    const bytes = await file.arrayBuffer();
    await got(
      api.POST("/api/v1/releases/{version}/evidence", {
        params: { path: { version }, query },
        body: bytes as never,
        bodySerializer: (body: unknown) => body as ArrayBuffer,
        headers: { "content-type": "application/octet-stream" },
      }),
    );
    setFile(null);
    await old(["evidence", version], ["gates", version], ["why"]);
  };
  return (
    <FormModal label="Add a report" title={`Add a report to ${version}`} send="Add it" done="The report is added." act={add} icon={<IconUpload size={14} aria-hidden />} button={{ size: "xs" }}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          JUnit, SARIF, Trivy, Grype, CycloneDX, SPDX, k6 and others are known by their content. A gate that asks for it is asked anew at once.
        </Text>
        <FileInput label="Report" placeholder="Choose a file" required value={file} onChange={setFile} clearable />
        {names.length > 1 && <Select label="About" description="The artifact that was looked at." data={names} value={artifact} onChange={setArtifact} clearable />}
        <TextInput label="Name" description="A later one of the same name takes its place. The format's where empty." value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label="For gates of the kind" description="Such as end_to_end_tests, where the format says too little." value={gate} onChange={(event) => setGate(event.currentTarget.value)} />
      </Stack>
    </FormModal>
  );
}
