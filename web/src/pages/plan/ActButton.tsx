// Something said about a plan by one press.
import type { ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { useAct } from "@/api/plans";
import type { PlanAct } from "@/api/types";
import { Press } from "@/parts/Press";

interface ActButtonProps {
  version: string;
  act: PlanAct;
  children: ReactNode;
  label?: string;
  button?: ButtonProps;
}

export function ActButton({ version, act, children, label, button }: ActButtonProps) {
  const say = useAct(version);
  return <Press act={() => say(act)} label={label} button={button}>{children}</Press>;
}
