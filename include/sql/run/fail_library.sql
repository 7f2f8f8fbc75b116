-- Write down why a library could not go on in a run; its stage stays where it was.
--
-- Runs on     patron database, read-write
-- Used by     steps that work library by library
-- Spec        N4.2
--
-- Parameters
--   run_id          uuid   the run
--   library         text   agency code
--   failure_code    text   code of the error
--   failure_detail  text   what was found, expected and to be done; nothing personal
--
-- Writes      one row of patron_sync.run_library
-- Repeatable  yes: the last failure stays

update patron_sync.run_library
set
    failure_code = %(failure_code)s,
    failure_detail = %(failure_detail)s
where run_id = %(run_id)s
    and library = %(library)s;
