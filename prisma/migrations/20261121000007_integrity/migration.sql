SET ROLE holdfast_owner;
-- The integrity line again: a run over a part that found something, since the last whole run that found nothing.
CREATE INDEX verifications_broken ON verifications (ledger_id, requested_at) WHERE scope_kind <> 'ledger' AND verdict IN ('tampered', 'incomplete');
RESET ROLE;
