// A button that does something at once, without a question before it: what it does can be taken back. What the server refuses
// stands below it.
import { Button, Stack, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemView } from "./ProblemView";

interface PressProps {
  act: () => Promise<unknown>;
  children: ReactNode;
  /** For whoever hears the page, where the words alone say too little. */
  label?: string;
  icon?: ReactNode;
  /** Said when it is done; nothing where absent. */
  done?: string;
  button?: ButtonProps;
}

export function Press({ act, children, label, icon, done, button }: PressProps) {
  const doing = useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done !== undefined) notifications.show({ message: done, color: "green" });
    },
  });
  return (
    <Stack gap={4} align="flex-start">
      <Button size="compact-sm" variant="default" leftSection={icon} {...button} aria-label={label} loading={doing.isPending} onClick={() => doing.mutate()}>
        {children}
      </Button>
      {doing.error && <ProblemView error={doing.error} />}
    </Stack>
  );
}
