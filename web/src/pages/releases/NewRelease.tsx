// The form that makes a release: a version, and what each of its components runs from.
import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import type { Catalog } from "@/api/types";
import { ProblemView } from "@/parts/ProblemView";
import { emptyForm, requestOf, wrongWith, type ComponentForm, type ReleaseForm } from "./form";

export function NewRelease({ opened, close, catalog }: { opened: boolean; close: () => void; catalog: Catalog }) {
  return (
    <Modal opened={opened} onClose={close} title="New release" size="lg">
      {opened && <Form close={close} catalog={catalog} />}
    </Modal>
  );
}

function Form({ close, catalog }: { close: () => void; catalog: Catalog }) {
  const go = useNavigate();
  const [form, setForm] = useState<ReleaseForm>(() => emptyForm(catalog));
  const [tried, setTried] = useState(false);
  const making = useMutation({
    mutationFn: () => got(api.POST("/api/v1/releases", { body: requestOf(form) })),
    onSuccess: ({ version }) => {
      notifications.show({ message: `Release ${version} is created.`, color: "green" });
      void go({ to: "/releases/$version", params: { version } });
    },
  });
  const wrong = wrongWith(form);
  const put = (change: Partial<ReleaseForm>) => setForm((before) => ({ ...before, ...change }));
  const putComponent = (name: string, change: Partial<ComponentForm>) =>
    setForm((before) => ({ ...before, components: before.components.map((one) => (one.name === name ? { ...one, ...change } : one)) }));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (Object.keys(wrong).length === 0) making.mutate();
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Artifacts are read and copied now, by their digest: what is released is what is there at this moment, and it never changes afterwards. Nothing is deployed by this.
        </Text>
        <TextInput label="Version" required data-autofocus placeholder="2.1.0" value={form.version} error={tried && wrong["version"]} onChange={(event) => put({ version: event.currentTarget.value })} />
        <Switch label="Hotfix" description={(catalog.hotfix_stages ?? []).length > 0 ? "It takes the pipeline for hotfixes, and may take over from a rollout that waits for a person." : "It may take over from a rollout that waits for a person."} checked={form.hotfix} onChange={(event) => put({ hotfix: event.currentTarget.checked })} />
        <Textarea label="Notes" description="A line each; shown with the release." autosize minRows={2} maxRows={8} value={form.notes} onChange={(event) => put({ notes: event.currentTarget.value })} />
        <Textarea label="Commits" description={<>What is new in it: paste what <code>git log --format=&apos;%H %aI%x09%s&apos; v2.0.0..v2.1.0</code> writes. Lead times are measured from them, and a plan is compared with them.</>} autosize minRows={2} maxRows={8} value={form.commits} error={tried && wrong["commits"]} onChange={(event) => put({ commits: event.currentTarget.value })} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }} />
        {form.components.map((one) => (
          <Component key={one.name} form={one} error={tried ? wrong[one.name] : undefined} put={(change) => putComponent(one.name, change)} release={form.version} />
        ))}
        {tried && wrong["components"] && <Text size="sm" c="var(--mantine-color-error)" role="alert">{wrong["components"]}</Text>}
        {making.error && <ProblemView error={making.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" loading={making.isPending}>Create the release</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ComponentProps {
  form: ComponentForm;
  error: string | undefined;
  put: (change: Partial<ComponentForm>) => void;
  release: string;
}

function Component({ form, error, put, release }: ComponentProps) {
  return (
    <Stack gap={6} component="fieldset" p="sm" m={0} style={{ border: "1px solid var(--tg-line)", borderRadius: 8 }}>
      <Checkbox label={<Text span fw={600}>{form.name}</Text>} checked={form.included} onChange={(event) => put({ included: event.currentTarget.checked })} description={form.included ? undefined : "Not in this release: what serves stays as it is."} />
      {form.included && (
        <>
          <SegmentedControl size="xs" aria-label={`What ${form.name} runs from`} value={form.from} onChange={(from) => put({ from: from as ComponentForm["from"] })} data={[{ value: "path", label: "An artifact" }, { value: "command", label: "A program that is there already" }]} />
          {form.from === "path" && (
            <TextInput label={`Artifact of ${form.name}`} description="A directory, .tar.gz or .tar.zst on the server's machine; an absolute path." placeholder={`/srv/builds/${form.name}/${release || "2.1.0"}`} required value={form.path} error={error} onChange={(event) => put({ path: event.currentTarget.value })} />
          )}
          {form.from === "command" && <Text size="xs" c="dimmed">It runs <code>{form.run}</code> as it stands in tidegate.yaml; there is no content to keep.</Text>}
          <TextInput label={`Version of ${form.name}`} description="Where it differs from the release's." placeholder={release || "as the release"} value={form.version} onChange={(event) => put({ version: event.currentTarget.value })} />
        </>
      )}
    </Stack>
  );
}
