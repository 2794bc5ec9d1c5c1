import 'server-only';
import { serveThread } from './run-thread';
import { verifyChunk } from './verify-chunk';

/** Entry of a thread that verifies chunks of entries. */
serveThread(verifyChunk);
