/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // Pages get their headers from proxy.ts, which does not see static files.
  headers: async () => [{ source: '/_next/static/:path*', headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }] }],
  // `npm run types` checks them; once is enough, and a start should not wait for it.
  typescript: { ignoreBuildErrors: true },
  // The database driver, the password hasher and the generated client stay outside the bundle: they are native or load files beside them.
  serverExternalPackages: ['pg', 'pg-copy-streams', '@node-rs/argon2', '@prisma/client', '@prisma/adapter-pg', 'graphile-worker', 'pino'],
};
