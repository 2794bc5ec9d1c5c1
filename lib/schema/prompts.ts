/** What the pages of prompts and models show. Positions are decimal strings; times RFC 3339 UTC; everything is decoded from the record's body. */

import type { Counted } from './screens';
import type { ContentSettings } from './words';

/** One record of the kind prompt_changed or model_changed. Who wrote and approved it is what the sender reported. */
export interface ChangeDto {
  seq: string;
  id: string;
  kind: 'prompt' | 'model';
  agent: string;
  /** The version of the prompt, or the name of the model. */
  name: string | null;
  previous: string | null;
  /** The sender's time, and the server's. */
  at: string;
  received_at: string;
  author: string | null;
  approver: string | null;
  ticket: string | null;
  reason: string | null;
  /** Characters of the prompt, where the sender said so. */
  length: number | null;
  /** The text is in the vault: the index of the content part, which is revealed like any other. */
  text_part: number | null;
  /** Conversations of the agent that began while this was in force. */
  served: Counted;
}

/** An agent, and what is in force for it at the position that is looked at. */
export interface AgentInForceDto {
  agent: string;
  prompt: ChangeDto | null;
  model: ChangeDto | null;
}

export interface PromptsDto {
  /** The moment that is looked at, null for now. */
  as_of: string | null;
  agents: AgentInForceDto[];
  /** There are more agents than are shown. */
  more: boolean;
}

export interface AgentChangesDto {
  as_of: string | null;
  agent: string;
  in_force: AgentInForceDto;
  /** Newest first. */
  changes: ChangeDto[];
  /** Asks for those before this position (`?older=`), null on the last page. */
  older: string | null;
  /** What a reveal may be for, in the ledger's own words. */
  purposes: ContentSettings['purposes'];
}
