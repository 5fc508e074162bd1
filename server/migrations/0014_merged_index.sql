-- The profiles that were merged into one. A step of its own: no other lock is held while the table is read.
create index profiles_merged on profiles (app_id, merged_into) where merged_into is not null;
