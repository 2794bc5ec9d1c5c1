import 'server-only';
import { env } from '@/lib/env';
import type { ArchiveStore } from './archive-store';
import { DirectoryStore } from './directory-store';
import { S3Store } from './s3-store';

/** As it is kept with each segment. */
export interface StorePlace {
  kind: 's3' | 'directory';
  place: string;
}

const open = new Map<string, ArchiveStore>();

/** Where new segments go. @returns null where nothing is configured */
export function ownStore(): ArchiveStore | null {
  const { ARCHIVE_BUCKET, ARCHIVE_DIR } = env();
  if (ARCHIVE_BUCKET !== undefined) return storeAt({ kind: 's3', place: `s3://${ARCHIVE_BUCKET}` });
  return ARCHIVE_DIR === undefined ? null : new DirectoryStore(ARCHIVE_DIR);
}

/** Where a segment lies, which may be elsewhere than where new ones go. */
export function storeAt({ kind, place }: StorePlace): ArchiveStore {
  if (kind === 'directory') return new DirectoryStore(place);
  const { S3_ENDPOINT: endpoint, S3_REGION: region } = env();
  const name = `${place} ${endpoint ?? ''} ${region}`;
  let store = open.get(name);
  if (store === undefined) {
    const [bucket, ...prefix] = place.slice('s3://'.length).split('/');
    store = new S3Store({ bucket: bucket!, prefix: prefix.join('/'), region, ...(endpoint === undefined ? {} : { endpoint }) });
    open.set(name, store);
  }
  return store;
}
