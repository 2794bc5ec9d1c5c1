'use client';

import { Bar, BarChart, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatCount } from '@/components/ui/format-count';
import { actionWords } from '@/components/ui/vocabulary-words';

const TICK = { fill: 'var(--ink-2)', fontSize: 12 };
const LABEL = { fill: 'var(--ink)', fontSize: 12 };

/** Bars with their counts written at their ends: no axis of numbers to read across, no legend. */
export function ActionChart({ totals }: { totals: { action: string; count: number }[] }) {
  const data = totals.map((total) => ({ ...total, label: actionWords(total.action), said: formatCount(total.count) }));
  return (
    <div aria-hidden style={{ height: data.length * 24 + 4 }}>
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 520, height: data.length * 24 + 4 }}>
        <BarChart
          data={data}
          layout="vertical"
          margin={{ top: 0, right: 56, bottom: 0, left: 0 }}
          barCategoryGap={7}
          accessibilityLayer={false}
        >
          <XAxis type="number" hide domain={[0, 'dataMax']} />
          <YAxis
            type="category"
            dataKey="label"
            width={142}
            tick={{ ...TICK, textAnchor: 'start', dx: -134 }}
            axisLine={{ stroke: 'var(--rule)' }}
            tickLine={false}
            interval={0}
          />
          <Bar dataKey="count" fill="var(--chart-1)" isAnimationActive={false} minPointSize={1}>
            <LabelList dataKey="said" position="right" style={LABEL} />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Records a day, with the busiest day's count written at it. */
export function DayChart({ days, height }: { days: { day: string; count: number }[]; height: number }) {
  const most = Math.max(...days.map((day) => day.count));
  const peak = days.findIndex((day) => day.count === most);
  const data = days.map((day, index) => ({ ...day, said: index === peak ? formatCount(day.count) : '' }));
  const first = days[0]?.day ?? '';
  const last = days.at(-1)?.day ?? '';
  return (
    <div aria-hidden style={{ height }}>
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 520, height }}>
        <BarChart data={data} margin={{ top: 18, right: 16, bottom: 0, left: 16 }} barCategoryGap={1} accessibilityLayer={false}>
          <XAxis
            dataKey="day"
            ticks={[first, last]}
            interval={0}
            tick={({ x, y, payload }: { x: number | string; y: number | string; payload: { value: string } }) => (
              <text x={x} y={Number(y) + 10} fontSize={12} fill="var(--ink-2)" textAnchor={payload.value === first ? 'start' : 'end'}>
                {payload.value}
              </text>
            )}
            axisLine={{ stroke: 'var(--rule)' }}
            tickLine={false}
            height={22}
          />
          <YAxis hide domain={[0, 'dataMax']} />
          <Bar dataKey="count" fill="var(--chart-2)" isAnimationActive={false} minPointSize={0}>
            <LabelList dataKey="said" position="top" style={LABEL} />
          </Bar>
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
