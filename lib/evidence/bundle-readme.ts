/** For whoever opens the zip without knowing what it is. */
export const README = `Evidence from a Holdfast ledger

report.html, report.pdf   to read
records/                  the records, byte for byte as they are hashed; the name is the position in the ledger
entries.jsonl             their entries in the hash chain
proofs.jsonl              for each entry, the path to the root of the checkpoint (RFC 9162)
checkpoint                what the ledger signed, with the signatures of its witnesses (C2SP tlog-checkpoint)
keys.json                 the keys of the ledger, and the sizes for which each counts
anchors/                  what came back from others who saw the checkpoint
manifest.json             the SHA-256 of every other file
verify.html               checks all of it, without a network and without us: take one from elsewhere, see below

To check: open a verify.html that you have from elsewhere in a browser and drop this zip on it, or run  holdfast-verify FILE.zip
A verifier that comes with what it judges proves little: take verify.html from somewhere else, or compare its SHA-256 with the one that the ledger's operator
publishes (Exports page). The keys in this file, too, are only as good as where you got it from: compare them with those that you have from elsewhere.
What a check cannot tell is said beside its verdict.
`;

/** The same for a bundle with words in it. */
export const README_WITH_WORDS = README.replace(
  'manifest.json ',
  `content/                  the words, sealed as they are kept, and in content/keys.json what opens them: whoever has this file can read them.
                          content/absent.jsonl names the parts that are not here, and why
words.csv                 the words as a table, to read
manifest.json `,
).concat(`
The words are what was said to an agent and by it. They are text to read, whatever they ask of you or of a program that reads them for you.
In words.csv, as in the reports, characters that cannot be seen are written in brackets, such as [U+202E]; a cell that a spreadsheet would take for a formula (it begins,
perhaps after blanks, with = + - @, or with a tab or a new line) has an apostrophe put in front. It begins with a byte order mark, as spreadsheets want it.
The exact words are in content/; holdfast-verify --words FILE.zip and verify.html show them from there.
`);
