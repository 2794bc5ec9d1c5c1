/** Thousands apart with commas, whatever the size: sequence numbers are decimal strings and pass 2^53. */
export function formatCount(value: number | string | bigint): string {
  const digits = String(value);
  const [whole = '0', fraction] = digits.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** "1 record", "2 records". */
export function countOf(value: number | string, one: string, many: string): string {
  return `${formatCount(value)} ${String(value) === '1' ? one : many}`;
}

/** "48,210" when it was counted to the end, "10,000+" when counting stopped there. */
export function formatTotal(total: { count: number; exact: boolean }): string {
  return `${formatCount(total.count)}${total.exact ? '' : '+'}`;
}
