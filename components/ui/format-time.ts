/** As reports write them too. */
export { formatAge, formatDuration, formatRelative, formatTime, timeParts } from '@/lib/schema/format-time';
