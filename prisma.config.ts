import { defineConfig } from 'prisma/config';

// The client is generated without the CLI's own engine: nothing is downloaded, so that an installation works behind a closed network.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_ADMIN_URL ?? process.env.DATABASE_URL ?? 'postgresql://localhost/holdfast' },
});
