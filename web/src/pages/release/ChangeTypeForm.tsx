// How much consent a release needs: a standard, a normal or an emergency change.
import { Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useMay } from "@/api/may";
import type { Named, Release } from "@/api/types";
import { Confirm } from "@/parts/Confirm";

type Change = Named<"ChangeType">;

const FOLLOWS: Record<Change, string> = {
  standard: "A standard change is agreed once for all: its gates want no approvals.",
  normal: "A normal change wants every approval that its gates ask for.",
  emergency: "An emergency wants fewer approvals now, and owes a review by somebody else afterwards; calling it a normal one later does not take the review away.",
};

export function ChangeTypeForm({ release }: { release: Release }) {
  const may = useMay();
  const now = release.change ?? "normal";
  const [change, setChange] = useState<Change>(now);
  if (!may("waive")) return null;
  return (
    <Confirm
      label="Change type"
      title={`What kind of change ${release.version} is`}
      consequences={[FOLLOWS[change], "Tests, acceptance and evidence are wanted for all of them."]}
      act={() => api.PUT("/api/v1/releases/{version}/change", { params: { path: { version: release.version } }, body: { change } })}
      done={`${release.version} is a change of type ${change}.`}
    >
      <Radio.Group label="Type of change" value={change} onChange={(value) => setChange(value as Change)}>
        <Stack gap={6} mt={4}>
          {(Object.keys(FOLLOWS) as Change[]).map((value) => (
            <Radio key={value} value={value} label={value === now ? `${value} (as it is)` : value} />
          ))}
        </Stack>
      </Radio.Group>
    </Confirm>
  );
}
