// Something said about a plan by one press, without a question before it: what can be said again can be taken back. What the
// server refuses stands below the button.
import { Button, Stack, type ButtonProps } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useAct } from "@/api/plans";
import type { PlanAct } from "@/api/types";
import { ProblemView } from "@/parts/ProblemView";

interface ActButtonProps {
  version: string;
  act: PlanAct;
  children: ReactNode;
  /** For whoever hears the page, where the words alone say too little. */
  label?: string;
  button?: ButtonProps;
}

export function ActButton({ version, act, children, label, button }: ActButtonProps) {
  const say = useAct(version);
  const saying = useMutation({ mutationFn: () => say(act) });
  return (
    <Stack gap={4} align="flex-start">
      <Button size="compact-sm" variant="default" {...button} aria-label={label} loading={saying.isPending} onClick={() => saying.mutate()}>
        {children}
      </Button>
      {saying.error && <ProblemView error={saying.error} />}
    </Stack>
  );
}
