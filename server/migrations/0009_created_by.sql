-- The profile whose person made this one, where a person did: who may change it, beside its own.
alter table profiles add column created_by uuid;
