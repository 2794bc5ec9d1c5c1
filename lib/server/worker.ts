import { tellAlarms } from '@/lib/alarms/tell-alarms';
import { keepAnchoring } from '@/lib/anchors/keep-anchoring';
import { dropExpired, EVIDENCE, exportEvidence } from '@/lib/evidence/export-evidence';
import { startWorker } from '@/lib/jobs/start-worker';
import { keepDoing } from '@/lib/keep-doing';
import { countRetention } from '@/lib/ledger/count-retention';
import { countVolume } from '@/lib/ledger/count-volume';
import { listLedgers } from '@/lib/ledger/find-ledger';
import { log } from '@/lib/log';
import { keepCheckpointing } from '@/lib/proofs/keep-checkpointing';
import { dropExpiredReports, REPORT, runReport } from '@/lib/reports/run-report';
import { keepArchiving } from '@/lib/retention/keep-archiving';
import { keepDestroying } from '@/lib/retention/keep-destroying';
import { ARCHIVE, RESTORE, runArchive, runRestore } from '@/lib/retention/run-archive';
import { DESTRUCTION, runDestruction } from '@/lib/retention/run-destruction';
import { VERIFICATION } from '@/lib/verification/insert-run';
import { runVerification } from '@/lib/verification/run-verification';
import { startSchedule } from '@/lib/verification/schedule-verifications';
import { keepIndexing } from '@/lib/words/keep-indexing';
import { keepRotating } from '@/lib/words/keep-rotating';

const COUNT_EVERY_MS = 2_000;
const DROP_EVERY_MS = 600_000;

/** What a process does besides answering: counts behind the append path, checkpoints, runs that nobody has to think of, and long work from the queue. @returns how to stop it. */
export async function startWork(): Promise<() => Promise<void>> {
  const stopCounting = countInBackground();
  const worker = await startWorker({
    tasks: {
      [VERIFICATION]: runVerification,
      [EVIDENCE]: exportEvidence,
      [REPORT]: runReport,
      [ARCHIVE]: runArchive,
      [RESTORE]: runRestore,
      [DESTRUCTION]: runDestruction,
    },
    concurrency: 2,
  });
  const stopScheduling = startSchedule();
  const stopSigning = keepCheckpointing();
  const stopTelling = tellAlarms();
  const stopAnchoring = keepAnchoring();
  const stopRotating = keepRotating();
  const stopIndexing = keepIndexing();
  const stopArchiving = keepArchiving();
  const stopDestroying = keepDestroying();
  const dropping = setInterval(
    () =>
      void Promise.all([dropExpired(), dropExpiredReports()]).catch((error) => log.warn({ err: error }, 'expired files are dropped later')),
    DROP_EVERY_MS,
  );
  return async () => {
    clearInterval(dropping);
    await Promise.all([
      stopCounting(),
      stopScheduling(),
      stopSigning(),
      stopTelling(),
      stopAnchoring(),
      stopRotating(),
      stopIndexing(),
      stopArchiving(),
      stopDestroying(),
      worker.stop(),
    ]);
  };
}

function countInBackground(): () => Promise<void> {
  return keepDoing(
    async ({ again }) => {
      for (const ledger of await listLedgers()) {
        const step = await countVolume(ledger.id);
        const kept = await countRetention(ledger.id);
        if ((step !== null && !step.caughtUp) || (kept !== null && !kept.caughtUp)) again();
      }
    },
    COUNT_EVERY_MS,
    (error) => log.warn({ err: error }, 'records could not be counted; tried again later'),
  );
}
