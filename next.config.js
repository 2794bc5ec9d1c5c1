/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // The database driver, the password hasher and the generated client stay outside the bundle: they are native or load files beside them.
  serverExternalPackages: ['pg', 'pg-copy-streams', '@node-rs/argon2', '@prisma/client', '@prisma/adapter-pg', 'graphile-worker', 'pino'],
};
