/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // Pages get their headers from proxy.ts, which sees neither static files nor what is large on its way in.
  headers: async () =>
    ['/_next/static/:path*', '/api/v1/records', '/api/v1/comparisons'].map((source) => ({
      source,
      headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }],
    })),
  // Held in memory for each request before anyone is asked who they are: a form or a scope, never a batch.
  experimental: { proxyClientMaxBodySize: '256kb' },
  // `npm run types` checks them; once is enough, and a start should not wait for it.
  typescript: { ignoreBuildErrors: true },
  // The database driver, the password hasher and the generated client stay outside the bundle: they are native or load files beside them. The last five are
  // large, and loaded where a checkpoint is brought to a place outside, or an archive is searched.
  serverExternalPackages: [
    ...['pg', 'pg-copy-streams', '@node-rs/argon2', '@prisma/client', '@prisma/adapter-pg', 'graphile-worker', 'pino'],
    ...['@aws-sdk/client-s3', 'pkijs', 'asn1js', 'nodemailer', '@duckdb/node-api'],
  ],
};
