-- These are written to and emptied all the time. To give the pages at the end of such a table back to the disk, a vacuum locks all
-- writers out, for the 20 ms and more until it sees that they wait; and the next writer has to make the pages again.
alter table events_pending set (vacuum_truncate = off);
alter table outbox set (vacuum_truncate = off);
alter table eager_wallets set (vacuum_truncate = off);
alter table profile_departures set (vacuum_truncate = off);
