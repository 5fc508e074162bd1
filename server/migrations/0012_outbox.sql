-- Mail of sandbox apps where no mail server is set up, and how many mails went to whom (docs/adr/0017).

create table outbox (
  app_id uuid not null,
  id uuid not null,
  -- Recipient, subject and text, sealed for this row.
  sealed bytea not null,
  created_at timestamptz(3) not null,
  primary key (app_id, id)
);

create index outbox_created on outbox (app_id, created_at);

-- Mails to one recipient in one hour of the clock. The recipient is a keyed hash: who it is cannot be read from it.
create table mail_counts (
  app_id uuid not null,
  recipient bytea not null,
  hour timestamptz(0) not null,
  mails integer not null,
  primary key (app_id, recipient, hour)
);
