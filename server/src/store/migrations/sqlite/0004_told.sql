-- What was last told of each school of a block, so that what comes late enters what is told with enough else.
ALTER TABLE block ADD COLUMN told TEXT NOT NULL DEFAULT '{}';

-- How many times it was told: of two nights that begin with the same past, one is told.
ALTER TABLE block ADD COLUMN nights INTEGER NOT NULL DEFAULT 0;

-- What was published says nothing of it: the next night publishes anew.
UPDATE block SET until = 0;
DELETE FROM published;

-- How many people had exactly the same profiles, when most of them were known: figures that were told stay when people are erased.
ALTER TABLE school_figures ADD COLUMN people TEXT NOT NULL DEFAULT '[]';

-- The day of the last directory that the figures know: a level whose people are erased holds until another one comes.
ALTER TABLE school_figures ADD COLUMN listed INTEGER;

-- 1 once those who have several profiles are too few for people to be told by profile: they are told all together until the year is over.
ALTER TABLE region ADD COLUMN together INTEGER NOT NULL DEFAULT 0;

-- Where schools are of which something is known and that are in no block yet: a group that holds one is told without it.
CREATE TABLE unplaced (
    year   INTEGER PRIMARY KEY,
    places TEXT NOT NULL
) STRICT;
