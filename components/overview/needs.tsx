'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { openAlarms } from '@/components/alarms/alarm-words';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { formatTotal } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { OverviewDto } from '@/lib/schema/screens';

interface Line {
  id: string;
  count: string;
  needs: boolean;
  words: ReactNode;
  href: string | null;
}

/** What may want attention, each with its number, zero too: a line that is missing could mean that nobody counted. */
export function Needs({ overview }: { overview: OverviewDto }) {
  const conversations = useMay('conversations.read');
  const records = useMay('records.read');
  const access = useMay('access_log.read');
  const settings = useMay('settings.read');
  const registry = useMay('registry.read');
  const { conversations: counts, denied, failed_sign_ins: failed, keys, unmapped_tools: unmapped } = overview;
  const alarms = openAlarms(useFrame().proof.alarms).length;
  const lines: Line[] = [
    {
      id: 'alarms',
      count: String(alarms),
      needs: alarms > 0,
      words: alarms === 1 ? 'open alarm' : 'open alarms',
      href: '/integrity#alarms',
    },
    {
      id: 'gaps',
      count: formatTotal(counts.with_gaps),
      needs: counts.with_gaps.count > 0,
      words: counts.with_gaps.count === 1 ? 'conversation where records never arrived' : 'conversations where records never arrived',
      href: conversations ? '/conversations?gaps=yes' : null,
    },
    {
      id: 'denied',
      count: formatTotal(denied),
      needs: denied.count > 0,
      words: denied.count === 1 ? 'record with the outcome denied' : 'records with the outcome denied',
      href: records ? '/records?outcome=denied' : null,
    },
    {
      id: 'unmapped',
      count: String(unmapped),
      needs: unmapped > 0,
      words: unmapped === 1 ? 'tool is not on the registry' : 'tools are not on the registry',
      href: registry ? '/registry' : null,
    },
    {
      id: 'sign-ins',
      count: formatTotal(failed),
      needs: failed.count > 0,
      words: (
        <>
          failed {failed.count === 1 ? 'sign-in' : 'sign-ins'} since <Time at={failed.since} precision="minute" />
        </>
      ),
      href: access ? '/access-log?action=sign_in_failed' : null,
    },
    {
      id: 'expiring',
      count: String(keys.expiring),
      needs: keys.expiring > 0,
      words: keys.expiring === 1 ? 'key expires within 30 days' : 'keys that expire within 30 days',
      href: settings ? '/settings/keys' : null,
    },
    {
      id: 'unused',
      count: String(keys.unused),
      needs: false,
      words: `of ${keys.active} active keys never used`,
      href: settings ? '/settings/keys' : null,
    },
  ];
  return (
    <ul className="text-sm">
      {lines.map((line) => {
        const words = (
          <>
            <span className="tnum font-medium">{line.count}</span> {line.words}
          </>
        );
        return (
          <li key={line.id} className="flex min-h-7 items-center border-b border-hairline py-0.5">
            <Status tone={line.needs ? 'attention' : 'plain'} className="flex-1">
              {line.href === null || line.count === '0' ? (
                words
              ) : (
                <Link
                  href={line.href}
                  prefetch={false}
                  className="text-current underline decoration-hairline underline-offset-3 hover:decoration-current"
                >
                  {words}
                </Link>
              )}
            </Status>
          </li>
        );
      })}
    </ul>
  );
}
