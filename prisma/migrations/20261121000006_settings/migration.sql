SET ROLE holdfast_owner;

-- Literals of a function are read by its caller's setting: with standard_conforming_strings off the tag '\x686f…' became other bytes, and entries were
-- chained by hashes that nobody computes again. So the function brings its own.
ALTER FUNCTION append_entries SET standard_conforming_strings = on;
RESET ROLE;
