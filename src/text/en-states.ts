/**
 * Names of states, which addresses and reports write in two letters or short: Springfield, IL; Sanders (I-Vt.).
 */
const NAMES =
  'AL Ala. Alabama|AK - Alaska|AZ Ariz. Arizona|AR Ark. Arkansas|CA Calif. California|CO Colo. Colorado|CT Conn. Connecticut|DE Del. Delaware|FL Fla. Florida|GA Ga. Georgia|HI - Hawaii|ID - Idaho|IL Ill. Illinois|IN Ind. Indiana|IA - Iowa|KS Kan. Kansas|KY Ky. Kentucky|LA La. Louisiana|ME - Maine|MD Md. Maryland|MA Mass. Massachusetts|MI Mich. Michigan|MN Minn. Minnesota|MS Miss. Mississippi|MO Mo. Missouri|MT Mont. Montana|NE Neb. Nebraska|NV Nev. Nevada|NH N.H. New Hampshire|NJ N.J. New Jersey|NM N.M. New Mexico|NY N.Y. New York|NC N.C. North Carolina|ND N.D. North Dakota|OH - Ohio|OK Okla. Oklahoma|OR Ore. Oregon|PA Pa. Pennsylvania|RI R.I. Rhode Island|SC S.C. South Carolina|SD S.D. South Dakota|TN Tenn. Tennessee|TX Tex. Texas|UT - Utah|VT Vt. Vermont|VA Va. Virginia|WA Wash. Washington|WV W.Va. West Virginia|WI Wis. Wisconsin|WY Wyo. Wyoming'
const STATES = new Map<string, string>([['DC', 'D C']])
for (const row of NAMES.split('|')) {
  const [code, short, ...name] = row.split(' ')
  STATES.set(code!, name.join(' '))
  if (short !== '-') STATES.set(short!, name.join(' '))
}

/** One pattern of all of them, longest first. */
export const STATE = `(?:${[...STATES.keys()]
  .sort((a, b) => b.length - a.length)
  .map((key) => key.replaceAll('.', '\\.'))
  .join('|')})`
/** Letters that are words as well: a state only before its code for post. */
const WORDS = new Set(['OK', 'ME', 'HI', 'OH', 'IN', 'OR', 'LA', 'ID', 'PA', 'MA'])

/** Undefined for what is none. */
export const stateName = (short: string): string | undefined => STATES.get(short)
export const isWord = (code: string) => WORDS.has(code)
