import 'server-only';
import { detailLines, memberText, type ReportRecord } from './report-record';
import { countWords, inertText, type Report, scopeWords, shownMembers } from './report-words';

/** A page to read and to print: no script, nothing from the network, hostile text inert. */
export function htmlReport(report: Report): string {
  const { ledger, scope, checkpoint, records } = report;
  const facts: [string, string][] = [
    ['Ledger', `${ledger.name} (${ledger.origin})`],
    ['Scope', scopeWords(scope)],
    ['Records', countWords(records.length)],
    ['Checkpoint', `number ${checkpoint.number}, ${checkpoint.size} entries, ${checkpoint.origin}`],
    ['Root', checkpoint.root],
    ['Signed', checkpoint.signed_at],
  ];
  return `<!doctype html>
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
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${asHtml(value)}</dd></div>`).join('')}</dl>
<p>This page is for reading. What proves it lies beside it: open verify.html and drop the zip on it.</p>
</header>
<main>
${records.map(article).join('\n')}
</main>
<footer>Root ${checkpoint.root} · ${asHtml(scopeWords(scope))}</footer>
</body>
</html>
`;
}

function article(record: ReportRecord): string {
  const members = shownMembers(record);
  const details = detailLines(record);
  return `<article id="r${record.seq}">
<h2><span>#${record.seq}</span> ${asHtml(memberText(record, 'action') || 'body not kept')} <time>${asHtml(memberText(record, 'timestamp'))}</time></h2>
<dl>${members.map(([name, value]) => `<div><dt>${asHtml(name)}</dt><dd>${asHtml(value)}</dd></div>`).join('')}</dl>
${details.length === 0 ? '' : `<pre>${asHtml(details.join('\n'))}</pre>`}
<p class="proof">received ${record.receivedAt} · ${record.integrityHash}</p>
</article>`;
}

function asHtml(text: string): string {
  return inertText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `:root{color-scheme:light}body{margin:0 auto;padding:2rem 1.25rem;max-width:52rem;font:14px/1.5 Georgia,serif;color:#1c1a17;background:#fbf9f4}
h1{font-size:1.6rem;font-weight:500;overflow-wrap:anywhere}h2{font-size:1rem;margin:0 0 .25rem;font-weight:600}h2 span{font-variant-numeric:tabular-nums;color:#6b655b;margin-right:.5rem}
h2 time{font-weight:400;color:#6b655b;font-size:.85rem}dl{margin:0;display:grid;gap:.1rem}dl div{display:grid;grid-template-columns:11rem 1fr}dt{color:#6b655b}dd{margin:0;overflow-wrap:anywhere}
article{border-top:1px solid #ddd6c8;padding:.75rem 0;break-inside:avoid}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.5 ui-monospace,monospace;margin:.4rem 0}
.proof,footer{font:12px/1.5 ui-monospace,monospace;color:#6b655b;overflow-wrap:anywhere;margin:.25rem 0 0}footer{border-top:1px solid #ddd6c8;padding-top:.75rem}
@media(max-width:480px){dl div{grid-template-columns:1fr}}@media print{body{font-size:10pt;max-width:none;background:none}pre,.proof,footer{font-size:9pt}}`;
