// The form that begins a plan: for which release, and what it is; everything else is written on its page.
import { Button, Group, Modal, MultiSelect, NativeSelect, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { openActions, planTemplates } from "@/api/planBook";
import { touched } from "@/live/touched";
import { ProblemView } from "@/parts/ProblemView";
import { zone as own } from "@/parts/time";
import { ZoneSelect } from "@/parts/ZoneSelect";

/** `from` is the template that it begins with. */
export function NewPlan({ opened, from, close }: { opened: boolean; from?: string | undefined; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="New plan" size="lg">
      {opened && <Form from={from ?? ""} close={close} />}
    </Modal>
  );
}

function Form({ from, close }: { from: string; close: () => void }) {
  const go = useNavigate();
  const old = useOld();
  const [version, setVersion] = useState("");
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState("planned");
  const [zone, setZone] = useState(own);
  const [ready, setReady] = useState("");
  const [template, setTemplate] = useState(from);
  const [carry, setCarry] = useState<string[]>([]);
  const open = useQuery(openActions()).data?.actions ?? [];
  const templates = useQuery(planTemplates()).data?.templates ?? [];
  const [tried, setTried] = useState(false);
  const wrong = version.trim() === "" || title.trim() === "";
  const making = useMutation({
    mutationFn: () => {
      if (template !== "") {
        const body = { template, title: title.trim(), ready_on: ready || null, carry };
        return got(api.POST("/api/v1/plans/{version}/begin", { params: { path: { version: version.trim() } }, body }));
      }
      const document = { title: title.trim(), kind, zone, ...(ready === "" ? {} : { ready_on: ready }) };
      // Only where there is none yet: a plan is not replaced by beginning another.
      return got(api.PUT("/api/v1/plans/{version}", { params: { path: { version: version.trim() } }, body: { document: document as never, note: null }, headers: { "If-Match": '"0"' } }));
    },
    onSuccess: async (made) => {
      notifications.show({ message: `The plan of ${made.version} is begun.`, color: "green" });
      await old(...touched(`plan/${made.version}`));
      void go({ to: "/plans/$version", params: { version: made.version } });
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!wrong) making.mutate();
      }}
    >
      <Stack gap="md">
        <TextInput label="Release" required data-autofocus description="The version that it is for" placeholder="2.1.0" value={version} onChange={(event) => setVersion(event.currentTarget.value)} error={tried && version.trim() === "" ? "A plan is for a release." : undefined} />
        <TextInput label="Title" required placeholder="EduLibra 2.1" maxLength={300} value={title} onChange={(event) => setTitle(event.currentTarget.value)} error={tried && title.trim() === "" ? "A plan needs a title." : undefined} />
        <NativeSelect label="Begin with" description="A template brings activities, checklists and meetings along, and its own kind and time zone" value={template} onChange={(event) => setTemplate(event.currentTarget.value)} data={[{ value: "", label: "an empty plan" }, ...templates.map(({ name, kind, version: edition }) => ({ value: name, label: `${name}, edition ${edition} (${kind})` }))]} />
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          <NativeSelect label="Kind" disabled={template !== ""} data={["planned", "hotfix", "rollback"]} value={kind} onChange={(event) => setKind(event.currentTarget.value)} />
          <TextInput type="date" label="Ready by" value={ready} onChange={(event) => setReady(event.currentTarget.value)} />
          <ZoneSelect label="Time zone" value={zone} onChange={setZone} />
        </SimpleGrid>
        {template !== "" && open.length > 0 && (
          <MultiSelect label="Carry over" description="What earlier retrospectives asked for, and nobody has done yet" data={open.map(({ from: release, id, text }) => ({ value: `${release}/${id}`, label: `${text} (${release})` }))} value={carry} onChange={setCarry} searchable clearable clearButtonProps={{ "aria-label": "Carry nothing over" }} />
        )}
        {making.error && <ProblemView error={making.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" loading={making.isPending}>Begin it</Button>
        </Group>
      </Stack>
    </form>
  );
}
