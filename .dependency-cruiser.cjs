/**
 * Who may import whom. A file imports its own room and lower floors; never upward, never sideways. Each rule has a violation in
 * lib/testing/import-rules.test.ts that it must catch.
 */
const FLOORS = [
  ['schema', 'chain'],
  ['phi', 'otel', 'policy'],
  ['env'],
  ['db', 'log', 'hold-lock', 'keep-doing'],
  ['auth', 'signer', 'vault', 'ledger', 'outbound'],
  ['alarms'],
  ['access-log', 'archive', 'jobs'],
  ['ingest', 'verification', 'retention', 'reports', 'screens', 'proofs', 'anchors', 'evidence', 'witness', 'words'],
];
const PURE = ['schema', 'chain', 'phi', 'otel', 'policy'];

/** A room is a folder of lib, or a single file of that name. */
const room = (names) => `^lib/(${names.join('|')})(/|\\.ts$)`;
const TESTS = '\\.test\\.tsx?$|^lib/testing/';

const floors = FLOORS.flatMap((rooms, i) => {
  const above = FLOORS.slice(i + 1).flat();
  const upward =
    above.length === 0
      ? []
      : [{ name: `no-upward-from-${rooms[0]}`, severity: 'error', from: { path: room(rooms), pathNot: TESTS }, to: { path: room(above) } }];
  const sideways = rooms
    .filter(() => !(rooms.includes('schema') || rooms.includes('db')))
    .flatMap((name) => {
      const others = rooms.filter((other) => other !== name);
      return others.length === 0
        ? []
        : [
            {
              name: `no-sideways-from-${name}`,
              severity: 'error',
              from: { path: room([name]), pathNot: TESTS },
              to: { path: room(others) },
            },
          ];
    });
  return [...upward, ...sideways];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floors,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(server-only|node:)' } },
    {
      name: 'lib-never-imports-pages',
      comment: 'Tests may ask a route as a client does.',
      severity: 'error',
      from: { path: '^lib/', pathNot: TESTS },
      to: { path: '^(app|components|e2e)/' },
    },
    {
      name: 'only-the-process-imports-the-process',
      comment: 'lib/server, lib/demo and lib/bench stand above all floors.',
      severity: 'error',
      from: { path: '^(lib|app|components)/', pathNot: ['^lib/(server|bench|demo|testing)/', TESTS] },
      to: { path: '^lib/(server|bench|demo|testing)/' },
    },
    {
      name: 'pure-floors-import-no-platform',
      comment: 'The browser and the SDK run them.',
      severity: 'error',
      from: { path: room(PURE), pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-floors-import-zod-and-noble-alone',
      severity: 'error',
      from: { path: room(PURE), pathNot: [TESTS, '^lib/phi/'] },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(zod|@noble)/',
      },
    },
    {
      name: 'detection-imports-telephone-numbers-alone',
      comment: 'The numbering plans of the world are nobody’s to keep by hand; the library runs in the browser too.',
      severity: 'error',
      from: { path: room(['phi']), pathNot: TESTS },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(zod|@noble|libphonenumber-js)/',
      },
    },
    {
      name: 'components-reach-no-server-floor',
      severity: 'error',
      from: { path: '^components/', pathNot: TESTS },
      to: { path: '^(lib/(?!(schema|chain|policy|phi|otel)/)|app/|prisma/)' },
    },
    {
      name: 'app-uses-doors-alone',
      comment: 'Pages and routes call use cases; they never reach the database, the ledger or the access log themselves.',
      severity: 'error',
      from: { path: '^app/', pathNot: TESTS },
      to: { path: '^(lib/(env|db|log|ledger|access-log|jobs|vault|signer|archive|server|bench|demo|testing)(/|\\.ts$)|prisma/)' },
    },
    {
      name: 'prisma-client-has-one-door',
      comment: 'lib/db makes the client; lib/ledger uses its SQL templates.',
      severity: 'error',
      from: { path: '^lib/', pathNot: ['^lib/db\\.ts$', '^lib/(ledger|bench|testing)/', TESTS] },
      to: { path: '^prisma/generated', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'reports-never-open-the-vault',
      comment: 'Words are shown to people one by one, with a purpose: what makes lists and months into files cannot open any.',
      severity: 'error',
      from: { path: '^lib/reports/', pathNot: TESTS },
      to: { path: '^lib/(vault|words)/', reachable: true },
    },
    {
      name: 'verifier-carries-nothing-along',
      comment: 'Whoever checks evidence without us runs the pure floors alone: no code of the store, the server or the append path.',
      severity: 'error',
      from: { path: '^lib/verifier/', pathNot: TESTS },
      to: { path: '^(lib/(?!(verifier|schema|chain)/)|app/|components/|prisma/)' },
    },
    {
      name: 'sdk-carries-nothing-along',
      comment: 'What an agent installs depends on the pure floors alone.',
      severity: 'error',
      from: { path: '^lib/sdk/src', pathNot: [TESTS, '^lib/sdk/src/testing/'] },
      to: { path: '^(lib/(?!(sdk|schema|chain|phi)/)|app/|components/|prisma/)' },
    },
  ],
  required: [
    {
      name: 'every-screen-is-audited',
      comment: 'What shows data imports the access log. The frame is read inside the audited read of its screen.',
      severity: 'error',
      module: { path: '^lib/screens/view-', pathNot: [TESTS, '^lib/screens/view-frame'] },
      to: { path: '^lib/access-log/', reachable: true },
    },
    {
      name: 'every-route-authenticates',
      severity: 'error',
      module: { path: '^app/api/v1/.*/route\\.ts$' },
      to: { path: '^lib/auth/', reachable: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/\\.cache|prisma/generated/internal|lib/sdk/dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.css'],
    },
  },
};
