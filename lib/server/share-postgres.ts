import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from '@/lib/hold-lock';

/**
 * Several processes of one checkout may use its embedded server: each signs in here, and the last one out stops the server. A process that was
 * killed does not sign out; its number tells that it is gone.
 */
export function signIn(dir: string): { others: number[]; signOut(): number[] } {
  const runDir = path.join(dir, 'run');
  mkdirSync(runDir, { recursive: true, mode: 0o711 });
  const others = () =>
    readdirSync(runDir)
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
      .filter((pid) => {
        if (isAlive(pid)) return true;
        rmSync(path.join(runDir, String(pid)), { force: true });
        return false;
      });
  const present = others();
  writeFileSync(path.join(runDir, String(process.pid)), '');
  return {
    others: present,
    signOut() {
      rmSync(path.join(runDir, String(process.pid)), { force: true });
      return others();
    },
  };
}
