import 'server-only';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient, type KMSServiceException } from '@aws-sdk/client-kms';
import { env } from '@/lib/env';
import { type KeyContext, type KeyEncryption, VaultError } from './key-encryption';

const PREFIX = 'kms:';
/** A key's id or its ARN; keys of several regions begin with mrk-. An alias may stand for another key tomorrow, and what was wrapped could not be told apart. */
const KEY_NAME = /^(arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A sender waits for this: a key service that is slower counts as away. */
const CONNECT_MS = 2_000;
const ANSWER_MS = 3_000;
const ATTEMPTS = 2;

const clients = new Map<string, KMSClient>();

/**
 * A key of AWS KMS, named by id or ARN. It never leaves the service: wrapping asks it to encrypt, and the service binds what it gives back to the context
 * and refuses to decrypt it for any other. Credentials come from the usual AWS variables, files or roles.
 * @throws VaultError unavailable for a name that is none
 * @see AWS KMS API Reference: GenerateDataKey, Encrypt, Decrypt
 */
export function kmsKey(name: string): KeyEncryption {
  const parts = KEY_NAME.exec(name);
  if (parts === null) throw new VaultError('unavailable', 'a key of AWS KMS is named by its id or ARN, not by an alias');
  const region = parts[2];
  return {
    id: `${PREFIX}${name}`,
    place: `AWS KMS, ${name}`,
    make: async (context) => {
      const { Plaintext, CiphertextBlob } = await ask(region, (kms) =>
        kms.send(new GenerateDataKeyCommand({ KeyId: name, KeySpec: 'AES_256', EncryptionContext: contextOf(context) })),
      );
      return { secret: bytesOf(Plaintext), wrapped: bytesOf(CiphertextBlob) };
    },
    wrap: async (secret, context) => {
      const { CiphertextBlob } = await ask(region, (kms) =>
        kms.send(new EncryptCommand({ KeyId: name, Plaintext: secret, EncryptionContext: contextOf(context) })),
      );
      return bytesOf(CiphertextBlob);
    },
    unwrap: async (wrapped, context) => {
      const { Plaintext } = await ask(region, (kms) =>
        // Named, so that what somebody wrapped with a key of their own is not taken.
        kms.send(new DecryptCommand({ KeyId: name, CiphertextBlob: wrapped, EncryptionContext: contextOf(context) })),
      );
      return bytesOf(Plaintext);
    },
  };
}

export function isKmsId(id: string): boolean {
  return id.startsWith(PREFIX);
}

function contextOf({ ledger, key }: KeyContext): Record<string, string> {
  return { ledger, key_id: key };
}

function bytesOf(answer: Uint8Array | undefined): Buffer {
  if (answer === undefined) throw new VaultError('unavailable', 'the key service answered without a key');
  return Buffer.from(answer);
}

/** What the service says of the ciphertext itself; everything else may be over by the next try. */
const UNREADABLE = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

async function ask<T>(region: string | undefined, call: (kms: KMSClient) => Promise<T>): Promise<T> {
  try {
    return await call(client(region));
  } catch (cause) {
    const { name, $metadata } = cause as KMSServiceException;
    if (UNREADABLE.has(name)) throw new VaultError('unreadable', `the key service does not take the wrapped key (${name})`, { cause });
    const status = $metadata?.httpStatusCode === undefined ? '' : `, ${$metadata.httpStatusCode}`;
    throw new VaultError('unavailable', `the key service cannot be used (${name}${status})`, { cause });
  }
}

function client(own: string | undefined): KMSClient {
  const { KMS_ENDPOINT: endpoint, KMS_REGION } = env();
  const region = own ?? KMS_REGION;
  const place = `${region} ${endpoint ?? ''}`;
  let made = clients.get(place);
  if (made === undefined) {
    made = new KMSClient({
      region,
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    clients.set(place, made);
  }
  return made;
}
