// Who is told what when: announcements, what came back, the words, whom they reach and by which ways; each under a tab.
import { Group, Tabs } from "@mantine/core";
import { useMay } from "@/api/may";
import { useAddress } from "@/parts/address";
import { Page } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { AnnouncementList } from "./AnnouncementList";
import { Arrange } from "./Arrange";
import { AudienceForm, Audiences } from "./Audiences";
import { ChannelForm } from "./ChannelForm";
import { Channels } from "./Channels";
import { Feedback } from "./Feedback";
import { WordsTab } from "./WordsTab";
import { Write } from "./Write";

const LEADS = {
  told: "What people are told of releases: at a time, or when a rollout comes so far. Each is told once, whatever happens to the server.",
  feedback: "What users say by the links of announcements, and what programs bring.",
  words: "The words of each occasion. What is announced with them from now on is told in them.",
  audiences: "Whom announcements are for, and by which channels they are reached.",
  channels: "The ways out. Passwords and addresses of rooms are sealed and never shown again.",
};

type Tab = keyof typeof LEADS;

export function Announcements() {
  const [words, put] = useAddress();
  const may = useMay();
  const keeps = may("edit-webhooks");
  const tabs: { value: Tab; label: string }[] = [
    { value: "told", label: "Announcements" }, { value: "feedback", label: "Feedback" }, { value: "words", label: "Words" },
    ...(keeps ? ([{ value: "audiences", label: "Audiences" }, { value: "channels", label: "Channels" }] as const) : []),
  ];
  const tab = tabs.find(({ value }) => value === words["tab"])?.value ?? "told";
  return (
    <Page
      title="Announcements" lead={LEADS[tab]}
      actions={
        tab === "told" && may("edit-calendar") ? <Group gap="xs"><Arrange /><Write /></Group>
        : tab === "audiences" && keeps ? <AudienceForm />
        : tab === "channels" && keeps ? <ChannelForm />
        : undefined
      }
    >
      <Tabs value={tab} onChange={(to) => put({ tab: to === "told" || to === null ? undefined : to, release: undefined, rating: undefined, before: undefined, occasion: undefined })} keepMounted={false}>
        <TabHeads tabs={tabs} />
        <Tabs.Panel value="told"><AnnouncementList release={words["release"]} put={put} /></Tabs.Panel>
        <Tabs.Panel value="feedback"><Feedback words={words} put={put} /></Tabs.Panel>
        <Tabs.Panel value="words"><WordsTab chosen={words["occasion"]} choose={(occasion) => put({ occasion })} edits={may("edit-calendar")} /></Tabs.Panel>
        {keeps && <Tabs.Panel value="audiences"><Audiences /></Tabs.Panel>}
        {keeps && <Tabs.Panel value="channels"><Channels /></Tabs.Panel>}
      </Tabs>
    </Page>
  );
}
