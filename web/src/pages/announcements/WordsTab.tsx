// The words of each occasion: chosen, changed, tried on a release while they are typed, and set back to those that came.
import { Autocomplete, Badge, Button, Group, Grid, NavLink, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { announcementTemplates } from "@/api/announcements";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { releases } from "@/api/queries";
import type { AnnouncementTemplate } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { Preview } from "./Preview";
import { OCCASIONS, occasionLabel } from "./words";

interface WordsTabProps {
  chosen: string | undefined;
  choose: (occasion: string) => void;
  edits: boolean;
}

export function WordsTab({ chosen, choose, edits }: WordsTabProps) {
  const all = useQuery(announcementTemplates());
  return (
    <Read of={all}>
      {({ items }) => {
        const shown = items.find(({ occasion }) => occasion === chosen) ?? items[0];
        return (
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, sm: 4, lg: 3 }}>
              <Stack gap={2} component="nav" aria-label="Occasions">
                {OCCASIONS.map(({ value, label, about }) => (
                  <NavLink
                    key={value} component="button" label={label} description={about} active={value === shown?.occasion} aria-current={value === shown?.occasion ? "true" : undefined} onClick={() => choose(value)}
                    rightSection={items.find(({ occasion }) => occasion === value)?.own ? <Badge size="sm">own</Badge> : undefined} style={{ borderRadius: 6 }}
                  />
                ))}
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 8, lg: 9 }}>{shown && <Editor key={`${shown.occasion}\0${shown.subject}\0${shown.text}`} template={shown} edits={edits} />}</Grid.Col>
          </Grid>
        );
      }}
    </Read>
  );
}

function Editor({ template, edits }: { template: AnnouncementTemplate; edits: boolean }) {
  const { occasion, own } = template;
  const [subject, setSubject] = useState(template.subject);
  const [text, setText] = useState(template.text);
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const [release, setRelease] = useState("");
  const old = useOld();
  const setting = useMutation({
    mutationFn: async () => {
      await api.PUT("/api/v1/announcement-templates/{occasion}", { params: { path: { occasion } }, body: { subject, text } });
      await old(["announcement-templates"], ["announcements"]);
    },
    onSuccess: () => notifications.show({ message: `The words for ${occasionLabel(occasion).toLowerCase()} are kept.`, color: "green" }),
  });
  const changed = subject !== template.subject || text !== template.text;
  return (
    <Section title={occasionLabel(occasion)} aside={own && edits && <Reset template={template} />}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed) setting.mutate();
        }}
      >
        <Stack gap="sm">
          <TextInput label="Subject" required maxLength={250} readOnly={!edits} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
          <Textarea label="Text" required autosize minRows={6} maxRows={22} readOnly={!edits} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <Autocomplete label="Tried on the release" placeholder="an example" data={versions} limit={20} maw={260} value={release} onChange={setRelease} />
          <Preview occasion={occasion} release={versions.includes(release) ? release : ""} subject={subject} text={text} names />
          {setting.error && <ProblemView error={setting.error} />}
          {edits && (
            <Group gap="xs">
              <Button type="submit" disabled={!changed} loading={setting.isPending}>Keep these words</Button>
              {changed && <Button variant="default" onClick={() => { setSubject(template.subject); setText(template.text); setting.reset(); }}>As they were</Button>}
            </Group>
          )}
          {!edits && <Text size="sm" c="dimmed">Release managers change them.</Text>}
        </Stack>
      </form>
    </Section>
  );
}

function Reset({ template: { occasion } }: { template: AnnouncementTemplate }) {
  const old = useOld();
  return (
    <Confirm
      label="As they came" icon={<IconArrowBackUp size={14} aria-hidden />} title={`Set the words for ${occasionLabel(occasion).toLowerCase()} back`} done="The words that came with Tidegate stand again." button={{ size: "xs" }}
      consequences={["Your words are gone; the log keeps them.", "What is planned with them is told in the words that came with Tidegate."]}
      act={async () => {
        await api.DELETE("/api/v1/announcement-templates/{occasion}", { params: { path: { occasion } } });
        await old(["announcement-templates"], ["announcements"]);
      }}
    />
  );
}
