// Whom a freeze or a window reaches, chosen from what is configured; a name that nothing has would protect nothing.
import { MultiSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { catalog } from "@/api/queries";

export interface Reach {
  environments: string[];
  components: string[];
  tenants: string[];
}

export function ReachFields({ reach, onChange }: { reach: Reach; onChange: (reach: Reach) => void }) {
  const { data } = useQuery(catalog());
  const environments = data?.environments.map(({ name }) => name) ?? [];
  const components = Object.keys(data?.components ?? {});
  const tenants = [...new Set(data?.environments.flatMap((environment) => environment.tenants ?? []))];
  return (
    <>
      <MultiSelect label="Environments" placeholder={reach.environments.length === 0 ? "every environment" : undefined} data={environments} value={reach.environments} onChange={(chosen) => onChange({ ...reach, environments: chosen })} searchable clearable clearButtonProps={{ "aria-label": "Every environment" }} />
      <MultiSelect label="Components" placeholder={reach.components.length === 0 ? "every component" : undefined} data={components} value={reach.components} onChange={(chosen) => onChange({ ...reach, components: chosen })} searchable clearable clearButtonProps={{ "aria-label": "Every component" }} />
      {tenants.length > 0 && (
        <MultiSelect label="Tenants" placeholder={reach.tenants.length === 0 ? "whoever it is for" : undefined} data={tenants} value={reach.tenants} onChange={(chosen) => onChange({ ...reach, tenants: chosen })} searchable clearable clearButtonProps={{ "aria-label": "Every tenant" }} />
      )}
    </>
  );
}
