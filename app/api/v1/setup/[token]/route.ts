import { publicRoute } from '@/lib/auth/route';
import { SetupBody } from '@/lib/schema/settings';
import { completeSetup, viewSetup } from '@/lib/screens/complete-setup';

export const dynamic = 'force-dynamic';

export const GET = publicRoute({}, ({ params }) => viewSetup(params.token!));

export const POST = publicRoute({ body: SetupBody }, ({ params, body, address }) => completeSetup(params.token!, body, address));
