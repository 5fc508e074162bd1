-- What an app has set other than the defaults, which stand in the code: {"limits": {"perMinute": 600}}.
alter table apps add column settings jsonb not null default '{}';
