SET ROLE holdfast_owner;

-- The words of one conversation, opened in an emergency to one person for a while. What was done stays as it was written; only how often it was used and
-- what its review found are added, each once. Nothing of it can be deleted.
CREATE TABLE break_glass (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ledger_id int NOT NULL REFERENCES ledgers (id),
  conversation_id text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id),
  opened_by text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('patient_safety', 'medical_emergency', 'security_incident', 'legal_deadline', 'system_failure', 'other')),
  note text NOT NULL,
  opened_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz(3) NOT NULL,
  reveals int NOT NULL DEFAULT 0,
  last_revealed_at timestamptz(3),
  reviewed_at timestamptz(3),
  reviewed_by text,
  reviewer_id uuid REFERENCES users (id),
  outcome text CHECK (outcome IN ('justified', 'not_justified')),
  review_note text,
  CONSTRAINT break_glass_time_box CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '30 minutes'),
  CONSTRAINT break_glass_second_person CHECK (reviewer_id <> user_id),
  CONSTRAINT break_glass_review_whole CHECK (num_nulls(reviewed_at, reviewed_by, reviewer_id, outcome, review_note) IN (0, 5))
);
CREATE INDEX break_glass_unreviewed ON break_glass (ledger_id, opened_at) WHERE reviewed_at IS NULL;
CREATE INDEX break_glass_reviewed ON break_glass (ledger_id, reviewed_at) WHERE reviewed_at IS NOT NULL;
CREATE INDEX break_glass_of_person ON break_glass (ledger_id, user_id, conversation_id, expires_at);

GRANT SELECT, INSERT ON break_glass TO holdfast_app;
GRANT UPDATE (reveals, last_revealed_at, reviewed_at, reviewed_by, reviewer_id, outcome, review_note) ON break_glass TO holdfast_app;

-- A review is signed off once, and what was opened stays what it was, for the application's role and for any other that this reaches.
CREATE FUNCTION keep_break_glass() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  kept boolean := false;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    kept := OLD.reviewed_at IS NULL AND NEW.reveals >= OLD.reveals
      AND (OLD.id, OLD.ledger_id, OLD.conversation_id, OLD.user_id, OLD.opened_by, OLD.reason, OLD.note, OLD.opened_at, OLD.expires_at)
          IS NOT DISTINCT FROM (NEW.id, NEW.ledger_id, NEW.conversation_id, NEW.user_id, NEW.opened_by, NEW.reason, NEW.note, NEW.opened_at, NEW.expires_at);
  END IF;
  IF NOT kept THEN
    RAISE EXCEPTION 'holdfast: what break-glass opened, and its review, stand as they were written' USING ERRCODE = 'HF001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER break_glass_kept BEFORE UPDATE OR DELETE ON break_glass FOR EACH ROW EXECUTE FUNCTION keep_break_glass();
CREATE TRIGGER break_glass_not_emptied BEFORE TRUNCATE ON break_glass FOR EACH STATEMENT EXECUTE FUNCTION keep_break_glass();

-- A hold is placed as it stands and released once; nothing else of it changes.
REVOKE UPDATE ON legal_holds FROM holdfast_app;
GRANT UPDATE (released_by, released_at, release_reason) ON legal_holds TO holdfast_app;

ALTER TABLE alarms DROP CONSTRAINT alarms_kind_check;
ALTER TABLE alarms ADD CONSTRAINT alarms_kind_check
  CHECK (kind IN ('verification_failed', 'verification_overdue', 'anchor_old', 'signer_refused', 'new_incarnation', 'break_glass'));
RESET ROLE;
