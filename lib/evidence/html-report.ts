import 'server-only';
import { oneLine } from '@/lib/schema/inert-text';
import { breathing } from './breathe';
import type { ReportRecord } from './report-record';
import { countWords, FOR_READING, type Report, scopeWords } from './report-words';
import { Room, type ShownPart, type ShownRecord } from './show-record';

/** A page to read and to print: no script, nothing from the network, hostile text inert. @returns in pieces, to be joined */
export async function* htmlReport(report: Report): AsyncGenerator<string> {
  const { ledger, scope, checkpoint, records } = report;
  const facts: [string, string][] = [
    ['Ledger', `${ledger.name} (${ledger.origin})`],
    ['Scope', scopeWords(scope)],
    ['Records', countWords(records.length)],
    [
      'Checkpoint',
      `${checkpoint.size} entries, ${checkpoint.origin} (number ${checkpoint.number} by the ledger’s own count, which is not signed)`,
    ],
    ['Root', checkpoint.root],
    ['Signed', checkpoint.signed_at],
  ];
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${asHtml(scopeWords(scope))}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${asHtml(scopeWords(scope))}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${asHtml(value)}</dd>`).join('')}</dl>
<p>${FOR_READING}</p>
</header>
<main>
`;
  const breathe = breathing();
  const room = new Room(records.length);
  for (const record of records) {
    yield article(record, room.show(record));
    await breathe();
  }
  yield `</main>
<footer>Root ${checkpoint.root} · ${asHtml(scopeWords(scope))}</footer>
</body>
</html>
`;
}

function article({ seq, receivedAt, integrityHash }: ReportRecord, { action, time, members, details, more, words }: ShownRecord): string {
  return `<article id="r${seq}">
<h2><span>#${seq}</span> ${escaped(action || 'body not kept')} <time>${escaped(time)}</time></h2>
<dl>${members.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
${details.map((lines) => `<pre>${escaped(lines.join('\n'))}</pre>\n`).join('')}${more === '' ? '' : `<p class="more">${escaped(more)}</p>\n`}${words.map(partOf).join('')}<p class="proof">received ${receivedAt} · ${integrityHash}</p>
</article>
`;
}

function partOf({ head, lines }: ShownPart): string {
  return `<h3>${escaped(head)}</h3>\n${lines.length === 0 ? '' : `<pre class="said">${escaped(lines.join('\n'))}</pre>\n`}`;
}

function asHtml(text: string): string {
  return escaped(oneLine(text));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `:root{color-scheme:light}body{margin:0 auto;padding:2rem 1.25rem;max-width:52rem;font:14px/1.5 Georgia,serif;color:#1c1a17;background:#fbf9f4}
h1{font-size:1.6rem;font-weight:500;overflow-wrap:anywhere}h2{font-size:1rem;margin:0 0 .25rem;font-weight:600}h2 span{font-variant-numeric:tabular-nums;color:#6b655b;margin-right:.5rem}
h2 time{font-weight:400;color:#6b655b;font-size:.85rem}dl{margin:0;display:grid;gap:.1rem 0;grid-template-columns:11rem minmax(0,1fr)}dt{color:#6b655b}dd{margin:0;overflow-wrap:anywhere}
article{border-top:1px solid #ddd6c8;padding:.75rem 0;break-inside:avoid}/* What is broken over lines stands further in than what begins one. */pre{white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.5 ui-monospace,monospace;margin:.2rem 0;padding-left:1.5rem;text-indent:-1.5rem}
h3{font-size:.85rem;font-weight:600;color:#6b655b;margin:.6rem 0 0}pre.said{font:14px/1.5 Georgia,serif;border-left:2px solid #ddd6c8;padding-left:1rem;text-indent:0}
.more{font-style:italic;color:#6b655b;margin:.25rem 0 0}
.proof,footer{font:12px/1.5 ui-monospace,monospace;color:#6b655b;overflow-wrap:anywhere;margin:.25rem 0 0}footer{border-top:1px solid #ddd6c8;padding-top:.75rem}
@media(max-width:480px){dl{grid-template-columns:minmax(0,1fr)}}@media print{body{font-size:10pt;max-width:none;background:none}pre,.proof,footer{font-size:9pt}pre.said{font-size:10pt}}`;
