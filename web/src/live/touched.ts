// Which remembered answers an event makes old. Too many costs a request; too few shows what is no longer so.
import type { QueryKey } from "@tanstack/react-query";

/** `stream` as the event names it: `release/1.2.0`, `rollout/rol_…`, `slot/production/api`, `catalog`. */
export function touched(stream: string): QueryKey[] {
  const cut = stream.indexOf("/");
  const [kind, id] = cut < 0 ? [stream, ""] : [stream.slice(0, cut), stream.slice(cut + 1)];
  switch (kind) {
    case "release":
      return [["release", id], ["release-notes", id], ["releases"], ["why"], ["gates", id], ["evidence", id], ["reviews"], ["outline", id], ["events", stream], ["go-no-go"], ["plan-risk"], ["plan-comparison"]];
    case "rollout":
      return [["rollout", id], ["rollouts"], ["why"], ["outcome"], ["measures"], ["measure-rows"], ["events", stream]];
    case "slot": {
      const environment = id.split("/", 1)[0] ?? "";
      return [["environments"], ["environment", environment], ["why"], ["diff"], ["outline"]];
    }
    case "catalog":
      return [["catalog"], ["configuration"], ["environments"], ["environment"], ["why"], ["gates"], ["outline"], ["diff"], ["go-no-go"], ["plan-risk"], ["measures"]];
    case "calendar":
      return [["calendar"], ["why"], ["gates"], ["outline"], ["go-no-go"], ["plan-risk"]];
    case "secrets":
      return [["secrets"], ["why"], ["diff"]];
    case "flag":
      return [["flags"], ["flag", id], ["flag-history", id], ["flag-changes"], ["events", stream]];
    case "flag-keys":
      return [["flag-keys"]];
    case "plan":
      return [["plan", id], ["plans"], ["plan-schedule", id], ["plan-readiness", id], ["plan-risk", id], ["plan-capacity", id], ["go-no-go", id], ["plan-progress", id], ["plan-history", id], ["plan-difference", id], ["retrospective", id], ["plan-actions"], ["plan-rotation"], ["plan-untriaged", id], ["plan-comparison", id], ["announcements"], ["announcement"], ["announcement-preview"], ["events", stream]];
    case "plan-book":
      return [["plan-templates"], ["plan-template"], ["plan-rotation"], ["plan-difference"]];
    case "scope-source":
      return [["scope-sources"], ["scope-source", id], ["tracked-items", id], ["plan-untriaged"], ["plan-comparison"], ["events", stream]];
    case "incident":
      return [["incident", id], ["incidents"], ["outcome"], ["measures"], ["measure-rows"], ["events", stream]];
    case "announcements":
      return [["channels"], ["audiences"], ["announcement-templates"], ["announcement-preview"], ["announcements"], ["announcement"]];
    case "announcement":
      return [["announcements"], ["announcement", id], ["channels"], ["events", stream]];
    case "inbound":
      return [["inbound"]];
    case "bundles":
      return [["bundles"], ["bundle-keys"]];
    case "webhooks":
      return [["webhooks"], ["webhook"], ["deliveries"]];
    case "person":
    case "groups":
      return [["people"], ["person"], ["groups"], ["tokens"], ["session"], ["gates"]];
    case "projects":
      return [["projects"]];
    case "retention":
      return [["retention"]];
    default:
      return [];
  }
}

/** What every event makes old: lists of the log itself. */
export const touchedByAll: QueryKey[] = [["audit-events"], ["audit"], ["checkpoint"]];
