import { randomUUID } from 'node:crypto';
import { refusalResponse } from '@/lib/auth/route';
import { RefusalError } from '@/lib/schema/errors';

export const dynamic = 'force-dynamic';

/** An address that the API does not have is answered like everything else that it refuses. */
function nothingHere(): Response {
  return refusalResponse(new RefusalError('not_found', 'There is nothing at this address; /docs/api lists what there is.'), randomUUID());
}

export { nothingHere as DELETE, nothingHere as GET, nothingHere as PATCH, nothingHere as POST, nothingHere as PUT };
