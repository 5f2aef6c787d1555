// Every plan, and what plans have in common: templates, whose turn it is, what is still open, where issues come from.
import { Button, Tabs } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMay } from "@/api/may";
import { OpenActions } from "@/pages/rotation/OpenActions";
import { Turns } from "@/pages/rotation/Turns";
import { SetSource, useMaySet } from "@/pages/scope/SetSource";
import { Sources } from "@/pages/scope/Sources";
import { KeepTemplate } from "@/pages/templates/KeepTemplate";
import { Templates } from "@/pages/templates/Templates";
import { useAddress } from "@/parts/address";
import { Page } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { ImportPlan } from "./ImportPlan";
import { NewPlan } from "./NewPlan";
import { PlanList } from "./PlanList";

const TABS = [
  { value: "plans", label: "All plans", Tab: PlanList },
  { value: "templates", label: "Templates", Tab: Templates },
  { value: "turns", label: "Whose turn", Tab: Turns },
  { value: "actions", label: "Open actions", Tab: OpenActions },
  { value: "sources", label: "Sources of scope", Tab: Sources },
] as const;

export function Plans() {
  const [words, put] = useAddress();
  const plans = useMay()("create-release");
  const sets = useMaySet();
  const tab = TABS.find(({ value }) => value === words["tab"])?.value ?? "plans";
  return (
    <Page
      title="Plans"
      lead="What goes out when, who does what, and what to do if it hurts: each release from its draft to its retrospective."
      actions={
        <>
          {tab === "plans" && plans && <ImportPlan />}
          {tab === "templates" && plans && <KeepTemplate />}
          {tab === "sources" && sets && <SetSource />}
          {(tab === "plans" || tab === "templates") && plans && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => put({ new: "yes" })}>
              New plan
            </Button>
          )}
        </>
      }
    >
      <Tabs value={tab} onChange={(to) => put({ tab: to === "plans" || to === null ? undefined : to, text: undefined, state: undefined, kind: undefined, before: undefined, plan: undefined })} keepMounted={false}>
        <TabHeads tabs={TABS} />
        {TABS.map(({ value, Tab }) => <Tabs.Panel key={value} value={value}><Tab /></Tabs.Panel>)}
      </Tabs>
      <NewPlan opened={words["new"] === "yes"} from={words["template"]} close={() => put({ new: undefined, template: undefined })} />
    </Page>
  );
}
