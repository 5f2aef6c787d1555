// Lets a finding pass until an instant, for a reason.
import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { serverNow } from "@/live/clock";
import { Confirm } from "@/parts/Confirm";

const DAYS = ["1", "7", "30", "90"];
const DAY_MS = 24 * 3600 * 1000;

/** Without a finding it asks for one. */
export function Waive({ release, finding }: { release: string; finding?: string }) {
  const [days, setDays] = useState("30");
  const [name, setName] = useState("");
  const old = useOld();
  return (
    <Confirm
      label={finding === undefined ? "Let a finding pass" : "Let pass"}
      title={finding === undefined ? `Let a finding of ${release} pass` : `Let ${finding} pass`}
      consequences={["It no longer closes a gate on evidence before this release, until then.", "Your name and the reason stand in the audit trail."]}
      reason={{ label: "Why it may pass", needed: true }}
      act={async (why) => {
        await api.POST("/api/v1/releases/{version}/waivers", {
          params: { path: { version: release } },
          body: { finding: finding ?? name.trim(), why, until_ms: Math.round(serverNow() + Number(days) * DAY_MS) },
        });
        await old(["evidence", release], ["gates", release], ["why"]);
      }}
      done={`${finding ?? name} passes for ${days} days.`}
      button={{ size: finding === undefined ? "xs" : "compact-xs" }}
    >
      {finding === undefined && <TextInput label="The finding's id" description="As the report names it, or “missing suites”." placeholder="CVE-2026-1234" required value={name} onChange={(event) => setName(event.currentTarget.value)} />}
      <Select label="For" data={DAYS.map((value) => ({ value, label: value === "1" ? "1 day" : `${value} days` }))} value={days} onChange={(value) => setDays(value ?? "30")} allowDeselect={false} />
    </Confirm>
  );
}
