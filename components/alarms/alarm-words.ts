import { REASONS } from '@/components/words/words-words';
import { may } from '@/lib/policy/permissions';
import type { AlarmDto, AlarmKind } from '@/lib/schema/proofs';
import type { Role } from '@/lib/schema/vocabulary';

interface KindWords {
  title: string;
  /** Somebody may have changed what stands here, or has read it in an emergency: said in red, on every screen of the ledger, until it has ended. */
  grave: boolean;
}

export const ALARM_WORDS: Record<AlarmKind, KindWords> = {
  verification_failed: { title: 'Verification failed', grave: true },
  signer_refused: { title: 'The signer refuses to sign', grave: true },
  new_incarnation: { title: 'Restored behind what was signed', grave: true },
  break_glass: { title: 'Break-glass was used', grave: true },
  archive_hold: { title: 'A legal hold is not on in the archive', grave: true },
  verification_overdue: { title: 'Verification is overdue', grave: false },
  anchor_old: { title: 'The newest anchor is old', grave: false },
};

export function isGrave(alarm: Pick<AlarmDto, 'kind'>): boolean {
  return ALARM_WORDS[alarm.kind].grave;
}

/** Those that are open: the grave ones first, the oldest of them on top. */
export function openAlarms(alarms: readonly AlarmDto[]): AlarmDto[] {
  return alarms
    .filter((alarm) => alarm.ended_at === null)
    .sort((a, b) => Number(isGrave(b)) - Number(isGrave(a)) || (a.raised_at < b.raised_at ? -1 : a.raised_at > b.raised_at ? 1 : 0));
}

/** Who looks at an alarm. */
export interface Reader {
  role: Role | null;
  email: string;
}

/** What happened, as it is to be told to whoever reads it: who has to review an emergency, who caused it, or anybody else. */
export function alarmSay(alarm: Pick<AlarmDto, 'say' | 'ended_at' | 'break_glass'>, { role, email }: Reader): string {
  const { break_glass: emergency } = alarm;
  if (emergency === null || emergency.by === '') return alarm.say;
  const what = `opened the words of one conversation in an emergency (${REASONS[emergency.reason].toLowerCase()}).`;
  const reviews = may(role, 'break_glass.review');
  // What was to be done about it has been done.
  if (alarm.ended_at !== null) return `${emergency.by === email ? 'You' : emergency.by} ${what}`;
  if (emergency.by === email) return `You ${what} ${reviews ? 'Another' : 'A'} compliance officer has to review it.`;
  return reviews ? `${emergency.by} ${what} It waits for your review.` : alarm.say;
}

export type AlarmStep = { kind: 'settle' } | { kind: 'go'; href: string; label: string } | null;

/** What this person can do about an open alarm: settle it, review what it is about, look at what they opened themselves, or nothing. */
export function alarmStep({ break_glass: emergency }: Pick<AlarmDto, 'break_glass'>, { role, email }: Reader): AlarmStep {
  if (emergency === null) return may(role, 'alarms.settle') ? { kind: 'settle' } : null;
  const mine = emergency.by === email;
  if (mine && may(role, 'break_glass.use')) return { kind: 'go', href: '/break-glass', label: 'What you opened' };
  if (!mine && may(role, 'break_glass.review')) return { kind: 'go', href: `/reviews?item=${emergency.id}`, label: 'Review' };
  return null;
}

/** Who ends these alarms, for whoever cannot; null where there is nothing to say. */
export function whoEnds(open: readonly Pick<AlarmDto, 'break_glass'>[], reader: Reader): string | null {
  const say: string[] = [];
  if (!may(reader.role, 'alarms.settle') && open.some((alarm) => alarm.break_glass === null))
    say.push('A compliance officer of this ledger settles an alarm, with a reason.');
  if (!may(reader.role, 'break_glass.review') && open.some((alarm) => alarm.break_glass !== null))
    say.push('The alarm of break-glass ends when a compliance officer has reviewed its use.');
  return say.length === 0 ? null : say.join(' ');
}
