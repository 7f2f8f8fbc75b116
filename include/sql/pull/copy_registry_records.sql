-- Take records of the registry into the staging area as they stream in.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.stage_registry_changes
-- Spec        N1.1, N3.1
--
-- Parameters  none; binary COPY rows follow
--
-- Writes      patron_sync.staged_patron
-- Repeatable  yes: the step removes the run's own rows of the library first

copy patron_sync.staged_patron (
    run_id,
    library,
    record_no,
    person_key,
    defect,
    card_number,
    pin_encrypted,
    pin_fingerprint,
    pin_reason,
    changed_at
) from stdin (format binary); -- noqa: PRS
