/** The public surface of @holdfast/sdk. */
export type { ActionInput, Actions, Common } from './actions';
export { AuditError, type AuditErrorCode, SDK_ERRORS, type SdkErrorCode } from './audit-error';
export type { Proof } from './check-proof';
export { AuditClient, type AuditClientOptions, createAuditClient } from './client';
export { Conversation, type ConversationOptions, type RecordSink } from './conversation';
export type { AuditRecord, ContentPart, Mode, Receipt, ReceiptIn, RecordInput } from './record';
export { createUuidV7, formatUuid } from './uuid-v7';
export type { WaitOptions } from './wait-for-proof';
