import 'server-only';
import { serveThread } from './run-thread';
import { verifyCheckpointPage } from './verify-checkpoints';

/** Entry of a thread that verifies checkpoints: apart from the other, which starts faster without the signatures' packages. */
serveThread(verifyCheckpointPage);
