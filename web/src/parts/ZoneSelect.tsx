// A time zone of the IANA database, as this browser knows them.
import { Select } from "@mantine/core";
import { zone as own } from "./time";

// The list leaves UTC out.
const ZONES = [...new Set(["UTC", own, ...Intl.supportedValuesOf("timeZone")])];

export function ZoneSelect({ label, value, onChange, description }: { label: string; value: string; onChange: (zone: string) => void; description?: string }) {
  const data = ZONES.includes(value) ? ZONES : [value, ...ZONES];
  return <Select label={label} description={description} searchable data={data} value={value} onChange={(zone) => zone && onChange(zone)} allowDeselect={false} limit={60} nothingFoundMessage="No zone is called like that" />;
}
