const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be asked for in a column of UUIDs, of whatever version and case; what a sender may choose as an id is narrower (lib/schema/record). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
