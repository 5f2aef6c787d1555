// What can be done to a rollout now, each with its consequences before the click.
import { Alert, Select, Text } from "@mantine/core";
import { IconArrowBackUp, IconHandStop, IconPlayerPlay, IconPlayerStop, IconPlayerTrackNext } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api, got } from "@/api/client";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import type { Rollout } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { offers, paceInWords, RETURN_OVER, titleOf, type Action, type Beside, type Offer } from "./consequences";

const SIGNS: Record<Action, ReactNode> = {
  hold: <IconHandStop size={16} aria-hidden />,
  resume: <IconPlayerPlay size={16} aria-hidden />,
  promote: <IconPlayerTrackNext size={16} aria-hidden />,
  abort: <IconPlayerStop size={16} aria-hidden />,
  rollback: <IconArrowBackUp size={16} aria-hidden />,
};

const DONE: Record<Action, string> = {
  hold: "It is held.", resume: "It goes on.", promote: "It is promoted.", abort: "It is aborted.", rollback: "It goes back.",
};

export function Actions({ rollout, beside }: { rollout: Rollout; beside: Beside }) {
  const may = useMay();
  const { data: house } = useQuery(catalog());
  const isProtected = house?.environments.find(({ name }) => name === rollout.environment)?.protected === true;
  const deploy = may(isProtected ? "deploy-protected" : "deploy", rollout.environment);
  const stop = may("stop", rollout.environment);
  const allowed: Record<Action, boolean> = { hold: stop, resume: deploy, promote: deploy, abort: stop, rollback: stop };
  const offered = offers(rollout, beside);
  return (Object.entries(offered) as [Action, Offer][])
    .filter(([action]) => allowed[action])
    .map(([action, offer]) =>
      action === "rollback" ? <RollBack key={action} rollout={rollout} offer={offer} /> : <Act key={action} action={action} rollout={rollout} offer={offer} />,
    );
}

interface ActProps {
  action: Exclude<Action, "rollback">;
  rollout: Rollout;
  offer: Offer;
}

function Act({ action, rollout, offer }: ActProps) {
  const path = { params: { path: { id: rollout.id } } };
  const act = (reason: string) => {
    const body = reason === "" ? {} : { reason };
    if (action === "hold") return api.POST("/api/v1/rollouts/{id}/hold", { ...path, body });
    if (action === "abort") return api.POST("/api/v1/rollouts/{id}/abort", { ...path, body });
    if (action === "promote") return api.POST("/api/v1/rollouts/{id}/promote", { ...path, body: {} });
    return api.POST("/api/v1/rollouts/{id}/resume", { ...path, body: {} });
  };
  const asks = action === "hold" || action === "abort";
  return (
    <Confirm
      label={offer.label}
      title={`${offer.label}: ${titleOf(rollout)}`}
      consequences={offer.consequences}
      act={act}
      done={DONE[action]}
      icon={SIGNS[action]}
      danger={action === "abort"}
      {...(asks ? { reason: { label: "Reason", needed: false } } : {})}
    >
      {offer.refused && <Refused why={offer.refused} />}
    </Confirm>
  );
}

function RollBack({ rollout, offer }: { rollout: Rollout; offer: Offer }) {
  const [over, setOver] = useState("0");
  const go = useNavigate();
  const canTakeTime = rollout.state === "advancing" || rollout.state === "held" || rollout.state === "succeeded";
  const act = async (reason: string) => {
    const seconds = Number(over);
    const body = { ...(reason === "" ? {} : { reason }), ...(seconds > 0 && canTakeTime ? { over_seconds: seconds } : {}) };
    const { rollouts } = await got(api.POST("/api/v1/rollouts/{id}/rollback", { params: { path: { id: rollout.id } }, body }));
    const made = rollouts.find((id) => id !== rollout.id);
    if (made) void go({ to: "/rollouts/$id", params: { id: made } });
  };
  return (
    <Confirm
      label={offer.label}
      title={`${offer.label}: ${titleOf(rollout)}`}
      consequences={canTakeTime ? [...offer.consequences, paceInWords(Number(over))] : offer.consequences}
      act={act}
      done={DONE.rollback}
      icon={SIGNS.rollback}
      danger
      reason={{ label: "Reason", needed: false }}
    >
      {canTakeTime && <Select label="How fast" data={RETURN_OVER} value={over} onChange={(value) => setOver(value ?? "0")} allowDeselect={false} comboboxProps={{ withinPortal: true }} />}
      {offer.refused && <Refused why={offer.refused} />}
    </Confirm>
  );
}

function Refused({ why }: { why: string }) {
  return (
    <Alert color="yellow" variant="light" title="It would be refused now">
      <Text size="sm">{why}</Text>
    </Alert>
  );
}
