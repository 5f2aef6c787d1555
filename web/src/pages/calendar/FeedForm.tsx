// Takes a calendar file of somebody else, such as public holidays, as freezes or windows.
import { FileInput, MultiSelect, NativeSelect, Text, TextInput } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Failure } from "@/api/failure";
import { useOld } from "@/api/keeping";
import { catalog } from "@/api/queries";
import { FormModal } from "@/parts/FormModal";
import { zone as own } from "@/parts/time";
import { ZoneSelect } from "@/parts/ZoneSelect";

export function FeedForm() {
  const [feed, setFeed] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [zone, setZone] = useState(own);
  const [kind, setKind] = useState<"freeze" | "window">("freeze");
  const [environments, setEnvironments] = useState<string[]>([]);
  const known = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const old = useOld();
  return (
    <FormModal
      label="Import a feed" title="Import a calendar file" icon={<IconFileImport size={15} aria-hidden />} send="Import it" done={`The feed ${feed} is imported.`}
      begin={() => setFile(null)}
      act={async () => {
        if (!file) throw new Failure({ code: "no-file", detail: "No file is chosen.", help: "Choose an .ics file; most calendars offer one to download.", status: 0 });
        await api.POST("/api/v1/calendar/feeds/{feed}", {
          params: { path: { feed: feed.trim() }, query: { zone, kind, environments: environments.join(",") || undefined } },
          body: await file.text(),
          headers: { "Content-Type": "text/calendar" },
          bodySerializer: (text: string) => text,
        });
        await old(["calendar"], ["why"]);
      }}
    >
      <Text size="sm" c="dimmed">
        Everything that this feed brought before and that the file no longer names goes; the rest of the calendar stays. Import it
        again whenever it changed.
      </Text>
      <TextInput label="Feed" required description="What it is called here" placeholder="holidays" value={feed} onChange={(event) => setFeed(event.currentTarget.value)} data-autofocus />
      <FileInput label="File" required description="iCalendar, at most 2 MiB" placeholder="Choose an .ics file" accept=".ics,text/calendar" value={file} onChange={setFile} clearable clearButtonProps={{ "aria-label": "No file" }} />
      <NativeSelect label="Its events become" value={kind} onChange={(event) => setKind(event.currentTarget.value === "window" ? "window" : "freeze")} data={[{ value: "freeze", label: "freezes" }, { value: "window", label: "windows" }]} />
      <ZoneSelect label="Time zone" description="For whole days, and for times that name none" value={zone} onChange={setZone} />
      <MultiSelect label="Environments" placeholder={environments.length === 0 ? "every environment" : undefined} data={known} value={environments} onChange={setEnvironments} searchable clearable clearButtonProps={{ "aria-label": "Every environment" }} />
    </FormModal>
  );
}
