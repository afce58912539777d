import { Problem } from "./problem.js";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

// `YYYY-MM-DD` as JavaScript reads it, or `DD/MM/YYYY`; with its weekday.
export function parseDate(text) {
  const [day, month, year] = String(text).split("/");
  const date = new Date(year === undefined ? text : `${year}-${month}-${day}`);
  if (Number.isNaN(date.getTime())) throw new Problem(400, "date: not a date");
  return { date, day: WEEKDAYS[date.getUTCDay()] };
}
