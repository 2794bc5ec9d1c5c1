SET ROLE holdfast_owner;

-- Released holds are looked up for what they were on, as standing ones are (migration "words").
CREATE INDEX legal_holds_released ON legal_holds (ledger_id, scope_kind, scope_value) WHERE released_at IS NOT NULL;

RESET ROLE;
