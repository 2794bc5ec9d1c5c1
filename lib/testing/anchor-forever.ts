import { setTimeout as sleep } from 'node:timers/promises';
import { keepAnchoring } from '@/lib/anchors/keep-anchoring';

/** A process that brings checkpoints to places outside, for tests that run several and kill them. It is told where by the environment. */
keepAnchoring(20);
process.stdout.write('anchoring\n');
await sleep(3_600_000);
