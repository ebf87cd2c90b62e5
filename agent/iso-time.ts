/**
 * A time as ISO 8601 has it, `2026-11-29T18:49:49.123Z`, as `Date.toISOString` gives it. That one makes Node look for the
 * time zone of the host and load its tables: 0.9 MB, for text that is in UTC.
 */
const DAY_MS = 86_400_000;

/** @param sinceMs milliseconds since 1970, before the year 10000 */
export function isoTime(sinceMs: number): string {
  const ms = Math.trunc(sinceMs);
  const day = Math.floor(ms / DAY_MS);
  const rest = ms - day * DAY_MS;
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60].map((part) =>
    two(Math.floor(part)),
  );
  const { year, month, dayOfMonth } = calendarDay(day);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}T${clock.join(':')}.${String(rest % 1000).padStart(3, '0')}Z`;
}

/**
 * The Gregorian calendar, counted in years that begin in March, so that a leap day is the last one of its year.
 * @param day days since 1970
 */
function calendarDay(day: number): {
  readonly year: number;
  readonly month: number;
  readonly dayOfMonth: number;
} {
  const sinceMarch0 = day + 719_468; // 1 March of the year 0
  const era = Math.floor(sinceMarch0 / 146_097); // 400 years
  const ofEra = sinceMarch0 - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153); // 153 days in each five months from March on
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}
