import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What an installation makes up for itself on its first start. The file is as good as the keys to the house: mode 0600. */
export interface Secrets {
  installation: string;
  postgresPassword: string;
  appPassword: string;
  jobsPassword: string;
  prunerPassword: string;
  authSecret: string;
}

/** @param dir the state directory, `.holdfast`. */
export function keepSecrets(dir: string): Secrets {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const file = path.join(dir, 'secrets.json');
  const random = () => randomBytes(24).toString('base64url');
  const made: Secrets = {
    installation: randomBytes(4).toString('hex'),
    postgresPassword: random(),
    appPassword: random(),
    jobsPassword: random(),
    prunerPassword: random(),
    authSecret: randomBytes(36).toString('base64url'),
  };
  const kept: Partial<Secrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const secrets = { ...made, ...kept };
  if (Object.keys(kept).length < Object.keys(made).length) writePrivate(file, secrets);
  return secrets;
}

/** Appears whole and closed to others from its first moment. */
export function writePrivate(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
