/** How long the files of a report are kept; the line that says what was reported, and its hashes, stay. */
export const KEPT_DAYS = 7;
