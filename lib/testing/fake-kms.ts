import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalize } from '@/lib/chain/canonical-json';

/** What the next calls meet. `hang` takes the request and never answers. */
export type KmsMood = 'well' | 'denied' | 'failing' | 'disabled' | 'hang';

export interface FakeKms {
  endpoint: string;
  mood: KmsMood;
  /** Operations that were asked for, in order, with their encryption context. */
  calls: { operation: string; keyId: string; context: Record<string, string> }[];
  close(): Promise<void>;
}

interface Asked {
  KeyId?: string;
  KeySpec?: string;
  Plaintext?: string;
  CiphertextBlob?: string;
  EncryptionContext?: Record<string, string>;
}

class Fault extends Error {
  constructor(
    readonly type: string,
    readonly status = 400,
  ) {
    super(type);
  }
}

/**
 * Speaks AWS KMS’s JSON 1.1 protocol for GenerateDataKey, Encrypt and Decrypt: operations by X-Amz-Target, bytes in base 64, errors as `__type`. Ciphertexts name
 * their key and are bound to the encryption context, as the service’s are.
 * @see AWS KMS API Reference
 */
export async function startFakeKms(keyIds: readonly string[]): Promise<FakeKms> {
  const keys = new Map(keyIds.map((id) => [id, randomBytes(32)]));
  const arnOf = (id: string) => `arn:aws:kms:us-east-1:111122223333:key/${id}`;
  const idOf = (name: string | undefined) => {
    const id = name?.replace(/^.*:key\//, '') ?? '';
    if (!keys.has(id)) throw new Fault('NotFoundException');
    return id;
  };
  const fake: Pick<FakeKms, 'mood' | 'calls'> = { mood: 'well', calls: [] };

  const seal = (id: string, plain: Buffer, context: Record<string, string>) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', keys.get(id)!, nonce, { authTagLength: 16 });
    cipher.setAAD(Buffer.from(canonicalize(context)));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from(id), nonce, cipher.getAuthTag(), sealed]).toString('base64');
  };
  const open = (named: string | undefined, blob: Buffer, context: Record<string, string>) => {
    const id = blob.subarray(0, 36).toString();
    if (!keys.has(id)) throw new Fault('InvalidCiphertextException');
    if (named !== undefined && idOf(named) !== id) throw new Fault('IncorrectKeyException');
    const cipher = createDecipheriv('aes-256-gcm', keys.get(id)!, blob.subarray(36, 48), { authTagLength: 16 });
    cipher.setAAD(Buffer.from(canonicalize(context)));
    cipher.setAuthTag(blob.subarray(48, 64));
    try {
      return { id, plain: Buffer.concat([cipher.update(blob.subarray(64)), cipher.final()]) };
    } catch {
      throw new Fault('InvalidCiphertextException');
    }
  };

  const answer = (operation: string, asked: Asked): object => {
    const context = asked.EncryptionContext ?? {};
    fake.calls.push({ operation, keyId: asked.KeyId ?? '', context });
    if (fake.mood === 'denied') throw new Fault('AccessDeniedException');
    if (fake.mood === 'disabled') throw new Fault('DisabledException');
    if (fake.mood === 'failing') throw new Fault('KMSInternalException', 500);
    switch (operation) {
      case 'GenerateDataKey': {
        if (asked.KeySpec !== 'AES_256') throw new Fault('ValidationException');
        const plain = randomBytes(32);
        const id = idOf(asked.KeyId);
        return { KeyId: arnOf(id), Plaintext: plain.toString('base64'), CiphertextBlob: seal(id, plain, context) };
      }
      case 'Encrypt': {
        const id = idOf(asked.KeyId);
        return {
          KeyId: arnOf(id),
          CiphertextBlob: seal(id, Buffer.from(asked.Plaintext ?? '', 'base64'), context),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      }
      case 'Decrypt': {
        const { id, plain } = open(asked.KeyId, Buffer.from(asked.CiphertextBlob ?? '', 'base64'), context);
        return { KeyId: arnOf(id), Plaintext: plain.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      }
      default:
        throw new Fault('UnknownOperationException');
    }
  };

  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    if (fake.mood === 'hang') return;
    const send = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
    try {
      const [service, operation] = String(request.headers['x-amz-target']).split('.');
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1' || service !== 'TrentService')
        throw new Fault('UnknownOperationException', 404);
      // Signature version 4, for this service.
      if (!/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[^/]+\/kms\/aws4_request, /.test(request.headers.authorization ?? ''))
        throw new Fault('MissingAuthenticationTokenException');
      send(200, answer(operation!, JSON.parse(body.toString())));
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('KMSInternalException', 500);
      send(fault.status, { __type: fault.type, message: fault.type });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
