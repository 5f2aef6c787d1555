// The command palette: every page and its parts, plan, template, source of scope, release, rollout under way, flag and environment,
// by a few letters.
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconClipboardList, IconFlag, IconKeyboard, IconPackage, IconRoute, IconSearch, IconServer2, IconTemplate, IconTicket } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { flags } from "@/api/flags";
import { useMay } from "@/api/may";
import { planTemplates } from "@/api/planBook";
import { plans } from "@/api/plans";
import { environments, releases, rollouts } from "@/api/queries";
import { scopeSources } from "@/api/scope";
import { parts, places } from "./places";

export function Palette({ showShortcuts }: { showShortcuts: () => void }) {
  const go = useNavigate();
  const may = useMay();
  const known = useQuery(releases());
  const moving = useQuery(rollouts({ limit: 100 }));
  const standing = useQuery(environments());
  // There may be thousands, so they are read when somebody looks for something.
  const [opened, setOpened] = useState(false);
  const switches = useQuery({ ...flags(), enabled: opened });
  const planned = useQuery({ ...plans(), enabled: opened });
  const kinds = useQuery({ ...planTemplates(), enabled: opened });
  const trackers = useQuery({ ...scopeSources(), enabled: opened });
  const actions = useMemo<SpotlightActionData[]>(() => {
    const pages = places
      .filter((place) => place.needs === undefined || may(place.needs))
      .map(({ to, label, icon: Sign, about }) => ({
        id: to, label, description: about, leftSection: <Sign size={18} />, onClick: () => void go({ to }),
      }));
    const inside = parts
      .filter(({ needs }) => needs === undefined || may(needs))
      .map(({ of, tab, label, about }) => {
        const Sign = places.find(({ to }) => to === of)?.icon ?? IconSearch;
        return { id: `${of}/${tab}`, label, description: about, leftSection: <Sign size={18} />, onClick: () => void go({ to: of, search: { tab } }) };
      });
    const versions = (known.data?.items ?? []).map(({ version, author }) => ({
      id: `release/${version}`, label: `Release ${version}`, description: `by ${author}`,
      leftSection: <IconPackage size={18} />, onClick: () => void go({ to: "/releases/$version", params: { version } }),
    }));
    const ways = (moving.data?.items ?? []).map(({ id, release, environment, state }) => ({
      id, label: `${release} in ${environment}`, description: `${state}, ${id}`,
      leftSection: <IconRoute size={18} />, onClick: () => void go({ to: "/rollouts/$id", params: { id } }),
    }));
    const places_ = (standing.data?.items ?? []).map(({ name }) => ({
      id: `environment/${name}`, label: name, description: "environment", leftSection: <IconServer2 size={18} />,
      onClick: () => void go({ to: "/environments/$environment", params: { environment: name } }),
    }));
    const flagged = (switches.data?.items ?? []).map(({ key, kind, owner, environments: places }) => ({
      id: `flag/${key}`, label: key, description: `flag, ${kind}${owner ? `, ${owner}` : ""}; on in ${places.filter(({ on }) => on).map(({ environment }) => environment).join(", ") || "no environment"}`,
      leftSection: <IconFlag size={18} />, onClick: () => void go({ to: "/flags/$key", params: { key } }),
    }));
    const written = (planned.data?.items ?? []).map(({ version, title, state }) => ({
      id: `plan/${version}`, label: `Plan of ${version}`, description: `${title}, ${state}`, leftSection: <IconClipboardList size={18} />,
      onClick: () => void go({ to: "/plans/$version", params: { version } }),
    }));
    const begun = (kinds.data?.templates ?? []).map(({ name, version }) => ({
      id: `template/${name}`, label: `Template ${name}`, description: `of plans, version ${version}`, leftSection: <IconTemplate size={18} />,
      onClick: () => void go({ to: "/plans/templates/$name", params: { name } }),
    }));
    const tracked = (trackers.data?.items ?? []).map(({ name, kind }) => ({
      id: `source/${name}`, label: `Scope from ${name}`, description: kind, leftSection: <IconTicket size={18} />,
      onClick: () => void go({ to: "/plans/sources/$source", params: { source: name } }),
    }));
    const keys = { id: "shortcuts", label: "Keyboard shortcuts", leftSection: <IconKeyboard size={18} />, onClick: showShortcuts };
    return [...pages, ...inside, ...ways, ...versions, ...written, ...begun, ...tracked, ...places_, ...flagged, keys];
  }, [go, may, known.data, moving.data, standing.data, switches.data, planned.data, kinds.data, trackers.data, showShortcuts]);
  return (
    <Spotlight
      actions={actions}
      onSpotlightOpen={() => setOpened(true)}
      shortcut={["mod + K", "/"]}
      limit={12}
      highlightQuery
      nothingFound="Nothing is called like that"
      searchProps={{ leftSection: <IconSearch size={18} aria-hidden />, placeholder: "Pages, plans, templates, releases, rollouts, environments, flags", "aria-label": "Search" }}
    />
  );
}
