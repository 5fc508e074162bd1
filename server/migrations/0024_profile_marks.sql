-- Milestones among an app's profiles, by which a deep page is found without passing each before it (docs/adr/0031): live is
-- how many have an id behind the mark before it and up to to_id, those in profile_departures included.
create table profile_marks (
  app_id uuid not null,
  to_id uuid not null,
  live integer not null,
  primary key (app_id, to_id)
) with (fillfactor = 50);

-- Profiles that were deleted and that no mark was told of yet. A delete adds a row, so that deletes do not wait for each other.
create table profile_departures (
  app_id uuid not null,
  profile_id uuid not null,
  primary key (app_id, profile_id)
);
