import type { JsonValue } from './canonical-json';

/**
 * What is found by its own column although it stands inside another member: `tool` and `model` of details, where they are names of 1 to 128 printable
 * ASCII characters; `phi`, where details say that personal health information was found; `domains`, in the body's order with commas between.
 */
export interface ProjectedMembers {
  tool: string | null;
  model: string | null;
  domains: string | null;
  phi: boolean;
}

/** @param details any value that a body may have there. */
export function projectMembers(details: unknown, domains: unknown): ProjectedMembers {
  const members =
    typeof details === 'object' && details !== null && !Array.isArray(details) ? (details as { [name: string]: JsonValue }) : {};
  const listed = Array.isArray(domains) && domains.length > 0 && domains.every((one) => typeof one === 'string');
  return {
    tool: nameOf(members.tool),
    model: nameOf(members.model),
    domains: listed ? domains.join(',') : null,
    phi: members.contains_phi === true,
  };
}

const NAME = /^[\x20-\x7e]{1,128}$/;

function nameOf(value: unknown): string | null {
  return typeof value === 'string' && NAME.test(value) ? value : null;
}
