import { route } from '@/lib/auth/route';
import { answerCertificate } from '../answer-certificate';

export const dynamic = 'force-dynamic';

export const GET = route({ permission: 'retention.read' }, answerCertificate('pdf'));
