// A change of a flag's history in a few words. Pure.
import type { FlagChange } from "@/api/types";

export function changeInWords({ kind, edition, proposal, differences }: Pick<FlagChange, "kind" | "edition" | "proposal" | "differences">): string {
  const as = edition == null ? "" : `, edition ${edition}`;
  switch (kind) {
    case "flag.created":
      return "Made";
    case "flag.described":
      return "Described anew";
    case "flag.configured":
      return `${edition === 1 ? "Defined" : "Changed"}${as}`;
    case "flag.switched":
      return `Switched ${differences.some(({ path, after }) => path === "/state" && after === "ENABLED") ? "on" : "off"}${as}`;
    case "flag.reverted":
      return `Went back${as}`;
    case "flag.archived":
      return "Archived";
    case "flag.restored":
      return "Brought back";
    case "flag.change-proposed":
      return `Change ${proposal ?? ""} proposed`;
    case "flag.change-approved":
      return `Change ${proposal ?? ""} approved`;
    case "flag.change-rejected":
      return `Change ${proposal ?? ""} rejected`;
    case "flag.change-withdrawn":
      return `Change ${proposal ?? ""} withdrawn`;
    default:
      return kind.replace(/^[^.]*\./, "").replaceAll("-", " ");
  }
}
