'use client';

import { Bar, BarChart, LabelList, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatCount } from '@/components/ui/format-count';
import { barWords, type MonthBars, type PolicyBars } from './month-bars';

const LABEL = { fill: 'var(--ink)', fontSize: 12 };
const HEIGHT = 62;
const AXIS = 20;

interface Props {
  own: PolicyBars;
  chart: Pick<MonthBars, 'ticks' | 'today' | 'step'>;
  /** The lowest one carries the axis of all. */
  last: boolean;
}

/** One policy, on the months that all share and at a height of its own: the highest bar has its count written at it, so that there is no scale to read across. */
export function PolicyChart({ own, chart: { ticks, today, step }, last }: Props) {
  const peak = own.bars.reduce((best, bar, place) => (total(bar) > total(own.bars[best]!) ? place : best), 0);
  const data = own.bars.map((bar, place) => {
    const said = place === peak && total(bar) > 0 ? formatCount(total(bar)) : '';
    // At the part that is on top: a part that is not there carries no label.
    return { ...bar, saidOfHot: bar.archived === 0 ? said : '', saidOfArchived: bar.archived > 0 ? said : '' };
  });
  // Whatever there is can be seen; of stacked bars the chart's own value is that of the whole stack.
  const least = (part: 'hot' | 'archived') => (_: unknown, place: number) => (data[place]![part] > 0 ? 1.5 : 0);
  const height = HEIGHT + (last ? AXIS : 4);
  return (
    <div aria-hidden style={{ height }}>
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 720, height }}>
        <BarChart
          data={data}
          margin={{ top: 16, right: 24, bottom: 0, left: 24 }}
          barCategoryGap={data.length > 48 ? 1 : 2}
          accessibilityLayer={false}
        >
          <XAxis
            dataKey="at"
            ticks={last ? ticks : []}
            interval={0}
            tick={({ x, y, payload }: { x: number | string; y: number | string; payload: { value: string } }) => (
              <text x={x} y={Number(y) + 8} fontSize={12} fill="var(--ink-2)" textAnchor="middle">
                {tickWords(payload.value, step, ticks)}
              </text>
            )}
            axisLine={{ stroke: 'var(--rule)' }}
            tickLine={false}
            height={last ? AXIS : 4}
          />
          <YAxis hide domain={[0, 'dataMax']} />
          <ReferenceLine x={today} stroke="var(--ink-3)" strokeDasharray="2 2" />
          <Bar dataKey="hot" stackId="records" fill="var(--chart-1)" isAnimationActive={false} maxBarSize={28} minPointSize={least('hot')}>
            <LabelList dataKey="saidOfHot" position="top" style={LABEL} />
          </Bar>
          <Bar
            dataKey="archived"
            stackId="records"
            fill="var(--chart-3)"
            isAnimationActive={false}
            maxBarSize={28}
            minPointSize={least('archived')}
          >
            <LabelList dataKey="saidOfArchived" position="top" style={LABEL} />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

const total = ({ hot, archived }: { hot: number; archived: number }) => hot + archived;

function tickWords(at: string, step: number, ticks: readonly string[]): string {
  return step === 1 && ticks.every((tick) => tick.endsWith('-01')) && ticks.length > 1 ? at.slice(0, 4) : barWords(at, step);
}
