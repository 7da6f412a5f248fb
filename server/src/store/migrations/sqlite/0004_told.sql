-- What was last told of each school of a block, so that what comes late enters what is told with enough else.
ALTER TABLE block ADD COLUMN told TEXT NOT NULL DEFAULT '{}';

-- What was published says nothing of it: the next night publishes anew.
UPDATE block SET until = 0;
DELETE FROM published;

-- How many people had exactly the same profiles, when most of them were known: figures that were told stay when people are erased.
ALTER TABLE school_figures ADD COLUMN people TEXT NOT NULL DEFAULT '[]';
