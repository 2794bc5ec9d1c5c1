import 'server-only';
import { RefusalError } from '@/lib/schema/errors';
import { isConfirmed } from './sessions';
import type { Viewer } from './viewer';

/**
 * Keys, roles, anchors and evidence ask for the password again when it was entered more than five minutes ago.
 * @throws RefusalError reauthentication_required
 */
export function requireConfirmed(viewer: Viewer): void {
  if (!isConfirmed(viewer.confirmedAt)) throw new RefusalError('reauthentication_required');
}
