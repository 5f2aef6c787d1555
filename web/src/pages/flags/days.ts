// Days as people name them, in their own zone: a flag that is to be gone by a day has that whole day.

/** `2027-03-31` → the last millisecond of it here. */
export function dayEndMs(day: string): number {
  return new Date(`${day}T23:59:59.999`).getTime();
}

export function dayOf(ms: number): string {
  const at = new Date(ms);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** For a field of the type `datetime-local`. */
export function localTime(ms: number): string {
  const at = new Date(ms);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${dayOf(ms)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
