/**
 * Towns whose state's letters are a word or a degree as well: Portland, OR; Augusta, ME; Baltimore, MD.
 */
const TOWNS: Readonly<Record<string, string>> = {
  OR: 'Portland|Salem|Eugene|Bend|Medford|Beaverton|Hillsboro|Corvallis|Ashland|Astoria|Gresham',
  ME: 'Augusta|Bangor|Portland|Bar Harbor|Lewiston|Brunswick|Kennebunkport|Freeport',
  IN: 'Indianapolis|Bloomington|Fort Wayne|Gary|Evansville|South Bend|Muncie|Carmel|Lafayette|Terre Haute',
  OK: 'Oklahoma City|Tulsa|Norman|Edmond|Stillwater|Lawton',
  HI: 'Honolulu|Hilo|Kailua|Lahaina|Waikiki|Maui|Kona',
  OH: 'Columbus|Cleveland|Cincinnati|Toledo|Akron|Dayton|Youngstown|Canton|Athens|Sandusky',
  ID: 'Boise|Meridian|Nampa|Pocatello|Moscow|Idaho Falls',
  LA: 'New Orleans|Baton Rouge|Shreveport|Lafayette|Monroe',
  PA: 'Philadelphia|Pittsburgh|Allentown|Harrisburg|Scranton|Erie|Lancaster|Hershey|Bethlehem|Gettysburg|Reading|York',
  MA: 'Boston|Cambridge|Worcester|Springfield|Salem|Lowell|Quincy|Somerville|Plymouth|Amherst|Concord|Lexington|Newton',
  MD: 'Baltimore|Bethesda|Rockville|Annapolis|Silver Spring|Frederick|Columbia|Gaithersburg|Germantown|Towson|Salisbury|Hagerstown|Bowie|Laurel|Ocean City|College Park|Hyattsville|Easton|Potomac|Chevy Chase|Ellicott City|Glen Burnie|Cumberland|Greenbelt|Aberdeen|Westminster',
}
const ENDS = new Map(
  Object.entries(TOWNS).map(([state, towns]) => [state, new RegExp(`\\b(?:${towns}), $`)] as const),
)
/** Characters in front of the letters that a town has at most. */
export const TOWN_REACH = 24
/** First and second name, as a degree stands behind. */
const NAMED = /(?:^|[^A-Za-z])[A-Z][\w'-]+ (?:[A-Z]\.? )?[A-Z][\w'-]+, $/

/** Whether letters behind a comma are the state of the town before it. */
export const isInState = (state: string, before: string): boolean => ENDS.get(state)?.test(before) ?? false
/** Whether letters of a state are a degree there. */
export const isDegree = (state: string, before: string): boolean =>
  state === 'MD' && !isInState(state, before) && NAMED.test(before)
