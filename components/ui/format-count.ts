/** As reports write them too. */
export { countOf, formatCount, formatTotal } from '@/lib/schema/format-count';
