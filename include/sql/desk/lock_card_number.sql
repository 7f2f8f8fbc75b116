-- Keep others from giving out a card number until the transaction ends.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.give_card
-- Spec        N3.2
--
-- Parameters
--   card_number  text  the number
--
-- Returns     nothing of use
-- Repeatable  yes: the lock is held already

select pg_advisory_xact_lock(hashtextextended(%(card_number)s, 0));
