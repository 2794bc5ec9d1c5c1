import type { AlarmDto, AlarmKind } from '@/lib/schema/proofs';

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
