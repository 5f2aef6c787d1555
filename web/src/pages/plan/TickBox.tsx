// A box that is ticked at once for whoever ticks it, and stands as the server says once it has answered. It keeps its focus.
import { Checkbox } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "@/api/plans";
import type { PlanAct } from "@/api/types";
import { ProblemView } from "@/parts/ProblemView";

interface TickBoxProps {
  version: string;
  label: string;
  checked: boolean;
  may: boolean;
  act: (done: boolean) => PlanAct;
}

export function TickBox({ version, label, checked, may, act }: TickBoxProps) {
  const say = useAct(version);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const ticking = useMutation({ mutationFn: (done: boolean) => say(act(done)), onSettled: () => setWanted(null) });
  return (
    <>
      <Checkbox
        label={label} checked={wanted ?? checked} disabled={!may} aria-busy={wanted !== null || undefined}
        onChange={(event) => {
          if (wanted !== null) return;
          setWanted(event.currentTarget.checked);
          ticking.mutate(event.currentTarget.checked);
        }}
      />
      {ticking.error && <ProblemView error={ticking.error} />}
    </>
  );
}
